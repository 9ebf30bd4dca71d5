"""Claims along two axes: as recorded (positions) and as published (instants).

Each row is one claim over a rectangle: positions `since` to `until`, publication times `pub_from`
to `pub_to`, upper ends exclusive. For any position and publication time a claim has at most one
row, so asking as of then is an indexed query.
"""

import json
import sqlite3
from collections.abc import Sequence

from domain.events import (
    AssessmentRecorded,
    Definition,
    IndicatorDefined,
    IndicatorRevised,
    ReportEvent,
    ReportFiled,
    ReportMarked,
    SourceGraded,
)
from domain.report_state import Filed, Held, Withdrawn, claim_numbers
from domain.vocabulary import Measure, claim_id, restriction
from projections.projection import FOREVER, Projection, Recorded
from projections.rows import ACTIVE, COLUMNS, Row, rows_of

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
CREATE INDEX claims_by_claim ON claims (claim, since);
CREATE INDEX claims_by_report ON claims (report, until);
CREATE INDEX claims_headline ON claims (
    indicator, cohort, lane, headline, originator, cutoff, stated, published, position, n,
    since, until, pub_from, pub_to
);
CREATE INDEX claims_by_publication ON claims (published, position);
CREATE INDEX claims_by_cell ON claims (indicator, cohort, first, last, lane);
CREATE TABLE links (
    parent TEXT NOT NULL, child TEXT NOT NULL, PRIMARY KEY (parent, child)
) WITHOUT ROWID;
CREATE INDEX links_by_child ON links (child, parent);
CREATE TABLE voices (
    originator TEXT NOT NULL, indicator TEXT NOT NULL, PRIMARY KEY (originator, indicator)
) WITHOUT ROWID;
CREATE TABLE markings (report TEXT PRIMARY KEY, marking TEXT NOT NULL, level INTEGER NOT NULL)
    WITHOUT ROWID;
