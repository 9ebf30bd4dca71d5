"""Webhooks on the command line: set, listed, deleted, and what was delivered."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from service.cli.client import USAGE, Target, client_of, fail, reason_of
from service.cli.completion import completion
from service.cli.options import DEFAULT_DATA, Data, Json, Url
from service.cli.output import say, say_json, show, warn
from service.cli.tables import table
from service.webhooks.answers import DeliveryAnswer, WebhookAnswer

webhook_app = typer.Typer(
    help="Tell programs elsewhere of changes; the service delivers while it runs.",
    no_args_is_help=True,
)
Id = Annotated[str, typer.Argument(metavar="ID", help="Id of a webhook.")]


@webhook_app.command()
def create(
    id: Id,
    target: Annotated[
        str, typer.Argument(metavar="TARGET", help="Where messages are sent: https://...")
    ],
    kind: Annotated[
        list[str] | None,
        typer.Option("--kind", help="estimate.changed, flag.raised or citation.moved; by default all."),
    ] = None,
    q: Annotated[
        str | None, typer.Option("--q", help="Words that an indicator's description has.")
    ] = None,
    indicator: Annotated[
        str | None,
        typer.Option("--indicator", help="One indicator.", autocompletion=completion("indicator")),
    ] = None,
    measure: Annotated[str | None, typer.Option("--measure", help="Indicators of a measure.")] = None,
    topic: Annotated[
        str | None,
        typer.Option("--topic", help="Indicators with a topic.", autocompletion=completion("topic")),
    ] = None,
    source: Annotated[
        str | None,
        typer.Option("--source", help="What a source speaks of.", autocompletion=completion("source")),
    ] = None,
    flag: Annotated[str | None, typer.Option("--flag", help="Estimates with a flag.")] = None,
    support: Annotated[str | None, typer.Option("--support", help="Estimates with a support.")] = None,
    secret_file: Annotated[
        Path | None, typer.Option("--secret-file", help="File that holds the secret: whsec_...")
    ] = None,
    data: Data = DEFAULT_DATA,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """Set a webhook; a secret that is made for it is printed this once, and never again."""
    narrowed = {"q": q, "indicator": indicator, "measure": measure, "topic": topic}
    given = {**narrowed, "source": source, "flag": flag, "support": support, "kinds": kind}
    asked = {name: value for name, value in given.items() if value is not None}
    secret = None if secret_file is None else _secret(secret_file)
    with client_of(Target(data, url)) as client:
        made = client.set_webhook(id, url=target, filter=asked, secret=secret)
    if as_json:
        say_json(made)
        return
    if made["secret"] is not None:
        say(made["secret"])
    warn(
        f"webhook {made['id']} tells {made['host']} of changes after position {made['position']},"
        f" up to {made['clearance']}. Its secret is not shown again."
    )


@webhook_app.command("list")
def list_(data: Data = DEFAULT_DATA, url: Url = None, as_json: Json = False) -> None:
    """List webhooks, and how far each has got."""
    with client_of(Target(data, url)) as client:
        found = client.webhooks()["items"]
    if not as_json:
        show(found, _table)
        return
    for each in found:
        say_json(each)


@webhook_app.command()
def delete(id: Id, data: Data = DEFAULT_DATA, url: Url = None, as_json: Json = False) -> None:
    """Tell no more, and forget what was delivered."""
    with client_of(Target(data, url)) as client:
        gone = client.delete_webhook(id)
    if as_json:
        say_json(gone)
    else:
        say(f"webhook {gone['id']} to {gone['host']} is deleted")


@webhook_app.command()
def deliveries(id: Id, data: Data = DEFAULT_DATA, url: Url = None, as_json: Json = False) -> None:
    """List the last deliveries, the latest first."""
    with client_of(Target(data, url)) as client:
        found = client.webhook_deliveries(id)["items"]
    if not as_json:
        show(found, _deliveries_table)
        return
    for each in found:
        say_json(each)


@webhook_app.command()
def redeliver(
    id: Id,
    after: Annotated[
        int | None, typer.Option("--after", help="Deliver again what comes after this position.")
    ] = None,
    data: Data = DEFAULT_DATA,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """Deliver again from a position, or try at once what waits."""
    with client_of(Target(data, url)) as client:
        moved = client.redeliver(id, after=after)
    if as_json:
        say_json(moved)
    else:
        say(f"webhook {moved['id']} goes on after position {moved['position']}")


def _secret(path: Path) -> str:
    try:
        return path.read_text("utf-8").strip()
    except (OSError, ValueError) as error:
        reason = reason_of(error) if isinstance(error, OSError) else "is not text"
        fail(f"--secret-file {path}: {reason}", USAGE)


def _table(webhooks: Iterable[WebhookAnswer]) -> Table:
    result = table("id", "host", "of", "clearance", "state", "position", "next attempt")
    result.columns[0].no_wrap = True
    for each in webhooks:
        whose = each["subject"], each["clearance"], each["state"], str(each["position"])
        result.add_row(each["id"], each["host"], *whose, _second(each["next_attempt_at"]))
    return result


def _deliveries_table(found: Iterable[DeliveryAnswer]) -> Table:
    result = table("position", "type", "attempts", "answer", "last attempt", "next attempt")
    for each in found:
        answer = "delivered" if each["delivered"] else each["error"] or ""
        status = "" if each["status"] is None else f"{each['status']} "
        times = _second(each["last_attempt_at"]), _second(each["next_attempt_at"])
        result.add_row(
            str(each["position"]), each["type"], str(each["attempts"]), f"{status}{answer}", *times
        )
    return result


def _second(moment: str | None) -> str:
    """A time to the second, which is enough for a table."""
    return "" if moment is None else f"{moment[:10]} {moment[11:19]}"
