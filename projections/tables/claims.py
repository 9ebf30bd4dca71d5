"""Claims along two axes: as recorded (positions) and as published (instants).

Each row is one claim over a rectangle: positions `since` to `until`, publication times `pub_from`
to `pub_to`, upper ends exclusive. For any position and publication time a claim has at most one
row, so asking as of then is an indexed query.
"""

import sqlite3
from collections.abc import Iterable, Sequence

from domain.events import (
    AssessmentRecorded,
    Event,
    IndicatorDefined,
    IndicatorRevised,
    ReportFiled,
    ReportMarked,
    SourceGraded,
)
from domain.streams.report_state import Filed, Held, Withdrawn, claim_numbers
from domain.vocabulary import claim_id, restriction, split_claim_id
from projections.tables.claim_rows import COLUMNS, Row, rows_of
from projections.tables.claim_writes import Entries
from projections.tables.projection import FOREVER, Projection, Recorded

SCHEMA = """
CREATE TABLE claims (
    since INTEGER NOT NULL, until INTEGER NOT NULL,
    claim TEXT NOT NULL, report TEXT NOT NULL, n INTEGER NOT NULL, position INTEGER NOT NULL,
    pub_from INTEGER NOT NULL, pub_to INTEGER NOT NULL,
    lane TEXT NOT NULL, standing TEXT NOT NULL,
    indicator TEXT NOT NULL, cohort TEXT NOT NULL, originator TEXT NOT NULL, spokesperson TEXT,
    basis TEXT NOT NULL, status TEXT NOT NULL, period TEXT NOT NULL,
    first INTEGER NOT NULL, last INTEGER NOT NULL, headline INTEGER NOT NULL,
    cutoff INTEGER NOT NULL, stated INTEGER NOT NULL, published INTEGER NOT NULL,
    low REAL, best REAL, high REAL, qualifier TEXT, asserts INTEGER, likelihood TEXT,
    credibility INTEGER, links TEXT NOT NULL, disputed_by TEXT NOT NULL, version INTEGER NOT NULL
);
CREATE INDEX claims_by_report ON claims (report, until);
CREATE TABLE links (
    parent TEXT NOT NULL, child TEXT NOT NULL, PRIMARY KEY (parent, child)
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
CREATE TABLE measures (indicator TEXT PRIMARY KEY, measure TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE tallies (
    indicator TEXT NOT NULL, cohort TEXT NOT NULL, position INTEGER NOT NULL,
    claims INTEGER NOT NULL, reports INTEGER NOT NULL, PRIMARY KEY (indicator, cohort, position)
) WITHOUT ROWID;
"""

INDICES = """
CREATE INDEX claims_by_claim ON claims (claim, since);
CREATE INDEX claims_headline ON claims (
    indicator, cohort, lane, headline, originator, cutoff, stated, published, position, n,
    since, until, pub_from, pub_to
);
CREATE INDEX claims_by_publication ON claims (published, position);
CREATE INDEX claims_by_cell ON claims (indicator, cohort, first, last, lane);
CREATE INDEX links_by_child ON links (child, parent);
CREATE INDEX voices_by_indicator ON voices (indicator, originator);
CREATE INDEX touches_by_position ON touches (position, indicator);
"""
"""What reading takes and entering does not."""

_SELECT_OPEN = f"SELECT rowid, {', '.join(COLUMNS)} FROM claims WHERE report = ? AND until = {FOREVER}"
_BORN, _STANDING = COLUMNS.index("position"), COLUMNS.index("standing")


def apply(db: sqlite3.Connection, events: Sequence[Recorded]) -> None:
    """Bring the rows of each event's report to what its state now says."""
    entries = Entries(db)
    for recorded in events:
        event, position, state = recorded.event, recorded.position, recorded.state
        if isinstance(state, Filed) and isinstance(event, ReportFiled):
            _enter_filed(entries, state, position)
        elif isinstance(state, Filed):
            entries.write()
            _enter_changed(db, entries, event, state, position)
        elif isinstance(event, IndicatorDefined | IndicatorRevised):
            entries.define(event.indicator, event.definition.measure)
            entries.touch(position, [event.indicator])
        elif isinstance(event, AssessmentRecorded):
            entries.touch(position, [event.indicator])
        elif isinstance(event, SourceGraded):
            entries.write()
            rows = db.execute("SELECT indicator FROM voices WHERE originator = ?", (event.source,))
            entries.touch(position, [row[0] for row in rows])
    entries.write()


