"""What the log stores: listing, replaying and verifying it."""

from functools import partial
from pathlib import Path
from typing import Any

import typer

from service.api.events import QUERY as EVENTS_QUERY
from service.api.replay import QUERY as REPLAY_QUERY
from service.cli import tables
from service.cli.asking import argument, options, queried, signed
from service.cli.chart import Scale
from service.cli.client import REFUSED, Target, client_of, streamed
from service.cli.offline import damage_lines, settings_of, stored_log
from service.cli.options import DEFAULT_DATA, Data
from service.cli.output import say, say_json, show_line
from service.http.parameters import PAGE


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


def _replay(data: Path, url: str | None, as_json: bool, **given: Any) -> None:
    scale = Scale() if given["indicator"] else None
    with client_of(Target(data, url)) as client:
        for line, frame in streamed(client, "/v1/replay", **queried(given)):
            if as_json:
                say_json(line)
            else:
                show_line(frame, partial(tables.frame_line, scale=scale))


def _events(data: Path, url: str | None, as_json: bool, **given: Any) -> None:
    with client_of(Target(data, url)) as client:
        for line, event in streamed(client, "/v1/events", **queried(given)):
            if as_json:
                say_json(line)
            else:
                show_line(event, tables.event_line)


_replayed = argument("indicator", "Id of an indicator; without it, all.", required=False)
_of_a_page = (*PAGE, "log", "seen")
"""Parameters that a whole stream does not need."""
replay = signed(
    _replay,
    [_replayed, *options(each for each in REPLAY_QUERY if each not in ("indicator", *_of_a_page))],
    "Replay how estimates changed, event by event.",
)
events = signed(
    _events,
    [*options(each for each in EVENTS_QUERY if each not in _of_a_page)],
    "List the events of the log, oldest first.",
)
