"""What rests on a claim: estimates, relays and assessments."""

from typing_extensions import TypedDict

from domain.estimates.claims import Standing, cell_text
from domain.estimates.origins import NAMELESS
from projections.answers.claims import look_up
from projections.answers.estimate_answer import EstimateAnswer, estimate_answer
from projections.answers.impact import RestingEstimate, assessments_citing, resting_on
from projections.tables.claims import descendants
from service.query.difference_words import difference_lines
from service.query.differences import DifferenceItem, difference_items
from service.query.standpoint import Standpoint

WithAndWithout = TypedDict("WithAndWithout", {"with": EstimateAnswer, "without": EstimateAnswer})
"""An estimate with a claim and without it."""


class ImpactEstimate(WithAndWithout):
    """An estimate that rests on a claim: with it, without it, and what differs."""

    indicator: str
    cohort: str | None
    period: str | None
    differences: list[DifferenceItem]
    words: list[str]


class CitingAssessment(TypedDict):
    """An assessment by its indicator and its position in the log."""

    indicator: str
    position: int


class ImpactAnswer(TypedDict):
    """What rests on a claim: estimates, the claims derived from it, the assessments that cite it."""

    claim: str
    indicator: str
    standing: Standing
    estimates: list[ImpactEstimate]
    relays: list[str]
    assessments: list[CitingAssessment]


def impact(here: Standpoint, claim: str) -> ImpactAnswer | None:
    """What rests on a claim at the times asked; None where there is no such claim."""
    found = look_up(here.db, here.as_of)(claim)
    if found is None or found.standing in NAMELESS:
        return None
    relays = sorted(descendants(here.db, [claim]))
    cited = assessments_citing(here.db, claim, here.as_of)
    resting = resting_on(here.db, found, here.as_of)
    return {
        "claim": claim,
        "indicator": found.indicator,
        "standing": found.standing,
        "estimates": [_impact_estimate(each) for each in resting],
        "relays": [relay for relay in relays if _is_active(here, relay)],
        "assessments": [{"indicator": name, "position": position} for name, position in cited],
    }


def _is_active(here: Standpoint, claim: str) -> bool:
    found = look_up(here.db, here.as_of)(claim)
    return found is not None and found.standing == "active"


def _impact_estimate(resting: RestingEstimate) -> ImpactEstimate:
    indicator, question = resting.indicator, resting.with_it.question
    with_it = estimate_answer(indicator, resting.with_it, resting.counted[0])
    without_it = estimate_answer(indicator, resting.without_it, resting.counted[1])
    found = difference_items(with_it, without_it)
    return {
        "indicator": indicator,
        "cohort": question.cohort,
        "period": None if question.cell is None else cell_text(question.measure, question.cell),
        "with": with_it,
        "without": without_it,
        "differences": found,
        "words": difference_lines(found),
    }
