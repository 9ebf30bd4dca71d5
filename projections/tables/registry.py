"""Indicators and sources over record positions: definitions, descriptions, grades."""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple, assert_never

from domain.clearance import Hidden, cleared_definition, cleared_source
from domain.events import (
    AssessmentRecorded,
    CitationEvent,
    Definition,
    IndicatorDefined,
    IndicatorRevised,
    OperationEvent,
    ReportEvent,
    SourceGraded,
    SourceRegistered,
)
from domain.stream_names import source_stream
from projections.tables.filing import others
from projections.tables.projection import FOREVER, Projection, Recorded
from projections.tables.sight import hidden_in, may_see_all

SCHEMA = """
CREATE TABLE indicators (
    id TEXT NOT NULL, since INTEGER NOT NULL, until INTEGER NOT NULL,
    version INTEGER NOT NULL, definition TEXT NOT NULL,
    PRIMARY KEY (id, since)
) WITHOUT ROWID;
CREATE TABLE sources (
    id TEXT NOT NULL, since INTEGER NOT NULL, until INTEGER NOT NULL, version INTEGER NOT NULL,
    registered TEXT NOT NULL, graded TEXT, reliability TEXT,
    PRIMARY KEY (id, since)
) WITHOUT ROWID;
CREATE TABLE speakers (
    id TEXT NOT NULL, since INTEGER NOT NULL, until INTEGER NOT NULL, speaks_for TEXT NOT NULL,
    PRIMARY KEY (id, since)
) WITHOUT ROWID;
CREATE TABLE parts (
    whole TEXT NOT NULL, part TEXT NOT NULL, since INTEGER NOT NULL, until INTEGER NOT NULL,
    PRIMARY KEY (part, whole, since)
) WITHOUT ROWID;
CREATE INDEX parts_of ON parts (whole, until);
CREATE INDEX speakers_of ON speakers (speaks_for);
CREATE INDEX speakers_at ON speakers (until, since, id, speaks_for);
"""


def apply(db: sqlite3.Connection, events: Sequence[Recorded]) -> None:
    """End the row that an event replaces and insert the next."""
    for recorded in others(events):
        match recorded.event:
            case ReportEvent() | CitationEvent() | OperationEvent():
                pass
            case IndicatorDefined() | IndicatorRevised() as event:
                _next_indicator(db, recorded, event.indicator, event.definition.model_dump_json())
                _next_parts(db, recorded.position, event.indicator, event.definition.parts)
            case AssessmentRecorded() as event:
                # The definition stays, but whoever revises it must have seen this stream version.
                query = "SELECT definition FROM indicators WHERE id = ? AND until = ?"
                (body,) = db.execute(query, (event.indicator, FOREVER)).fetchone()
                _next_indicator(db, recorded, event.indicator, body)
            case SourceRegistered() as event:
                registered = event.model_dump_json(exclude_none=True)
                _next_source(db, recorded, event.source, registered=registered)
                _next_speaker(db, recorded.position, event)
            case SourceGraded() as event:
                graded = event.model_dump_json()
                _next_source(db, recorded, event.source, graded=graded, reliability=event.reliability)
            case _:
                assert_never(recorded.event)


def _next_indicator(db: sqlite3.Connection, recorded: Recorded, name: str, definition: str) -> None:
    _end(db, "indicators", name, recorded.position)
    db.execute(
        "INSERT INTO indicators VALUES (?, ?, ?, ?, ?)",
        (name, recorded.position, FOREVER, recorded.version, definition),
    )


def _next_source(db: sqlite3.Connection, recorded: Recorded, name: str, **changed: str) -> None:
    """End the row of a source and insert one with the changed columns."""
    before = db.execute(
        "SELECT registered, graded, reliability FROM sources WHERE id = ? AND until = ?",
        (name, FOREVER),
    ).fetchone()
    columns = ("registered", "graded", "reliability")
    values = dict(zip(columns, before or (None,) * 3, strict=True)) | changed
    _end(db, "sources", name, recorded.position)
    db.execute(
        "INSERT INTO sources VALUES (?, ?, ?, ?, ?, ?, ?)",
        (name, recorded.position, FOREVER, recorded.version, *(values[each] for each in columns)),
    )


def _next_parts(db: sqlite3.Connection, position: int, whole: str, parts: Sequence[str]) -> None:
    """End the parts that an indicator no longer has, and insert those that it has now."""
    query = "SELECT part FROM parts WHERE whole = ? AND until = ?"
    before = {row[0] for row in db.execute(query, (whole, FOREVER))}
    for part in before - set(parts):
        db.execute(
            "UPDATE parts SET until = ? WHERE part = ? AND whole = ? AND until = ?",
            (position, part, whole, FOREVER),
        )
    for part in set(parts) - before:
        db.execute("INSERT INTO parts VALUES (?, ?, ?, ?)", (whole, part, position, FOREVER))


