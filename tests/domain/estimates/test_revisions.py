"""Revision statistics: distinct values that one voice published for one cell, their lags and spread."""

from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.estimates.claims import Claim, in_headline
from domain.estimates.revisions import Release, Revisions, distinct, revisions
from domain.times import DAY, EPOCH
from domain.vocabulary import Measure
from tests.histories import said


def nis(
    report: str, best: float | None, period: str, stated: str, published: str | None = None, **more: Any
) -> Release:
    """A figure of the NIS; with a `published` of its own, as its publisher corrected it then."""
    more = {"originator": "nis", "voice": "nis", **more}
    claim = said(
        report, best, measure="stock", period=period, stated=stated, published=published, **more
    )
    return Release(claim, published is not None)


def headline(releases: Iterable[Release], measure: Measure = "stock") -> Revisions:
    """The row of the only voice's headline."""
    [row] = [row for row in revisions(measure, releases) if row.cell is None]
    return row


def cells(releases: Iterable[Release], measure: Measure = "stock") -> list[Revisions]:
    """The rows of cells and incidents."""
    return [row for row in revisions(measure, releases) if row.cell is not None]


KILLED = [
    Release(said("a/1", low=100, stated="2024-12-19", originator="nis", voice="nis")),
    Release(said("b/1", 300, stated="2025-01-13", originator="nis", voice="nis")),
    Release(said("c/1", 600, stated="2025-04-30", originator="nis", voice="nis")),
    Release(said("d/1", 2000, stated="2025-09-02", originator="nis", voice="nis")),
]


def test_the_killed_advanced_three_times_by_1900() -> None:
    row = headline(KILLED, "cumulative")
    assert row.values == (100, 300, 600, 2000)
    assert (row.n_revisions, row.n_advances) == (0, 3)
    assert (row.spread, row.rel_spread) == (1900, 0.95)
    assert (row.min_lag_days, row.max_lag_days) == (None, None)


def test_an_earlier_cut_off_stated_later_leaves_the_headline() -> None:
    late = said("e/1", 350, stated="2025-10-01", period="2025-02-01", originator="nis", voice="nis")
    assert headline([*KILLED, Release(late)], "cumulative") == headline(KILLED, "cumulative")


# Versions of one report

FIRST = nis("r/1", 500, "2025-01-17", "2025-01-17")
SECOND = nis("r/1", 471, "2025-01-17", "2025-01-17", published="2025-01-18")


def test_a_publishers_correction_is_a_release_of_its_own() -> None:
    for row in revisions("stock", [FIRST, SECOND]):
        assert (row.values, row.n_revisions, row.n_advances) == ((500, 471), 1, 0)
        assert (row.spread, row.rel_spread, row.settled_days) == (29, 29 / 500, 1)


def test_its_lag_runs_to_the_day_of_its_own_publication() -> None:
    [row] = cells([FIRST, SECOND])
    assert (row.min_lag_days, row.max_lag_days) == (0, 1)


def test_a_correction_to_an_earlier_day_comes_after_what_it_corrects() -> None:
    earlier = nis("r/1", 471, "2025-01-17", "2025-01-12", published="2025-01-18")
    between = nis("s/1", 480, "2025-01-17", "2025-01-15")
    assert cells([FIRST, earlier])[0].values == (500, 471)
    assert cells([FIRST, between, earlier])[0].values == (500, 471, 480)


def test_a_version_counts_in_the_cell_that_it_names() -> None:
    moved = nis("r/1", 471, "2025-01-10", "2025-01-17", published="2025-01-18")
    assert [row.values for row in cells([FIRST, moved])] == [(471,), (500,)]
    assert headline([FIRST, moved]).values == (500, 471)
    assert (headline([FIRST, moved]).n_revisions, headline([FIRST, moved]).n_advances) == (0, 0)


# What comes at once

Q1, Q2 = "2025-01/2025-03", "2025-04/2025-06"


@pytest.mark.parametrize("swapped", [False, True])
def test_a_restated_quarter_and_the_next_one_in_one_report(swapped: bool) -> None:
    before = nis("may/1", 17016, Q1, "2025-05-10")
    one, other = (2, 1) if swapped else (1, 2)
    together = [
        nis(f"august/{one}", 17044, Q1, "2025-08-10"),
        nis(f"august/{other}", 17295, Q2, "2025-08-10"),
    ]
    row = headline([before, *together])
    assert (row.values, row.n_revisions, row.n_advances) == ((17016, 17295), 1, 1)


def test_of_one_report_only_the_last_figure_for_a_cell_counts() -> None:
    earlier = nis("r/1", 600, "2025-01-17", "2025-01-18", published="2025-01-21")
    later = nis("r/2", 471, "2025-01-17", "2025-01-20", published="2025-01-21")
    [row] = cells([nis("a/1", 500, "2025-01-17", "2025-01-17"), later, earlier])
    assert row.values == (500, 471)


