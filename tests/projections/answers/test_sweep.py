"""A sweep finds at each moment of a history what an index finds there, at a cost that adds up."""

import sqlite3
from random import Random
from typing import Any

import pytest
from hypothesis import given

from domain.commands import Command
from domain.estimates.policies import DEFAULT_POLICY, LATEST_PUBLICATION
from domain.period import parse_period
from domain.vocabulary import MARKINGS
from projections.answers.as_of import AsOf
from projections.answers.estimate_answer import DefinedEstimate
from projections.answers.estimates import defined_estimate
from projections.answers.moments import Axis, steps
from projections.answers.questions import Narrowing
from projections.answers.retrace import OF_SOURCES
from projections.answers.sweep import Sweeps
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

SUMS = [name for name, measure in MEASURES.items() if measure == "increment"]


def asked_of(random: Random) -> Narrowing:
    """A headline or a cell, of all or of a cohort or an originator, by one of two policies."""
    day = random.choice(DAYS)
    return Narrowing(
        cohort=random.choice((None, None, "east")),
        period=random.choice((None, None, parse_period(day), parse_period(f"../{day}"))),
        originator=random.choice((None, None, *ORIGINATORS)),
        policy=random.choice((None, DEFAULT_POLICY, LATEST_PUBLICATION)),
    )


def told(found: DefinedEstimate | None) -> Any:
    """What callers receive of an estimate."""
    if found is None:
        return None
    result = found.estimate
    flags = {(flag.code, flag.detail, flag.claims) for flag in result.flags}
    used = [claim.id for claim in result.used]
    return result.figure, result.verdict, used, result.leading, result.support, flags


@given(stories, numbers)
@examples(80)
def test_a_sweep_finds_what_an_index_finds(commands: list[Command], number: int) -> None:
    desk, random = Desk().take(commands), Random(number)
    axis: Axis = random.choice(("record", "publication"))
    asked, clearance = asked_of(random), random.choice((MARKINGS[-1], *MARKINGS[:2]))
    db, as_of = views_of(desk.recorded).writer, AsOf(len(desk.recorded), clearance=clearance)
    with showing(db, Sight(clearance)):
        for name in (name for name in MEASURES if name not in SUMS):
            sweeps = Sweeps(db, as_of, axis)
            for step in steps(db, name, as_of, asked, axis):
                if any(cause.type in OF_SOURCES for cause in step.causes):
                    sweeps.forget()
                swept = defined_estimate(db, name, step.as_of, asked, sweeps)
                assert told(swept) == told(defined_estimate(db, name, step.as_of, asked)), step


def reported(claims: int) -> tuple[sqlite3.Connection, AsOf]:
    """Views of a total of so many claims in three cells, every third a relay of the one before."""
    filed = list[Line]()
    for n in range(claims):
        more: Line = {"derived_from": [f"{n - 1}/1"]} if n % 3 == 2 else {}
        day = f"20{n // 336 % 20:02}-{n // 28 % 12 + 1:02}-{n % 28 + 1:02}"
        period = f"1999-0{n // 3 % 3 + 1}-01"
        filed.append(file(str(n), day, says(ORIGINATORS[n % 5], 100 + n, period=period, **more)))
    desk = desk_of(define(), *filed)
    return views_of(desk.recorded).writer, AsOf(len(desk.recorded))


CELL = Narrowing(period=parse_period("1999-01-01"))
HISTORIES: dict[str, tuple[Narrowing, Axis]] = {
    "along the record": (Narrowing(), "record"),
    "along publication": (Narrowing(), "publication"),
    "of one cell": (CELL, "publication"),
    "by what was published last": (Narrowing(policy=LATEST_PUBLICATION), "publication"),
}


@pytest.mark.parametrize("history", HISTORIES)
def test_a_history_costs_by_its_moments(history: str) -> None:
    """Counted in calls of Python and in steps of SQLite: to read all claims each time squares them."""
    asked, axis = HISTORIES[history]
    work = list[tuple[int, int]]()
    for claims in (60, 480):
        db, here = reported(claims)
        with calls() as called, ticks(db) as ticked:
            assert vintages(db, "killed", here, asked, axis, every=True)
        work.append((called.total(), ticked["steps"]))
    few, many = work
    assert many[0] < 12 * few[0], work
    assert many[1] < 12 * few[1], work
