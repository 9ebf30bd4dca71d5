"""The rate as of a day from our views, in process and over HTTP."""

import json
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from domain.period import parse_period
from domain.times import to_micros
from projections.answers.as_of import AsOf
from projections.answers.estimate_answer import EstimateAnswer
from projections.answers.estimates import answer
from projections.answers.questions import Narrowing
from service.query.estimates import estimate
from service.query.history import series_rows
from service.query.standpoint import Standpoint
from service.views.history import position_of
from service.views.store import ViewFile
from tests.bench.as_of.facts import Fact, Question
from tests.bench.as_of.others import Series
from tests.bench.growth import nothing

Read = Callable[[str], bytes]
"""Reads an address of a service."""


class Positions:
    """The position at which the log had everything that was published by a day.

    The reports were recorded in the order of their publication, and nothing after them.
    """

    def __init__(self, facts: Sequence[Fact], head: int) -> None:
        self._days = sorted({fact.published for fact in facts})
        self._head = head

    def at(self, day: date) -> int:
        """The position of the last report that was published by that day."""
        return self._head - len(self._days) + bisect_right(self._days, day)


@dataclass(frozen=True, slots=True)
class Views:
    """Our views read in process, by publication (`published_by`) or by record (`known_at`)."""

    here: Standpoint
    positions: Positions

    def by_publication(self, asked: Question) -> float | None:
        """The rate that had been published by a day."""
        return self._value(asked, self._published(asked))

    def by_record(self, asked: Question) -> float | None:
        """The rate that the log knew when it had recorded a day."""
        return self._value(asked, AsOf(self.positions.at(asked.day)))

    def flagged(self, asked: Question) -> float | None:
        """The rate that had been published by a day, as a whole answer: with the flags of then."""
        here = Standpoint(self.here.db, self._published(asked))
        return _rate(estimate(here, asked.indicator, _narrowing(asked), with_cohorts=False))

    def series_of(self, asked: Question) -> Series:
        """All rates of a place as published by a day."""
        here = Standpoint(self.here.db, self._published(asked), suspect=nothing)
        rows = series_rows(here, asked.indicator, Narrowing(cohort=asked.cohort))
        return {
            date.fromisoformat(row["period"]): float(row["best"])
            for row in rows
            if row["best"] is not None and row["period"] is not None
        }

    def _value(self, asked: Question, as_of: AsOf) -> float | None:
        return _rate(answer(self.here.db, asked.indicator, as_of, _narrowing(asked)))

    def _published(self, asked: Question) -> AsOf:
        return AsOf(self.here.as_of.position, _end_of(asked.day))


def _narrowing(asked: Question) -> Narrowing:
    return Narrowing(cohort=asked.cohort, period=parse_period(asked.period.isoformat()))


def _rate(body: EstimateAnswer) -> float | None:
    best = body["best"]
    return None if best is None else float(best)


@contextmanager
def views(data: Path, facts: Sequence[Fact]) -> Iterator[Views]:
    """The views in a data directory that no service uses now."""
    file = ViewFile(data / (data / "views.current").read_text().strip())
    try:
        with file.reading() as db:
            head = position_of(db)
            yield Views(Standpoint(db, AsOf(head)), Positions(facts, head))
    finally:
        file.close()


def over_http(read: Read, asked: Question) -> float | None:
    """The rate that had been published by a day, asked as any client asks."""
    times = f"cohort={asked.cohort}&period={asked.period}&published_by={asked.day}"
    best = json.loads(read(f"/v1/estimates/{asked.indicator}?{times}"))["best"]
    return None if best is None else float(best)


def _end_of(day: date) -> int:
    """The last microsecond of a day."""
    return to_micros(datetime.combine(day + timedelta(days=1), time(), UTC)) - 1
