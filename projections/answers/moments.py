"""The moments at which a figure may have changed, along record or publication time."""

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, islice
from operator import itemgetter
from typing import Literal, overload

from typing_extensions import TypedDict

from domain.estimates.claims import Cell
from domain.estimates.policies import ASSESSMENT
from domain.stream_names import REPORT, report_stream, split_stream
from domain.vocabulary import split_claim_id
from projections.answers.as_of import AsOf
from projections.answers.claims import in_cell
from projections.answers.questions import Narrowing, question_of
from projections.answers.telling import Telling
from projections.answers.values import EventType
from projections.tables.registry import indicator_at, with_parts_of
from projections.tables.sight import may_see_all

Axis = Literal["record", "publication"]


@dataclass(frozen=True, slots=True)
class Cause:
    """The event behind a change; `report` is None for one of a source or an indicator."""

    position: int
    type: str
    report: str | None


class CauseAnswer(TypedDict):
    """The event behind a change; `report` is null for an event of a source or an indicator."""

    position: int
    type: EventType
    report: str | None


def cause_answer(cause: Cause) -> CauseAnswer:
    """The event behind a change as callers receive it."""
    return {"position": cause.position, "type": cause.type, "report": cause.report}


@dataclass(frozen=True, slots=True)
class Step:
    """A moment at which a figure may have changed, the times to ask for, and the possible causes."""

    moment: int
    as_of: AsOf
    causes: Sequence[Cause]


FIRST_MANY = 250
"""Number of moments that are made together at first, then twice as many each time."""


