"""The kept headline of a sum is the computed one, at every position, however the rows came to be."""

import sqlite3
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.commands import Command
from domain.estimates.estimate import Estimate
from domain.times import parse_instant, to_micros
from projections.answers import published_sums
from projections.answers.as_of import AsOf
from projections.answers.estimates import answer, computed_answer, defined_estimate, used_claims
from projections.answers.kept_sums import MOST_LISTED, kept_sum
from projections.answers.published_sums import published_sum
from projections.sums import forming, heads, running
from projections.sums.projection import SUMS
from projections.tables.projection import Recorded, state_digest
from service.views.store import UNLIMITED, ViewFile
from tests.effort import examples
from tests.histories import Desk, Line, correct, define, desk_of, file, says, stories, views_of
from tests.projections.sums.stories import NAMES, histories
from tests.projections.test_sizes import steps


def agree(file: ViewFile, position: int, names: Sequence[str]) -> None:
    """Kept and computed are the same at a position."""
    db, then = file.writer, AsOf(position)
    for name in names:
        assert answer(db, name, then) == computed_answer(db, name, then), (name, position)


def completed(recorded: Sequence[Recorded], batch: int = 1, most: int = UNLIMITED) -> ViewFile:
    """Views to which events were applied in batches, with deferred rows built after each."""
    views = ViewFile.create(Path(":memory:"))
    for start in range(0, len(recorded), batch):
        views.apply(recorded[start : start + batch])
        while views.complete(most):
            pass
    return views


def rows(views: ViewFile) -> list[list[Any]]:
    """All rows of sums, over all positions."""
    tables = ("sum_addends", "sum_totals", "sum_days", "sum_voices", "sum_places", "sum_lists")
    return [views.writer.execute(f"SELECT * FROM {table}").fetchall() for table in tables]


@given(histories)
@examples(150)
def test_what_is_kept_is_what_is_computed_at_every_position(recorded: list[Recorded]) -> None:
    views = completed(recorded)
    for position in range(len(recorded) + 1):
        agree(views, position, NAMES)


@given(histories)
@examples(60)
def test_it_is_so_while_some_events_are_not_followed_yet(recorded: list[Recorded]) -> None:
    views = ViewFile.create(Path(":memory:"))
    for each in recorded:
        views.apply([each])
        for position in (each.position - 2, each.position):
            agree(views, position, NAMES)
        views.complete(1)


@given(stories)
@examples(40)
def test_it_is_so_in_any_history(commands: list[Command]) -> None:
    desk = Desk().take(commands)
    views = completed(desk.recorded)
    for position in range(len(desk.recorded) + 1):
        agree(views, position, ["sorties"])


@given(histories, st.integers(2, 9), st.integers(1, 5))
@examples(60)
def test_live_rebuilt_and_in_other_batches_the_rows_are_the_same(
    recorded: list[Recorded], batch: int, most: int
) -> None:
    live = completed(recorded)
    rebuilt = ViewFile.create(Path(":memory:"), building=True)
    rebuilt.apply(recorded)
    rebuilt.finish()
    assert rows(completed(recorded, batch, most)) == rows(live)
    assert rows(rebuilt) == rows(live)


@given(histories)
@examples(60)
def test_what_is_stored_comes_to_what_all_claims_do(recorded: list[Recorded]) -> None:
    stored, waiting = completed(recorded).writer, views_of(recorded).writer
    assert state_digest(SUMS, stored) == state_digest(SUMS, waiting)


