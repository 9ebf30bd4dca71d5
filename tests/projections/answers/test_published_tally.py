"""What was known at a position and published by a time is counted as if every claim was looked at."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.commands import Command
from domain.times import parse_instant, to_micros
from projections.answers import published_tally
from projections.answers.as_of import AsOf
from projections.answers.published_tally import latest_cutoff, positions_apart, published_until
from projections.tables import published_points
from projections.tables.projection import Recorded
from service.views.store import ViewFile
from tests.effort import examples
from tests.histories import Desk, define, desk_of, file, says, stories, views_of
from tests.oracle.published import LATEST, counted, standing
from tests.projections.sums.stories import histories
from tests.work import calls

TABLES = ("published_points", "published_runs")


@contextmanager
def small_blocks() -> Iterator[None]:
    """Blocks, runs and parts of two or three things, so that short histories have many of them."""
    with pytest.MonkeyPatch.context() as patch:
        for name, size in (("BLOCK", 2), ("FAN", 2), ("PART", 3)):
            patch.setattr(published_points, name, size)
        patch.setattr(published_tally, "FAN", 2)
        yield


def indicators(db: sqlite3.Connection) -> list[str]:
    """Every indicator that claims are about."""
    return [row[0] for row in db.execute("SELECT DISTINCT indicator FROM claims")]


def times(db: sqlite3.Connection) -> list[int]:
    """Every time at which something was published, just before it, and the end of time."""
    found = {row[0] for row in db.execute("SELECT pub_from FROM claims")}
    return [*sorted(found | {time - 1 for time in found}), LATEST]


def agree(recorded: list[Recorded], step: int) -> None:
    """Counts and the bound of cut-offs agree with what stands, at some positions and all times."""
    db = views_of(recorded).writer
    for name, position, by in product(indicators(db), range(0, len(recorded) + 1, step), times(db)):
        found = published_until(db, name, position, by)
        assert found[:2] == counted(db, name, position, by), (name, position, by)
        as_of = AsOf(position, None if by == LATEST else by)
        latest = latest_cutoff(db, name, as_of)
        assert all(row.cutoff <= latest for row in standing(db, name, position, by))


@given(histories, st.integers(1, 3))
@examples(100)
def test_what_counts_of_a_sum_is_counted_at_any_two_times(recorded: list[Recorded], step: int) -> None:
    with small_blocks():
        agree(recorded, step)


@given(stories)
@examples(60)
def test_what_counts_of_anything_is_counted_at_any_two_times(commands: list[Command]) -> None:
    with small_blocks():
        agree(Desk().take(commands).recorded, 3)


@given(histories, st.integers(1, 4))
@examples(100)
def test_an_event_that_changed_what_stands_is_found(recorded: list[Recorded], step: int) -> None:
    with small_blocks():
        db = views_of(recorded).writer
        for name, position, by in product(
            indicators(db), range(0, len(recorded) + 1, step), times(db)[::2]
        ):
            for base in range(0, position + 1, step):
                then = standing(db, name, position, by)
                before = standing(db, name, base, LATEST)
                found = positions_apart(db, name, base, AsOf(position, by))
                for row in then ^ before:
                    assert found & {row.since, row.until}, (name, position, by, base, row)


@given(histories, st.integers(1, 9))
@examples(60)
def test_it_is_kept_alike_whatever_the_batches(recorded: list[Recorded], batch: int) -> None:
    with small_blocks():
        one, other = views_of(recorded, batch), ViewFile.create(Path(":memory:"), building=True)
        other.apply(recorded)
        other.finish()
        for table in TABLES:
            rows = [
                views.writer.execute(f"SELECT * FROM {table} ORDER BY 1, 2, 3, 4, 5").fetchall()
                for views in (one, other)
            ]
            assert rows[0] == rows[1], table


def test_a_report_counts_once_however_many_of_its_claims_do() -> None:
    at = desk_of(
        define("killed"),
        file("a", "2025-01-02", says("nis", 3, period="2025-01"), says("hur", 4, period="2025-01")),
        file("b", "2025-01-01", says("nis", 2, period="2024-12")),
    )
    db, head = views_of(at.recorded).writer, len(at.recorded)
    by = {day: to_micros(parse_instant(day)) for day in ("2025-01-01", "2025-01-02")}
    assert [published_until(db, "killed", head, each)[:2] for each in by.values()] == [(1, 1), (3, 2)]
    assert published_until(db, "killed", head - 1, by["2025-01-02"])[:2] == (2, 1)


def day(number: int) -> str:
    """One of many days, in order."""
    return date.fromordinal(date(1900, 1, 1).toordinal() + number).isoformat()


@pytest.mark.parametrize("backwards", [False, True], ids=["in order", "backwards"])
def test_counting_takes_little_more_work_in_a_long_history(backwards: bool) -> None:
    found = list[int]()
    for length in (300, 6_000):
        order = range(length, 0, -1) if backwards else range(1, length + 1)
        filed = (file(f"r{number}", day(number), says("nis", number)) for number in order)
        at = desk_of(define("killed"), *filed)
        db, by = views_of(at.recorded, 500).writer, to_micros(parse_instant(day(length // 2)))
        with calls() as counted_calls:
            published_until(db, "killed", len(at.recorded) * 3 // 4, by)
        found.append(counted_calls.total())
    short, long = found
    assert long < 4 * short, found
