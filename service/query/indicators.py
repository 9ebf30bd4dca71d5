"""Indicators as callers receive them."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from domain.vocabulary import MOST_NAMES, Marking, Measure
from projections.answers.values import Number, PolicyName
from projections.tables.registry import IndicatorRow, indicator_at, indicators_at
from service.query.standpoint import Standpoint

Names = Annotated[list[str], Field(max_length=MOST_NAMES)]


class IndicatorItem(TypedDict):
    """An indicator: what it measures, and the version of its stream."""

    id: str
    title: str
    unit: str
    measure: Measure
    definition: str
    place: str | None
    parts: list[str]
    policy: PolicyName
    fresh_days: int
    minimum: Number
    since: str | None
    plans_for: str | None
    terms: Names
    topics: Names
    marking: Marking
    version: int


def indicator(here: Standpoint, name: str) -> IndicatorItem | None:
    """An indicator with its definition; None before it was defined."""
    row = indicator_at(here.db, name, here.as_of.position)
    return None if row is None else _indicator_item(row)


def indicators(here: Standpoint, after: str, limit: int) -> list[IndicatorItem]:
    """At most `limit` indicators by id, starting after one."""
    rows = indicators_at(here.db, here.as_of.position, after, limit)
    return [_indicator_item(row) for row in rows]


def _indicator_item(row: IndicatorRow) -> IndicatorItem:
    definition = row.definition
    return {
        "id": row.id,
        "title": definition.title,
        "unit": definition.unit,
        "measure": definition.measure,
        "definition": definition.definition,
        "place": definition.place,
        "parts": list(definition.parts),
        "policy": definition.policy,
        "fresh_days": definition.fresh_days,
        "minimum": definition.minimum,
        "since": definition.since,
        "plans_for": definition.plans_for,
        "terms": list(definition.terms),
        "topics": list(definition.topics),
        "marking": definition.marking,
        "version": row.version,
    }


def ever_defined(here: Standpoint, name: str) -> bool:
    """Whether an indicator was defined at any time."""
    row = here.db.execute("SELECT 1 FROM indicators WHERE id = ? LIMIT 1", (name,)).fetchone()
    return row is not None
