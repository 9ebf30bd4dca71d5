"""Differences between two estimates as callers receive them."""

from collections.abc import Sequence
from typing import Annotated, NotRequired, get_args

from pydantic import Field
from typing_extensions import TypedDict

from domain.estimates.flags import FlagCode
from projections.answers.differences import Difference, DifferenceField, Value, differences
from projections.answers.estimate_answer import EstimateAnswer, First100
from projections.answers.kept_sums import MOST_LISTED
from projections.answers.values import Number


class FlagReference(TypedDict):
    """A flag by its code and the claims that it is about."""

    code: FlagCode
    claims: First100
    n_claims: NotRequired[int]
    """The number of all, where not all of them are listed."""


First100Flags = Annotated[list[FlagReference], Field(max_length=MOST_LISTED)]
DifferenceValue = Number | bool | str | First100 | First100Flags


class DifferenceItem(TypedDict):
    """One field of an estimate that changed: what it was and what it is."""

    field: DifferenceField
    before: DifferenceValue
    after: DifferenceValue
    n_before: NotRequired[int]
    """The number of all, where not all of them are listed."""
    n_after: NotRequired[int]
    """The number of all, where not all of them are listed."""


OneEach = Field(max_length=len(get_args(DifferenceField)))
"""Of a list with an item for each field that may differ, at most."""
DifferenceItems = Annotated[list[DifferenceItem], OneEach]
DifferenceWords = Annotated[list[str], OneEach]


def difference_items(before: EstimateAnswer, after: EstimateAnswer) -> list[DifferenceItem]:
    """What differs between two estimates, field by field."""
    return [difference_item(each) for each in differences(before, after)]


def difference_item(each: Difference) -> DifferenceItem:
    """A difference as callers receive it."""
    return {"field": each.field, "before": _value(each.before), "after": _value(each.after)}


def listed_difference(item: DifferenceItem) -> DifferenceItem:
    """A difference of which no list is long."""
    before, after = item["before"], item["after"]
    if not (isinstance(before, list) or isinstance(after, list)):
        return item
    found: DifferenceItem = {**item, "before": _listed(before), "after": _listed(after)}
    if isinstance(before, list) and len(before) > MOST_LISTED:
        found["n_before"] = len(before)
    if isinstance(after, list) and len(after) > MOST_LISTED:
        found["n_after"] = len(after)
    return found


def _listed(value: DifferenceValue) -> DifferenceValue:
    if not isinstance(value, list):
        return value
    flags = [_listed_reference(each) for each in value[:MOST_LISTED] if isinstance(each, dict)]
    return flags or [each for each in value[:MOST_LISTED] if isinstance(each, str)]


def _listed_reference(flag: FlagReference) -> FlagReference:
    claims = flag["claims"]
    if len(claims) <= MOST_LISTED:
        return flag
    return {**flag, "claims": claims[:MOST_LISTED], "n_claims": len(claims)}


def _value(value: Value) -> DifferenceValue:
    if not isinstance(value, list):
        return value
    flags = [_reference(*each) for each in value if isinstance(each, tuple)]
    return flags or [each for each in value if isinstance(each, str)]


def _reference(code: FlagCode, claims: Sequence[str]) -> FlagReference:
    return {"code": code, "claims": list(claims)}
