"""What rests on a claim: estimates, relays and assessments."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from domain.estimates.claims import Claim, Standing, cell_text
from domain.estimates.origins import NAMELESS
from projections.answers.claims import look_up
from projections.answers.estimate_answer import First100, estimate_answer
from projections.answers.impact import RestingEstimate, assessments_citing, resting_on
from projections.tables.claims import descendants
from service.query.difference_words import difference_lines
from service.query.differences import (
    DifferenceItems,
    DifferenceWords,
    difference_items,
    listed_difference,
)
from service.query.listed import CountedEstimate, counted
from service.query.standpoint import Standpoint

WithAndWithout = TypedDict("WithAndWithout", {"with": CountedEstimate, "without": CountedEstimate})
"""An estimate with a claim and without it."""


class ImpactEstimate(WithAndWithout):
    """An estimate that rests on a claim: with it, without it, and what differs."""

    indicator: str
    cohort: str | None
    period: str | None
    differences: DifferenceItems
    words: DifferenceWords


class CitingAssessment(TypedDict):
    """An assessment by its indicator and its position in the log."""

    indicator: str
    position: int


MOST_RESTING = 20
"""Maximum number of estimates listed that rest on a claim; all of them are counted."""
MOST_RELAYS = 100
"""Maximum number of relays, and of assessments, listed with what rests on a claim; all are counted."""


class ImpactAnswer(TypedDict):
    """What rests on a claim: estimates, the claims derived from it, the assessments that cite it."""

    claim: str
    indicator: str
    standing: Standing
    estimates: Annotated[list[ImpactEstimate], Field(max_length=MOST_RESTING)]
    n_estimates: int
    relays: First100
    n_relays: int
    assessments: Annotated[list[CitingAssessment], Field(max_length=MOST_RELAYS)]
    """The latest."""
    n_assessments: int


class RelayingItem(TypedDict):
    """A claim that is derived from another one, directly or not."""

    claim: str


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
        "estimates": [_impact_estimate(each) for each in resting[:MOST_RESTING]],
        "n_estimates": len(resting),
        "relays": relays[:MOST_RELAYS],
        "n_relays": len(relays),
        "assessments": [
            {"indicator": name, "position": position} for name, position in cited[-MOST_RELAYS:]
        ],
        "n_assessments": len(cited),
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
        "with": counted(with_it),
        "without": counted(without_it),
        "differences": [listed_difference(each) for each in found],
        "words": difference_lines(found),
    }
