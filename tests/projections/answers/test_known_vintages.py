"""A figure along both axes at once, as if each position were asked for by itself."""

import sqlite3
from dataclasses import replace
from itertools import zip_longest
from random import Random

import pytest
from hypothesis import given

from domain.commands import Command
from domain.period import parse_period
from domain.vocabulary import MARKINGS
from projections.answers.as_of import AsOf
from projections.answers.figure import FIGURE
from projections.answers.known_vintages import KnownVintage, RecordMoment, known_vintages
from projections.answers.moments import steps
from projections.answers.questions import Narrowing
from projections.answers.vintages import vintages
from projections.tables.sight import Sight, showing
from tests.effort import examples
from tests.histories import (
    DAYS,
    MEASURES,
    ORIGINATORS,
    Desk,
    Line,
    define,
    desk_of,
    file,
    numbers,
    says,
    stories,
    views_of,
)
from tests.work import calls, ticks


def asked_of(random: Random) -> Narrowing:
    """The headline, mostly, or a narrower question, by any policy."""
    day = random.choice(DAYS)
    return Narrowing(
        cohort=random.choice((None, None, None, "east")),
        period=random.choice((None, None, None, parse_period(day), parse_period(day[:7]))),
        originator=random.choice((None, None, None, *ORIGINATORS)),
        policy=random.choice((None, None, "envelope/1", "latest-publication/1", "assessment/1")),
    )


def one_by_one(
    db: sqlite3.Connection, indicator: str, as_of: AsOf, asked: Narrowing
) -> list[KnownVintage]:
    """The rectangles, from the whole axis of publication after each event."""
    standing, ended = dict[object, KnownVintage](), list[KnownVintage]()
    for step in steps(db, indicator, as_of, asked, "record"):
        here = RecordMoment(step.as_of.position, step.moment)
        found = vintages(db, indicator, step.as_of, asked, "publication", every=False)
        ends = [each.moment for each in found[1:]]
        now = dict[object, KnownVintage]()
        for each, end in zip_longest(found, ends):
            place = each.moment, end, tuple(each.body[name] for name in FIGURE)
            fresh = KnownVintage(here, None, each.moment, end, each.body, each.cause)
            now[place] = standing.pop(place, fresh)
        ended += [replace(each, known_to=here) for each in standing.values()]
        standing = now
    found_all = [*ended, *standing.values()]
    return sorted(found_all, key=lambda each: (each.known_from.position, each.published_from))


@given(stories, numbers)
@examples(120)
def test_it_is_as_if_each_position_were_asked_for_by_itself(
    commands: list[Command], number: int
) -> None:
    desk, random = Desk().take(commands), Random(number)
    clearance = random.choice((MARKINGS[-1], MARKINGS[-1], *MARKINGS[:2]))
    by = random.choice((None, None, 1_742_000_000_000_000))
    as_of = AsOf(len(desk.recorded), by, clearance=clearance)
    db = views_of(desk.recorded).writer
    with showing(db, Sight(clearance)):
        for name in MEASURES:
            asked = asked_of(random)
            found, expected = (find(db, name, as_of, asked) for find in (known_vintages, one_by_one))
            assert [told(each) for each in found] == [told(each) for each in expected]


def told(each: KnownVintage) -> object:
    """What callers receive of a rectangle: all but what its figure rests on."""
    span = each.known_from, each.known_to, each.published_from, each.published_to
    return span, each.cause, [each.figure[name] for name in FIGURE]


def in_order(n: int) -> str:
    """The day of publication of what is recorded n-th, in the order of publication."""
    return f"20{n // 336 % 20:02}-{n // 28 % 12 + 1:02}-{n % 28 + 1:02}"


def reported(measure: str, claims: int, corrected: bool) -> tuple[sqlite3.Connection, AsOf]:
    """Views of so many claims, recorded as they were published, every fifth a relay."""
    filed = list[Line]()
    for n in range(claims):
        more: Line = {"derived_from": [f"{n - 1}/1"]} if n % 5 == 4 else {}
        period = f"19{n // 336 % 20:02}-{n // 28 % 12 + 1:02}-{n % 28 + 1:02}"
        claim = says(ORIGINATORS[n % 5], 100 + n, period=period, **more)
        filed.append(file(str(n), in_order(n), claim))
        if corrected and n % 10 == 3:
            again = [{"n": 1, **says(ORIGINATORS[n % 5], 101 + n, period=period)}]
            body = {"report": str(n), "kind": "record", "reason": "a slip", "claims": again}
            filed.append({"correct_report": body})
    desk = desk_of(define("killed", measure), *filed)
    return views_of(desk.recorded).writer, AsOf(len(desk.recorded))


@pytest.mark.parametrize("corrected", [False, True], ids=["filed", "corrected"])
@pytest.mark.parametrize("measure", ["stock", "cumulative", "increment"])
def test_it_costs_by_the_events(measure: str, corrected: bool) -> None:
    """Counted in calls of Python and steps of SQLite: to look at all again each time squares them."""
    work = list[tuple[int, int]]()
    for claims in (60, 480):
        db, here = reported(measure, claims, corrected)
        with calls() as called, ticks(db) as ticked:
            assert len(known_vintages(db, "killed", here, Narrowing())) > claims // 2
        work.append((called.total(), ticked["steps"]))
    (few, some_steps), (many, more_steps) = work
    assert many < 10 * few, work
    assert more_steps < 10 * some_steps, work
