"""Mirrors of a log elsewhere, and a mirror that takes over."""

import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Annotated
from uuid import uuid4

import typer

from service.cli.bearer import FOLLOW_TOKEN, token_of
from service.cli.client import USAGE, fail, reason_of
from service.cli.offline import settings_of
from service.cli.options import DEFAULT_DATA, Data
from service.cli.output import say
from service.log.errors import CopyRefused
from service.log.port import LogLocked, LogUnavailable
from service.mirror.lines import BadLine
from service.mirror.mirror import Mirror, follow, follow_once
from service.mirror.promotion import NoMirror, Prospect, prospect
from service.mirror.promotion import promote as promote_mirror
from service.mirror.source import BadAddress, HistoryEnded, SourceAway
from service.settings import BadSetting

_FAILURES = (LogLocked, LogUnavailable, CopyRefused, HistoryEnded, SourceAway, BadLine, NoMirror)


def mirror(
    url: Annotated[str, typer.Argument(help="Address of the service whose log is mirrored.")],
    data: Data = DEFAULT_DATA,
    once: Annotated[bool, typer.Option("--once", help="End once the source has no more.")] = False,
) -> None:
    """Mirror the log of another service, every byte verified, until it is stopped."""

    def ready(mirror: Mirror) -> None:
        say(f"intellog mirrors {mirror.source} in {data}, from position {mirror.log.head():,} on")

    token = _token()
    try:
        if once:
            reached = follow_once(data, url, token, _now)
            say(f"{data} holds all that {url} has, up to position {reached:,}")
            return
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, _exit)
        fail(follow(data, url, token, _now, ready))
    except BadAddress as bad:
        fail(f"URL: {bad}", USAGE)
    except _FAILURES as error:
        fail(str(error))
    except OSError as error:
        fail(reason_of(error))


def promote(
    data: Data = DEFAULT_DATA,
    yes: Annotated[
        bool, typer.Option("--yes", help="Go on without asking, although something may be missing.")
    ] = False,
    accept_two_writers: Annotated[
        bool,
        typer.Option(
            "--accept-two-writers",
            help="Go on although the source answers and may be written to.",
        ),
    ] = False,
    accept_clock: Annotated[
        bool, typer.Option("--accept-clock", help="Go on with a clock far ahead of the last event.")
    ] = False,
) -> None:
    """Make a mirror a log of its own, which may be written to; say what it may lack."""
    settings, token = settings_of(data), _token()
    try:
        found = prospect(settings, token, _now)
        _say(found)
        if found.writes and not accept_two_writers:
            fail(
                f"{found.source} still answers and may be written to: two logs would go on from here;"
                " stop it, or give --accept-two-writers"
            )
        if found.why is not None and not yes:
            _ask(data)
        position = promote_mirror(settings, found, _now, _new_id, accept_clock=accept_clock)
    except LogLocked:
        fail(f"another process uses {data}; stop the mirror that runs there first")
    except _FAILURES as error:
        fail(str(error))
    except OSError as error:
        fail(reason_of(error))
    say(f"{data} is a log of its own; event {position:,} says so. Now: intellog serve --data {data}")


def _say(found: Prospect) -> None:
    """Say what a mirror is and what it may lack."""
    if found.taken is not None:
        say(f"{found.source} answers; {found.taken:,} events were taken from it just now")
    else:
        say(f"not all could be taken from {found.source}: {found.why}")
    at = f", recorded at {found.recorded_at}" if found.recorded_at else ""
    say(f"the mirror ends at position {found.position:,}{at}")
    for each in found.lacking:
        say(f"it may lack {each}")


def _ask(data: Path) -> None:
    if not sys.stdin.isatty():
        fail(f"nothing was changed; to go on with what is in {data}, give --yes")
    if not typer.confirm("Go on with what is there?"):
        fail("nothing was changed")


def _token() -> str | None:
    try:
        return token_of(FOLLOW_TOKEN)
    except BadSetting as error:
        fail(str(error), USAGE)


def _now() -> datetime:
    return datetime.now(UTC)


def _new_id() -> str:
    return uuid4().hex


def _exit(sig: int, frame: FrameType | None) -> None:
    raise SystemExit(0)
