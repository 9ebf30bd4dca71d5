"""How a figure came to be: vintages on both axes, series and releases, replay event by event."""

import sqlite3
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cache, partial
from itertools import count, pairwise
from random import Random
from types import FrameType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.commands import Command
from domain.estimates.estimate import cutoff_text
from domain.estimates.policies import ASSESSMENT, DEFAULT_POLICY
from domain.period import parse_period
from domain.times import from_micros, parse_until, to_micros
from projections.answers.as_of import EVERYTHING, AsOf
from projections.answers.estimate_answer import EstimateAnswer
from projections.answers.estimates import answer, defined_estimate
from projections.answers.figure import figure_answer, same_figure
from projections.answers.moments import Axis, Step, likeliest, steps
from projections.answers.questions import Narrowing
from projections.answers.replay import Frame, Touch, replay, touches
from projections.answers.running_figure import VintageFigure, rests_on_anything
from projections.answers.series import series
from projections.answers.vintages import Vintage, change_of, vintages
from projections.tables.projection import Recorded
from tests import oracle
from tests.effort import examples
from tests.histories import (
    DAYS,
    MEASURES,
    ORIGINATORS,
    Desk,
    Line,
    correct,
    define,
    desk_of,
    file,
    link,
    numbers,
    says,
    stories,
    under,
    views_of,
)
from tests.oracle import Asked, Logged, Times, seen
from tests.projections.sums.stories import NAMES
from tests.projections.sums.stories import histories as increments

FIGURE = ("best", "low", "high", "verdict", "open_low", "open_high")


