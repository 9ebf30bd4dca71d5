"""Differences between two estimates as callers receive them."""

from collections.abc import Sequence

from typing_extensions import TypedDict

from domain.estimates.flags import FlagCode
from projections.answers.differences import Difference, DifferenceField, Value, differences
from projections.answers.estimate_answer import EstimateAnswer
from projections.answers.values import Number


class FlagReference(TypedDict):
    """A flag by its code and the claims that it is about."""

    code: FlagCode
    claims: list[str]


DifferenceValue = Number | bool | str | list[str] | list[FlagReference]


class DifferenceItem(TypedDict):
    """One field of an estimate that changed: what it was and what it is."""

    field: DifferenceField
    before: DifferenceValue
    after: DifferenceValue


def difference_items(before: EstimateAnswer, after: EstimateAnswer) -> list[DifferenceItem]:
    """What differs between two estimates, field by field."""
    return [difference_item(each) for each in differences(before, after)]


def difference_item(each: Difference) -> DifferenceItem:
    """A difference as callers receive it."""
    return {"field": each.field, "before": _value(each.before), "after": _value(each.after)}


def _value(value: Value) -> DifferenceValue:
    if not isinstance(value, list):
        return value
    flags = [_reference(*each) for each in value if isinstance(each, tuple)]
    return flags or [each for each in value if isinstance(each, str)]


def _reference(code: FlagCode, claims: Sequence[str]) -> FlagReference:
    return {"code": code, "claims": list(claims)}