@given(histories)
@examples(60)
def test_sums_of_large_families_are_computed(recorded: list[Recorded]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(running, "LARGEST", 2)
        patch.setattr(forming, "LARGEST", 2)
        views = completed(recorded)
        assert state_digest(SUMS, views.writer) == state_digest(SUMS, views_of(recorded).writer)
        for position in range(len(recorded) + 1):
            agree(views, position, NAMES)


@given(histories, st.integers(1, 3))
@examples(150)
def test_what_was_published_by_a_time_is_what_is_computed(recorded: list[Recorded], step: int) -> None:
    db = completed(recorded, len(recorded)).writer
    for position in range(0, len(recorded) + 1, step):
        for day in ("2025-01-12", "2025-01-13", "2025-01-18", "2025-01-31", "2025-02-02"):
            then = AsOf(position, to_micros(parse_instant(day)))
            for name in NAMES:
                found = answer(db, name, then)
                assert found == computed_answer(db, name, then), (name, position, day)


@given(histories)
@examples(60)
def test_the_first_things_of_each_list_are_kept_at_every_position(recorded: list[Recorded]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        for kind in ("_USED", "_FLAGS", "_DAYS"):
            patch.setattr(heads, kind, replace(getattr(heads, kind), most=2))
        db = completed(recorded, 3).writer
    for name, position in product(NAMES, range(len(recorded) + 1)):
        found = kept_sum(db, name, position, every_flag=False)
        if found is not None:
            given = found.estimate
            whole = computed_answer(db, name, AsOf(position))
            short = computed_estimate(db, name, AsOf(position))
            assert found.used == tuple(whole["used"][:2]), (name, position)
            assert given.covered == short.covered[:2], (name, position)
            assert found.n_covered == len(short.covered)
            assert found.flag_counts == Counter(flag.code for flag in short.flags), (name, position)
            assert given.flags[:2] == short.flags[:2], (name, position)


@given(histories, st.integers(1, 3))
@examples(100)
def test_as_of_a_publication_time_the_first_things_of_each_list_are_right(
    recorded: list[Recorded], step: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        for kind, most in (("_USED", 2), ("_FLAGS", 2), ("_DAYS", 3)):
            patch.setattr(heads, kind, replace(getattr(heads, kind), most=most))
        patch.setattr(published_sums, "MOST_LISTED", 2)
        db = completed(recorded, len(recorded)).writer
        for name, position in product(NAMES, range(0, len(recorded) + 1, step)):
            for day in ("2025-01-12", "2025-01-18", "2025-02-02"):
                then = AsOf(position, to_micros(parse_instant(day)))
                found = published_sum(db, name, then)
                if found is not None:
                    whole = computed_answer(db, name, then)
                    covered = computed_estimate(db, name, then).covered
                    assert found.used == tuple(whole["used"][:2]), (name, position, day)
                    assert found.estimate.covered == covered[:3], (name, position, day)
                    assert found.n_covered == len(covered), (name, position, day)


def computed_estimate(db: sqlite3.Connection, indicator: str, as_of: AsOf) -> Estimate:
    """An estimate computed from its claims."""
    found = defined_estimate(db, indicator, as_of)
    assert found is not None
    return found.estimate


def counts(best: float, period: str, **more: Any) -> Line:
    """A claim on sorties."""
    return says("nis", best, indicator="sorties", period=period, **more)


def test_each_position_has_its_own_sum() -> None:
    desk = desk_of(
        define("sorties", "increment"),
        file("a", "2025-03-01", counts(0.1, "2025-01")),
        file("b", "2025-03-02", counts(0.2, "2025-02")),
        correct("a", counts(5, "2025-01", n=1), kind="record"),
        {"hold_report": {"report": "b"}},
    )
    views = completed(desk.recorded)
    head = len(desk.recorded)
    found = [kept_sum(views.writer, "sorties", position) for position in range(head - 4, head + 1)]
    assert [sum_ and sum_.estimate.figure.best for sum_ in found] == [None, 0.1, 0.3, 5.2, 5]


FALLING_BACK: dict[str, list[Line]] = {
    "plans alone": [file("p", "2025-03-01", counts(5, "2025-06", status="planned"))],
    "a relay that stands in": [
        file("a", "2025-03-01", counts(5, "2025-01")),
        file("b", "2025-03-02", counts(5, "2025-01", derived_from=["a/1"])),
        {"withdraw_report": {"report": "a"}},
    ],
    "a count made of others": [
        file("a", "2025-03-01", counts(5, "2025-01")),
        file("b", "2025-03-02", counts(5, "2025-01", rests_on=["a/1"])),
    ],
    "another policy": [define("sorties", "increment", policy="latest-publication/1")],
}


@pytest.mark.parametrize("lines", FALLING_BACK.values(), ids=FALLING_BACK.keys())
def test_what_needs_all_claims_together_is_computed(lines: list[Line]) -> None:
    start = [] if "define_indicator" in lines[0] else [define("sorties", "increment")]
    desk = desk_of(*start, *lines)
    views = completed(desk.recorded)
    assert kept_sum(views.writer, "sorties", len(desk.recorded)) is None
    agree(views, len(desk.recorded), ["sorties"])


# Costs, and lists that end


def many(days: int) -> tuple[Desk, ViewFile]:
    """A sum of a number of years, and the desk that goes on from there."""
    filed = [file(f"r{n}", "2025-03-01", counts(n, f"{n + 1:04}")) for n in range(days)]
    desk = desk_of(define("sorties", "increment"), *filed)
    return desk, completed(desk.recorded, len(desk.recorded))


def test_a_sum_costs_by_the_cells_that_changed_and_its_past_is_looked_up() -> None:
    found = list[tuple[int, ...]]()
    for size in (300, 6_000):  # the lists of both go on
        desk, views = many(size)
        head = len(desk.recorded)
        desk.accept(correct("r7", counts(70, "0008", n=1), kind="record"))
        views.apply(desk.recorded[head:])
        acts: Sequence[Callable[[], object]] = (
            lambda views=views: views.complete(1),  # type: ignore[misc]
            lambda views=views: kept_sum(views.writer, "sorties", 20),  # type: ignore[misc]
        )
        found.append(tuple(steps(views.writer, act) for act in acts))
    for small, large in zip(*found, strict=True):
        assert large < 2 * small, found


def test_an_answer_lists_the_first_claims_used_and_counts_all() -> None:
    desk, views = many(MOST_LISTED + 5)
    now = AsOf(len(desk.recorded))
    body = answer(views.writer, "sorties", now)
    assert body == computed_answer(views.writer, "sorties", now)
    every = [f"r{n}/1" for n in range(MOST_LISTED + 5)]
    assert (body["used"], body["n_used"]) == (every[:MOST_LISTED], len(every))
    assert [*used_claims(views.writer, "sorties", now)] == every
