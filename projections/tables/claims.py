"""Claims along two axes: as recorded (positions) and as published (instants).

Each row is one claim over a rectangle: positions `since` to `until`, publication times `pub_from`
to `pub_to`, upper ends exclusive. For any position and publication time a claim has at most one
row, so asking as of then is an indexed query.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from datetime import date
from typing import assert_never

from domain.events import (
    AssessmentRecorded,
    CitationEvent,
    Destroyed,
    EventRedacted,
    IndicatorDefined,
    IndicatorRevised,
    OperationEvent,
    ReportCorrected,
    ReportEvent,
    ReportMarked,
    SourceGraded,
    SourceRegistered,
)
from domain.stream_names import REPORT, split_stream
from domain.streams.report_state import Filed, claim_numbers
from domain.vocabulary import claim_id, split_claim_id
from projections.tables.claim_rows import COLUMNS, TABLE, ClaimRow, Measured, claim_rows, place, placed
from projections.tables.claim_writes import DERIVED, RESTING, PendingRows
from projections.tables.filing import Filing, filing_of
from projections.tables.levels import changed_between
from projections.tables.memory import collected, remembered
from projections.tables.projection import FOREVER, Projection, Recorded
from projections.tables.published_points import SCHEMA as POINTS_SCHEMA
from projections.tables.registry import related_voices

SCHEMA = (
    TABLE
    + """
CREATE TABLE links (
    parent TEXT NOT NULL, child TEXT NOT NULL, kind TEXT NOT NULL, PRIMARY KEY (parent, child, kind)
) WITHOUT ROWID;
CREATE TABLE voices (
    originator TEXT NOT NULL, indicator TEXT NOT NULL, PRIMARY KEY (originator, indicator)
) WITHOUT ROWID;
CREATE TABLE markings (report TEXT PRIMARY KEY, marking TEXT NOT NULL, level INTEGER NOT NULL)
    WITHOUT ROWID;
CREATE TABLE touches (
    indicator TEXT NOT NULL, position INTEGER NOT NULL, claims INTEGER NOT NULL,
    reports INTEGER NOT NULL, PRIMARY KEY (indicator, position)
) WITHOUT ROWID;
CREATE TABLE measures (indicator TEXT PRIMARY KEY, measure TEXT NOT NULL, since TEXT)
    WITHOUT ROWID;
CREATE TABLE tallies (
    indicator TEXT NOT NULL, cohort TEXT NOT NULL, position INTEGER NOT NULL,
    claims INTEGER NOT NULL, reports INTEGER NOT NULL, PRIMARY KEY (indicator, cohort, position)
) WITHOUT ROWID;
"""
    + POINTS_SCHEMA
)

INDICES = """
CREATE INDEX claims_by_claim ON claims (claim, since);
CREATE INDEX claims_headline ON claims (
    indicator, cohort, lane, headline, originator, cutoff, stated, published, position, n,
    since, until, pub_from, pub_to
);
CREATE INDEX claims_by_publication ON claims (published, position);
CREATE INDEX claims_by_cell ON claims (indicator, cohort, first, last, lane);
CREATE INDEX claims_linked ON claims (indicator, claim) WHERE links > '' OR rests_on > '';
CREATE INDEX links_by_child ON links (child, kind, parent);
CREATE INDEX voices_by_indicator ON voices (indicator, originator);
CREATE INDEX touches_by_position ON touches (position, indicator);
"""
"""Indices that reading uses and inserting does not."""

_SELECT_OPEN = f"SELECT rowid, {', '.join(COLUMNS)} FROM claims WHERE report = ? AND until = {FOREVER}"
_SELECT_OF_INDICATOR = (
    f"SELECT rowid, {', '.join(COLUMNS)} FROM claims WHERE indicator = ? AND until = {FOREVER}"
)


def apply(db: sqlite3.Connection, events: Sequence[Recorded]) -> None:
    """Bring the rows of each event's report to what its state now says."""
    pending = remembered(db, PendingRows)
    pending.forget_most()
    for recorded in events:
        if filing := filing_of(recorded):
            _insert_report(pending, recorded, filing)
            continue
        match recorded.event:
            case Destroyed() as event:
                _apply_destroyed(pending, event, recorded)
            case EventRedacted():
                pass
            case ReportEvent():
                assert isinstance(recorded.state, Filed)
                if isinstance(recorded.event, ReportCorrected | ReportMarked):
                    pending.set_marking(recorded.state.id)
                _replace_rows(db, pending, recorded, recorded.state)
            case IndicatorDefined() | IndicatorRevised() as event:
                _apply_definition(db, pending, event, recorded)
            case AssessmentRecorded() as event:
                pending.touch(recorded.position, [event.indicator])
            case SourceGraded() as event:
                pending.flush()
                pending.touch(recorded.position, _voiced_by(db, [event.source]))
            case SourceRegistered() as event:
                touched = _marked_again(db, pending, recorded)
                group = related_voices(db, event.source, recorded.position)
                if len(group) > 1:
                    pending.flush()
                    touched |= _voiced_by(db, group)
                if touched:
                    pending.touch(recorded.position, touched)
            case CitationEvent() | OperationEvent():
                pass
            case _:
                assert_never(recorded.event)
    collected(db, pending)


