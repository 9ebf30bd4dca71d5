"""What rests on a claim: estimates, relays and assessments."""

from typing_extensions import TypedDict

from domain.estimates.claims import Claim, Standing, cell_text
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
    n_relays: int
    assessments: list[CitingAssessment]


class RelayingItem(TypedDict):
    """A claim that is derived from another one, directly or not."""

    claim: str


MOST_RELAYS = 100
"""Maximum number of relays listed with what rests on a claim; all of them are counted."""


def impact(here: Standpoint, claim: str) -> ImpactAnswer | None:
    """What rests on a claim at the times asked; None where there is no such claim."""
    found = standing_of(here, claim)
    if found is None:
        return None
    relays = [each["claim"] for each in relays_of(here, claim)]
    cited = assessments_citing(here.db, claim, here.as_of)
    resting = resting_on(here.db, found, here.as_of)
    return {
        "claim": claim,
        "indicator": found.indicator,
        "standing": found.standing,
        "estimates": [_impact_estimate(each) for each in resting],
        "relays": relays[:MOST_RELAYS],
        "n_relays": len(relays),
        "assessments": [{"indicator": name, "position": position} for name, position in cited],
    }


def standing_of(here: Standpoint, claim: str) -> Claim | None:
    """A claim as it stands at the times asked; None where there is no such claim to be seen."""
    found = look_up(here.db, here.as_of)(claim)
    return None if found is None or found.standing in NAMELESS else found


def relays_of(here: Standpoint, claim: str) -> list[RelayingItem]:
    """Every active claim that is derived from one, by id."""
    found = sorted(descendants(here.db, [claim]))
    return [{"claim": relay} for relay in found if _is_active(here, relay)]


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