# One day in one place, as versions gave it: value by day of the version, lags, revisions, spreads.
# The cases follow those by which the revision analysis of epiprocess is tested.
CELLS: list[tuple[str, dict[int, float | None], tuple[Any, ...]]] = [
    ("a repeat is no revision", {0: 1, 9: 1, 19: 100}, (1, 0, 19, 99, 0.99)),
    ("never revised", {0: 1}, (0, 0, 0, 0, 0.0)),
    ("revised once", {1: 1, 2: 4}, (1, 1, 2, 3, 0.75)),
    ("nothing said at first", {0: None, 1: 9}, (0, 1, 1, 0, 0.0)),
    ("a gap is no revision", {2: 1, 4: None, 5: 1, 6: 5, 19: 102}, (2, 2, 19, 101, 101 / 102)),
    ("back to an earlier value", {0: 5, 1: 7, 2: 5}, (2, 0, 2, 2, 2 / 7)),
    ("all nought", {0: 0, 1: 0}, (0, 0, 0, 0, None)),
    ("below nought", {0: -9, 3: -4}, (1, 0, 3, 5, 5 / 9)),
    ("decimal", {0: 4024.2, 1: 4000}, (1, 0, 1, 24.2, 24.2 / 4024.2)),
]


@pytest.mark.parametrize(("case", "versions", "then"), CELLS, ids=[case for case, _, _ in CELLS])
def test_one_cell(case: str, versions: dict[int, float | None], then: tuple[Any, ...]) -> None:
    releases = [
        nis(f"r{n}/1", value, "2020-01-01", f"2020-01-{1 + lag:02}", qualifier="unknown")
        if value is None
        else nis(f"r{n}/1", value, "2020-01-01", f"2020-01-{1 + lag:02}")
        for n, (lag, value) in enumerate(versions.items(), start=1)
    ]
    [row] = cells(releases)
    found = (row.n_revisions, row.min_lag_days, row.max_lag_days, row.spread, row.rel_spread)
    assert found == then
    assert row.n_advances == 0


def test_a_figure_without_a_best_counts_by_its_low_and_without_a_low_by_its_high() -> None:
    releases = [
        nis("a/1", None, "2025-01-01", "2025-01-01", low=100, high=300),
        nis("b/1", None, "2025-01-01", "2025-01-02", high=100, qualifier="up-to"),
        nis("c/1", 120, "2025-01-01", "2025-01-03", low=100),
    ]
    assert cells(releases)[0].values == (100, 120)


def test_taken_back_and_given_again_is_no_revision() -> None:
    releases = [
        nis("a/1", 500, "2025-01-01", "2025-01-01"),
        nis("b/1", None, "2025-02-01", "2025-02-01", qualifier="unknown"),
        nis("c/1", 500, "2025-03-01", "2025-03-01"),
        nis("d/1", 600, "2025-04-01", "2025-04-01"),
    ]
    row = headline(releases)
    assert (row.values, row.n_revisions, row.n_advances) == ((500, 600), 0, 1)


def test_increments_have_cells_but_no_headline() -> None:
    claims = [said(f"a/{n}", n, measure="increment", period=f"2025-0{n}") for n in (1, 2)]
    rows = revisions("increment", map(Release, claims))
    assert [row.cell is None for row in rows] == [False, False]


def test_an_incident_is_one_cell_whichever_days_a_release_names() -> None:
    releases = [
        nis("a/1", 12, "2025-06-18/2025-06-19", "2025-06-20", incident="strike"),
        nis("b/1", 15, "2025-06-18", "2025-06-25", incident="strike"),
        nis("b/2", 3, "2025-06-18", "2025-06-25"),
    ]
    rows = cells(releases, "increment")
    assert [(row.incident, row.values) for row in rows] == [(None, (3,)), ("strike", (12, 15))]
    assert (rows[1].min_lag_days, rows[1].max_lag_days) == (2, 7)


def test_the_offices_of_one_voice_are_one_row() -> None:
    releases = [
        nis("a/1", 500, "2025-01-17", "2025-01-17", originator="moscow", voice="sledkom"),
        nis("b/1", 471, "2025-01-17", "2025-01-18", originator="kursk", voice="sledkom"),
    ]
    [row] = cells(releases)
    assert (row.originator, row.values) == ("sledkom", (500, 471))


def test_plans_and_what_was_observed_are_two_cells_and_plans_no_headline() -> None:
    releases = [
        nis("a/1", 6000, "2025-07-31", "2025-06-26", prospective=True, status="planned"),
        nis("b/1", 1000, "2025-07-31", "2025-08-02"),
    ]
    assert [(row.prospective, row.values) for row in cells(releases)] == [
        (False, (1000,)),
        (True, (6000,)),
    ]
    assert headline(releases).values == (1000,)
    assert all(row.cell for row in revisions("stock", releases[:1]))


# A second implementation, naive: the headline is looked for again at every step

days = st.integers(1, 9)
figure = st.one_of(st.none(), st.integers(0, 3))