def _marked_again(db: sqlite3.Connection, pending: PendingRows, recorded: Recorded) -> set[str]:
    """Write the markings of reports that follow that of a source or an indicator which they name.

    Returns the indicators of their claims.
    """
    named = set[str]()
    if recorded.version == 1:
        return named
    for stream in changed_between(db, recorded.position, recorded.position):
        kind, report = split_stream(stream)
        if kind == REPORT:
            pending.flush()
            pending.set_marking(report)
            query = "SELECT DISTINCT indicator FROM claims WHERE report = ? AND since <= ?"
            named.update(row[0] for row in db.execute(query, (report, recorded.position)))
    return named


def _apply_destroyed(pending: PendingRows, event: Destroyed, recorded: Recorded) -> None:
    """Of a redacted report, write which claims its own were derived from, and what it was about."""
    if event.redaction is None:
        return
    for claim in event.redaction.claims:
        pending.link(claim.derived_from, claim_id(event.report, claim.n), DERIVED)
    if recorded.version == 1:
        pending.touch(recorded.position, event.redaction.indicators)


def _voiced_by(db: sqlite3.Connection, sources: Iterable[str]) -> set[str]:
    """The indicators that sources made claims about."""
    query = "SELECT indicator FROM voices WHERE originator = ?"
    return {row[0] for source in sources for row in db.execute(query, (source,))}


def _apply_definition(
    db: sqlite3.Connection,
    pending: PendingRows,
    event: IndicatorDefined | IndicatorRevised,
    recorded: Recorded,
) -> None:
    """Write what an indicator measures; its claims move to other cells where its `since` changes."""
    name, definition = event.indicator, event.definition
    since = None if definition.since is None else date.fromisoformat(definition.since)
    before, now = pending.measured(name), Measured(definition.measure, since)
    pending.forget_memberships()
    if before != now:
        pending.set_measure(name, now)
    if before is not None and before.since != now.since:
        pending.flush()
        _move_rows(db, pending, name, now, recorded.position)
    pending.touch(recorded.position, {name, *_marked_again(db, pending, recorded)})


def _move_rows(
    db: sqlite3.Connection, pending: PendingRows, indicator: str, now: Measured, position: int
) -> None:
    """End the rows of an indicator whose cell is another now, and insert them in that cell."""
    rows = db.execute(_SELECT_OF_INDICATOR, (indicator,)).fetchall()
    for rowid, *values in rows:
        row = ClaimRow._make(values)
        first, last, headline = place(now, row.period, bool(row.prospective))
        moved = row._replace(first=first, last=last, headline=headline)
        if moved != row:
            db.execute("UPDATE claims SET until = ? WHERE rowid = ?", (position, rowid))
            pending.insert(position, [moved])