def _next_speaker(db: sqlite3.Connection, position: int, event: SourceRegistered) -> None:
    """End whom a source spoke for where that changed, and insert whom it speaks for now."""
    query = "SELECT speaks_for FROM speakers WHERE id = ? AND until = ?"
    before = db.execute(query, (event.source, FOREVER)).fetchone()
    if (before[0] if before else None) != event.speaks_for:
        _end(db, "speakers", event.source, position)
        if event.speaks_for:
            row = (event.source, position, FOREVER, event.speaks_for)
            db.execute("INSERT INTO speakers VALUES (?, ?, ?, ?)", row)


def _end(db: sqlite3.Connection, table: str, name: str, position: int) -> None:
    db.execute(f"UPDATE {table} SET until = ? WHERE id = ? AND until = ?", (position, name, FOREVER))


@dataclass(frozen=True, slots=True)
class IndicatorRow:
    """An indicator's definition at a position, and the version of its stream."""

    id: str
    version: int
    definition: Definition


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A source at a position, and the version of its stream."""

    id: str
    version: int
    registered: SourceRegistered
    graded: SourceGraded | None


@lru_cache(maxsize=4_096)  # every estimate reads one, and they are few
def _definition(body: str) -> Definition:
    return Definition.model_validate_json(body)


def indicator_at(db: sqlite3.Connection, name: str, position: int) -> IndicatorRow | None:
    """An indicator as defined at a position; None if it was not yet defined."""
    row = db.execute(
        "SELECT version, definition FROM indicators WHERE id = ? AND since <= ? AND until > ?",
        (name, position, position),
    ).fetchone()
    if row is None:
        return None
    return IndicatorRow(name, _seen_version(db, name, position, row[0]), _seen_definition(db, row[1]))


def _seen_version(db: sqlite3.Connection, name: str, position: int, version: int) -> int:
    """The version of the last event of an indicator that the reader of a connection may see."""
    if may_see_all(db):
        return version
    query = (
        "SELECT max(i.version) FROM indicators i JOIN journal j ON j.position = i.since "
        "WHERE i.id = ? AND i.since <= ?"
    )
    seen: int = db.execute(query, (name, position)).fetchone()[0]
    return seen


def _seen_definition(db: sqlite3.Connection, body: str) -> Definition:
    """A definition without what the reader of the connection may not see."""
    definition = _definition(body)
    if may_see_all(db) or not (definition.parts or definition.plans_for):
        return definition
    return cleared_definition(definition, hidden_in(db))


def with_parts_of(db: sqlite3.Connection, name: str, position: int) -> tuple[str, ...]:
    """An indicator with its parts, and theirs, as defined at a position."""
    found, waiting = {name: None}, [name]
    while waiting:
        row = indicator_at(db, waiting.pop(), position)
        fresh = [part for part in row.definition.parts if part not in found] if row else []
        found |= dict.fromkeys(fresh)
        waiting += fresh
    return tuple(found)


class Membership(NamedTuple):
    """That an indicator was a part of another over a span of positions."""

    whole: str
    since: int
    until: int


def memberships(db: sqlite3.Connection) -> Mapping[str, Sequence[Membership]]:
    """For each indicator that ever was a part, of which indicators and when."""
    found: dict[str, list[Membership]] = {}
    for part, *membership in db.execute("SELECT part, whole, since, until FROM parts"):
        found.setdefault(part, []).append(Membership(*membership))
    return found


def wholes_of(db: sqlite3.Connection, part: str, position: int) -> list[str]:
    """The indicators of which one is a part at a position, directly, by id."""
    rows = db.execute(
        "SELECT whole FROM parts WHERE part = ? AND since <= ? AND until > ? ORDER BY whole",
        (part, position, position),
    )
    return [row[0] for row in rows]


def indicators_at(
    db: sqlite3.Connection, position: int, after: str = "", limit: int = -1
) -> list[IndicatorRow]:
    """The indicators defined at a position, by id."""
    rows = db.execute(
        "SELECT id, version, definition FROM indicators WHERE id > ? AND since <= ? AND until > ? "
        "ORDER BY id LIMIT ?",
        (after, position, position, limit),
    )
    return [
        IndicatorRow(name, _seen_version(db, name, position, version), _seen_definition(db, body))
        for name, version, body in rows.fetchall()
    ]


def definitions_at(db: sqlite3.Connection, position: int) -> list[tuple[str, Definition]]:
    """The indicators defined at a position with their definitions, by id."""
    rows = db.execute(
        "SELECT id, definition FROM indicators WHERE since <= ? AND until > ? ORDER BY id",
        (position, position),
    )
    return [(name, _seen_definition(db, body)) for name, body in rows.fetchall()]


def source_at(db: sqlite3.Connection, name: str, position: int) -> SourceRow | None:
    """A source as registered and graded at a position; None if it was not yet registered."""
    row = db.execute(
        "SELECT id, version, registered, graded FROM sources WHERE id = ? AND since <= ? AND until > ?",
        (name, position, position),
    ).fetchone()
    return _source_row(db, row) if row else None


def sources_at(
    db: sqlite3.Connection, position: int, after: str = "", limit: int = -1
) -> list[SourceRow]:
    """The sources registered at a position, by id."""
    rows = db.execute(
        "SELECT id, version, registered, graded FROM sources "
        "WHERE id > ? AND since <= ? AND until > ? ORDER BY id LIMIT ?",
        (after, position, position, limit),
    )
    return [_source_row(db, row) for row in rows.fetchall()]


Voices = Mapping[str, str]
"""The voice of each source that speaks for another; every other source is its own voice."""


def voices_at(db: sqlite3.Connection, position: int) -> Voices:
    """For each source that speaks for another at a position, the root of that chain.

    Sources whose root is hidden still have one voice: it goes by the first of those that are not.
    """
    rows = db.execute(
        "SELECT id, speaks_for FROM main.speakers WHERE until > ? AND since <= ?", (position, position)
    )
    speaks_for = dict(rows.fetchall())
    roots = {name: _root(name, speaks_for) for name in speaks_for}
    return roots if may_see_all(db) else _seen_voices(roots, hidden_in(db))


def _seen_voices(roots: Voices, hidden: Hidden) -> Voices:
    seen = {name: root for name, root in roots.items() if not hidden(source_stream(name))}
    names = dict[str, str]()
    for name, root in sorted(seen.items()):
        names.setdefault(root, name if hidden(source_stream(root)) else root)
    return {name: names[root] for name, root in seen.items() if names[root] != name}


def sources_of(voice: str, voices: Voices) -> list[str]:
    """A voice and all that speak for it."""
    return [voice, *(source for source, root in voices.items() if root == voice)]


def _root(name: str, speaks_for: Voices) -> str:
    while name in speaks_for:
        name = speaks_for[name]
    return name


def related_voices(db: sqlite3.Connection, source: str, position: int) -> set[str]:
    """A source with all that it ever shared a voice with by a position."""
    found, waiting = {source}, [source]
    while waiting:
        name = waiting.pop()
        rows = [
            *db.execute(
                "SELECT id FROM speakers WHERE speaks_for = ? AND since <= ?", (name, position)
            ),
            *db.execute(
                "SELECT speaks_for FROM speakers WHERE id = ? AND since <= ?", (name, position)
            ),
        ]
        fresh = {row[0] for row in rows} - found
        found |= fresh
        waiting += fresh
    return found


def grades_until(db: sqlite3.Connection, name: str, position: int) -> list[tuple[int, SourceGraded]]:
    """Every grade of a source up to a position, each with its own position."""
    rows = db.execute(
        "SELECT since, graded FROM sources WHERE id = ? AND since <= ? AND graded IS NOT NULL "
        "ORDER BY since",
        (name, position),
    ).fetchall()
    graded = [(since, body) for since, body in rows]
    changed = [
        (since, body)
        for (since, body), before in zip(graded, [None, *(b for _, b in graded)], strict=False)
        if body != before
    ]
    return [(since, SourceGraded.model_validate_json(body)) for since, body in changed]


def _source_row(db: sqlite3.Connection, row: tuple[str, int, str, str | None]) -> SourceRow:
    name, version, registered, graded = row
    described = SourceRegistered.model_validate_json(registered)
    return SourceRow(
        name,
        version,
        described if described.speaks_for is None else cleared_source(described, hidden_in(db)),
        SourceGraded.model_validate_json(graded) if graded else None,
    )


REGISTRY = Projection(
    "registry",
    4,
    SCHEMA,
    apply,
    (
        "SELECT * FROM indicators ORDER BY id, since",
        "SELECT * FROM sources ORDER BY id, since",
        "SELECT * FROM speakers ORDER BY id, since",
        "SELECT * FROM parts ORDER BY part, whole, since",
    ),
    reads=("journal",),
)
