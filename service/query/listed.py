"""What an answer lists of what may be many: the first ones, and how many there are of them.

Inside the program an estimate is whole. What a caller receives has no list without end; what it leaves
out has an address of its own, where `limit` and `cursor` lead to the last of it.
"""

from collections.abc import Sequence
from typing import Annotated, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from domain.estimates.flags import FlagCode
from domain.estimates.support import Level
from domain.vocabulary import Confidence, Marking
from projections.answers.estimate_answer import (
    EstimateAnswer,
    EstimateFields,
    First100,
    FlagAnswer,
    SupportAnswer,
)
from projections.answers.glance import in_short
from projections.answers.kept_sums import MOST_FLAGS, MOST_LISTED
from projections.answers.values import Instant, Number

MOST_ASKED = 1_000
"""Maximum number of items that a caller may ask for at once, with `limit`."""
MOST_REASONS = 20
"""Maximum number of reasons that are listed for a level of support."""


class ListedFlag(TypedDict):
    """A flag with the first of the claims that it is about."""

    code: FlagCode
    detail: str
    claims: First100
    n_claims: NotRequired[int]
    """The number of all, where not all of them are listed."""


class ListedSupport(TypedDict):
    """A level of support with the first of its reasons; the level is null without an origin."""

    level: Level | None
    reasons: Annotated[list[str], Field(max_length=MOST_REASONS)]
    n_reasons: NotRequired[int]
    """The number of all, where not all of them are listed."""


class ListedFromParts(TypedDict):
    """The sum of the headlines of an indicator's parts, and the first of these."""

    best: Number
    low: Number
    high: Number
    open_low: bool
    open_high: bool
    parts: First100
    n_parts: NotRequired[int]
    """The number of all, where not all of them are listed."""


class ListedAssessment(TypedDict):
    """The analyst's judgement that an estimate is taken from, and the first claims that it cites."""

    position: int
    recorded_at: Instant
    analyst: str
    confidence: Confidence
    rationale: str
    claims: First100
    n_claims: NotRequired[int]
    """The number of all, where not all of them are listed."""
    marking: Marking


ListedFlags = Annotated[list[ListedFlag], Field(max_length=MOST_FLAGS)]


class ListedFields(TypedDict):
    """What of an estimate is listed in short; all of it is counted, flags by their code."""

    targets: First100
    n_targets: int
    support: ListedSupport
    from_parts: ListedFromParts | None
    flags: ListedFlags
    flag_counts: dict[FlagCode, int]
    assessment: NotRequired[ListedAssessment]
    cohorts: NotRequired[First100]
    n_cohorts: NotRequired[int]


class CountedEstimate(EstimateAnswer, ListedFields):
    """One estimate of which no list is long: it has the first of each, and counts all."""


def counted(body: EstimateAnswer) -> CountedEstimate:
    """An estimate of which no list is long."""
    short = in_short(body["flags"])
    return {**body, **listed_fields(body, short["flags"], short["flag_counts"])}


def listed_fields(
    body: EstimateFields, flags: Sequence[FlagAnswer], counts: dict[FlagCode, int]
) -> ListedFields:
    """What of an estimate is listed in short; `flags` are the first of it, and `counts` all."""
    targets, parts = body["targets"], body["from_parts"]
    found: ListedFields = {
        "targets": targets[:MOST_LISTED],
        "n_targets": len(targets),
        "support": listed_support(body["support"]),
        "from_parts": parts,
        "flags": [listed_flag(flag) for flag in flags],
        "flag_counts": counts,
    }
    if parts is not None and len(parts["parts"]) > MOST_LISTED:
        listed = parts["parts"][:MOST_LISTED]
        found["from_parts"] = {**parts, "parts": listed, "n_parts": len(parts["parts"])}
    judged, cohorts = body.get("assessment"), body.get("cohorts")
    if judged is not None and len(judged["claims"]) > MOST_LISTED:
        cited = judged["claims"]
        found["assessment"] = {**judged, "claims": cited[:MOST_LISTED], "n_claims": len(cited)}
    if cohorts is not None:
        found["cohorts"], found["n_cohorts"] = cohorts[:MOST_LISTED], len(cohorts)
    return found


def listed_support(support: SupportAnswer) -> ListedSupport:
    """A level of support with the first of its reasons."""
    reasons = support["reasons"]
    if len(reasons) <= MOST_REASONS:
        return support
    return {**support, "reasons": reasons[:MOST_REASONS], "n_reasons": len(reasons)}


def listed_flag(flag: FlagAnswer) -> ListedFlag:
    """A flag with the first of the claims that it is about."""
    claims = flag["claims"]
    if len(claims) <= MOST_LISTED:
        return flag
    return {**flag, "claims": claims[:MOST_LISTED], "n_claims": len(claims)}
