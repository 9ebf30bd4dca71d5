"""Sources as callers receive them: described, graded, and how their figures held."""

from dataclasses import dataclass
from itertools import islice
from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from domain.clearance import reason_for
from domain.events import SourceGraded
from domain.vocabulary import MOST_NAMES, Kind, Marking, Reliability
from projections.answers.values import Instant, instant
from projections.tables.journal import OF_A_REPORT, REPORT_ID, recorded_at
from projections.tables.registry import (
    SourceRow,
    grades_until,
    source_at,
    sources_at,
)
from service.query.standpoint import Standpoint
from service.query.track_records import SourceTrackRecord, source_track_record

UNGRADED = "ungraded"
"""The reliability of sources that were never graded, in a filter."""
MOST_REPORTS = 100
"""Maximum number of reports, and of grades, listed with a source; all of them are counted."""


class SourceItem(TypedDict):
    """A source: its description and its grade, null if it was never graded."""

    id: str
    name: str
    kind: Kind | None
    country: str | None
    note: str | None
    aliases: Annotated[list[str], Field(max_length=MOST_NAMES)]
    speaks_for: str | None
    reliability: Reliability | None
    marking: Marking
    version: int


class SourceGrade(TypedDict):
    """A grade that a source was given: by whom, when and why."""

    position: int
    recorded_at: Instant
    reliability: Reliability
    grader: str
    reason: str


class SourceAnswer(SourceItem):
    """A source with its latest grades, the latest reports that mention it, and its track record."""

    grades: Annotated[list[SourceGrade], Field(max_length=MOST_REPORTS)]
    """The latest, oldest first; `/v1/events?source=&type=SourceGraded` has all of them."""
    n_grades: int
    reports: Annotated[list[str], Field(max_length=MOST_REPORTS)]
    """The latest; `/v1/events?source=` has what is in all of them."""
    n_reports: int
    revisions: SourceTrackRecord


@dataclass(frozen=True, slots=True)
class SourceFilter:
    """Which sources are wanted: those with all words of `q`, of a kind, with a reliability now."""

    q: str | None = None
    kind: str | None = None
    reliability: str | None = None

    def takes(self, item: SourceItem) -> bool:
        """Whether a source is wanted."""
        described = (item["kind"], item["country"], item["note"])
        names = (item["id"], item["name"], *item["aliases"], *described)
        text = " ".join(each for each in names if each).lower()
        return (
            self.kind in (None, item["kind"])
            and self.reliability in (None, item["reliability"] or UNGRADED)
            and all(word in text for word in (self.q or "").lower().split())
        )


ALL = SourceFilter()


def sources(
    here: Standpoint, after: str = "", limit: int | None = None, wanted: SourceFilter = ALL
) -> list[SourceItem]:
    """At most `limit` of the sources that are wanted, by id, starting after one; without it all."""
    most = -1 if limit is None or wanted != ALL else limit
    rows = sources_at(here.db, here.as_of.position, after, most)
    return [*islice(filter(wanted.takes, map(_source_item, rows)), limit)]


def source(here: Standpoint, name: str) -> SourceAnswer | None:
    """A source with its grades, reports and track record; None before it was registered."""
    row = source_at(here.db, name, here.as_of.position)
    if row is None:
        return None
    reports, n_reports = _reports(here, name)
    grades = grades_until(here.db, name, here.as_of.position)
    return {
        **_source_item(row),
        "grades": [_grade(here, *each) for each in grades[-MOST_REPORTS:]],
        "n_grades": len(grades),
        "reports": reports,
        "n_reports": n_reports,
        "revisions": source_track_record(here, name),
    }


def _source_item(row: SourceRow) -> SourceItem:
    registered, graded = row.registered, row.graded
    return {
        "id": row.id,
        "name": registered.name or row.id,
        "kind": registered.kind,
        "country": registered.country,
        "note": registered.note,
        "aliases": list(registered.aliases),
        "speaks_for": registered.speaks_for,
        "reliability": graded.reliability if graded else None,
        "marking": registered.marking,
        "version": row.version,
    }


def _grade(here: Standpoint, position: int, grade: SourceGraded) -> SourceGrade:
    return {
        "position": position,
        "recorded_at": instant(recorded_at(here.db, position) or 0),
        "reliability": grade.reliability,
        "grader": grade.grader,
        "reason": reason_for(grade, here.as_of.clearance),
    }


_MENTIONING = (
    "FROM mentions m JOIN journal j USING (position) WHERE m.kind IN ('source', 'disputer') "
    f"AND m.id = :source AND m.position <= :position AND {OF_A_REPORT}"
)


def _reports(here: Standpoint, name: str) -> tuple[list[str], int]:
    """The reports that mention a source, the one that was recorded last first, and their number."""
    given = {"source": name, "position": here.as_of.position, "limit": MOST_REPORTS}
    latest = f"SELECT DISTINCT {REPORT_ID} {_MENTIONING} ORDER BY j.position DESC LIMIT :limit"
    rows = here.db.execute(latest, given).fetchall()
    query = f"SELECT count(DISTINCT {REPORT_ID}) {_MENTIONING}"
    return [each for (each,) in rows], here.db.execute(query, given).fetchone()[0]
