"""An analyst's own judgement as an estimate: `assessment/1`, for the headline only."""

from collections.abc import Sequence

from domain.estimates.claims import Claim, LookUp
from domain.estimates.estimate import Assessment, Estimate, Exclusion, Question
from domain.estimates.figures import Figure
from domain.estimates.flags import Flag
from domain.estimates.independence import independent_voices, resting
from domain.estimates.origins import roots_of
from domain.estimates.support import Support

HIDING = ("not-yet-known", "not-yet-published", "beyond-clearance")
"""A reader who may not see a cited claim does not see what was concluded from it either."""


def estimate_of_assessment(
    question: Question,
    assessment: Assessment | None,
    cited: Sequence[Claim],
    claims: Sequence[Claim],
    look_up: LookUp,
) -> Estimate:
    """An assessment as an estimate; `claims` are the active claims of the indicator."""
    if assessment is None or not question.headline:
        return Estimate(steps=["no assessment: unknown"])
    given = assessment
    low, high = (given.best if bound is None else bound for bound in (given.low, given.high))
    names = {claim.id for claim in cited}
    return Estimate(
        figure=Figure(given.best, low, high),
        used=tuple(cited),
        excluded=[Exclusion(claim, "not-cited") for claim in claims if claim.id not in names],
        support=Support(None, (f"judged by {given.analyst}, confidence {given.confidence}",)),
        steps=[f"the latest assessment, recorded at position {given.position}"],
        assessment=given,
        independent=_independent(cited, look_up),
    )


def _independent(cited: Sequence[Claim], look_up: LookUp) -> int:
    """The number of voices at the roots of the cited claims that rest on no other of them."""
    origins: dict[str, Claim] = {}
    for claim in cited:
        roots = [root.claim for root in roots_of(claim, look_up)] if claim.links else [claim]
        origins |= {root.id: root for root in roots if root is not None}
    found = list(origins.values())
    return independent_voices(found, resting(found, look_up))


def inputs_changed(assessment: Assessment, changed: Sequence[str]) -> Flag:
    """Claims that an assessment cites have changed since its analyst saw them."""
    names = " and ".join(changed)
    detail = f"the assessment of {assessment.analyst} cites {names}, which changed since"
    return Flag("inputs-changed", detail, tuple(changed))