@st.composite
def published(draw: st.DrawFn) -> list[Release]:
    """Some reports of one voice, each in up to three versions, on few days with few figures."""
    found = list[Release]()
    for number in range(draw(st.integers(1, 4))):
        stated = {n: draw(days) for n in range(1, draw(st.integers(1, 3)) + 1)}
        for version in range(draw(st.integers(1, 3))):
            for n, day in stated.items():
                value = draw(figure)
                claim = nis(
                    f"r{number}/{n}",
                    value,
                    f"2025-01-{draw(days):02}",
                    f"2025-02-{day:02}",
                    published=f"2025-03-{1 + number + 3 * version:02}",
                    position=number,
                    **({} if value is not None else {"qualifier": "unknown"}),
                ).claim
                found.append(Release(claim, version > 0))
    return found


def naive_order(releases: list[Release]) -> list[list[Release]]:
    """The versions of reports in order, by trying which may come next."""
    waiting: dict[tuple[str, int], list[Release]] = {}
    for release in releases:
        waiting.setdefault((release.claim.report, release.claim.published), []).append(release)
    ordered = list[list[Release]]()

    def stated(version: tuple[str, int]) -> int:
        report, since = version
        later = [key for key in waiting if key[0] == report and key[1] >= since]
        return min(max(r.claim.stated for r in waiting[key]) for key in later)

    keys = {key: (stated(key), key[1], waiting[key][0].claim.position) for key in waiting}
    for key in sorted(waiting, key=lambda key: keys[key]):
        ordered.append(sorted(waiting[key], key=lambda r: (r.claim.stated, r.claim.n)))
    return ordered


def naive_headline(releases: list[Release]) -> tuple[list[float], int, int]:
    """Values, second thoughts and advances, everything said so far being looked through each time."""
    ordered = naive_order(releases)
    values, revised, advanced = list[float](), 0, 0
    shown: dict[Any, float] = {}
    leader: Claim | None = None
    for step in range(len(ordered)):
        in_force = {r.claim.id: r.claim for at_once in ordered[: step + 1] for r in at_once}
        now = max(in_force.values(), key=lambda c: (c.cutoff, c.stated, c.published, c.position, c.n))
        figures = {
            cell: max(
                (c for c in in_force.values() if c.cell == cell),
                key=lambda c: (c.stated, c.published, c.position, c.n),
            ).best
            for cell in {c.cell for c in in_force.values()}
        }
        if leader is not None:
            again = figures.get(leader.cell)
            if again is not None and leader.cell in shown and again != shown[leader.cell]:
                revised += 1
            further = now.cell != leader.cell and now.cutoff > leader.cutoff
            if further and now.best is not None and values and now.best != values[-1]:
                advanced += 1
        if now.best is not None and not (values and values[-1] == now.best):
            values.append(now.best)
        if now.best is not None:
            shown[now.cell] = now.best
        leader = now
    return values, revised, advanced


@given(published())
def test_a_headline_is_what_looking_again_at_every_step_gives(releases: list[Release]) -> None:
    values, revised, advanced = naive_headline(releases)
    rows = [row for row in revisions("stock", releases) if row.cell is None]
    assert [list(row.values) for row in rows] == ([values] if values else [])
    for row in rows:
        assert (row.n_revisions, row.n_advances) == (revised, advanced)
        assert row.spread == max(values) - min(values)


@given(published())
def test_a_cell_has_the_values_that_changed_it_one_after_another(releases: list[Release]) -> None:
    rows = {row.cell: row for row in cells(releases)}
    for cell in {release.claim.cell for release in releases}:
        here = [r for r in releases if r.claim.cell == cell]
        values, lags = list[float](), list[int]()
        for at_once in naive_order(here):
            best = at_once[-1].claim.best
            if best is not None and not (values and values[-1] == best):
                values.append(best)
                last = at_once[-1].claim
                day = (last.published if at_once[-1].corrected else last.stated) // DAY
                assert cell[1] is not None
                lags.append(EPOCH.toordinal() + day - cell[1])
        assert (cell in rows) == bool(values)
        if values:
            row = rows[cell]
            assert list(row.values) == values
            assert row.n_revisions == sum(one != other for one, other in pairwise(values))
            assert (row.min_lag_days, row.max_lag_days) == (min(lags), max(lags))


@given(published(), st.randoms(use_true_random=False))
def test_the_order_in_which_they_are_read_does_not_matter(releases: list[Release], random: Any) -> None:
    shuffled = list(releases)
    random.shuffle(shuffled)
    assert revisions("stock", shuffled) == revisions("stock", releases)
    assert distinct(shuffled) == distinct(releases)


def test_a_total_with_a_stated_start_is_never_the_headline() -> None:
    week = nis("a/1", 500, "2025-01-01/2025-01-07", "2025-01-08")
    assert not in_headline("cumulative", week.claim.cell)
    assert [row.cell is None for row in revisions("cumulative", [week])] == [False]