CREATE TABLE touches (
    indicator TEXT NOT NULL, position INTEGER NOT NULL, PRIMARY KEY (indicator, position)
) WITHOUT ROWID;
CREATE INDEX touches_by_position ON touches (position, indicator);
CREATE TABLE measures (indicator TEXT PRIMARY KEY, measure TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE tallies (
    indicator TEXT NOT NULL, scope TEXT NOT NULL, claims INTEGER NOT NULL, reports INTEGER NOT NULL,
    PRIMARY KEY (indicator, scope)
) WITHOUT ROWID;
"""

EVERY_COHORT = "*"
"""The scope of a tally over all cohorts of an indicator and its whole together."""


def one_cohort(cohort: str) -> str:
    """The scope of a tally over one cohort, or the whole; never taken for that over all."""
    return f"={cohort}"


_INSERT = (
    f"INSERT INTO claims (since, until, {', '.join(COLUMNS)}) "
    f"VALUES (?, ?, {', '.join('?' * len(COLUMNS))})"
)
_SELECT_OPEN = f"SELECT rowid, {', '.join(COLUMNS)} FROM claims WHERE report = ? AND until = {FOREVER}"
_LANE, _STANDING, _COHORT, _INDICATOR, _PUB_TO = (
    COLUMNS.index(name) for name in ("lane", "standing", "cohort", "indicator", "pub_to")
)


def apply(db: sqlite3.Connection, events: Sequence[Recorded]) -> None:
    """Bring the rows of each event's report to what its state now says."""
    for recorded in events:
        event = recorded.event
        if isinstance(event, ReportEvent) and isinstance(recorded.state, Filed):
            _apply_report(db, recorded, recorded.state)
        elif isinstance(event, IndicatorDefined | IndicatorRevised):
            _apply_definition(db, event.indicator, event.definition)
            _touch(db, {event.indicator}, recorded.position)
        elif isinstance(event, AssessmentRecorded):
            _touch(db, {event.indicator}, recorded.position)
        elif isinstance(event, SourceGraded):
            rows = db.execute("SELECT indicator FROM voices WHERE originator = ?", (event.source,))
            _touch(db, {row[0] for row in rows}, recorded.position)


def _apply_definition(db: sqlite3.Connection, indicator: str, definition: Definition) -> None:
    # No claim bears the old measure: it is fixed from the first claim on.
    db.execute("INSERT OR REPLACE INTO measures VALUES (?, ?)", (indicator, definition.measure))


def _apply_report(db: sqlite3.Connection, recorded: Recorded, report: Filed) -> None:
    event, position = recorded.event, recorded.position
    if isinstance(event, ReportFiled | ReportMarked):
        level = restriction(report.marking)
        db.execute(
            "INSERT OR REPLACE INTO markings VALUES (?, ?, ?)", (report.id, report.marking, level)
        )
    filed = isinstance(event, ReportFiled)
    before = [] if filed else db.execute(_SELECT_OPEN, (report.id,)).fetchall()
    born = position if filed else before[0][1 + COLUMNS.index("position")]
    after = set(rows_of(report, born, _under_check(report, before), _measures(db, report)))
    ended = [row[0] for row in before if tuple(row[1:]) not in after]
    kept = {tuple(row[1:]) for row in before} & after
    db.executemany("UPDATE claims SET until = ? WHERE rowid = ?", [(position, i) for i in ended])
    begun = sorted(after - kept, key=lambda row: (row[2], row[4]))  # by n, then publication
    db.executemany(_INSERT, [(position, FOREVER, *row) for row in begun])
    _enter_links_and_voices(db, begun)
    _tally(db, [tuple(row[1:]) for row in before], after)
    _touch(db, _touched(db, report, position), position)


def _under_check(report: Filed, before: Sequence[Row]) -> bool:
    """Whether a report is held; its withdrawal does not release it for the time before."""
    was_held = any(row[1 + _STANDING] == "held" for row in before)
    return isinstance(report, Held) or (isinstance(report, Withdrawn) and was_held)


def _measures(db: sqlite3.Connection, report: Filed) -> dict[str, Measure]:
    names = {c.indicator for version in report.versions for c in version.claims.values()}
    query = "SELECT measure FROM measures WHERE indicator = ?"
    return {name: db.execute(query, (name,)).fetchone()[0] for name in names}


def _enter_links_and_voices(db: sqlite3.Connection, rows: Sequence[Row]) -> None:
    claim, originator, parents = (COLUMNS.index(c) for c in ("claim", "originator", "links"))
    db.executemany(
        "INSERT OR IGNORE INTO voices VALUES (?, ?)",
        {(row[originator], row[_INDICATOR]) for row in rows},
    )
    db.executemany(
        "INSERT OR IGNORE INTO links VALUES (?, ?)",
        [(p, row[claim]) for row in rows if row[parents] for p in json.loads(str(row[parents]))],
    )


def _tally(db: sqlite3.Connection, before: Sequence[Row], after: set[Row]) -> None:
    """Keep count of the claims and reports that are active now, so that none need be counted."""
    was, now = _counted(before), _counted(after)
    for key in was.keys() | now.keys():
        claims = now.get(key, 0) - was.get(key, 0)
        reports = int(key in now) - int(key in was)
        if claims or reports:
            db.execute(
                "INSERT INTO tallies VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
                "claims = claims + excluded.claims, reports = reports + excluded.reports",
                (*key, claims, reports),
            )


def _counted(rows: Sequence[Row] | set[Row]) -> dict[tuple[object, str], int]:
    counts: dict[tuple[object, str], int] = {}
    for row in rows:
        if row[_LANE] in ACTIVE and row[_PUB_TO] == FOREVER:
            for scope in (one_cohort(str(row[_COHORT])), EVERY_COHORT):
                key = (row[_INDICATOR], scope)
                counts[key] = counts.get(key, 0) + 1
    return counts


def _touched(db: sqlite3.Connection, report: Filed, position: int) -> set[str]:
    """The indicators of a report's claims, of what derives from them, of assessments citing either."""
    touched = {c.indicator for version in report.versions for c in version.claims.values()}
    claims = {claim_id(report.id, n) for n in claim_numbers(report)}
    derived = descendants(db, sorted(claims))
    for claim in derived:
        rows = db.execute("SELECT DISTINCT indicator FROM claims WHERE claim = ?", (claim,))
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


def _touch(db: sqlite3.Connection, indicators: set[str], position: int) -> None:
    db.executemany(
        "INSERT OR IGNORE INTO touches VALUES (?, ?)", [(name, position) for name in indicators]
    )


CLAIMS = Projection(
    "claims",
    4,
    SCHEMA,
    apply,
    (
        f"SELECT since, until, {', '.join(COLUMNS)} FROM claims ORDER BY claim, since, pub_from",
        "SELECT * FROM links ORDER BY parent, child",
        "SELECT * FROM voices ORDER BY originator, indicator",
        "SELECT * FROM markings ORDER BY report",
        "SELECT * FROM touches ORDER BY indicator, position",
        "SELECT * FROM tallies ORDER BY indicator, scope",
    ),
)
