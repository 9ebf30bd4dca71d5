"""Slippage from the tables, against a naive second version that reads every event."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import to_json

from domain.times import parse_until, to_micros
from projections.answers.as_of import AsOf
from projections.answers.estimates import answer
from projections.answers.questions import Narrowing
from projections.answers.slippage import plan_slippage
from service.interop.import_lines import command_of
from tests.effort import examples
from tests.histories import Desk, Line, correct, define, desk_of, file, link, says, views_of
from tests.oracle import Logged, Said, Times, claims_at, logged

DAYS = tuple(f"2025-{month:02}-{day:02}" for month in range(1, 7) for day in (1, 15, 28))
TARGETS = (*DAYS, "2025-03", "2025-06", "2025-04/..", "2025-02/2025-04")
ORIGINATORS = ("council", "nis", "speaker")
PLAN = define("planned", "stock", plans_for="arrived")


def planned(originator: str, best: float, period: str, **more: Any) -> Line:
    """A statement of the plan."""
    default = {"status": "planned", "indicator": "planned", "period": period}
    return says(originator, best, **(default | more))


def arrived(originator: str, best: float, **more: Any) -> Line:
    """A claim on what has arrived."""
    return says(originator, best, **({"status": "arrived", "indicator": "arrived"} | more))


def life(measure: str, number: int) -> Desk:
    """Plans, arrivals and second thoughts about both, by chance; some are refused, as in life."""
    random = Random(number)
    desk = desk_of(
        define("arrived", measure),
        PLAN,
        {"register_source": {"id": "council"}},
        {"register_source": {"id": "speaker", "speaks_for": "council"}},
    )

    def said() -> Line:
        cohort = {"cohort": random.choice(["east", "west"])} if random.random() < 0.2 else {}
        who, n = random.choice(ORIGINATORS), random.choice([0.1, 300, 600, 1000])
        if random.random() < 0.5:
            status = random.choice(["planned", "planned", "announced", "forecast", "arrived"])
            basis = random.choice(["unknown", "unknown", "relay"])
            return planned(who, n, random.choice(TARGETS), status=status, basis=basis, **cohort)
        return arrived(who, n, period=random.choice(DAYS), **cohort)

    for count in range(random.randint(3, 12)):
        names = sorted({f"r{each}" for each in range(count)}) or ["r0"]
        report, day = random.choice(names), random.choice(DAYS)
        by_publisher = {"kind": "publisher", "published_at": day, "reason": "wrong"}
        line = random.choice(
            [
                *[file(f"r{count}", day, *(said() for _ in range(random.randint(1, 3))))] * 5,
                correct(report, {**said(), "n": 1}, **by_publisher),
                {"withdraw_report": {"report": report, **by_publisher}},
                {"withdraw_report": {"report": report, "kind": "record", "reason": "typo"}},
                {"hold_report": {"report": report, "reason": "check"}},
                link(f"{report}/1", f"{random.choice(names)}/1"),
            ]
        )
        desk.take([command_of(to_json(line))[1]])
    return desk


def day_of(said: Said) -> date:
    """The last day that a claim covers."""
    return min(said.stated.date(), said.period.last or date.max)


def naive(told: Sequence[Logged], db: Any, times: Times) -> list[tuple[Any, ...]]:
    """Every statement of the plan with its state, by trying everything."""
    valid = times.valid_at.date() if times.valid_at else date.max
    world = list(claims_at(told, Times(times.position, times.published_by)).values())
    plans = [
        s
        for s in world
        if s.statement.indicator == "planned"
        and s.standing in ("active", "withdrawn")
        and s.prospective
        and not s.links
        and s.statement.basis != "relay"
        and (s.period.last or date.max) <= valid
        and (s.period.last is not None or times.valid_at is None)
    ]
    seen = [
        s
        for s in world
        if s.statement.indicator == "arrived"
        and s.standing == "active"
        and not s.prospective
        and day_of(s) <= valid
    ]
    plans.sort(key=lambda s: (s.voice, *s.vintage))
    return [_naive_row(each, plans, seen, db, times) for each in plans]


def _naive_row(
    plan: Said, plans: Sequence[Said], seen: Sequence[Said], db: Any, times: Times
) -> tuple[Any, ...]:
    who, cohort = plan.voice, plan.statement.cohort
    same = [s for s in plans if (s.voice, s.statement.cohort) == (who, cohort)]
    mine = [s for s in seen if s.statement.cohort == cohort]
    days = sorted({day_of(s) for s in mine if not s.links} or {day_of(s) for s in mine})
    by = None if times.published_by is None else to_micros(times.published_by)
    limit = None if times.valid_at is None else to_micros(times.valid_at)
    quantity = plan.statement.quantity
    assert quantity is not None and quantity.best is not None
    amount = quantity.best

    def figure(on: date | None) -> tuple[Any, ...]:
        if not days or (on is not None and on < days[0]):
            return None, None, None
        until = limit if on is None else to_micros(datetime.combine(on, time.max, UTC))
        body = answer(db, "arrived", AsOf(times.position, by, until), Narrowing(cohort=cohort))
        return body["best"], body["low"], body["high"]

    def reached(there: tuple[Any, ...]) -> bool:
        best, low, _ = there
        least = best if low is None else low
        return least is not None and least >= amount

    last, late = plan.period.last, None
    over = bool(days) and last is not None and last <= days[-1]
    after = [d for d in days if last is not None and d > last and reached(figure(d))]
    if plan.standing == "withdrawn":
        state = "withdrawn"
    elif plan.statement.status != "forecast" and any(
        s.standing == "active" and s.statement.status != "forecast" and s.stated > plan.stated
        for s in same
    ):
        state = "replanned"
    elif reached(figure(last if over else None)):
        state = "met"
    elif over and after:
        assert last is not None
        state, late = "late", (after[0] - last).days
    else:
        state = "missed" if days and last is not None and last < days[-1] else "open"
    return plan.id, state, late, figure(last) if over else None, figure(None)


@given(st.integers(0, 2**32), st.sampled_from(["stock", "cumulative"]))
@examples(120)
def test_slippage_is_what_reading_every_event_finds(number: int, measure: str) -> None:
    desk, random = life(measure, number), Random(number)
    told, db = logged(desk.logged()), views_of(desk.recorded).writer
    for _ in range(3):
        position = random.randint(len(told) // 2, len(told))
        by = random.choice((None, parse_until(random.choice(DAYS))))
        valid = random.choice((None, None, parse_until(random.choice(DAYS))))
        published_by = None if by is None else to_micros(by)
        as_of = AsOf(position, published_by, None if valid is None else to_micros(valid))
        found = plan_slippage(db, "planned", as_of)
        rows = found.rows if found else []

        def numbers(there: Any) -> tuple[Any, ...] | None:
            return there and (there.figure.best, there.figure.low, there.figure.high)

        assert [
            (r.statement.id, r.state, r.late_days, numbers(r.at_target), numbers(r.now)) for r in rows
        ] == naive(told, db, Times(position, by, valid))


def states(desk: Desk, **more: Any) -> list[tuple[str, str, float | None]]:
    """Each statement of the plan with its state and share."""
    found = plan_slippage(views_of(desk.recorded).writer, "planned", AsOf(len(desk.recorded)), **more)
    assert found is not None
    return [(row.statement.id, row.state, row.share) for row in found.rows]


def test_an_increment_is_counted_from_the_day_on_which_its_target_begins() -> None:
    desk = desk_of(
        define("arrived", "increment"),
        define("planned", "increment", plans_for="arrived"),
        file("r1", "2025-02-01", arrived("nis", 700, period="2025-01")),
        file("r2", "2025-03-01", planned("council", 500, "2025-04/2025-05")),
        file("r3", "2025-05-01", arrived("nis", 300, period="2025-04")),
        file("r4", "2025-06-01", arrived("nis", 100, period="2025-05")),
        file("r5", "2025-07-01", arrived("nis", 150, period="2025-06")),
    )
    assert states(desk) == [("r2/1", "late", 1.1)]


def test_what_was_only_foretold_fulfils_no_plan() -> None:
    desk = desk_of(
        define("arrived", "stock"),
        PLAN,
        file("r1", "2025-03-01", planned("council", 500, "2025-04")),
        file("r2", "2025-03-02", arrived("nis", 500, period="2025-04", status="forecast")),
    )
    assert states(desk) == [("r1/1", "open", None)]


def test_relays_and_hearsay_state_no_plan() -> None:
    desk = desk_of(
        define("arrived", "stock"),
        PLAN,
        file("r1", "2025-03-01", planned("council", 500, "2025-04")),
        file("r2", "2025-03-02", planned("nis", 500, "2025-04", derived_from=["r1/1"])),
        file("r3", "2025-03-03", planned("hur", 500, "2025-04", basis="relay")),
    )
    assert states(desk) == [("r1/1", "open", None)]


@pytest.mark.parametrize(("cohort", "claims"), [(None, ["r1/1", "r1/2"]), ("east", ["r1/2"])])
def test_a_cohort_is_held_against_the_same_cohort(cohort: str | None, claims: list[str]) -> None:
    desk = desk_of(
        define("arrived", "stock"),
        PLAN,
        file(
            "r1",
            "2025-03-01",
            planned("council", 500, "2025-04"),
            planned("council", 100, "2025-04", cohort="east"),
        ),
        file("r2", "2025-03-20", arrived("nis", 100, cohort="east")),
        file("r3", "2025-06-20", arrived("nis", 300)),
    )
    expected = {"r1/1": ("r1/1", "missed", 0.6), "r1/2": ("r1/2", "met", 1)}
    assert states(desk, cohort=cohort) == [expected[claim] for claim in claims]


def test_an_indicator_that_plans_for_none_has_no_slippage() -> None:
    desk = desk_of(define("planned", "stock"))
    assert plan_slippage(views_of(desk.recorded).writer, "planned", AsOf(1)) is None


def test_a_target_without_a_start_takes_all_of_an_increment() -> None:
    desk = desk_of(
        define("arrived", "increment"),
        define("planned", "increment", plans_for="arrived"),
        file("r1", "2025-02-01", arrived("nis", 700, period="2025-01")),
        file("r2", "2025-03-01", planned("council", 500, "../2025-05")),
    )
    assert states(desk) == [("r2/1", "met", 1.4)]
