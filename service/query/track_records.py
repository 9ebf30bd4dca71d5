"""How the figures of a source's voice held, beside its grade."""

from typing_extensions import TypedDict

from domain.estimates.revisions import Revisions, revisions
from domain.estimates.track_record import TrackRecord, relative_revision, revision, track_record
from projections.answers.as_of import AsOf
from projections.answers.claims import indicators_voiced_by
from projections.answers.releases import releases
from projections.tables.registry import indicator_at, sources_of, voices_at
from service.query.history import RevisionRow, revision_row
from service.query.standpoint import Standpoint


class TrackRecordFields(TypedDict):
    """What became of a source's first figures, cell by cell; a mean is null where there is none."""

    cells: int
    revised: int
    bias: float | None
    mean_absolute_revision: float | None
    days_to_settle: float | None


class IndicatorTrackRecord(TrackRecordFields):
    """What became of a source's first figures for one indicator, in its unit."""

    indicator: str
    unit: str
    headline: RevisionRow | None


class SourceTrackRecord(TrackRecordFields):
    """What became of a source's first figures, in shares over all indicators and for each of them."""

    indicators: list[IndicatorTrackRecord]


def source_track_record(here: Standpoint, name: str) -> SourceTrackRecord:
    """How the voice of a source revised its own figures, over all indicators and for each."""
    rows: dict[str, list[Revisions]] = {}
    units: dict[str, str] = {}
    for indicator in voiced_indicators(here, name):
        row = indicator_at(here.db, indicator, here.as_of.position)
        if row is not None and row.definition.measure != "proposition":
            units[indicator] = row.definition.unit
            published = releases(here.db, indicator, here.as_of, originator=name)
            rows[indicator] = revisions(row.definition.measure, published)
    everything = [each for found in rows.values() for each in found]
    return {
        **_record_fields(track_record(everything, relative_revision)),
        "indicators": [
            {
                "indicator": indicator,
                "unit": units[indicator],
                **_record_fields(track_record(found, revision)),
                "headline": next((revision_row(row) for row in found if row.cell is None), None),
            }
            for indicator, found in rows.items()
            if found
        ],
    }


def _record_fields(record: TrackRecord) -> TrackRecordFields:
    return {
        "cells": record.cells,
        "revised": record.revised,
        "bias": record.bias,
        "mean_absolute_revision": record.mean_absolute_revision,
        "days_to_settle": record.days_to_settle,
    }


def voiced_indicators(here: Standpoint, name: str) -> list[str]:
    """The indicators that a source, or another of its voice, made claims about."""
    position = here.as_of.position
    voices = voices_at(here.db, position)
    found, known = set[str](), AsOf(position, clearance=here.as_of.clearance)
    for source in sources_of(voices.get(name, name), voices):
        found.update(indicators_voiced_by(here.db, source, known))
    return sorted(found)