class Steps(Sequence[Step]):
    """Moments in order, each made when it is asked for: of a long history few are.

    `places` are the moments themselves or, along the record, positions.
    """

    def __init__(self, places: Sequence[int], make: Callable[[Sequence[int]], list[Step]]) -> None:
        self.places, self._make = places, make

    def __len__(self) -> int:
        return len(self.places)

    @overload
    def __getitem__(self, at: int) -> Step: ...
    @overload
    def __getitem__(self, at: slice) -> list[Step]: ...
    def __getitem__(self, at: int | slice) -> Step | list[Step]:
        if isinstance(at, slice):
            return self._make(self.places[at])
        return self._make([self.places[at]])[0]

    def __iter__(self) -> Iterator[Step]:
        start, many = 0, FIRST_MANY
        while start < len(self):
            yield from self[start : start + many]
            start, many = start + many, 2 * many

    def spread(self, most: int) -> list[Step]:
        """At most so many moments, evenly spaced; the last is one of them."""
        if len(self) <= most:
            return self[:]
        return self._make(
            [self.places[len(self) * n // most] for n in range(most - 1)] + [self.places[-1]]
        )


def steps(db: sqlite3.Connection, indicator: str, as_of: AsOf, asked: Narrowing, axis: Axis) -> Steps:
    """The moments at which a figure may have changed, oldest first."""
    along = _recordings if axis == "record" else _publications
    found = along(db, indicator, as_of, asked)
    return found if may_see_all(db) else _told(found, axis)


def _told(found: Steps, axis: Axis) -> Steps:
    """Those moments of which a reader may know what made them."""
    made = {step.as_of.position if axis == "record" else step.moment: step for step in found}
    return Steps([*made], lambda places: [made[place] for place in places])


def one_cell(db: sqlite3.Connection, indicator: str, as_of: AsOf, asked: Narrowing) -> Cell | None:
    """The one cell that is asked about; None for a sum, which also covers the cells within it."""
    row = indicator_at(db, indicator, as_of.position)
    if row is None or row.definition.measure == "increment":
        return None
    return question_of(row.definition, asked).cell


_THESE = "AND t.position IN (SELECT value FROM json_each(?))"


def _recordings(db: sqlite3.Connection, indicator: str, as_of: AsOf, asked: Narrowing) -> Steps:
    def make(places: Sequence[int]) -> list[Step]:
        found = _touching(db, indicator, _THESE, json.dumps(places))
        return [Step(moment, as_of.at(cause.position), [cause]) for moment, cause in found]

    query = "SELECT position FROM touches WHERE indicator = ? AND position <= ? ORDER BY position"
    rows = db.execute(query, (indicator, as_of.position)).fetchall()
    return Steps([position for (position,) in rows], make)


def touching(
    db: sqlite3.Connection, indicator: str, after: int, until: int, most: int | None = None
) -> list[Cause]:
    """The first `most` events that touch an indicator, after one position up to another."""
    return list(islice(iter_touching(db, indicator, after, until), most))


def iter_touching(db: sqlite3.Connection, indicator: str, after: int, until: int) -> Iterator[Cause]:
    """The events that touch an indicator, after one position up to another, read as they are wanted."""
    between = "AND t.position > ? AND t.position <= ?"
    return (cause for _, cause in _touching(db, indicator, between, after, until))


def every_touching(db: sqlite3.Connection, indicator: str, after: int, until: int) -> list[Cause]:
    """The events that touch an indicator in a span, those that the reader cannot know of as well."""
    rows = db.execute(
        "SELECT j.position, j.type, j.stream FROM main.touches t JOIN main.journal j "
        "ON j.position = t.position WHERE t.indicator = ? AND t.position > ? AND t.position <= ? "
        "ORDER BY t.position",
        (indicator, after, until),
    )
    return [_cause(*row) for row in rows]


def latest_touching(db: sqlite3.Connection, indicator: str, until: int, most: int) -> list[Cause]:
    """Up to `most` of the latest events that touch an indicator, up to a position, oldest first."""
    rows = db.execute(
        "SELECT j.position, j.type, j.stream FROM touches t JOIN journal j ON j.position = t.position "
        "WHERE t.indicator = ? AND t.position <= ? ORDER BY t.position DESC",
        (indicator, until),
    )
    telling = Telling(db, indicator)
    found = (row for row in rows if telling.tells(row[2], row[0]))
    return [_cause(*row) for row in islice(found, most)][::-1]


def _touching(
    db: sqlite3.Connection, indicator: str, which: str, *given: int | str
) -> Iterator[tuple[int, Cause]]:
    rows = db.execute(
        "SELECT j.position, j.type, j.stream, j.recorded_at FROM touches t "
        f"JOIN journal j ON j.position = t.position WHERE t.indicator = ? {which} ORDER BY t.position",
        (indicator, *given),
    )
    telling = Telling(db, indicator)
    return (
        (moment, _cause(position, kind, stream))
        for position, kind, stream, moment in rows
        if telling.tells(stream, position)
    )


_KNOWN = "c.since <= :position AND c.until > :position AND c.pub_from <= :by"
_OWN = (
    "FROM claims c WHERE c.indicator IN (SELECT value FROM json_each(:indicators)) "
    f"AND {_KNOWN} {{place}}"
)
"""The rows of claims that are about the indicators asked."""
_ANCESTORS = f"""
WITH RECURSIVE ancestors (claim) AS (
    SELECT l.parent FROM (
        SELECT c.claim {_OWN} AND (c.links > '' OR c.rests_on > '')
    ) o CROSS JOIN links l ON l.child = o.claim
    UNION SELECT l.parent FROM ancestors JOIN links l ON l.child = ancestors.claim
)
"""
_OF_ANCESTORS = f"FROM ancestors CROSS JOIN claims c USING (claim) WHERE {_KNOWN}"
PUBLISHED = f"""
{_ANCESTORS}
SELECT c.pub_from, c.pub_to {_OWN}
UNION ALL SELECT c.pub_from, c.pub_from {_OF_ANCESTORS}
"""
"""When claims of indicators, or what these derive from or rest on, began and ceased to stand."""
_VERSION = "SELECT c.pub_from, c.report, c.version, c.position"
_WANTED = "IN (SELECT value FROM json_each(:moments))"
# The inner queries are answered from an index, so that of the other rows nothing is read.
VERSIONS = f"""
{_ANCESTORS}
SELECT pub_from, report, max(version) FROM (
    {_VERSION} FROM (
        SELECT c.rowid AS place {_OWN} AND c.pub_from {_WANTED}
    ) o CROSS JOIN claims c ON c.rowid = o.place
    UNION ALL {_VERSION} {_OF_ANCESTORS} AND c.pub_from {_WANTED}
    UNION ALL {_VERSION} FROM (
        SELECT c.rowid AS place, c.pub_to {_OWN} AND c.pub_to {_WANTED}
    ) o CROSS JOIN claims e ON e.rowid = o.place
    CROSS JOIN claims c ON c.claim = e.claim AND c.pub_from = o.pub_to WHERE {_KNOWN}
) GROUP BY pub_from, report ORDER BY pub_from, max(position)
"""
"""The versions of reports that began at some of those moments."""
CELL_OR_RELAY = "AND (c.lane = 'r' OR (c.first = :first AND c.last = :last))"
"""For one cell only its own claims matter, and the relays, which may stand in for each other."""
JUDGEMENTS = (
    "SELECT a.recorded_at, j.position, j.type, j.stream FROM assessments a JOIN journal j "
    "USING (position) WHERE a.indicator = :indicator AND a.position <= :position "
    "AND a.recorded_at <= :by ORDER BY a.position"
)
CITED = (
    "SELECT c.pub_from, c.report, max(c.version) FROM citations s JOIN claims c USING (claim) "
    "WHERE s.indicator = :indicator AND s.position <= :position AND c.since <= :position "
    "AND c.until > :position AND c.pub_from <= :by GROUP BY c.pub_from, c.report"
)


def _publications(db: sqlite3.Connection, indicator: str, as_of: AsOf, asked: Narrowing) -> Steps:
    names = json.dumps(with_parts_of(db, indicator, as_of.position))
    given: dict[str, str | int] = {
        "indicators": names,
        "position": as_of.position,
        "by": as_of.by,
    }
    cell, place = one_cell(db, indicator, as_of, asked), ""
    if cell is not None:
        given |= in_cell(cell)
        place = CELL_OR_RELAY
    judged = judgements(db, indicator, as_of, asked)

    def make(places: Sequence[int]) -> list[Step]:
        versions = db.execute(VERSIONS.format(place=place), {**given, "moments": json.dumps(places)})
        wanted = set(places) if judged else set[int]()
        causes = caused(db, versions.fetchall()) + [each for each in judged if each[0] in wanted]
        return [
            Step(moment, replace(as_of, published_by=moment), [cause for _, cause in group])
            for moment, group in groupby(sorted(causes, key=itemgetter(0)), key=itemgetter(0))
        ]

    spans = db.execute(PUBLISHED.format(place=place), given).fetchall()
    moments = {moment for span in spans for moment in span} | {moment for moment, _ in judged}
    by = as_of.by
    return Steps(sorted(moment for moment in moments if moment <= by), make)


def judgements(
    db: sqlite3.Connection, indicator: str, as_of: AsOf, asked: Narrowing
) -> list[tuple[int, Cause]]:
    """When assessments and the claims that they cite were published, if they are the estimate."""
    row = indicator_at(db, indicator, as_of.position)
    if row is None or question_of(row.definition, asked).policy != ASSESSMENT:
        return []
    given = {"indicator": indicator, "position": as_of.position, "by": as_of.by}
    cited = db.execute(CITED, given).fetchall()
    found = caused(db, cited)
    rows = db.execute(JUDGEMENTS, given)
    return found + [(moment, _cause(*cause)) for moment, *cause in rows.fetchall()]


def caused(db: sqlite3.Connection, versions: Iterable[tuple[int, str, int]]) -> list[tuple[int, Cause]]:
    """The moments at which versions of reports began, each with its event."""
    found = ((moment, _cause_of(db, report, version)) for moment, report, version in versions)
    return [(moment, cause) for moment, cause in found if cause is not None]


def _cause_of(db: sqlite3.Connection, report: str, version: int) -> Cause | None:
    """The event by which a version of a report began; None where its reader may not see it."""
    query = "SELECT position FROM main.journal WHERE stream = ? ORDER BY position LIMIT 1 OFFSET ?"
    position = db.execute(query, (report_stream(report), version - 1)).fetchone()
    query = "SELECT position, type, stream FROM journal WHERE position = ?"
    row = db.execute(query, position).fetchone()
    return _cause(*row) if row else None


def likeliest(causes: Sequence[Cause], used: Sequence[str]) -> Cause:
    """The likeliest cause of all in one moment, given the claims used then, best first.

    It is the event of the report that leads the figure, else the event that was recorded last.
    """
    leading = [split_claim_id(claim)[0] for claim in used]
    known = [cause for report in leading for cause in causes if cause.report == report]
    return known[0] if known else causes[-1]


def _cause(position: int, kind: str, stream: str) -> Cause:
    family, name = split_stream(stream)
    return Cause(position, kind, name if family == REPORT else None)