def figure(body: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a figure alone."""
    return {name: body[name] for name in FIGURE}


# Vintages against the oracle


def expected_vintages(
    told: Sequence[Logged], name: str, asked: Asked, steps: Sequence[tuple[int, Times]]
) -> list[tuple[int, dict[str, Any]]]:
    """The figure at every step from the first one known, where it changed."""
    rows = list[tuple[int, dict[str, Any]]]()
    for moment, times in steps:
        body = oracle.answer(told, name, times, asked)
        known = body["low"] is not None or body["high"] is not None or body["open_low"]
        if (rows or body["used"] or known) and (not rows or rows[-1][1] != figure(body)):
            rows.append((moment, figure(body)))
    return rows


def publications(told: Sequence[Logged]) -> list[datetime]:
    """Every instant at which anything may have been published."""
    instants = set[datetime | None]()
    for _, event in told:
        if event.TYPE in ("ReportFiled", "ReportCorrected") and event.provenance:
            instants.add(event.provenance.published_at)
        if event.TYPE in ("ReportCorrected", "ReportWithdrawn"):
            instants.add(event.published_at)
    return sorted(instant for instant in instants if instant)


def narrowed(random: Random) -> tuple[Asked, Narrowing]:
    """A headline, or the figure of one originator, one cohort or both."""
    cohort = random.choice((None, None, "east"))
    originator = random.choice((None, None, *ORIGINATORS))
    return Asked(cohort, None, originator), Narrowing(cohort, None, originator)


@given(stories, numbers)
@examples(50)
def test_vintages_along_the_record(commands: list[Command], number: int) -> None:
    desk = Desk().take(commands)
    told, db, random = oracle.logged(desk.logged()), views_of(desk.recorded).writer, Random(number)
    asked, narrowing = narrowed(random)
    published_by = random.choice((None, parse_until(random.choice(DAYS))))
    by = None if published_by is None else to_micros(published_by)
    steps = [(position, Times(position, published_by)) for position in range(len(told) + 1)]
    for name in MEASURES:
        rows = vintages(db, name, AsOf(len(told), by), narrowing, "record", every=False)
        expected = expected_vintages(told, name, asked, steps)
        assert [(row.cause.position, figure(row.body)) for row in rows] == expected
        stamps = {each.position: each.recorded_at for each in desk.recorded}
        assert [row.moment for row in rows] == [stamps[row.cause.position] for row in rows]


@given(stories, numbers)
@examples(50)
def test_vintages_along_publication(commands: list[Command], number: int) -> None:
    desk = Desk().take(commands)
    told, db, random = oracle.logged(desk.logged()), views_of(desk.recorded).writer, Random(number)
    asked, narrowing = narrowed(random)
    position = random.choice((len(told), len(told) // 2))
    steps = [(to_micros(by), Times(position, by)) for by in publications(told)]
    for name in MEASURES:
        rows = vintages(db, name, AsOf(position), narrowing, "publication", every=False)
        assert [(row.moment, figure(row.body)) for row in rows] == expected_vintages(
            told, name, asked, steps
        )
        assert all(row.cause.position <= position for row in rows)


# Vintages of assessments


@given(stories, numbers, st.sampled_from(("record", "publication")))
@examples(60)
def test_vintages_of_assessments(commands: list[Command], number: int, axis: Axis) -> None:
    desk, random = Desk().take(under(ASSESSMENT, commands)), Random(number)
    told, db, head = oracle.logged(desk.logged()), views_of(desk.recorded).writer, len(desk.recorded)
    stamps = {each.position: from_micros(each.recorded_at) for each in desk.recorded}
    if axis == "record":
        by = random.choice((None, *stamps.values(), parse_until(random.choice(DAYS))))
        steps = [(position, Times(position, by)) for position in range(head + 1)]
    else:
        by, instants = None, {*publications(told), *stamps.values()}
        steps = [(to_micros(each), Times(head, each)) for each in sorted(instants)]
    here = AsOf(head, None if by is None else to_micros(by))
    read = cache(partial(oracle.claims_at, told))
    for name in MEASURES:
        expected = list[tuple[int, dict[str, Any]]]()
        for moment, times in steps:
            definition = oracle.definition_at(told, name, times.position)
            judged = oracle.judgement(told, stamps, name, times, read) if definition else None
            if definition and (expected or judged):
                body = figure(oracle.assessment(definition, name, judged, read(times)))
                if not expected or expected[-1][1] != body:
                    expected.append((moment, body))
        rows = vintages(db, name, here, Narrowing(), axis, every=False)
        moments = [row.cause.position if axis == "record" else row.moment for row in rows]
        assert list(zip(moments, (figure(row.body) for row in rows), strict=True)) == expected


def judge(best: int, *claims: str) -> Line:
    """A command that records an assessment of the indicator `killed`."""
    body = {"indicator": "killed", "best": best, "confidence": "low", "claims": claims}
    return {"record_assessment": body}


@pytest.mark.parametrize("axis", ["record", "publication"])
def test_each_assessment_is_a_vintage(axis: Axis) -> None:
    """Even one that cites no claim; claims filed in between make no vintage."""
    desk = desk_of(define(policy=ASSESSMENT), judge(250), NIS, judge(300, "a/1"), US, judge(600))
    assert changes(desk, axis) == [
        ("first", 250, "AssessmentRecorded", None),
        ("revision", 300, "AssessmentRecorded", None),
        ("revision", 600, "AssessmentRecorded", None),
    ]


# Vintages of increments against an estimate of all claims at every moment

PERIOD = ("2025-01-03/2025-01-08", "2025-01-05", "2025-01/..", "../2025-01-06", "2025-03")
POLICY = ("envelope/1", "consensus/1", "most-conservative/1", "latest-publication/1")


def increments_asked(random: Random) -> Narrowing:
    """A headline in half of all cases, else anything that narrows a sum."""
    if random.random() < 0.5:
        return Narrowing()
    return Narrowing(
        cohort=random.choice((None, None, "east")),
        period=random.choice((None, None, *map(parse_period, PERIOD))),
        originator=random.choice((None, None, None, "nis", "spokesman")),
        policy=random.choice((None, None, None, *POLICY)),
        incident=random.choice((None, None, None, "raid")),
    )


def increments_known(random: Random, head: int) -> AsOf:
    """All in half of all cases, else less on any axis, and perhaps not all that is marked."""
    if random.random() < 0.5:
        return AsOf(head)
    days = (None, None, *map(to_micros, map(parse_until, ("2025-01-13", "2025-01-20", "2025-02-02"))))
    return AsOf(
        random.choice((head, head // 2)),
        random.choice(days),
        random.choice(days),
        random.choice((EVERYTHING, "TLP:GREEN")),
    )


def estimated_anew(
    db: sqlite3.Connection, name: str, asked: Narrowing, taken: Sequence[Step]
) -> list[Vintage]:
    """The vintages as they follow from an estimate of all claims at every moment."""
    rows, before = list[Vintage](), None
    for step in taken:
        defined = defined_estimate(db, name, step.as_of, asked)
        if defined is None or not (before or rests_on_anything(defined.estimate)):
            continue
        used = [claim.id for claim in defined.estimate.used]
        cutoff = cutoff_text(defined.estimate)
        body = VintageFigure(**figure_answer(defined.estimate), cutoff=cutoff, used=used)
        if not same_figure(before, body):
            cause = likeliest(step.causes, used)
            rows.append(Vintage(step.moment, change_of(cause, before, body), cause, body))
        before = body
    return rows


@given(increments, numbers, st.sampled_from(("record", "publication")))
@examples(200)
def test_vintages_of_increments(recorded: list[Recorded], number: int, axis: Axis) -> None:
    db, random = views_of(recorded).writer, Random(number)
    asked, here = increments_asked(random), increments_known(random, len(recorded))
    for name in NAMES:
        taken = steps(db, name, here, asked, axis)
        rows = vintages(db, name, here, asked, axis, every=False)
        assert rows == estimated_anew(db, name, asked, taken)
        rows = vintages(db, name, here, asked, axis, every=False, last=5)
        assert rows == estimated_anew(db, name, asked, taken[-5:])


@pytest.mark.parametrize("axis", ["record", "publication"])
def test_an_incident_over_the_edge_counts_by_the_days_that_other_cells_leave(axis: Axis) -> None:
    desk = desk_of(
        define(measure="increment"),
        file("a", "2025-02-01", says("us", 3, period="2025-01", incident="strike")),
        file("b", "2025-02-02", says("nis", 5, period="2025-01-01/2025-01-06")),
    )
    db, here = views_of(desk.recorded).writer, AsOf(len(desk.recorded))
    asked = Narrowing(period=parse_period("../2025-01-06"))
    rows = vintages(db, "killed", here, asked, axis, every=False)
    found = [(row.body["best"], row.body["low"], row.body["high"]) for row in rows]
    assert found == [(None, 0, 3), (5, 5, 5)]


def many(months: int) -> tuple[sqlite3.Connection, AsOf]:
    """Views of a sum of so many months with two days in each, in any order of publication."""
    claims = [
        (f"{month}-{n}", f"{1900 + month // 12}-{month % 12 + 1:02}{day}", month * 10 + n)
        for month in range(months)
        for n, day in enumerate(("", "-03", "-07"))
    ]
    filed = [
        file(name, f"20{best // 12 % 20:02}-01-{best % 28 + 1:02}", says("nis", best, period=period))
        for name, period, best in claims
    ]
    desk = desk_of(define(measure="increment"), *filed)
    return views_of(desk.recorded).writer, AsOf(len(desk.recorded))


@pytest.mark.parametrize("axis", ["record", "publication"])
def test_vintages_of_a_sum_cost_by_the_cells_that_change(axis: Axis) -> None:
    """Counted in calls of Python, which the cells of all months at each moment would square."""
    calls = list[int]()
    for months in (20, 160):
        db, here = many(months)
        with called() as number:
            assert vintages(db, "killed", here, Narrowing(), axis, every=True)
        calls.append(next(number))
    assert calls[1] < 12 * calls[0], calls


@contextmanager
def called() -> Iterator[Iterator[int]]:
    """Counts the calls of functions; the number is the next one that it yields."""
    calls = count()

    def counting(_frame: FrameType, event: str, _given: object) -> None:
        if event == "call":
            next(calls)

    before = sys.getprofile()
    sys.setprofile(counting)
    try:
        yield calls
    finally:
        sys.setprofile(before)


# The kinds of change

Row = tuple[str, float | None, str, str | None]


def changes(desk: Desk, axis: Axis, **narrowing: Any) -> list[Row]:
    """The vintages of `killed`: change, best, type of the cause, and the claims used."""
    here, asked = AsOf(len(desk.recorded)), Narrowing(**narrowing)
    rows = vintages(views_of(desk.recorded).writer, "killed", here, asked, axis, every=False)
    return [(row.change, row.body["best"], row.cause.type, row.cause.report) for row in rows]


NIS = file("a", "2025-01-13", says("nis", 300))
US = file("b", "2025-01-15", says("us", 600))
CHANGES: dict[str, tuple[list[Line], list[Row]]] = {
    "a later cut-off is an advance": (
        [file("b", "2025-04-30", says("nis", 600))],
        [("advance", 600, "ReportFiled", "b")],
    ),
    "other words on the same days are a revision": (
        [file("b", "2025-04-30", says("nis", 600, period="2025-01-13"))],
        [("revision", 600, "ReportFiled", "b")],
    ),
    "an earlier cut-off, filed late, changes nothing": (
        [file("b", "2024-12-19", says("nis", 100))],
        [],
    ),
    "a re-affirmation changes nothing": ([file("b", "2025-02-01", says("nis", 300))], []),
    "the publisher corrects": (
        [correct("a", says("nis", 310, n=1), kind="publisher", published_at="2025-01-14")],
        [("correction", 310, "ReportCorrected", "a")],
    ),
    "we mend what we mistyped": (
        [correct("a", says("nis", 310, n=1), kind="record")],
        [("correction", 310, "ReportCorrected", "a")],
    ),
    "a withdrawal leaves it unknown": (
        [{"withdraw_report": {"report": "a"}}],
        [("withdrawal", None, "ReportWithdrawn", "a")],
    ),
    "a report under check is a hold, and so is its release": (
        [{"hold_report": {"report": "a"}}, {"release_report": {"report": "a"}}],
        [("hold", None, "ReportHeld", "a"), ("hold", 300, "ReportReleased", "a")],
    ),
    "a link found, and found wrong": (
        [US, link("b/1", "a/1"), {"unlink_claim": {"claim": "b/1", "derived_from": "a/1"}}],
        [
            ("advance", 600, "ReportFiled", "b"),
            ("link", 300, "ClaimLinked", "b"),
            ("link", 600, "ClaimUnlinked", "b"),
        ],
    ),
    "grades of sources and of claims": (
        [
            US,
            {"grade_source": {"source": "nis", "reliability": "B"}},
            {"grade_source": {"source": "us", "reliability": "B"}},
            {"grade_claim": {"claim": "a/1", "credibility": 2}},
        ],
        [
            ("advance", 600, "ReportFiled", "b"),
            ("grade", 300, "SourceGraded", None),
            ("grade", 600, "SourceGraded", None),
            ("grade", 300, "ClaimGraded", "a"),
        ],
    ),
    "a definition by which an origin is stale": (
        [file("b", "2025-03-13", says("us", quantity={"low": 200})), define(fresh_days=30)],
        [("definition", None, "IndicatorRevised", None)],
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_changes_along_the_record(change: str) -> None:
    lines, then = CHANGES[change]
    assert changes(desk_of(define(), NIS, *lines), "record") == [
        ("first", 300, "ReportFiled", "a"),
        *then,
    ]


PUBLISHED: dict[str, tuple[list[Line], list[Row]]] = {
    "the publisher corrects": (
        [NIS, correct("a", says("nis", 310, n=1), kind="publisher", published_at="2025-01-14")],
        [("first", 300, "ReportFiled", "a"), ("correction", 310, "ReportCorrected", "a")],
    ),
    "what we mistyped was never published": (
        [NIS, correct("a", says("nis", 310, n=1), kind="record")],
        [("first", 310, "ReportFiled", "a")],
    ),
    "nor was the day that we mistyped": (
        [
            NIS,
            US,
            {
                "correct_report": {
                    "report": "a",
                    "kind": "record",
                    "provenance": {"published_at": "2025-01-20"},
                }
            },
        ],
        [("first", 600, "ReportFiled", "b"), ("advance", 300, "ReportFiled", "a")],
    ),
    "the publisher withdraws": (
        [NIS, {"withdraw_report": {"report": "a", "published_at": "2025-02-01"}}],
        [("first", 300, "ReportFiled", "a"), ("withdrawal", None, "ReportWithdrawn", "a")],
    ),
    "what we withdraw was never there": ([NIS, {"withdraw_report": {"report": "a"}}], []),
    "a correction may be the first word on it": (
        [
            define("wounded"),
            file("a", "2025-01-13", says("nis", 2700, indicator="wounded")),
            correct(
                "a",
                says("nis", 2700, n=1, indicator="wounded"),
                says("nis", 300),
                kind="publisher",
                published_at="2025-01-14",
            ),
        ],
        [("first", 300, "ReportCorrected", "a")],
    ),
    "or the last, where they meant another indicator": (
        [
            define("wounded"),
            NIS,
            correct(
                "a",
                says("nis", 300, n=1, indicator="wounded"),
                kind="publisher",
                published_at="2025-01-14",
            ),
        ],
        [("first", 300, "ReportFiled", "a"), ("correction", None, "ReportCorrected", "a")],
    ),
    "of several at one moment that which leads": (
        [
            file("b", "2025-01-13", says("us", quantity={"low": 100})),
            NIS,
            file("c", "2025-01-13", says("uk", 900, period="2024-12-31")),
        ],
        [("first", 300, "ReportFiled", "a")],
    ),
    "what it was derived from may say otherwise": (
        [
            define("wounded"),
            NIS,
            file("b", "2025-01-14", says("uk", 300, indicator="wounded", derived_from=["a/1"])),
            file("c", "2025-01-15", says("us", 300, derived_from=["b/1"])),
            {"withdraw_report": {"report": "a"}},
            correct(
                "b",
                says("uk", 300, n=1, indicator="wounded"),
                kind="publisher",
                published_at="2025-01-16",
            ),
        ],
        [("first", 300, "ReportFiled", "c"), ("correction", None, "ReportCorrected", "b")],
    ),
    "in the order of publication, not of record": (
        [file("b", "2025-04-30", says("nis", 600)), NIS],
        [("first", 300, "ReportFiled", "a"), ("advance", 600, "ReportFiled", "b")],
    ),
}


@pytest.mark.parametrize("case", PUBLISHED)
def test_changes_along_publication(case: str) -> None:
    lines, then = PUBLISHED[case]
    assert changes(desk_of(define(), *lines), "publication") == then


def test_reaffirmations_are_returned_on_request() -> None:
    desk = desk_of(define(), NIS, file("b", "2025-02-01", says("nis", 300)))
    db, here = views_of(desk.recorded).writer, AsOf(len(desk.recorded))
    axes: tuple[Axis, ...] = ("record", "publication")
    for axis in axes:
        rows = vintages(db, "killed", here, Narrowing(), axis, every=True)
        assert [(row.change, row.body["best"]) for row in rows] == [("first", 300), ("advance", 300)]


# Series


@given(stories, numbers)
@examples(50)
def test_series_against_the_oracle(commands: list[Command], number: int) -> None:
    desk = Desk().take(commands)
    told, db, random = oracle.logged(desk.logged()), views_of(desk.recorded).writer, Random(number)
    asked, narrowing = narrowed(random)
    by = random.choice((None, parse_until(random.choice(DAYS))))
    here = AsOf(len(told), None if by is None else to_micros(by))
    world = oracle.claims_at(told, Times(len(told), by))
    for name in MEASURES:
        definition = oracle.definition_at(told, name, len(told))
        assert definition is not None
        rows = series(db, name, here, narrowing)
        assert {row["derived"] for row in rows} <= {False}
        keys = [oracle.row_key(definition, row) for row in rows]
        assert len(set(keys)) == len(keys)
        given_ = {key: seen(row) for key, row in zip(keys, rows, strict=True) if row["used"]}
        assert given_ == oracle.series(definition, name, world, asked)


MONTHS = desk_of(
    define(measure="increment"),
    *(
        file(f"{who}-{month}", f"2025-0{month + 1}-01", says(who, best, period=f"2025-0{month}"))
        for who, month, best in (("nis", 3, 30), ("nis", 1, 10), ("us", 1, 12), ("nis", 2, 20))
    ),
    file("nis-1b", "2025-05-01", says("nis", 10, period="2025-01")),
    file("nis-1c", "2025-06-01", says("nis", 15, period="2025-01")),
    file("nis-2b", "2025-06-01", says("nis", 25, period="2025-02")),
    file("wire-2", "2025-06-02", says("wire", 99, period="2025-02", derived_from=["nis-2/1"])),
)


@pytest.mark.parametrize(
    ("asked", "then"),
    [
        ({}, [("2025-01", 15), ("2025-02", 25), ("2025-03", 30)]),
        ({"release": "first"}, [("2025-01", 12), ("2025-02", 20), ("2025-03", 30)]),
        ({"release": 1}, [("2025-01", 12), ("2025-02", 20), ("2025-03", 30)]),
        ({"release": 2}, [("2025-01", 15), ("2025-02", 25)]),
        ({"release": 3}, []),
        ({"within": parse_period("2025-02/..")}, [("2025-02", 25), ("2025-03", 30)]),
        ({"within": parse_period("../2025-02-27")}, [("2025-01", 15)]),
        ({"asked": Narrowing(originator="us")}, [("2025-01", 12)]),
        ({"asked": Narrowing(cohort="east")}, []),
    ],
)
def test_a_series_has_one_row_for_each_cell(asked: dict[str, Any], then: list[tuple[str, int]]) -> None:
    db, here = views_of(MONTHS.recorded).writer, AsOf(len(MONTHS.recorded))
    rows = series(db, "killed", here, **{"asked": Narrowing(), **asked})
    assert [(row["period"], row["best"]) for row in rows] == then


def strike(originator: str, best: float, period: str, **more: Any) -> Line:
    """A claim on one incident, which may be dated in more than one way."""
    return says(originator, best, period=period, incident="strike", **more)


MARCH = file("a", "2025-06-01", strike("nis", 30, "2025-03"))
INCIDENTS: dict[str, tuple[list[Line], list[str]]] = {
    "all its voices date it": (
        [MARCH, file("b", "2025-06-02", strike("us", 40, "2025-04"))],
        ["2025-03-01/2025-04-30"],
    ),
    "an earlier statement of a voice does not": (
        [MARCH, file("b", "2025-06-02", strike("nis", 40, "2025-04"))],
        ["2025-04"],
    ),
    "hearsay does not": (
        [MARCH, file("b", "2025-06-02", strike("us", 40, "2025-04", basis="relay"))],
        ["2025-03"],
    ),
    "nor does what a voice later passes on as hearsay": (
        [MARCH, file("b", "2025-06-02", strike("nis", 40, "2025-04", basis="relay"))],
        ["2025-03"],
    ),
    "hearsay does where there is nothing else": (
        [file("b", "2025-06-02", strike("us", 40, "2025-04", basis="relay"))],
        ["2025-04"],
    ),
}


@pytest.mark.parametrize("case", INCIDENTS)
def test_the_days_of_an_incident_are_those_of_its_vintages(case: str) -> None:
    lines, then = INCIDENTS[case]
    desk = desk_of(define(measure="increment"), *lines)
    db, here = views_of(desk.recorded).writer, AsOf(len(desk.recorded))
    assert [row["period"] for row in series(db, "killed", here, Narrowing())] == then


def test_a_relay_stands_in_only_in_its_own_cell() -> None:
    desk = desk_of(
        define(measure="stock"),
        file("root", "2025-01-01", says("nis", 300, period="2025-01")),
        file("near", "2025-01-02", says("uk", 310, period="2025-02", derived_from=["root/1"])),
        file("late", "2025-01-03", says("us", 300, period="2025-01", derived_from=["root/1"])),
        {"withdraw_report": {"report": "root"}},
    )
    db, here = views_of(desk.recorded).writer, AsOf(len(desk.recorded))
    assert [row["used"] for row in series(db, "killed", here, Narrowing())] == [["near/1"]]
    assert series(db, "killed", here, Narrowing(originator="us")) == []
    january = answer(db, "killed", here, Narrowing(period=parse_period("2025-01")))
    assert january["used"] == []


# Replay


def frames(db: sqlite3.Connection, name: str | None, here: AsOf) -> Iterator[Frame]:
    """Every frame, read a few at a time."""
    after: Touch = (0, "")
    known: dict[str, EstimateAnswer] = {}
    while touched := touches(db, name, after, here.position, 3):
        yield from replay(partial(answer, db), touched, here, known)
        after = touched[-1]


def test_one_cell_has_no_assessment() -> None:
    desk = desk_of(define(policy=ASSESSMENT), NIS, judge(300, "a/1"))
    db, here = views_of(desk.recorded).writer, AsOf(len(desk.recorded))
    [row] = series(db, "killed", here, Narrowing())
    assert (row["best"], row["used"], row["policy"], row["claims"]) == (None, [], ASSESSMENT, 1)


@given(
    stories,
    st.sampled_from((None, *MEASURES)),
    numbers,
    st.sampled_from((DEFAULT_POLICY, DEFAULT_POLICY, ASSESSMENT)),
)
@examples(60)
def test_the_last_frame_up_to_a_position_is_the_estimate_known_there(
    commands: list[Command], name: str | None, number: int, policy: str
) -> None:
    desk = Desk().take(under(policy, commands))
    db, head = views_of(desk.recorded).writer, len(desk.recorded)
    by = Random(number).choice((None, to_micros(parse_until(DAYS[number % len(DAYS)]))))
    shown = list(frames(db, name, AsOf(head, by)))
    assert [(f.position, f.indicator) for f in shown] == sorted(
        {(f.position, f.indicator) for f in shown}
    )
    for each in MEASURES if name is None else [name]:
        own = [frame for frame in shown if frame.indicator == each]
        assert own[0].before == answer(db, each, AsOf(0, by))
        assert all(one.after == other.before for one, other in pairwise(own))
        for position in range(1, head + 1):
            replayed = [frame.after for frame in own if frame.position <= position]
            expected = answer(db, each, AsOf(position, by))
            assert (replayed[-1] if replayed else own[0].before) == expected