def _enter_filed(entries: Entries, report: Filed, position: int) -> None:
    """Nothing was known of the report, so nothing ends, and nothing derives from its claims yet."""
    entries.mark(report.id, report.marking, restriction(report.marking))
    rows = list(rows_of(report, position, False, entries.measure))
    entries.begin(position, rows)
    entries.touch(position, _indicators(report), after=rows)


def _enter_changed(
    db: sqlite3.Connection, entries: Entries, event: Event, report: Filed, position: int
) -> None:
    if isinstance(event, ReportMarked):
        entries.mark(report.id, report.marking, restriction(report.marking))
    ids = {tuple(row): i for i, *row in db.execute(_SELECT_OPEN, (report.id,))}
    before = list(ids)
    born = before[0][_BORN]
    assert isinstance(born, int)
    after = list(rows_of(report, born, _under_check(report, before), entries.measure))
    ended, kept = ids.keys() - set(after), ids.keys() & set(after)
    db.executemany("UPDATE claims SET until = ? WHERE rowid = ?", [(position, ids[r]) for r in ended])
    entries.begin(position, [row for row in after if row not in kept])
    entries.touch(position, _touched(db, report, position), before, after)


def _under_check(report: Filed, before: Iterable[Row]) -> bool:
    """Whether a report is held; its withdrawal does not release it for the time before."""
    was_held = any(row[_STANDING] == "held" for row in before)
    return isinstance(report, Held) or (isinstance(report, Withdrawn) and was_held)


def _indicators(report: Filed) -> set[str]:
    return {c.indicator for version in report.versions for c in version.claims.values()}


def _touched(db: sqlite3.Connection, report: Filed, position: int) -> set[str]:
    """The indicators of a report's claims, of what derives from them, of assessments citing either."""
    touched = _indicators(report)
    claims = {claim_id(report.id, n) for n in claim_numbers(report)}
    derived = descendants(db, sorted(claims))
    for claim in derived:
        # By its report: that is indexed while views are built anew.
        query = "SELECT DISTINCT indicator FROM claims WHERE report = ? AND claim = ?"
        rows = db.execute(query, (split_claim_id(claim)[0], claim))
        touched.update(row[0] for row in rows)
    for claim in claims | derived:
        # Of a batch the later assessments are entered too; they were not there yet.
        query = "SELECT indicator FROM citations WHERE claim = ? AND position < ?"
        touched.update(row[0] for row in db.execute(query, (claim, position)))
    return touched


def descendants(db: sqlite3.Connection, claims: Sequence[str]) -> set[str]:
    """Every claim that was ever derived from one of these, through any number of links."""
    found, waiting = set[str](), list(claims)
    while waiting:
        rows = db.execute("SELECT child FROM links WHERE parent = ?", (waiting.pop(),)).fetchall()
        fresh = {row[0] for row in rows} - found
        found |= fresh
        waiting += fresh
    return found


def indicators_voiced_by(db: sqlite3.Connection, source: str, position: int) -> list[str]:
    """The indicators that a source had spoken of by a position, by id."""
    rows = db.execute(
        "SELECT v.indicator FROM voices v WHERE v.originator = :source AND EXISTS (SELECT 1 "
        "FROM claims c WHERE c.indicator = v.indicator AND c.originator = :source "
        "AND c.since <= :position) ORDER BY v.indicator",
        {"source": source, "position": position},
    )
    return [row[0] for row in rows]


CLAIMS = Projection(
    "claims",
    5,
    SCHEMA,
    apply,
    (
        f"SELECT since, until, {', '.join(COLUMNS)} FROM claims ORDER BY claim, since, pub_from",
        "SELECT * FROM links ORDER BY parent, child",
        "SELECT * FROM voices ORDER BY originator, indicator",
        "SELECT * FROM markings ORDER BY report",
        "SELECT * FROM touches ORDER BY indicator, position",
        "SELECT * FROM tallies ORDER BY indicator, cohort, position",
    ),
    INDICES,
    reads=("assessments",),
)
