"""What sums cost, counted in statements, steps of SQLite and calls, never in time."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from domain.times import parse_instant, to_micros
from projections.answers.as_of import AsOf
from projections.answers.published_sums import published_sum
from projections.sums.projection import SUMS
from service.views.store import UNLIMITED, ViewFile
from tests.histories import Desk, Line, correct, define, desk_of, file, says
from tests.projections.test_sizes import steps, traced
from tests.work import calls

SHORT, LONG = 300, 6_000
"""Numbers of cells; the lists of a sum of either go on."""


def counts(source: str, best: float, year: int) -> Line:
    """A claim on the sum of a year."""
    return says(source, best, indicator="sorties", period=f"{year:04}")


def desk(cells: int, *sources: str) -> Desk:
    """A desk whose sum has a number of cells, of which each source speaks in a report of its own."""
    filed = (
        file(f"{source}-{year}", "2025-03-01", counts(source, year, year))
        for year in range(1, cells + 1)
        for source in sources
    )
    return desk_of(define("sorties", "increment"), *filed)


def applied(at: Desk) -> ViewFile:
    """Views in which the sum is still to be followed."""
    views = ViewFile.create(Path(":memory:"))
    views.apply(at.recorded)
    return views


class Work(NamedTuple):
    """What something cost."""

    steps: int
    calls: int
    statements: int


def work(db: sqlite3.Connection, act: Callable[[], object]) -> Work:
    """What an act costs that can be done three times."""
    with traced(db) as statements:
        act()
    with calls() as counted:
        act()
    return Work(steps(db, act), counted.total(), len(statements))


def rolled_back(db: sqlite3.Connection, act: Callable[[], object]) -> Callable[[], object]:
    """An act that leaves nothing behind."""

    def done() -> None:
        db.execute("SAVEPOINT before")
        act()
        db.execute("ROLLBACK TO before")
        db.execute("RELEASE before")

    return done


def followed(db: sqlite3.Connection, most: int) -> Callable[[], object]:
    """Following that can be done again."""
    complete = SUMS.complete
    assert complete is not None
    return rolled_back(db, lambda: complete(db, most))


def test_in_a_rebuild_a_touch_of_a_long_sum_costs_as_much_as_one_of_a_short_sum() -> None:
    each = list[list[float]]()
    for cells in (SHORT, 3_000):
        views = applied(desk(cells, "nis", "hur"))
        found = work(views.writer, followed(views.writer, UNLIMITED))
        each.append([amount / (2 * cells) for amount in found])
    for short, long in zip(*each, strict=True):
        assert long < 1.2 * short, each


CHANGES: dict[str, tuple[Line, int]] = {
    "a new cell": (file("new", "2025-03-02", counts("nis", 7, 9_000)), 25),
    "a second word on a cell": (file("new", "2025-03-02", counts("hur", 7, 8)), 28),
    "a corrected cell": (correct("nis-8", {**counts("nis", 70, 8), "n": 1}, kind="record"), 20),
    "a cell without claims": ({"hold_report": {"report": "nis-8"}}, 34),
}
"""What changes a sum, and the most statements that following it may take."""


@pytest.mark.parametrize(("line", "most"), CHANGES.values(), ids=CHANGES.keys())
def test_a_touch_takes_as_few_statements_in_a_long_sum_as_in_a_short_one(line: Line, most: int) -> None:
    found = list[Work]()
    for cells in (SHORT, LONG):
        at = desk(cells, "nis")
        views = applied(at)
        views.complete(UNLIMITED)
        head = len(at.recorded)
        at.accept(line)
        views.apply(at.recorded[head:])
        found.append(work(views.writer, followed(views.writer, 10)))
    short, long = found
    assert long.statements <= short.statements <= most, found
    assert long.steps < 1.2 * short.steps, found
    assert long.calls < 1.2 * short.calls, found


def test_as_of_a_publication_time_only_the_cells_that_differ_are_summed_again() -> None:
    by, found = to_micros(parse_instant("2025-03-02")), list[tuple[Work, int, int]]()
    for cells in (SHORT, LONG):
        at = desk(cells, "nis")
        at.accept(file("after", "2025-04-01", counts("hur", 6, 10)))
        at.accept(file("late", "2025-02-01", counts("hur", 5, 9)))
        views = applied(at)
        views.complete(UNLIMITED)
        db, then = views.writer, AsOf(len(at.recorded), by)

        def asked(db: sqlite3.Connection = db, then: AsOf = then) -> object:
            return published_sum(db, "sorties", then, every_flag=False)

        assert asked() is not None
        with calls() as counted:
            asked()
        found.append((work(db, asked), counted["claim_of"], counted["judged"]))
    (short, *formed), (long, *formed_of_many) = found
    assert formed_of_many == formed == [3, 2]
    # A base position is looked for by bisection, what differs by blocks; of all addends only the
    # supports are looked at, where the one with the weakest has ended.
    assert long.statements <= short.statements + 15, found
    assert long.calls < 1.2 * short.calls, found
    assert long.steps < 10 * LONG, found
