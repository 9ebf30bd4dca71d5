"""The reports published or revised last, read by index a page at a time."""

import sqlite3
from collections.abc import Iterator

from projections.answers.as_of import AsOf
from projections.answers.claims import PUBLISHED, parameters, where

Place = tuple[int, int]
"""Where a report stands in the order: when it was last published or revised, and its position."""
FROM_THE_TOP: Place = (2**62, 0)
LAST_PUBLISHED = (
    "SELECT c.report, c.published, c.position FROM main.claims c INDEXED BY claims_by_publication "
    "WHERE {where} AND (c.published, c.position) < (:published, :at) "
    "ORDER BY c.published DESC, c.position DESC"
)
LISTED_BEFORE = (
    "SELECT 1 FROM claims c WHERE c.report = :report AND {where} "
    "AND (c.published, c.position) >= (:published, :at) LIMIT 1"
)


def published_last(
    db: sqlite3.Connection, as_of: AsOf, limit: int, after: Place = FROM_THE_TOP
) -> list[tuple[str, Place]]:
    """The ids of the reports published or revised last, latest first, whether they count or not.

    At most `limit`, each with its place, starting after a place.
    """
    found: dict[str, Place] = {}
    for report, place in _rows(db, as_of, after):
        if report not in found and not _listed_before(db, as_of, report, after):
            found[report] = place
        if len(found) == limit:
            break
    return list(found.items())


def _rows(db: sqlite3.Connection, as_of: AsOf, after: Place) -> Iterator[tuple[str, Place]]:
    query = LAST_PUBLISHED.format(where=where(as_of, PUBLISHED))
    for report, *place in db.execute(query, parameters(as_of, published=after[0], at=after[1])):
        yield report, (place[0], place[1])


def _listed_before(db: sqlite3.Connection, as_of: AsOf, report: str, after: Place) -> bool:
    """Whether a report stands before a place by another of its claims, which was published later."""
    if after == FROM_THE_TOP:
        return False
    given = parameters(as_of, report=report, published=after[0], at=after[1])
    query = LISTED_BEFORE.format(where=where(as_of, PUBLISHED))
    return db.execute(query, given).fetchone() is not None
