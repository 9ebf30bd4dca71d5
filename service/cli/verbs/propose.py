"""Reading a text: what it proposes, whether it bears out what others propose, and filing the rest."""

from typing import Annotated, Any

import typer
from pydantic_core import from_json

from domain.commands import FileReport
from service.cli.act_words import say_tried
from service.cli.choosing import Claims, by_asking, by_number, by_tick, lacking, with_fields
from service.cli.client import REFUSED, USAGE, Target, client_of, fail
from service.cli.completion import completion
from service.cli.options import DEFAULT_DATA, Data, DryRun, Json, Url
from service.cli.output import say, say_json, show
from service.cli.proposals import check_text, draft_text
from service.cli.transfer import open_input
from service.client import Client
from service.client.intents import Intent, tried, written
from service.query.proposal_answers import DraftAnswer

_TEXT = "{file}: is not UTF-8 text; save the words of the article as UTF-8"


def propose(
    file: Annotated[str, typer.Argument(help="File with a text in UTF-8; - for standard input.")],
    data: Data = DEFAULT_DATA,
    url: Url = None,
    publisher: Annotated[
        str | None,
        typer.Option(help="Id of its publisher.", autocompletion=completion("publisher")),
    ] = None,
    published_at: Annotated[
        str | None, typer.Option("--published-at", help="When it was published: date or time.")
    ] = None,
    address: Annotated[str | None, typer.Option(help="Address at which it was read.")] = None,
    title: Annotated[str | None, typer.Option(help="Its title.")] = None,
    check: Annotated[
        str | None,
        typer.Option(help="Try the claims in this JSON file against the text, and propose none."),
    ] = None,
    select: Annotated[str | None, typer.Option(help="Take these proposals, as in 1,3.")] = None,
    ticked: Annotated[bool, typer.Option("--ticked", help="Take the proposals with a tick.")] = False,
    ask: Annotated[bool, typer.Option("--ask", help="Ask for each proposal, and then file.")] = False,
    fields: Annotated[
        list[str] | None, typer.Option("--set", help="Set a field, as in 4.originator=nis.")
    ] = None,
    id_: Annotated[str | None, typer.Option("--id", help="Id of the new report.")] = None,
    marking: Annotated[
        str | None,
        typer.Option(help="Who may see it (TLP 2.0).", autocompletion=completion("marking")),
    ] = None,
    dry_run: DryRun = False,
    file_it: Annotated[bool, typer.Option("--file", help="File what was taken as a report.")] = False,
    as_json: Json = False,
) -> None:
    """Propose the claims that a text makes, and file those that are ticked."""
    if sum((select is not None, ticked, ask)) > 1:
        fail("give one of --select, --ticked and --ask", USAGE)
    if (dry_run or file_it) and not (select is not None or ticked or ask):
        fail("say which proposals: give --select, --ticked or --ask", USAGE)
    text = _text(file)
    with client_of(Target(data, url)) as client:
        if check is not None:
            _check(client, text, _claims(check), as_json)
            return
        draft: DraftAnswer = client.propose(
            text, publisher=publisher, published_at=published_at, url=address, title=title
        )
        if as_json and not (dry_run or file_it):
            say_json(draft)
            return
        if not as_json:
            show(draft, draft_text)
        chosen = _chosen(draft, select, ticked, ask, fields or [])
        if chosen:
            report = {"id": id_, "marking": marking, **draft["report"]}
            _file(client, report, chosen, dry_run=dry_run, sure=file_it, ask=ask, as_json=as_json)


def _text(file: str) -> str:
    with open_input(file) as source:
        try:
            return source.read().decode("utf-8-sig")
        except UnicodeDecodeError:
            fail(_TEXT.format(file=file))


def _claims(file: str) -> Any:
    """The claims in a file: a list, or an object with `claims`."""
    with open_input(file) as source:
        try:
            found = from_json(source.read())
        except ValueError as error:
            fail(f"{file}: is not JSON: {error}")
    return found.get("claims") if isinstance(found, dict) else found


def _check(client: Client, text: str, claims: Any, as_json: bool) -> None:
    answer = client.check_proposals(text, claims)
    if as_json:
        say_json(answer)
    else:
        show(answer, check_text)
    if any(each["problems"] for each in answer["claims"]):
        raise typer.Exit(REFUSED)


def _chosen(
    draft: DraftAnswer, select: str | None, ticked: bool, ask: bool, fields: list[str]
) -> Claims:
    items = draft["claims"]
    chosen: Claims = {}
    if select is not None:
        chosen = by_number(items, select)
    elif ticked:
        chosen = by_tick(items)
    elif ask:
        chosen = by_asking(items)
    with_fields(chosen, fields)
    return chosen


def _file(
    client: Client,
    report: dict[str, Any],
    chosen: Claims,
    *,
    dry_run: bool,
    sure: bool,
    ask: bool,
    as_json: bool,
) -> None:
    """Send what was chosen as a report: tried only, or filed, or tried and then filed if wanted."""
    if ask:
        for field in ("publisher", "published_at"):
            if report.get(field) is None:
                report[field] = typer.prompt(field.replace("_", " "), err=True)
    for line in lacking(chosen):
        fail(line, USAGE)
    for field in ("publisher", "published_at"):
        if report.get(field) is None:
            fail(f"the report has no {field}; give --{field.replace('_', '-')}", USAGE)
    body = {name: value for name, value in report.items() if value is not None}
    body["claims"] = list(chosen.values())
    intent = Intent(FileReport.NAME, body)
    if dry_run or (ask and not sure):
        say_tried(client.ask(tried(intent)), as_json)
        sure = not dry_run and typer.confirm("file it?", default=False, err=True)
    if not dry_run and sure:
        filed = client.ask(written(intent))
        if as_json:
            say_json(filed)
        else:
            say(f"filed {filed['id']} at position {filed['position']}")
