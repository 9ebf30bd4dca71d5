"""Work follows what is asked, not the length of the log: counted in steps of SQLite, never in time.

The large views hold 50,000 claims of one indicator of each measure by five originators, the small
ones 50. The same event, or the same question, must cost about the same on both.
"""

import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from domain.events import ReportFiled
from domain.period import parse_period
from domain.times import from_micros, parse_instant, to_micros
from domain.vocabulary import NumberedStatement, Provenance, Quantity, Stance
from projections.answers.as_of import AsOf
from projections.answers.claims import cohorts
from projections.answers.estimates import answer
from projections.answers.in_short import has_many_claims, moment_in_short
from projections.answers.moments import Step
from projections.answers.questions import Narrowing
from projections.answers.replay import replay, touches
from projections.answers.series import series
from projections.answers.vintages import vintages
from projections.headlines import headline
from service.views.store import UNLIMITED, ViewFile
from tests.histories import (
    MEASURES,
    Desk,
    Line,
    correct,
    define,
    desk_of,
    file,
    link,
    long_story,
    says,
    views_of,
)

MEASURED = ("stock", "cumulative", "proposition")
SMALL, LARGE = 50, 50_000
A_REPORT = 500
HOUR = 3_600_000_000
START = to_micros(parse_instant("2019-01-01"))


def filing(name: str, numbers: range) -> ReportFiled:
    """A report with a claim on each indicator for each number, one an hour, five originators."""
    claims = [
        NumberedStatement.model_construct(
            n=n,
            indicator=measure,
            originator=f"source-{number % 5}",
            basis="own-intelligence",
            stated_at=from_micros(START + number * HOUR),
            quantity=None if measure == "proposition" else Quantity(best=number, qualifier="exact"),
            stance=Stance(asserts=number % 3 > 0) if measure == "proposition" else None,
        )
        for n, (number, measure) in enumerate(((i, m) for i in numbers for m in MEASURED), start=1)
    ]
    published = from_micros(START + numbers[-1] * HOUR)
    return ReportFiled(
        report=name,
        provenance=Provenance(publisher="wire", published_at=published),
        marking="TLP:CLEAR",
        claims=tuple(claims),
    )


SOURCES = [{"register_source": {"id": f"source-{i}"}} for i in range(5)]


class Sized:
    """Views of so many claims on each indicator, and the desk that goes on from there."""

    def __init__(self, size: int) -> None:
        self.desk: Desk = desk_of(*(define(measure, measure) for measure in MEASURED), *SOURCES)
        for first in range(0, size, A_REPORT):
            numbers = range(first, min(first + A_REPORT, size))
            self.desk.add(filing(f"bulk-{first}", numbers))
        self.file: ViewFile = views_of(self.desk.recorded)
        self.size = size

    def steps_to_apply(self, line: Line) -> int:
        """Steps of SQLite until the views hold what a line yields, headlines included."""
        before = len(self.desk.recorded)
        self.desk.accept(line)

        def act() -> None:
            self.file.apply(self.desk.recorded[before:])
            self.file.complete(UNLIMITED)

        return steps(self.file.writer, act)


def steps(db: sqlite3.Connection, act: Callable[[], object]) -> int:
    """How many instructions of its virtual machine SQLite runs for an act."""
    count = 0

    def tick() -> int:
        nonlocal count
        count += 1
        return 0

    db.set_progress_handler(tick, 1)
    try:
        act()
    finally:
        db.set_progress_handler(None, 1)
    return count


@pytest.fixture(scope="module")
def small() -> Sized:
    return Sized(SMALL)


@pytest.fixture(scope="module")
def large() -> Sized:
    return Sized(LARGE)


def stated(number: int) -> str:
    """When the claim of a number is stated."""
    return from_micros(START + number * HOUR).isoformat()


def claim_on(measure: str, originator: str, **more: Any) -> Line:
    """A claim on one of the indicators."""
    said = {"stance": {"asserts": True}} if measure == "proposition" else {"quantity": {"best": 7}}
    return says(originator, indicator=measure, **said, **more)


@pytest.mark.parametrize("measure", MEASURED)
def test_a_headline_updates_as_fast_among_50000_claims_as_among_50(
    measure: str, small: Sized, large: Sized
) -> None:
    one = partial(claim_on, measure)
    name = f"{measure}-a"
    lines: dict[str, Callable[[Sized], Line]] = {
        "the latest word of a known originator": lambda s: file(name, stated(s.size), one("source-1")),
        "an early word, found late": lambda s: file(f"{measure}-b", stated(1), one("source-2")),
        "a new originator": lambda s: file(f"{measure}-c", stated(s.size), one("newcomer")),
        "a relay": lambda s: file(
            f"{measure}-d", stated(s.size), one("source-3", derived_from=[f"{name}/1"])
        ),
        "a link": lambda s: link(f"{measure}-c/1", f"{measure}-b/1"),
        "a correction": lambda s: correct(name, one("source-1", n=1, text="again"), kind="record"),
        "a hold": lambda s: {"hold_report": {"report": name}},
        "a release": lambda s: {"release_report": {"report": name}},
        "a grade of a claim": lambda s: {"grade_claim": {"claim": f"{name}/1", "credibility": 2}},
        "a grade of a source": lambda s: {
            "grade_source": {"source": "source-4", "reliability": "ABC"[MEASURED.index(measure)]}
        },
        "a withdrawal by us": lambda s: {"withdraw_report": {"report": name}},
        "a word after that": lambda s: file(f"{measure}-e", stated(s.size), one("source-1")),
    }
    ratios = {
        what: large.steps_to_apply(line(large)) / small.steps_to_apply(line(small))
        for what, line in lines.items()
    }
    assert max(ratios.values()) < 3, ratios
    assert headline(large.file.writer, measure) is not None


