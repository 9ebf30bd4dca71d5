"""The commands of the program, one function each."""

import os
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Unpack

import typer
from pydantic_core import to_json

from service.access.token_store import TokensUnavailable
from service.cli import tables
from service.cli.chart import Scale
from service.cli.client import (
    REFUSED,
    USAGE,
    Target,
    body_of,
    client_of,
    fail,
    get,
    pages,
    reason_of,
    streamed,
)
from service.cli.offline import damage_lines, event_lines, is_read_only, settings_of, stored_log
from service.cli.output import harmless_json, progress_bar, say, say_json, show, show_line
from service.cli.transfer import (
    as_command,
    import_summary,
    open_input,
    open_output,
    send_import,
)
from service.log.port import LogLocked, LogUnavailable
from service.process import set_up_process
from service.server import CannotListen, running, serve
from service.service import Accepted, Service
from service.settings import BadSetting, from_environment
from service.transport.connections import raise_open_files

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
Url = Annotated[str | None, typer.Option("--url", help="URL of a running server, instead of --data.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Indicator = Annotated[str, typer.Argument(help="Id of an indicator.")]
KnownAt = Annotated[
    str | None, typer.Option("--known-at", help="As known then: time, date or position.")
]
PublishedBy = Annotated[
    str | None, typer.Option("--published-by", help="As published by then: time or date.")
]
ValidAt = Annotated[
    str | None, typer.Option("--valid-at", help="Only figures for days up to this date.")
]
Cohort = Annotated[str | None, typer.Option("--cohort", help="Only this cohort.")]
Period = Annotated[str | None, typer.Option("--period", help="Only this period, as EDTF.")]
Originator = Annotated[
    str | None, typer.Option("--originator", help="Only the figures of this originator.")
]
After = Annotated[int | None, typer.Option("--after", help="Only events after this position.")]
Until = Annotated[
    int | None, typer.Option("--until", help="Only events up to this position, inclusive.")
]
SEEDS = files("seeds")
DEMO_SECONDS = 60.0
"""Maximum time that the demo waits for its views before it prints its address."""


def main() -> None:
    """Run the command line."""
    set_up_process()
    try:
        app()
    except BrokenPipeError:
        # The reader of our output has closed the pipe, as `head` does.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)


@app.command("serve")
def serve_(
    data: Data = DEFAULT_DATA,
    host: Annotated[
        str, typer.Option(help="Address to listen on; any but a loopback one needs tokens.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on; 0 picks a free one.")] = 8000,
    tls_cert: Annotated[
        Path | None, typer.Option("--tls-cert", help="Certificate chain as PEM, to speak TLS.")
    ] = None,
    tls_key: Annotated[Path | None, typer.Option("--tls-key", help="Its key as PEM.")] = None,
    accept_loss: Annotated[
        bool, typer.Option("--accept-loss", help="Go on without acknowledged events that are gone.")
    ] = False,
    accept_clock: Annotated[
        bool, typer.Option("--accept-clock", help="Go on with a clock far ahead of the last event.")
    ] = False,
) -> None:
    """Serve a log over HTTP."""

    def ready(service: Service, url: str) -> None:
        say(f"intellog serves {data} at {url}")

    if (tls_cert is None) != (tls_key is None):
        fail("--tls-cert and --tls-key: give both or neither", USAGE)
    tls = (tls_cert, tls_key) if tls_cert and tls_key else None
    accepted = Accepted(accept_loss=accept_loss, accept_clock=accept_clock)
    _serve(data, {"host": host, "port": port, "tls": tls}, ready, os.environ, **accepted)


@app.command()
def demo(
    data: Data = Path("data/demo"),
    host: Annotated[str, typer.Option(help="Loopback address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on; 0 picks a free one.")] = 8000,
) -> None:
    """Load the example story into a log and serve it."""

    def ready(service: Service, url: str) -> None:
        with running(service) as client:
            for seed in sorted(SEEDS.iterdir(), key=lambda each: each.name):
                if seed.name.endswith(".ndjson"):
                    last = send_import(client, seed.open("rb"), seed.name, quiet=True)
                    say(f"{seed.name}: {import_summary(last)}")
        service.stopping.clear()
        service.follower.wait(service.log.head(), DEMO_SECONDS)
        say(_demo_hint(url))

    # The environment is ignored: it may name a real log, from which seeds cannot be removed.
    # Nobody waits for the clock of an example, which may have lain for months.
    _serve(data, {"host": host, "port": port}, ready, {}, accept_clock=True)


def _serve(
    data: Path,
    given: Mapping[str, Any],
    ready: Any,
    environment: Mapping[str, str],
    **accepted: Unpack[Accepted],
) -> None:
    raise_open_files()
    try:
        serve(replace(from_environment(data, environment), **given), ready, **accepted)
    except BadSetting as error:
        fail(str(error), USAGE)
    except (LogLocked, LogUnavailable, TokensUnavailable) as error:
        fail(str(error))
    except CannotListen as error:
        fail(f"cannot listen on {given['host']}:{given['port']}: {error}; try another --port")
    except OSError as error:
        fail(reason_of(error))


def _demo_hint(url: str) -> str:
    return f"""
intellog serves the example story at {url}. Try:

  curl '{url}/v1/estimates/dprk-killed'
  curl '{url}/v1/estimates/dprk-killed?published_by=2025-02-01'
  curl '{url}/v1/estimates/dprk-killed/vintages?originator=nis&axis=publication'

Press Ctrl-C to stop."""


@app.command()
def post(
    file: Annotated[str, typer.Argument(help="File with a report as JSON; - for standard input.")],
    data: Data = DEFAULT_DATA,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """File a report."""
    with open_input(file) as body, client_of(Target(data, url), create=True) as client:
        headers = {"Content-Type": "application/json"}
        response = client.post("/v1/reports", content=body.read(), headers=headers)
        written = body_of(response)
    if as_json:
        say_json(written)
        return
    what = "filed" if response.status_code == 201 else "already filed:"
    say(f"{what} {written['id']} at position {written['position']}")


@app.command("import")
def import_(
    file: Annotated[
        str, typer.Argument(help="File with one command per line as JSON; - for standard input.")
    ],
    data: Data = DEFAULT_DATA,
    url: Url = None,
    name: Annotated[
        str | None,
        typer.Option(help="Name of the import; lines imported under another name are not known to it."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Import commands from a file; lines imported before are skipped."""
    with open_input(file) as body, client_of(Target(data, url), create=True) as client:
        last = send_import(client, body, file, quiet=as_json, name=name)
    if as_json:
        say_json(last)
    else:
        say(import_summary(last))
    if last["refused"] or not last["done"]:
        raise typer.Exit(REFUSED)


@app.command()
def export(
    data: Data = DEFAULT_DATA,
    url: Url = None,
    output: Annotated[
        str, typer.Option("--output", "-o", help="File to write; - for standard output.")
    ] = "-",
    events: Annotated[
        bool, typer.Option("--events", help="Write the stored events instead of commands.")
    ] = False,
) -> None:
    """Export the log as commands that `import` accepts, one per line."""
    settings = settings_of(data)
    if url is None and is_read_only(settings):
        with open_output(output) as target:
            for line in event_lines(settings):
                target.write((line if events else as_command(line)) + b"\n")
        return
    with client_of(Target(data, url)) as client, open_output(output) as target:
        for line, event in streamed(client, "/v1/events"):
            written = to_json(event) + b"\n" if events else as_command(line)
            target.write(harmless_json(written))


@app.command()
def check(data: Data = DEFAULT_DATA) -> None:
    """Verify everything that the log stores; print a line for each thing that is wrong."""
    settings, wrong = settings_of(data), 0
    with stored_log(settings) as log:
        for line in damage_lines(log, settings):
            say(line)
            wrong += 1
        say(f"checked {log.checked:,} events: {f'problems: {wrong:,}' if wrong else 'no damage'}")
    if wrong:
        raise typer.Exit(REFUSED)


@app.command()
def replay(
    indicator: Annotated[
        str | None, typer.Argument(help="Id of an indicator; without it, all.")
    ] = None,
    data: Data = DEFAULT_DATA,
    url: Url = None,
    after: After = None,
    until: Until = None,
    speed: Annotated[
        float | None, typer.Option(help="Speed relative to the recording; without it, at once.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Replay how estimates changed, event by event."""
    query = {"indicator": indicator, "after": after, "until": until, "speed": speed}
    scale = Scale() if indicator else None
    with client_of(Target(data, url)) as client:
        for line, frame in streamed(client, "/v1/replay", **query):
            if as_json:
                say_json(line)
            else:
                show_line(frame, partial(tables.frame_line, scale=scale))


@app.command()
def estimates(
    data: Data = DEFAULT_DATA,
    url: Url = None,
    known_at: KnownAt = None,
    published_by: PublishedBy = None,
    valid_at: ValidAt = None,
    q: Annotated[
        str | None, typer.Option("--find", help="Only indicators whose text contains these words.")
    ] = None,
    as_json: Json = False,
) -> None:
    """List the current estimate of every indicator."""
    times = {"known_at": known_at, "published_by": published_by, "valid_at": valid_at}
    with client_of(Target(data, url)) as client:
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
    """Show one estimate, now or as of any time."""
    times = {"known_at": known_at, "published_by": published_by, "valid_at": valid_at}
    narrowing = {"cohort": cohort, "period": period, "originator": originator}
    path, query = f"/v1/estimates/{indicator}", times | narrowing
    _print_one(Target(data, url), path, query, tables.estimate, as_json)


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
    """Explain an estimate: every claim used or left out, and why."""
    times = {"known_at": known_at, "published_by": published_by, "valid_at": valid_at}
    narrowing = {"cohort": cohort, "period": period, "originator": originator}
    path, query = f"/v1/estimates/{indicator}/explanation", times | narrowing
    _print_one(Target(data, url), path, query, tables.explanation, as_json)


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
    axis: Annotated[str | None, typer.Option(help="record (default) or publication.")] = None,
    every: Annotated[
        bool, typer.Option("--all", help="Include reports that repeated the same figure.")
    ] = False,
    chart: Annotated[
        bool, typer.Option("--chart", help="Draw a chart, one line per revision.")
    ] = False,
    as_json: Json = False,
) -> None:
    """List the revisions of an estimate."""
    query = {
        "known_at": known_at,
        "published_by": published_by,
        "cohort": cohort,
        "period": period,
        "originator": originator,
        "axis": axis,
        "all": "true" if every else None,
    }
    with client_of(Target(data, url)) as client:
        items = pages(client, f"/v1/estimates/{indicator}/vintages", limit=1000, **query)
        _print_items(items, tables.vintage_chart if chart else tables.vintages, as_json)


@app.command()
def series(
    indicator: Indicator,
    data: Data = DEFAULT_DATA,
    url: Url = None,
    known_at: KnownAt = None,
    published_by: PublishedBy = None,
    valid_at: ValidAt = None,
    cohort: Cohort = None,
    originator: Originator = None,
    release: Annotated[
        str | None, typer.Option("--release", help="first, latest (default) or n: the n-th published.")
    ] = None,
    turned: Annotated[
        str | None,
        typer.Option("--as", help="increment: steps of a total; cumulative: a running total."),
    ] = None,
    period_from: Annotated[
        str | None, typer.Option("--from", help="Only periods that begin in this one or later.")
    ] = None,
    period_to: Annotated[
        str | None, typer.Option("--to", help="Only periods that end in this one or earlier.")
    ] = None,
    as_json: Json = False,
) -> None:
    """List the estimate of each period."""
    times = {"known_at": known_at, "published_by": published_by, "valid_at": valid_at}
    narrowing = {"cohort": cohort, "originator": originator, "release": release, "as": turned}
    within = {"period_from": period_from, "period_to": period_to}
    with client_of(Target(data, url)) as client:
        path, query = f"/v1/estimates/{indicator}/series", times | narrowing | within
        items = pages(client, path, limit=1000, **query)
        _print_items(items, tables.series, as_json)


@app.command()
def slippage(
    plan: Annotated[str, typer.Argument(help="Id of an indicator that plans for another one.")],
    data: Data = DEFAULT_DATA,
    url: Url = None,
    known_at: KnownAt = None,
    published_by: PublishedBy = None,
    valid_at: ValidAt = None,
    cohort: Cohort = None,
    as_json: Json = False,
) -> None:
    """Compare each statement of a plan with what is fulfilled of it."""
    times = {"known_at": known_at, "published_by": published_by, "valid_at": valid_at}
    with client_of(Target(data, url)) as client:
        path = f"/v1/estimates/{plan}/slippage"
        items = pages(client, path, limit=1000, cohort=cohort, **times)
        _print_items(items, tables.slippage, as_json)


@app.command()
def events(
    data: Data = DEFAULT_DATA,
    url: Url = None,
    after: After = None,
    type_: Annotated[str | None, typer.Option("--type", help="Only this event type.")] = None,
    report: Annotated[str | None, typer.Option(help="Only events of this report.")] = None,
    source: Annotated[str | None, typer.Option(help="Only events that mention this source.")] = None,
    indicator: Annotated[
        str | None, typer.Option(help="Only events that affect this indicator.")
    ] = None,
    actor: Annotated[str | None, typer.Option(help="Only events by this actor.")] = None,
    as_json: Json = False,
) -> None:
    """List the events of the log, oldest first."""
    query = {"after": after, "type": type_, "report": report, "source": source}
    query |= {"indicator": indicator, "actor": actor}
    with client_of(Target(data, url)) as client:
        for _, event in streamed(client, "/v1/events", **query):
            if as_json:
                say_json(event)
            else:
                show_line(event, tables.event_line)


@app.command()
def rebuild(data: Data = DEFAULT_DATA, url: Url = None, as_json: Json = False) -> None:
    """Rebuild the views from the log, without an interruption."""
    with client_of(Target(data, url)) as client:
        job = body_of(client.post("/v1/projections/claims/rebuild"))
        with progress_bar(quiet=as_json) as progress:
            task = progress.add_task("rebuilding", total=job["total"])
            while job["state"] == "running":
                time.sleep(0.2)
                job = get(client, "/v1/projections/claims/rebuild")
                progress.update(task, completed=job["done"], total=job["total"])
    if job["error"]:
        fail(f"the rebuild failed: {job['error']}")
    if as_json:
        say_json(job)
    else:
        say(f"rebuilt from {job['done']:,} events")


def _print_one(
    target: Target, path: str, query: dict[str, str | None], layout: Any, as_json: bool
) -> None:
    with client_of(target) as client:
        body = get(client, path, **query)
    if as_json:
        say_json(body)
    else:
        show(body, layout)


def _print_items(items: Iterator[Any], layout: Any, as_json: bool) -> None:
    if not as_json:
        show(list(items), layout)
        return
    for item in items:
        say_json(item)
