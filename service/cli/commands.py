"""The verbs of the command line."""

import os
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic_core import from_json, to_json

from service.cli import tables
from service.cli.chart import Scale
from service.cli.client import REFUSED, USAGE, Where, answered, ask, fail, lines, out, pages, reaching
from service.cli.transfer import as_command, counted, progress_bar, reading, send, writing
from service.log.port import LogLocked, LogUnavailable
from service.process import collect_seldom
from service.server import running, serve
from service.service import Service
from service.settings import BadSetting, from_environment

app = typer.Typer(
    name="intellog",
    help="An event-sourced intelligence log: every reported fact kept, every figure explained.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

DEFAULT_DATA = Path(os.environ.get("INTELLOG_DATA", "data"))
Data = Annotated[Path, typer.Option("--data", help="Directory of the log.")]
Url = Annotated[str | None, typer.Option("--url", help="A running server, instead of --data.")]
Json = Annotated[bool, typer.Option("--json", help="JSON for programs.")]
Indicator = Annotated[str, typer.Argument(help="Id of an indicator.")]
KnownAt = Annotated[
    str | None, typer.Option("--known-at", help="What we knew then: instant, date or position.")
]
PublishedBy = Annotated[
    str | None, typer.Option("--published-by", help="What was published by then: instant or date.")
]
ValidAt = Annotated[str | None, typer.Option("--valid-at", help="What covers days up to then.")]
Cohort = Annotated[str | None, typer.Option("--cohort", help="One cohort.")]
Period = Annotated[str | None, typer.Option("--period", help="One period (EDTF).")]
Originator = Annotated[str | None, typer.Option("--originator", help="What one originator says.")]
After = Annotated[int | None, typer.Option("--after", help="Behind this position.")]
Until = Annotated[int | None, typer.Option("--until", help="Up to and with this position.")]
SEEDS = files("seeds")


def main() -> None:
    """Run the command line."""
    collect_seldom()
    try:
        app()
    except BrokenPipeError:
        # The reader of a pipe has seen enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)


@app.command("serve")
def serve_(
    data: Data = DEFAULT_DATA,
    host: Annotated[str, typer.Option(help="Loopback address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port; 0 picks a free one.")] = 8000,
) -> None:
    """Serve a log over HTTP."""

    def ready(service: Service, url: str) -> None:
        print(f"intellog serves {data} at {url}", flush=True)

    _serve(data, host, port, ready, os.environ)


@app.command()
def demo(
    data: Data = Path("data/demo"),
    host: Annotated[str, typer.Option(help="Loopback address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port; 0 picks a free one.")] = 8000,
) -> None:
    """Load the seeds into a log, and serve it."""

    def ready(service: Service, url: str) -> None:
        with running(service) as client:
            for seed in sorted(SEEDS.iterdir(), key=lambda each: each.name):
                if seed.name.endswith(".ndjson"):
                    last = send(client, seed.open("rb"), seed.name, quiet=True)
                    print(f"{seed.name}: {counted(last)}", flush=True)
        service.stopping.clear()
        print(_worth_trying(url), flush=True)

    # Of the environment nothing: the seeds could never be taken out of a log that it names.
    _serve(data, host, port, ready, {})


def _serve(data: Path, host: str, port: int, ready: Any, environment: Mapping[str, str]) -> None:
    try:
        serve(replace(from_environment(data, environment), host=host, port=port), ready)
    except BadSetting as bad:
        fail(str(bad), USAGE)
    except (LogLocked, LogUnavailable) as gone:
        fail(str(gone))
    except OSError as taken:
        fail(f"cannot listen on {host}:{port}: {taken.strerror or taken}; try another --port")


def _worth_trying(url: str) -> str:
    return f"""
intellog serves the seed story at {url}. Worth trying:

  curl '{url}/v1/estimates/dprk-killed'
  curl '{url}/v1/estimates/dprk-killed?published_by=2025-02-01'
  curl '{url}/v1/estimates/dprk-killed/vintages?originator=nis&axis=publication'

Ctrl-C stops it."""


@app.command()
def post(
    file: Annotated[str, typer.Argument(help="A report as JSON; - for standard input.")],
    data: Data = DEFAULT_DATA,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """File a report."""
    with reading(file) as body, reaching(Where(data, url), creating=True) as client:
        headers = {"Content-Type": "application/json"}
        response = client.post("/v1/reports", content=body.read(), headers=headers)
        written = answered(response)
    if as_json:
        _print_json(written)
        return
    what = "filed" if response.status_code == 201 else "was there already:"
    print(f"{what} {written['id']} at position {written['position']}")


@app.command("import")
def import_(
    file: Annotated[str, typer.Argument(help="Commands as NDJSON; - for standard input.")],
    data: Data = DEFAULT_DATA,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """Import commands, one a line."""
    with reading(file) as body, reaching(Where(data, url), creating=True) as client:
        last = send(client, body, file, quiet=as_json)
    if as_json:
        _print_json(last)
    else:
        print(counted(last))
    if last["refused"] or not last["done"]:
        raise typer.Exit(REFUSED)


@app.command()
def export(
    data: Data = DEFAULT_DATA,
    url: Url = None,
    output: Annotated[str, typer.Option("--output", "-o", help="File; - for standard output.")] = "-",
    events: Annotated[
        bool, typer.Option("--events", help="The events as stored, not import commands.")
    ] = False,
) -> None:
    """Write the log as import commands, or as events, one a line."""
    with reaching(Where(data, url)) as client, writing(output) as target:
        headers = {"Accept": "application/x-ndjson"}
        with client.stream("GET", "/v1/events", headers=headers) as answer:
            if answer.is_error:
                answered(answer)
            for line in lines(answer):
                event = from_json(line)
                if "caught_up" not in event:
                    target.write((to_json(event) if events else as_command(line)) + b"\n")


@app.command()
def replay(
    indicator: Annotated[str | None, typer.Argument(help="One indicator; without it all.")] = None,
    data: Data = DEFAULT_DATA,
    url: Url = None,
    after: After = None,
    until: Until = None,
    speed: Annotated[float | None, typer.Option(help="So many times faster than recorded.")] = None,
    as_json: Json = False,
) -> None:
    """Play how estimates changed, event by event."""
    query = {"indicator": indicator, "after": after, "until": until, "speed": speed}
    given = {name: str(value) for name, value in query.items() if value is not None}
    scale = Scale() if indicator else None
    with (
        reaching(Where(data, url)) as client,
        client.stream("GET", "/v1/replay", params=given) as answer,
    ):
        if answer.is_error:
            answered(answer)
        for line in lines(answer):
            if as_json:
                print(line.decode(), flush=True)
            else:
                out.print(tables.frame_line(from_json(line), scale), no_wrap=True, overflow="ellipsis")


@app.command()
def estimates(
    data: Data = DEFAULT_DATA,
    url: Url = None,
    known_at: KnownAt = None,
    published_by: PublishedBy = None,
    valid_at: ValidAt = None,
    q: Annotated[str | None, typer.Option("--find", help="Words to look for.")] = None,
    as_json: Json = False,
) -> None:
    """The current estimate of every indicator."""
    times = {"known_at": known_at, "published_by": published_by, "valid_at": valid_at}
    with reaching(Where(data, url)) as client:
        items = pages(client, "/v1/estimates", limit=1000, q=q, **times)
        _print_items(items, tables.estimates, as_json)


@app.command()
def estimate(
    indicator: Indicator,
    data: Data = DEFAULT_DATA,
    url: Url = None,
    known_at: KnownAt = None,
    published_by: PublishedBy = None,
    valid_at: ValidAt = None,
    cohort: Cohort = None,
    period: Period = None,
    originator: Originator = None,
    as_json: Json = False,
) -> None:
    """One estimate, at any times."""
    times = {"known_at": known_at, "published_by": published_by, "valid_at": valid_at}
    narrowing = {"cohort": cohort, "period": period, "originator": originator}
    path, query = f"/v1/estimates/{indicator}", times | narrowing
    _print_one(Where(data, url), path, query, tables.estimate, as_json)


@app.command()
def explain(
    indicator: Indicator,
    data: Data = DEFAULT_DATA,
    url: Url = None,
    known_at: KnownAt = None,
    published_by: PublishedBy = None,
    valid_at: ValidAt = None,
    cohort: Cohort = None,
    period: Period = None,
    originator: Originator = None,
    as_json: Json = False,
) -> None:
    """Why this figure: every claim used or left out, with the reason."""
    times = {"known_at": known_at, "published_by": published_by, "valid_at": valid_at}
    narrowing = {"cohort": cohort, "period": period, "originator": originator}
    path, query = f"/v1/estimates/{indicator}/explanation", times | narrowing
    _print_one(Where(data, url), path, query, tables.explanation, as_json)


@app.command()
def vintages(
    indicator: Indicator,
    data: Data = DEFAULT_DATA,
    url: Url = None,
    known_at: KnownAt = None,
    published_by: PublishedBy = None,
    cohort: Cohort = None,
    period: Period = None,
    originator: Originator = None,
    axis: Annotated[str | None, typer.Option(help="record or publication.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Re-affirmations too.")] = False,
    drawn: Annotated[bool, typer.Option("--chart", help="As a chart, a line for each.")] = False,
    as_json: Json = False,
) -> None:
    """How a figure was revised."""
    query = {
        "known_at": known_at,
        "published_by": published_by,
        "cohort": cohort,
        "period": period,
        "originator": originator,
        "axis": axis,
        "all": "true" if every else None,
    }
    with reaching(Where(data, url)) as client:
        items = pages(client, f"/v1/estimates/{indicator}/vintages", limit=1000, **query)
        _print_items(items, tables.drawn if drawn else tables.vintages, as_json)


@app.command()
def events(
    data: Data = DEFAULT_DATA,
    url: Url = None,
    after: After = None,
    type_: Annotated[str | None, typer.Option("--type", help="Of one type.")] = None,
    report: Annotated[str | None, typer.Option(help="About one report.")] = None,
    source: Annotated[str | None, typer.Option(help="That mention one source.")] = None,
    indicator: Annotated[str | None, typer.Option(help="That touch one indicator.")] = None,
    actor: Annotated[str | None, typer.Option(help="Of one actor.")] = None,
    as_json: Json = False,
) -> None:
    """The log itself, oldest first."""
    query = {"after": after, "type": type_, "report": report, "source": source}
    query |= {"indicator": indicator, "actor": actor}
    with reaching(Where(data, url)) as client:
        for event in pages(client, "/v1/events", limit=1000, **query):
            if as_json:
                _print_json(event)
            else:
                out.print(tables.event_line(event), no_wrap=True, overflow="ellipsis")


@app.command()
def rebuild(data: Data = DEFAULT_DATA, url: Url = None, as_json: Json = False) -> None:
    """Build the views anew from the log, beside the present ones."""
    with reaching(Where(data, url)) as client:
        job = answered(client.post("/v1/projections/claims/rebuild"))
        with progress_bar(quiet=as_json) as progress:
            task = progress.add_task("rebuilding", total=job["total"])
            while job["state"] == "running":
                time.sleep(0.2)
                job = ask(client, "/v1/projections/claims/rebuild")
                progress.update(task, completed=job["done"], total=job["total"])
    if job["error"]:
        fail(f"the rebuild failed: {job['error']}")
    if as_json:
        _print_json(job)
    else:
        print(f"rebuilt from {job['done']:,} events")


def _print_one(where: Where, path: str, query: dict[str, str | None], made: Any, as_json: bool) -> None:
    with reaching(where) as client:
        body = ask(client, path, **query)
    if as_json:
        _print_json(body)
    else:
        out.print(made(body))


def _print_items(items: Iterator[Any], made: Any, as_json: bool) -> None:
    if not as_json:
        out.print(made(items))
        return
    for item in items:
        _print_json(item)


def _print_json(value: Any) -> None:
    print(to_json(value).decode(), flush=True)
