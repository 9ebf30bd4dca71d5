"""What the log stores: listing, replaying and verifying it."""

from functools import partial
from typing import Annotated

import typer

from service.cli import tables
from service.cli.chart import Scale
from service.cli.client import REFUSED, Target, client_of, streamed
from service.cli.offline import damage_lines, evidence_findings, settings_of, stored_log
from service.cli.options import DEFAULT_DATA, After, Data, Json, Until, Url
from service.cli.output import say, say_json, show_line


def check(data: Data = DEFAULT_DATA) -> None:
    """Verify all that the log stores, and its evidence; print a line for each thing that is wrong."""
    settings, wrong = settings_of(data), 0
    with stored_log(settings) as log:
        for line in damage_lines(log, settings):
            say(line)
            wrong += 1
        if not wrong:  # else it may not be known what evidence there should be
            for found in evidence_findings(log, settings):
                if found.what != "unreferenced":
                    say(found.line)
                    wrong += 1
        say(f"checked {log.checked:,} events: {f'problems: {wrong:,}' if wrong else 'no damage'}")
    if wrong:
        raise typer.Exit(REFUSED)


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