def _insert_report(pending: PendingRows, recorded: Recorded, filing: Filing) -> None:
    """Nothing was known of the report: no row ends, and nothing is derived from its claims yet."""
    pending.set_marking(filing.report, first=True)
    position = recorded.position
    rows = [placed(row, position, pending.measure) for row in filing.claims]
    pending.insert(position, rows)
    pending.touch(position, filing.indicators, after=rows)


def _replace_rows(
    db: sqlite3.Connection, pending: PendingRows, recorded: Recorded, report: Filed
) -> None:
    """End the rows that no longer hold and insert those that now do.

    All rows of a report follow from its state, whichever event made it.
    """
    pending.flush()
    position = recorded.position
    ids = {ClaimRow._make(row): i for i, *row in db.execute(_SELECT_OPEN, (report.id,))}
    before = list(ids)
    after = list(claim_rows(report, before[0].position, pending.measure))
    ended, kept = ids.keys() - set(after), ids.keys() & set(after)
    db.executemany("UPDATE claims SET until = ? WHERE rowid = ?", [(position, ids[r]) for r in ended])
    pending.insert(position, [row for row in after if row not in kept])
    pending.touch(position, _touched(db, recorded, report), before, after)


def _touched(db: sqlite3.Connection, recorded: Recorded, report: Filed) -> set[str]:
    """The indicators of a report's claims, claims derived from them, assessments citing either."""
    touched = set(recorded.named.indicators)
    claims = {claim_id(report.id, n) for n in claim_numbers(report)}
    derived = descendants(db, sorted(claims), (DERIVED, RESTING))
    for claim in derived:
        # By its report: that column is indexed while views are rebuilt.
        query = "SELECT DISTINCT indicator FROM claims WHERE report = ? AND claim = ?"
        rows = db.execute(query, (split_claim_id(claim)[0], claim))
        touched.update(row[0] for row in rows)
    for claim in claims | derived:
        # The later assessments of the batch are inserted already; they did not exist yet.
        query = "SELECT indicator FROM citations WHERE claim = ? AND position < ?"
        touched.update(row[0] for row in db.execute(query, (claim, recorded.position)))
    return touched


def descendants(
    db: sqlite3.Connection, claims: Sequence[str], kinds: Sequence[str] = (DERIVED,)
) -> set[str]:
    """Every claim that was ever derived from one of these, through any number of links."""
    found, waiting = set[str](), list(claims)
    while waiting:
        rows = db.execute("SELECT child, kind FROM links WHERE parent = ?", (waiting.pop(),))
        fresh = {child for child, kind in rows if kind in kinds} - found
        found |= fresh
        waiting += fresh
    return found


def touches_after(db: sqlite3.Connection, followed: str) -> int:
    """How often an event touches an indicator after its position in a table of `followed` ones."""
    found: int = db.execute(
        f"SELECT count(*) FROM touches t LEFT JOIN {followed} f ON f.indicator = t.indicator "
        "WHERE t.position > coalesce(f.position, 0)"
    ).fetchone()[0]
    return found


CLAIMS = Projection(
    "claims",
    12,
    SCHEMA,
    apply,
    (
        f"SELECT since, until, {', '.join(COLUMNS)} FROM claims ORDER BY claim, since, pub_from",
        "SELECT * FROM links ORDER BY parent, child, kind",
        "SELECT * FROM voices ORDER BY originator, indicator",
        "SELECT * FROM markings ORDER BY report",
        "SELECT * FROM touches ORDER BY indicator, position",
        "SELECT * FROM tallies ORDER BY indicator, cohort, position",
        "SELECT * FROM measures ORDER BY indicator",
    ),
    INDICES,
    reads=("registry", "assessments", "levels"),
)
