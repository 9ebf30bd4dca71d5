"""What the log stores: listing, replaying and verifying it."""

from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from service.api.events import QUERY as EVENTS_QUERY
from service.api.replay import QUERY as REPLAY_QUERY
from service.cli import tables
from service.cli.asking import argument, options, signed
from service.cli.chart import Scale
from service.cli.client import REFUSED, USAGE, Target, client_of, fail
from service.cli.offline import damage_lines, evidence_findings, settings_of, stored_log
from service.cli.options import DEFAULT_DATA, Data
from service.cli.output import say, say_json, show_line
from service.http.parameters import PAGE
from service.log import open as open_
from service.log.port import LogLocked, LogUnavailable


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


def migrate(
    log: Annotated[
        str | None,
        typer.Option("--log", help="Address of the database; unless given, that in INTELLOG_LOG."),
    ] = None,
    role: Annotated[
        str | None,
        typer.Option("--role", help="Role of the service, which may then select and insert alone."),
    ] = None,
) -> None:
    """Create or upgrade the tables of a log in PostgreSQL, as their owner, and let a role use them."""
    address = log or settings_of(DEFAULT_DATA).log
    if address is None:
        fail("name the database of the log: --log postgresql://..., or INTELLOG_LOG", USAGE)
    try:
        say(open_.migrate(address, role))
    except open_.BadAddress as bad:
        fail(f"{'--log' if log else 'INTELLOG_LOG'}: {bad}", USAGE)
    except (LogLocked, LogUnavailable) as error:
        fail(str(error))


def _replay(data: Path, url: str | None, as_json: bool, **given: Any) -> None:
    scale = Scale() if given["indicator"] else None
    with client_of(Target(data, url)) as client:
        for frame in client.replay(**given):
            if as_json:
                say_json(frame)
            else:
                show_line(frame, partial(tables.frame_line, scale=scale))


def _events(data: Path, url: str | None, as_json: bool, **given: Any) -> None:
    with client_of(Target(data, url)) as client:
        for event in client.events(**given):
            if as_json:
                say_json(event)
            else:
                show_line(event, tables.event_line)


_replayed = argument("indicator", "Id of an indicator; without it, all.", required=False)
_of_a_page = (*PAGE, "log", "seen", "salts")
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
