"""The rate as of a day from a table of facts: with pandas as `fredapi` does it, and with DuckDB."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from itertools import groupby
from operator import itemgetter
from typing import Any

import duckdb
import pandas

from tests.bench.as_of.facts import Fact, Question

Series = dict[date, float]

ASOF = (
    "ASOF LEFT JOIN facts ON facts.indicator = asked.indicator AND facts.cohort = asked.cohort "
    "AND facts.period = asked.period AND facts.published <= asked.day"
)
ONE = (
    "SELECT value FROM (SELECT ?::VARCHAR AS indicator, ?::VARCHAR AS cohort, ?::DATE AS period, "
    f"?::DATE AS day) asked {ASOF}"
)
LAST = (
    "SELECT value FROM facts WHERE indicator = ? AND cohort = ? AND period = ? AND published <= ? "
    "ORDER BY published DESC LIMIT 1"
)
SERIES = (
    "SELECT asked.period, value FROM (SELECT DISTINCT indicator, cohort, period, $day::DATE AS day "
    f"FROM facts WHERE indicator = $indicator AND cohort = $cohort) asked {ASOF} "
    "WHERE value IS NOT NULL ORDER BY 1"
)
MANY = f"SELECT value FROM asked {ASOF} ORDER BY asked.n"


class Frames:
    """A frame of all releases for each series, in memory, as `get_series_all_releases` returns it.

    `fredapi` fetches that frame for each question; here it is there already.
    """

    def __init__(self, facts: Sequence[Fact]) -> None:
        by_series = itemgetter(0, 1)
        self.frames = {
            name: _frame(list(some)) for name, some in groupby(sorted(facts, key=by_series), by_series)
        }

    def series(self, asked: Question) -> Any:
        """All rates of a place as of a day: a pandas series by date."""
        frame = self.frames[asked.indicator, asked.cohort]
        known = frame[frame["realtime_start"] <= pandas.Timestamp(asked.day)]
        return known.groupby("date")["value"].last()

    def series_of(self, asked: Question) -> Series:
        """The same as a dictionary."""
        return {stamp.date(): float(value) for stamp, value in self.series(asked).items()}

    def value(self, asked: Question) -> float | None:
        """One rate as of a day, out of the whole series as of that day."""
        found = self.series(asked).get(pandas.Timestamp(asked.period))
        return None if found is None else float(found)

    def value_alone(self, asked: Question) -> float | None:
        """One rate as of a day from its own rows, without the series; `fredapi` has nothing for it."""
        frame = self.frames[asked.indicator, asked.cohort]
        then = (frame["realtime_start"] <= pandas.Timestamp(asked.day)) & (
            frame["date"] == pandas.Timestamp(asked.period)
        )
        known = frame["value"][then]
        return float(known.iloc[-1]) if len(known) else None


def _frame(facts: Sequence[Fact]) -> Any:
    columns = {
        "date": pandas.to_datetime([fact.period for fact in facts]),
        "realtime_start": pandas.to_datetime([fact.published for fact in facts]),
        "value": [fact.value for fact in facts],
    }
    return pandas.DataFrame(columns)


class Duck:
    """A table of facts in DuckDB, in memory."""

    def __init__(self, db: duckdb.DuckDBPyConnection, facts: Sequence[Fact]) -> None:
        self.db = db
        names = ("indicator", "cohort", "period", "published", "value")
        frame = pandas.DataFrame(facts, columns=names)  # noqa: F841 - DuckDB finds it by its name
        db.execute(
            "CREATE TABLE facts AS SELECT indicator::VARCHAR AS indicator, cohort::VARCHAR AS cohort, "
            "period::DATE AS period, published::DATE AS published, value::DOUBLE AS value FROM frame"
        )

    def value(self, asked: Question) -> float | None:
        """One rate as of a day, by an ASOF join."""
        return self._value(ONE, asked)

    def last_row(self, asked: Question) -> float | None:
        """The same without a join: the last row that was published by the day."""
        return self._value(LAST, asked)

    def _value(self, sql: str, asked: Question) -> float | None:
        given = [asked.indicator, asked.cohort, asked.period, asked.day]
        found = self.db.execute(sql, given).fetchone()
        return None if found is None else found[0]

    def series_of(self, asked: Question) -> Series:
        """All rates of a place as of a day, by an ASOF join."""
        names = {"indicator": asked.indicator, "cohort": asked.cohort, "day": asked.day}
        return dict(self.db.execute(SERIES, names).fetchall())

    def ask(self, questions: Sequence[Question]) -> None:
        """Put questions into a table, to be answered together."""
        rows = [(n, q.indicator, q.cohort, q.period, q.day) for n, q in enumerate(questions)]
        frame = pandas.DataFrame(rows, columns=("n", "indicator", "cohort", "period", "day"))  # noqa: F841
        self.db.execute(
            "CREATE OR REPLACE TABLE asked AS SELECT n, indicator::VARCHAR AS indicator, "
            "cohort::VARCHAR AS cohort, period::DATE AS period, day::DATE AS day FROM frame"
        )

    def values(self) -> list[float | None]:
        """The answers to the questions in the table, by one ASOF join."""
        return [value for (value,) in self.db.execute(MANY).fetchall()]


@contextmanager
def duck(facts: Sequence[Fact]) -> Iterator[Duck]:
    """DuckDB with a table of facts."""
    with duckdb.connect() as db:
        yield Duck(db, facts)
