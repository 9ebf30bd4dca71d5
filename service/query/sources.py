"""Sources as callers see them: described, graded, and how their figures held."""

import sqlite3
from dataclasses import asdict
from typing import Any

from domain.estimates.revisions import Revisions, revisions
from domain.estimates.track_record import relative_revision, revision, track_record
from domain.times import from_micros, show_instant
from domain.vocabulary import restriction
from projections.answers.as_of import AsOf, active
from projections.answers.estimates import Narrowing, question_of
from projections.answers.selection import CLEARED
from projections.tables.claims import indicators_voiced_by
from projections.tables.journal import OF_A_REPORT, REPORT_ID, recorded_at
from projections.tables.registry import (
    IndicatorRow,
    SourceRow,
    grades_until,
    indicator_at,
)
from service.query.estimates import revision_row

MOST_REPORTS = 1_000


def source_item(row: SourceRow) -> dict[str, Any]:
    """A source as lists show it."""
    registered, graded = row.registered, row.graded
    return {
        "id": row.id,
        "name": registered.name or row.id,
        "kind": registered.kind,
        "country": registered.country,
        "note": registered.note,
        "reliability": graded.reliability if graded else None,
        "version": row.version,
    }


def source_page(db: sqlite3.Connection, row: SourceRow, as_of: AsOf) -> dict[str, Any]:
    """A source with every grade that it was given and the reports that mention it."""
    history = []
    for position, grade in grades_until(db, row.id, as_of.position):
        at = recorded_at(db, position) or 0
        history.append(
            {
                "position": position,
                "recorded_at": show_instant(from_micros(at)),
                "reliability": grade.reliability,
                "grader": grade.grader,
                "reason": grade.reason,
            }
        )
    rows = db.execute(
        f"SELECT DISTINCT {REPORT_ID} FROM mentions m JOIN journal j USING (position) "
        "WHERE m.kind = 'source' AND m.id = :source AND m.position <= :position "
        f"AND {OF_A_REPORT} AND {CLEARED} ORDER BY j.position DESC LIMIT :limit",
        {
            "source": row.id,
            "position": as_of.position,
            "cleared": restriction(as_of.clearance),
            "limit": MOST_REPORTS,
        },
    )
    return {
        **source_item(row),
        "grades": history,
        "reports": [each[0] for each in rows],
        "revisions": _track_record(db, row.id, as_of),
    }


def _track_record(db: sqlite3.Connection, source: str, as_of: AsOf) -> dict[str, Any]:
    """How a source's own figures were revised: in shares over all, in its unit for each indicator."""
    rows: dict[str, list[Revisions]] = {}
    units: dict[str, str] = {}
    for name in indicators_voiced_by(db, source, as_of.position):
        row = indicator_at(db, name, as_of.position)
        if row is not None and row.definition.measure != "proposition":
            units[name], rows[name] = row.definition.unit, _own_revisions(db, row, source, as_of)
    everything = [each for found in rows.values() for each in found]
    return {
        **asdict(track_record(everything, relative_revision)),
        "indicators": [
            {
                "indicator": name,
                "unit": units[name],
                **asdict(track_record(found, revision)),
                "headline": next((revision_row(row) for row in found if row.cell is None), None),
            }
            for name, found in rows.items()
            if found
        ],
    }


def _own_revisions(
    db: sqlite3.Connection, row: IndicatorRow, source: str, as_of: AsOf
) -> list[Revisions]:
    question = question_of(row.definition, Narrowing(originator=source))
    claims = active(db, question, row.id, as_of, every_cohort=True)
    own = (claim for claim in claims if claim.originator == source)
    return revisions(question.measure, own)
