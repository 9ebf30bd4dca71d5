"""How the figures of a source's voice held, beside its grade."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from domain.estimates.revisions import Revisions, revisions
from domain.estimates.track_record import TrackRecord, relative_revision, revision, track_record
from projections.answers.as_of import AsOf
from projections.answers.claims import indicators_voiced_by
from projections.answers.releases import releases
from projections.tables.registry import IndicatorRow, indicator_at, sources_of, voices_at
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


MOST_RECORDS = 100
"""Maximum number of indicators listed with the record of a source; all of them are counted."""


class SourceTrackRecord(TrackRecordFields):
    """What became of a source's first figures: in shares over all indicators, and for the first."""

    indicators: Annotated[list[IndicatorTrackRecord], Field(max_length=MOST_RECORDS)]
    n_indicators: int


def source_track_record(here: Standpoint, name: str) -> SourceTrackRecord:
    """How the voice of a source revised its own figures, over all indicators and for the first."""
    found = _revisions_by(here, name)
    everything = [each for _, rows in found for each in rows]
    return {
        **_record_fields(track_record(everything, relative_revision)),
        "indicators": [_indicator_record(*each) for each in found[:MOST_RECORDS]],
        "n_indicators": len(found),
    }


def track_records(here: Standpoint, name: str) -> list[IndicatorTrackRecord]:
    """How the voice of a source revised its own figures, for each indicator by id."""
    return [_indicator_record(*each) for each in _revisions_by(here, name)]


def _revisions_by(here: Standpoint, name: str) -> list[tuple[IndicatorRow, list[Revisions]]]:
    """The indicators by id of which the voice of a source gave figures, with how it revised them."""
    found = list[tuple[IndicatorRow, list[Revisions]]]()
    for indicator in voiced_indicators(here, name):
        row = indicator_at(here.db, indicator, here.as_of.position)
        if row is not None and row.definition.measure != "proposition":
            published = releases(here.db, indicator, here.as_of, originator=name)
            found.append((row, revisions(row.definition.measure, published)))
    return [each for each in found if each[1]]


def _indicator_record(row: IndicatorRow, found: Sequence[Revisions]) -> IndicatorTrackRecord:
    return {
        "indicator": row.id,
        "unit": row.definition.unit,
        **_record_fields(track_record(found, revision)),
        "headline": next((revision_row(each) for each in found if each.cell is None), None),
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
