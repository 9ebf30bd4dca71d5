"""What a batch of events writes to the tables of claims: collected first, then written together.

One statement for many rows costs a third of one for each. Whoever reads a table in the middle of a
batch calls `PendingRows.flush` first.
"""

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from domain.stream_names import report_stream, split_stream
from domain.vocabulary import MARKINGS
from projections.tables.claim_rows import ACTIVE, COLUMNS, WHOLE, ClaimRow, Measured
from projections.tables.levels import levels_of
from projections.tables.memory import bounded
from projections.tables.projection import FOREVER
from projections.tables.published_points import PublishedPoints
from projections.tables.registry import Membership, memberships

Tally = tuple[int, int]
"""Number of claims, and number of reports they are in."""
_Scope = tuple[str, str | None]
"""An indicator, and which of its cohorts; None is its headline."""

DERIVED, RESTING = "derived", "resting"
"""Kinds of links: a claim repeats its parent, or makes a figure of its own out of it."""

_INSERT = (
    f"INSERT INTO claims (since, until, {', '.join(COLUMNS)}) "
    f"VALUES (?, {FOREVER}, {', '.join('?' * len(COLUMNS))})"
)


class _Known:
    """What is known of rows that were written."""

    def __init__(self) -> None:
        self.voices = set[tuple[str, str]]()
        self.tallies: dict[_Scope, Tally] = {}
        self.measures: dict[str, Measured] = {}
        self.memberships: Mapping[str, Sequence[Membership]] | None = None


