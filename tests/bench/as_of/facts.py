"""Facts with many revisions: the real archive of rates, or generated ones of its shape.

Every day publishes rates of four places for each of the days before it, so a day's rate is published
again and again. Both come as import lines, a report for each publication in order; the facts that the
others keep are read from those lines.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any, NamedTuple

from tests.bench.scene import REAL
from tests.real import lines_of

Line = dict[str, Any]

ARCHIVE = "epidata_archive_full.csv.gz"
IN_ARCHIVE = 256_484
"""The number of facts in the archive."""
INDICATORS = ("percent-cli", "case-rate-7d-av")
COHORTS = ("ca", "fl", "ny", "tx")
RELEASES = 58
"""How often a day's rate is published, on average in the archive."""
BEGUN = date(2020, 6, 1)


class Fact(NamedTuple):
    """The rate of a day (`period`) in a place (`cohort`), as published on another day."""

    indicator: str
    cohort: str
    period: date
    published: date
    value: float


@dataclass(frozen=True, slots=True)
class Question:
    """What was the rate of a day in a place, as of another day."""

    indicator: str
    cohort: str
    period: date
    day: date


def lines_with(size: int) -> Iterator[Line]:
    """The import lines of the archive if `size` reaches its number of facts and it is there.

    Else those of generated facts, about `size` of them.
    """
    if size >= IN_ARCHIVE and (REAL / ARCHIVE).is_file():
        return lines_of(REAL / ARCHIVE)
    return generated(size)


def generated(size: int) -> Iterator[Line]:
    """Generated lines, the same for the same size."""
    random = Random(1)
    yield {"register_source": {"id": "archive", "name": "An archive of rates", "kind": "analyst"}}
    for indicator in INDICATORS:
        yield {"define_indicator": {"id": indicator, "title": indicator, "measure": "stock"}}
    a_day = len(INDICATORS) * len(COHORTS) * RELEASES
    for number in range(1, max(2, size // a_day) + 1):
        day = BEGUN + timedelta(days=number)
        before = [day - timedelta(days=lag) for lag in range(1, RELEASES + 1)]
        claims = [
            {
                "indicator": indicator,
                "originator": "archive",
                "cohort": cohort,
                "period": period.isoformat(),
                "quantity": {"best": round(random.uniform(0, 100), 6)},
            }
            for indicator in INDICATORS
            for cohort in COHORTS
            for period in before
        ]
        head = {"id": f"rates-{day}", "publisher": "archive", "published_at": day.isoformat()}
        yield {"file_report": {**head, "claims": claims}}


def facts_of(lines: Iterable[Line]) -> list[Fact]:
    """The facts in import lines, in the order of their publication."""
    reports = (line["file_report"] for line in lines if "file_report" in line)
    return [
        Fact(
            claim["indicator"],
            claim["cohort"],
            date.fromisoformat(claim["period"]),
            date.fromisoformat(report["published_at"]),
            float(claim["quantity"]["best"]),
        )
        for report in reports
        for claim in report["claims"]
    ]


def questions_about(facts: list[Fact], count: int) -> list[Question]:
    """Random questions, each about a cell and a day between its first and its last publication.

    One in eight is about a day before its first publication, when there was no rate.
    """
    random, cells = Random(2), dict[tuple[str, str, date], list[date]]()
    for fact in facts:
        cells.setdefault((fact.indicator, fact.cohort, fact.period), []).append(fact.published)
    names = sorted(cells)
    found = list[Question]()
    for number in range(count):
        cell = random.choice(names)
        first, last = cells[cell][0], cells[cell][-1]
        day = first + timedelta(days=random.randint(0, (last - first).days))
        found.append(Question(*cell, first - timedelta(days=1) if number % 8 == 7 else day))
    return found
