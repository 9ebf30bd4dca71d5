"""Slippage: what became of each statement of a plan, by example and against a naive second version."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.estimates.claims import Claim
from domain.estimates.figures import Figure
from domain.estimates.slippage import NOTHING, Course, Fulfilled, Slippage, slippage
from domain.period import parse_period
from tests.effort import examples
from tests.histories import said


def day(text: str) -> int:
    """A day as an ordinal."""
    first = parse_period(text).first
    assert first is not None
    return first.toordinal()


def plan(claim: str, best: float | None = 1000, **more: Any) -> Claim:
    """A plan stated in June 2025 for the end of August, unless said otherwise."""
    default = {"stated": "2025-06-17", "period": "2025-07/2025-08", "status": "planned"}
    return said(claim, best, measure="stock", **(default | {"prospective": True} | more))


def known_on(known: Mapping[int, Fulfilled]) -> Course:
    """What stands on some days; between them the latest figure counts."""
    days = sorted(known)

    def by(asked: int) -> Fulfilled:
        earlier = [each for each in days if each <= asked]
        return known[earlier[-1]] if earlier else NOTHING

    return Course(days, known[days[-1]] if days else NOTHING, by)


def arriving(figures: Mapping[str, float]) -> Course:
    """What is known to have arrived by some days."""
    return known_on({day(on): Fulfilled(Figure(n, n, n)) for on, n in figures.items()})


def only(statement: Claim, figures: Mapping[str, float]) -> Slippage:
    """What became of a single statement."""
    [row] = slippage([statement], lambda _: arriving(figures))
    return row


@pytest.mark.parametrize(
    ("figures", "state", "reached", "late", "share"),
    [
        ({}, "open", None, None, None),
        ({"2025-08-01": 400}, "open", None, None, 0.4),
        ({"2025-08-31": 400}, "open", None, None, 0.4),
        ({"2025-08-01": 400, "2025-09-02": 400}, "missed", None, None, 0.4),
        ({"2025-07-10": 400, "2025-08-01": 1000, "2025-09-02": 1200}, "met", "2025-08-01", None, 1.2),
        ({"2025-08-31": 1000}, "met", "2025-08-31", None, 1),
        ({"2025-08-01": 1000}, "met", "2025-08-01", None, 1),
        ({"2025-01-01": 1000, "2025-09-02": 1000}, "met", "2025-01-01", None, 1),
        ({"2025-08-01": 400, "2025-09-12": 1000, "2025-10-01": 900}, "late", "2025-09-12", 12, 0.9),
        ({"2025-09-12": 1000}, "late", "2025-09-12", 12, 1),
    ],
)
def test_a_plan_is_met_late_missed_or_open(
    figures: dict[str, float], state: str, reached: str | None, late: int | None, share: float | None
) -> None:
    row = only(plan("council/1"), figures)
    assert (row.state, row.late_days, row.share) == (state, late, share)
    assert row.reached_on == (None if reached is None else day(reached))


def test_a_plan_without_an_end_is_open_until_it_is_met() -> None:
    endless = plan("council/1", period="2025-06-17/..")
    assert only(endless, {"2030-01-01": 999}).state == "open"
    met = only(endless, {"2025-09-02": 1000})
    assert (met.state, met.at_target, met.reached_on) == ("met", None, day("2025-09-02"))


def test_the_lower_end_of_a_figure_must_reach_the_plan() -> None:
    def from_to(low: float | None, best: float | None, high: float | None) -> str:
        course = Course(
            [day("2025-08-31")], (there := Fulfilled(Figure(best, low, high))), lambda _: there
        )
        [row] = slippage([plan("council/1")], lambda _: course)
        return row.state

    assert from_to(900, 1000, 1100) == "open"
    assert from_to(1000, None, None) == "met"
    assert from_to(None, 1000, 1100) == "met"
    assert from_to(None, None, 5000) == "open"


def test_a_voices_later_plan_replaces_its_earlier_one() -> None:
    rows = slippage(
        [
            plan("council/2", stated="2025-08-01", period="2025-09"),
            plan("council/1"),
            plan("nis/1", stated="2025-07-01"),
        ],
        lambda _: arriving({"2025-09-30": 1000}),
    )
    assert [(row.statement.id, row.state, row.moved_days) for row in rows] == [
        ("council/1", "replanned", 0),
        ("council/2", "met", 30),
        ("nis/1", "late", 0),
    ]


def test_forecasts_withdrawn_plans_and_other_cohorts_replace_nothing() -> None:
    first = plan("council/1")
    for other in (
        plan("council/2", stated="2025-08-01", status="forecast"),
        plan("council/2", stated="2025-08-01", standing="withdrawn"),
        plan("council/2", stated="2025-08-01", cohort="engineers"),
        plan("council/2"),
    ):
        rows = slippage([first, other], lambda _: arriving({}))
        assert [row.state for row in rows if row.statement is first] == ["open"]


def test_a_target_without_an_end_moves_by_no_number_of_days() -> None:
    rows = slippage(
        [plan("council/1"), plan("council/2", stated="2025-08-01", period="2025-09/..")],
        lambda _: arriving({}),
    )
    assert [row.moved_days for row in rows] == [0, None]


@pytest.mark.parametrize(
    ("statement", "share"),
    [
        (plan("council/1", 2000, low=800, high=4000), 0.5),
        (plan("council/1", None, low=800), 1.25),
        (plan("council/1", None, high=2000, qualifier="up-to"), 0.5),
        (plan("council/1", 0), None),
        (plan("council/1", None, qualifier="unspecified"), None),
    ],
)
def test_the_share_is_by_one_number_each(statement: Claim, share: float | None) -> None:
    assert only(statement, {"2025-08-01": 1000}).share == share


def test_a_plan_with_a_range_is_met_by_its_best_not_by_its_lower_end() -> None:
    about = plan("council/1", 1000, low=800, high=1200)
    assert only(about, {"2025-08-01": 999, "2025-09-02": 999}).state == "missed"
    assert only(about, {"2025-08-01": 1000}).state == "met"


def test_shares_are_decimal() -> None:
    assert only(plan("council/1", 0.1), {"2025-08-01": 0.3}).share == 3


# The same again, naively

DAYS = [f"2025-0{month}-{n:02}" for month in range(5, 10) for n in (1, 2, 17, 28)]
figures = st.sampled_from([None, 0, 0.3, 400, 1000, 2000])
some_figures = st.builds(
    lambda low, best, high: Fulfilled(Figure(best, low, high)), figures, figures, figures
)


@st.composite
def some_statements(draw: st.DrawFn) -> list[Claim]:
    """Statements of two voices about one plan, in any order."""
    found = list[Claim]()
    for n in range(draw(st.integers(0, 6))):
        stated = draw(st.integers(0, len(DAYS) - 2))
        last = draw(st.sampled_from([*DAYS[stated + 1 :], ".."]))
        found.append(
            plan(
                f"{draw(st.sampled_from(['council', 'nis']))}/{n + 1}",
                draw(st.sampled_from([0.1, 400, 1000])),
                stated=DAYS[stated],
                period=f"2025-05-01/{last}",
                status=draw(st.sampled_from(["planned", "announced", "forecast"])),
                standing=draw(st.sampled_from(["active", "active", "withdrawn"])),
                cohort=draw(st.sampled_from([None, None, "engineers"])),
            )
        )
    return found


def naive(statements: Sequence[Claim], days: Sequence[int], by: Callable[[int], Fulfilled]) -> Any:
    """Every row by trying everything."""

    def reached(claim: Claim, on: int) -> bool:
        figure = by(on).figure
        lower = figure.low if figure.low is not None else figure.best
        return lower is not None and claim.best is not None and lower >= claim.best

    rows = list[Any]()
    for claim in statements:
        same = [c for c in statements if (c.voice, c.cohort) == (claim.voice, claim.cohort)]
        first = min(same, key=lambda c: (c.stated, c.n))
        ends = claim.cell[1]
        moved: int | None = 0
        if first is not claim:
            start = first.cell[1]
            moved = None if start is None or ends is None else ends - start
        now = max(days, default=None)
        at_target = None if ends is None or now is None or ends > now else by(ends)
        later = [
            c
            for c in same
            if c.stated > claim.stated and c.status != "forecast" and c.standing == "active"
        ]
        on_time = [d for d in days if ends is None or d <= ends]
        after = [d for d in days if ends is not None and d > ends and reached(claim, d)]
        late = None
        if claim.standing == "withdrawn":
            state = "withdrawn"
        elif later and claim.status != "forecast":
            state = "replanned"
        elif on_time and reached(claim, max(on_time)):
            state = "met"
        elif after:
            state, late = "late", min(after) - (ends or 0)
        elif now is not None and ends is not None and ends < now:
            state = "missed"
        else:
            state = "open"
        current = by(now).figure if now is not None else Figure()
        given_ = [x for x in (current.best, current.low, current.high) if x is not None]
        share = float(Fraction(str(given_[0])) / Fraction(str(claim.best))) if given_ else None
        rows.append((claim.id, state, late, moved, at_target, share))
    order = {c.id: (c.voice, c.stated, c.n) for c in statements}
    return sorted(rows, key=lambda row: order[row[0]])


@given(some_statements(), st.dictionaries(st.sampled_from(DAYS).map(day), some_figures, max_size=6))
@examples(300)
def test_slippage_is_what_trying_everything_finds(
    statements: list[Claim], known: dict[int, Fulfilled]
) -> None:
    course = known_on(known)
    rows = slippage(statements, lambda _: course)
    assert [
        (r.statement.id, r.state, r.late_days, r.moved_days, r.at_target, r.share) for r in rows
    ] == naive(statements, course.days, course.by)


@given(some_statements(), st.dictionaries(st.sampled_from(DAYS).map(day), some_figures, max_size=6))
@examples(50)
def test_what_is_reached_is_named_with_its_day(
    statements: list[Claim], known: dict[int, Fulfilled]
) -> None:
    course = known_on(known)
    for row in slippage(statements, lambda _: course):
        assert (row.reached_on is not None) == (row.state in ("met", "late"))
        if row.reached_on is not None:
            assert course.by(row.reached_on).reaches(row.statement.best)
    assert slippage([replace(each, standing="withdrawn") for each in statements], lambda _: course) == [
        replace(row, state="withdrawn", reached_on=None, late_days=None, statement=gone)
        for row in slippage(statements, lambda _: course)
        for gone in [replace(row.statement, standing="withdrawn")]
    ]
