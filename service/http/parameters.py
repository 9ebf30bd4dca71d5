"""Query parameters: each read by one rule, every unknown one refused, the three times made one."""

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, get_args

from starlette.requests import Request

from domain.estimates.flags import FlagCode
from domain.estimates.policies import POLICY_NAMES
from domain.events import EVENT_TYPES
from domain.near import nearest
from domain.period import BadPeriod, parse_period
from domain.times import BadTime, from_micros, parse_until, show_instant, to_micros
from domain.vocabulary import Kind, Measure, Reliability
from projections.answers.as_of import AsOf
from projections.answers.flags import Suspect
from projections.tables.journal import position_at, recorded_at
from service.http.problems import Problem
from service.query.standpoint import Standpoint
from service.service import Service
from service.views.store import position_of

Parse = Callable[[str], Any]
LARGEST_POSITION = 2**53
UNGRADED = "ungraded"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A query parameter: how its text is read, and what it is for."""

    parse: Parse
    description: str


def _whole(least: int, most: int) -> Parse:
    def parse(text: str) -> int:
        if not (text.isascii() and text.isdigit()) or not least <= int(text[:20]) <= most:
            raise ValueError(f"must be a whole number from {least} to {most}")
        return int(text)

    return parse


def _one_of(*words: str) -> Parse:
    def parse(text: str) -> str:
        if text not in words:
            raise ValueError(f"must be one of {', '.join(words)}")
        return text

    return parse


def _known_at(text: str) -> int | Any:
    """Digits alone are a position, all else an instant."""
    if text.isascii() and text.isdigit():
        return _whole(0, LARGEST_POSITION)(text)
    return parse_until(text)


def _release(text: str) -> str | int:
    if text in ("first", "latest"):
        return text
    try:
        return int(_whole(1, 1_000_000)(text))
    except ValueError:
        raise ValueError("must be first, latest or a whole number from 1") from None


def _speed(text: str) -> float:
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0 < speed <= 1e12:
        raise ValueError("must be a number above 0: how many times faster than it was recorded")
    return speed


def _plain(text: str) -> str:
    if not text:
        raise ValueError("is empty")
    return text


_POSITION = _whole(0, LARGEST_POSITION)

PARAMETERS: Mapping[str, Parameter] = {
    "known_at": Parameter(_known_at, "What we knew then: an instant, a date (its end) or a position."),
    "published_by": Parameter(
        parse_until, "What was published by then: an instant or a date (its end)."
    ),
    "valid_at": Parameter(parse_until, "What covers days up to then: a date (its end) or an instant."),
    "min_position": Parameter(_POSITION, "Wait until the views have reached this position."),
    "limit": Parameter(_whole(1, 1_000), "At most so many items: 1 to 1000, by default 100."),
    "cursor": Parameter(_plain, "Where to go on: the `next_cursor` of the page before."),
    "period": Parameter(parse_period, "One cell: an EDTF period; of an increment all cells within it."),
    "cohort": Parameter(_plain, "One cohort; without it the whole."),
    "originator": Parameter(_plain, "What one originator alone says."),
    "policy": Parameter(_one_of(*POLICY_NAMES), "Another policy than the indicator's own."),
    "period_from": Parameter(parse_period, "The first period of a series."),
    "period_to": Parameter(parse_period, "The last period of a series."),
    "release": Parameter(_release, "`first`, `latest` or the n-th distinct figure of each originator."),
    "axis": Parameter(_one_of("record", "publication"), "Along which time: `record` or `publication`."),
    "all": Parameter(_one_of("true", "false"), "`true`: re-affirmations too, which changed nothing."),
    "q": Parameter(_plain, "Words to look for."),
    "measure": Parameter(_one_of(*get_args(Measure)), "Only indicators of this measure."),
    "flag": Parameter(_one_of(*get_args(FlagCode)), "Only estimates that bear this flag."),
    "code": Parameter(_one_of(*get_args(FlagCode)), "Only flags of this code."),
    "source": Parameter(_plain, "Only what this source is mentioned in."),
    "kind": Parameter(_one_of(*get_args(Kind)), "Only sources of this kind."),
    "reliability": Parameter(
        _one_of(*get_args(Reliability), UNGRADED), "Only sources of this reliability now."
    ),
    "indicator": Parameter(_plain, "Only what touches this indicator."),
    "report": Parameter(_plain, "Only what is about this report."),
    "type": Parameter(_one_of(*(each.TYPE for each in EVENT_TYPES)), "Only events of this type."),
    "stream": Parameter(_plain, "Only events of this stream, such as `report:...`."),
    "actor": Parameter(_plain, "Only events of this actor."),
    "after": Parameter(_POSITION, "Only what comes behind this position."),
    "before": Parameter(_POSITION, "Only what comes in front of this position."),
    "until": Parameter(_known_at, "Only up to then: a position, an instant or a date (its end)."),
    "order": Parameter(_one_of("asc", "desc"), "`asc` (default) or `desc`."),
    "speed": Parameter(_speed, "So many times faster than it was recorded; without it at once."),
    "compare": Parameter(parse_until, "Another publication time to hold an estimate against."),
    "reason": Parameter(str, "Why."),
    "dry_run": Parameter(
        _one_of("true", "false"), "`true`: say what would change in which estimates; write nothing."
    ),
    "since": Parameter(_known_at, "From this record time: an instant, a date (its end) or a position."),
    "base": Parameter(_one_of(*POLICY_NAMES), "The policy to compare with: by default the own one."),
    "candidate": Parameter(_one_of(*POLICY_NAMES), "The policy to try."),
}
"""Every query parameter of the interface; the same name means the same everywhere."""

TIMES = ("known_at", "published_by", "valid_at", "min_position")
PAGE = ("limit", "cursor")
PINNED, FROM = "(pinned)", "(from)"
"""What a cursor adds to what was asked: the position of its first page, and where it goes on."""

Asked = dict[str, Any]


def parameters(request: Request, *names: str, blanks: bool = False) -> Asked:
    """Read the query of a request that may have these parameters; raises `Problem`.

    With `blanks` an empty one counts as not given, as a form sends what was not filled in.
    """
    asked: Asked = {}
    if not request.scope["query_string"]:
        return asked
    for name, text in request.query_params.multi_items():
        if blanks and not text:
            continue
        if name not in names:
            raise Problem("unknown-parameter", _unknown(name, names), parameter=name)
        if name in asked:
            raise bad_parameter(name, "is given twice")
        try:
            asked[name] = PARAMETERS[name].parse(text)
        except (ValueError, BadTime, BadPeriod) as error:
            raise bad_parameter(name, str(error)) from None
    return asked


def _unknown(name: str, names: tuple[str, ...]) -> str:
    near = nearest(name, names)
    hint = f"did you mean '{near[0]}'?" if near else f"it takes {', '.join(names) or 'none'}"
    return f"'{name[:60]}' is no parameter of this address; {hint}"


def bad_parameter(name: str, message: str) -> Problem:
    """The problem that a query parameter cannot be taken as it is given."""
    return Problem("bad-parameter", f"{name}: {message}", parameter=name)


async def caught_up(service: Service, asked: Asked) -> None:
    """Wait for the views: as long as it takes for a position asked, a moment for what is written."""
    head, known_at = service.log.head(), asked.get(PINNED, asked.get("known_at"))
    wanted = asked.get("min_position", 0)
    if isinstance(known_at, int) and known_at <= head:
        wanted = max(wanted, known_at)
    if wanted and not await service.follower.wait_async(wanted, service.settings.patience):
        raise Problem(
            "not-caught-up",
            f"the views stand at position {service.follower.position}, not yet at {wanted}",
        )
    await service.follower.wait_async(head, service.settings.grace)


@contextmanager
def standing(service: Service, asked: Asked) -> Iterator[Standpoint]:
    """One unchanging state of the views, and the times asked against it."""
    with service.views.reading() as db:
        yield standpoint(db, asked, service.suspects)


def standpoint(db: sqlite3.Connection, asked: Asked, suspect: Suspect) -> Standpoint:
    """The times asked against one state of the views."""
    head = position_of(db)
    known_at = asked.get("known_at")
    pinned = asked.get(PINNED, known_at)
    position = head if pinned is None else min(position_of_time(db, pinned), head)
    if known_at is None or isinstance(known_at, int):
        stamp = recorded_at(db, position)
        known = show_instant(from_micros(stamp)) if stamp is not None else None
    else:
        known = show_instant(known_at)
    published_by, valid_at = asked.get("published_by"), asked.get("valid_at")
    as_of = AsOf(
        position,
        None if published_by is None else to_micros(published_by),
        None if valid_at is None else to_micros(valid_at),
    )
    echo = {
        "position": position,
        "known_at": known,
        "published_by": show_instant(published_by) if published_by else None,
        "valid_at": show_instant(valid_at) if valid_at else None,
    }
    return Standpoint(db, as_of, echo, position == head, suspect)


def position_of_time(db: sqlite3.Connection, time: int | datetime) -> int:
    """The position that a record time stands for: itself, or the last one recorded by then."""
    return time if isinstance(time, int) else position_at(db, to_micros(time))