class PendingRows:
    """Rows not yet written, and what is known of those that were."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._claims = list[tuple[object, ...]]()
        self._marked: dict[str, bool] = {}
        self._links = list[tuple[str, str, str]]()
        self._voices = list[tuple[str, str]]()
        self._touches = list[tuple[str, int, int, int]]()
        self._changed_tallies = list[tuple[object, ...]]()
        self._published = PublishedPoints(db)
        self._known = _Known()

    def __len__(self) -> int:
        waiting = (self._claims, self._marked, self._links, self._voices, self._touches)
        return sum(map(len, waiting)) + len(self._changed_tallies)

    def forget_most(self) -> None:
        """Forget what was looked up, where it has grown too large."""
        if not self._touches:
            known = self._known
            bounded(known.voices, known.tallies, known.measures, self._published.ends)

    def flush(self) -> None:
        """Write all rows that are not yet written."""
        many = self._db.executemany
        self._touches.sort()  # in the order of the table, so that rows beside each other follow
        for statement, rows in (
            (_INSERT, self._claims),
            ("INSERT OR IGNORE INTO links VALUES (?, ?, ?)", self._links),
            ("INSERT OR IGNORE INTO voices VALUES (?, ?)", self._voices),
            ("INSERT INTO touches VALUES (?, ?, ?, ?)", self._touches),
            ("INSERT INTO tallies VALUES (?, ?, ?, ?, ?)", self._changed_tallies),
        ):
            if rows:
                many(statement, rows)
                rows.clear()
        self._published.flush()
        if self._marked:
            many(
                "DELETE FROM markings WHERE report = ?",
                [(r,) for r, had in self._marked.items() if had],
            )
            levels = levels_of(self._db, map(report_stream, self._marked))
            marked = [(split_stream(stream)[1], MARKINGS[level], level) for stream, level in levels]
            many("INSERT INTO markings VALUES (?, ?, ?)", marked)
            self._marked.clear()

    def measured(self, indicator: str) -> Measured | None:
        """What an indicator measures, fixed from its first claim on; None before it is defined."""
        measures = self._known.measures
        if indicator not in measures:
            query = "SELECT measure, since FROM measures WHERE indicator = ?"
            row = self._db.execute(query, (indicator,)).fetchone()
            if row is None:
                return None
            since = None if row[1] is None else date.fromisoformat(row[1])
            measures[indicator] = Measured(row[0], since)
        return measures[indicator]

    def measure(self, indicator: str) -> Measured:
        """What an indicator measures; it is defined."""
        found = self.measured(indicator)
        assert found is not None
        return found

    def set_measure(self, indicator: str, measured: Measured) -> None:
        """Write what an indicator measures."""
        since = None if measured.since is None else measured.since.isoformat()
        row = (indicator, measured.measure, since)
        self._db.execute("INSERT OR REPLACE INTO measures VALUES (?, ?, ?)", row)
        self._known.measures[indicator] = measured

    def forget_memberships(self) -> None:
        """Look up again what is part of what: a definition may have changed it."""
        self._known.memberships = None

    def _with_wholes(self, indicators: Iterable[str], position: int) -> set[str]:
        """Indicators with those of which they are parts then: a whole may answer from its parts."""
        if self._known.memberships is None:
            self._known.memberships = memberships(self._db)
        known = self._known.memberships
        found, waiting = set(indicators), list(indicators) if known else []
        while waiting:
            wholes = {
                each.whole
                for each in known.get(waiting.pop(), ())
                if each.since <= position < each.until
            }
            waiting += wholes - found
            found |= wholes
        return found

    def insert(self, position: int, rows: Iterable[ClaimRow]) -> None:
        """Insert rows that stand from a position on, with their originators and links."""
        known = self._known.voices
        for row in rows:
            self._claims.append((position, *row))
            voice = row.originator, row.indicator
            if voice not in known:
                known.add(voice)
                self._voices.append(voice)
            if row.links:
                self.link(json.loads(row.links), row.claim, DERIVED)
            if row.rests_on:
                self.link(json.loads(row.rests_on), row.claim, RESTING)

    def link(self, parents: Iterable[str], claim: str, kind: str) -> None:
        """Insert links from a claim to others."""
        self._links += [(parent, claim, kind) for parent in parents]

    def set_marking(self, report: str, *, first: bool = False) -> None:
        """Insert or replace the marking of a report: that in force when the rows are written."""
        self._marked[report] = self._marked.get(report, not first)

    def touch(
        self,
        position: int,
        indicators: Iterable[str],
        before: Sequence[ClaimRow] = (),
        after: Sequence[ClaimRow] = (),
    ) -> None:
        """Insert that an event may have changed the estimates of indicators.

        `before` and `after` are the rows of its report. The numbers of active claims and reports are
        kept with each touch, so that no query has to count them.
        """
        was, now = self._counted(before), self._counted(after)
        if before:
            self._published.changed(position, before, after, self._counts)
        elif after:
            self._published.filed(position, after, now)
        for scope in was.keys() | now.keys() if was else now:
            more = now.get(scope, 0) - was.get(scope, 0)
            reports = int(scope in now) - int(scope in was)
            claims_so_far, reports_so_far = self._tally(scope)
            self._known.tallies[scope] = tally = claims_so_far + more, reports_so_far + reports
            if scope[1] is not None and (more or reports):
                self._changed_tallies.append((*scope, position, *tally))
        for name in self._with_wholes(indicators, position):
            claims, reports = self._tally((name, None))
            self._touches.append((name, position, claims, reports))

    def _counted(self, rows: Iterable[ClaimRow]) -> dict[_Scope, int]:
        counts: dict[_Scope, int] = {}
        for row in rows:
            if row.pub_to == FOREVER and row.lane in ACTIVE:
                indicator, cohort = row.indicator, row.cohort
                if self._in_headline(indicator, cohort):
                    counts[indicator, None] = counts.get((indicator, None), 0) + 1
                if cohort != WHOLE:
                    counts[indicator, cohort] = counts.get((indicator, cohort), 0) + 1
        return counts

    def _counts(self, row: ClaimRow) -> bool:
        """Whether a claim counts in the headline of its indicator while it is in force."""
        return row.lane in ACTIVE and self._in_headline(row.indicator, row.cohort)

    def _in_headline(self, indicator: str, cohort: str) -> bool:
        return cohort == WHOLE or self.measure(indicator).measure == "increment"

    def _tally(self, scope: _Scope) -> Tally:
        known = self._known.tallies.get(scope)
        if known is None:
            known = self._known.tallies[scope] = tally_at(self._db, *scope, FOREVER)
        return known


def tally_at(db: sqlite3.Connection, indicator: str, cohort: str | None, position: int) -> Tally:
    """The number of claims, and of reports, active at a position for a cohort or a headline.

    The headline of an increment is about all of its cohorts, any other about the whole.
    """
    table, one = ("touches", "") if cohort is None else ("tallies", "AND cohort = :cohort ")
    row = db.execute(
        f"SELECT claims, reports FROM {table} WHERE indicator = :indicator {one}"
        "AND position <= :position ORDER BY position DESC LIMIT 1",
        {"indicator": indicator, "cohort": cohort, "position": position},
    ).fetchone()
    return row or (0, 0)
