"""Replay: what each event that touches an indicator did to its estimate."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from projections.answers.as_of import AsOf
from projections.answers.estimate_answer import EstimateAnswer
from projections.answers.telling import Telling


@dataclass(frozen=True, slots=True)
class Frame:
    """What one event did to one indicator's headline."""

    position: int
    indicator: str
    before: EstimateAnswer
    after: EstimateAnswer


Touch = tuple[int, str]
"""A position, and an indicator that the event there touches."""


def touches(
    db: sqlite3.Connection, indicator: str | None, after: Touch, until: int, limit: int
) -> list[Touch]:
    """The next touches after one, of one indicator or of all, up to a position."""
    one = "AND t.indicator = ?" if indicator else ""
    rows = db.execute(
        "SELECT t.position, t.indicator, j.stream FROM touches t JOIN journal j USING (position) "
        f"WHERE (t.position, t.indicator) > (?, ?) AND t.position <= ? {one} "
        "ORDER BY t.position, t.indicator",
        (*after, until, *([indicator] if indicator else [])),
    )
    telling = dict[str, Telling]()
    found = (
        (position, name)
        for position, name, stream in rows
        if _telling(db, telling, name).tells(stream, position)
    )
    return list(islice(found, limit))


def _telling(db: sqlite3.Connection, known: dict[str, Telling], indicator: str) -> Telling:
    if indicator not in known:
        known[indicator] = Telling(db, indicator)
    return known[indicator]


def last_touch(db: sqlite3.Connection, indicator: str, position: int) -> int:
    """The last position up to a given one that touched an indicator; 0 before the first.

    Events that the reader of the connection may not see count too.
    """
    query = "SELECT max(position) FROM main.touches WHERE indicator = ? AND position <= ?"
    row = db.execute(query, (indicator, position)).fetchone()
    return row[0] or 0


EstimateOf = Callable[[str, AsOf], EstimateAnswer]
"""The estimate of an indicator at the times asked, as callers receive it."""


def replay(
    estimate: EstimateOf, touched: Sequence[Touch], as_of: AsOf, known: dict[str, EstimateAnswer]
) -> Iterator[Frame]:
    """A frame for each touch; `known` carries each indicator's estimate on to its next frame."""
    for position, name in touched:
        before = known.get(name) or estimate(name, as_of.at(position - 1))
        known[name] = estimate(name, as_of.at(position))
        yield Frame(position, name, before, known[name])