NOW = Step(0, AsOf(2**40), [])


@pytest.mark.parametrize("measure", MEASURED)
def test_a_page_explains_a_figure_as_fast_among_50000_claims_as_among_50(
    measure: str, small: Sized, large: Sized
) -> None:
    """In short; the flags over all claims are found by another way, which follows the events."""

    def shown(sized: Sized) -> int:
        db = sized.file.writer
        return steps(db, lambda: moment_in_short(db, measure, NOW, Narrowing(), lambda *_: []))

    assert has_many_claims(large.file.writer, measure)
    assert not has_many_claims(small.file.writer, measure)
    assert shown(large) < 3 * shown(small)


# Plans

ALL = tuple(MEASURES)
YEAR = parse_period("2025")
QUESTIONS: dict[str, Callable[[sqlite3.Connection, AsOf], object]] = {
    "headline": lambda db, here: [answer(db, measure, here) for measure in ALL],
    "cell": lambda db, here: [answer(db, measure, here, Narrowing(period=YEAR)) for measure in ALL],
    "cohort": lambda db, here: [answer(db, measure, here, Narrowing("east")) for measure in ALL],
    "voice": lambda db, here: [answer(db, m, here, Narrowing(originator="nis")) for m in ALL],
    "cohorts": lambda db, here: [cohorts(db, measure, here) for measure in ALL],
    "series": lambda db, here: [series(db, measure, here, Narrowing()) for measure in ALL],
    "record vintages": lambda db, here: vintages(db, "killed", here, Narrowing(), "record", every=True),
    "publication vintages": lambda db, here: vintages(
        db, "killed", here, Narrowing(), "publication", every=True
    ),
    "record vintages of a sum": lambda db, here: vintages(
        db, "sorties", here, Narrowing(), "record", every=True
    ),
    "publication vintages of a sum": lambda db, here: vintages(
        db, "sorties", here, Narrowing(), "publication", every=True
    ),
    "replay": lambda db, here: list(
        replay(partial(answer, db), touches(db, "killed", (0, ""), here.position, 5), here, {})
    ),
    "replay of all": lambda db, here: touches(db, None, (3, "killed"), here.position, 5),
}
TIMES: dict[str, dict[str, Any]] = {
    "now": {},
    "published by": {"published_by": to_micros(parse_instant("2025-03-12"))},
    "valid at": {"valid_at": to_micros(parse_instant("2025-03-12"))},
    "cleared": {"clearance": "TLP:GREEN"},
}
OWN = (
    "SCAN concerned",
    "SCAN ancestors",
    "SCAN cohorts",
    "SCAN json_each",
    "SCAN value",
    "SCAN (subquery",
    "SCAN sizes",
)
"""What a query scans that it made itself, or was given."""
GIVEN = re.compile(r"SCAN \w VIRTUAL TABLE|SCAN (sum_progress|documents_end)")
"""Arrays that are given under a name of one letter, and tables of one row."""


@contextmanager
def traced(db: sqlite3.Connection) -> Iterator[list[str]]:
    """The statements that a connection runs, as it runs them."""
    statements = list[str]()
    db.set_trace_callback(statements.append)
    try:
        yield statements
    finally:
        db.set_trace_callback(None)


def scans(db: sqlite3.Connection, statements: Iterable[str]) -> list[tuple[str, str]]:
    """The steps of these statements' plans that walk through all of a table or an index."""
    return [
        (detail, statement)
        for statement in statements
        if statement.startswith(("SELECT", "WITH", "UPDATE", "DELETE", "\nWITH"))
        for *_, detail in db.execute(f"EXPLAIN QUERY PLAN {statement}")
        if detail.startswith("SCAN") and not detail.startswith(OWN) and not GIVEN.match(detail)
    ]


@pytest.fixture(scope="module")
def views() -> tuple[sqlite3.Connection, int]:
    recorded = Desk().take(long_story(5, 60)).recorded
    return views_of(recorded).writer, len(recorded)


@pytest.mark.parametrize("times", TIMES)
@pytest.mark.parametrize("question", QUESTIONS)
def test_every_question_is_answered_by_index(
    question: str, times: str, views: tuple[sqlite3.Connection, int]
) -> None:
    db, position = views
    with traced(db) as statements:
        QUESTIONS[question](db, AsOf(position - 3, **TIMES[times]))
    assert statements
    assert scans(db, statements) == []


def test_every_event_is_applied_by_index() -> None:
    file = ViewFile.create(Path(":memory:"))
    with traced(file.writer) as statements:
        for recorded in Desk().take(long_story(5, 60)).recorded:
            file.apply([recorded])
    # Of one row; of one row; of few, once a batch.
    allowed = ("UPDATE tracking", "UPDATE history", "SELECT part, whole", "SELECT 1 FROM levels")
    assert scans(file.writer, (s for s in set(statements) if not s.startswith(allowed))) == []
