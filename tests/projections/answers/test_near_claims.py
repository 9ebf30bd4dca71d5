"""A sum of one period or incident follows from the claims near it, and those are read once."""

from dataclasses import replace
from random import Random

from hypothesis import given

from domain.estimates.estimation import estimate
from domain.estimates.nearness import near_claims
from domain.period import parse_period
from projections.answers.as_of import AsOf
from projections.answers.claims import active, look_up
from projections.answers.estimate_answer import DefinedEstimate, estimate_answer
from projections.answers.impact import resting_on
from projections.answers.questions import Narrowing, question_of
from projections.tables.projection import Recorded
from projections.tables.registry import indicator_at
from tests.effort import examples
from tests.histories import define, desk_of, file, numbers, says, views_of
from tests.projections.sums.stories import NAMES
from tests.projections.sums.stories import histories as increments
from tests.work import calls

PERIODS = ("2025-01", "2025-01-13", "2025-01-13/2025-01-20", "2025", "../2025-01-20", "2025-02/..")
POLICIES = (None, None, "envelope/1", "consensus/1", "latest-publication/1")


@given(increments, numbers)
@examples(200)
def test_the_estimate_of_the_claims_near_it_is_that_of_all(
    recorded: list[Recorded], number: int
) -> None:
    db, random, here = views_of(recorded).writer, Random(number), AsOf(len(recorded))
    cohort = random.choice((None, None, "east"))
    period, policy = parse_period(random.choice(PERIODS)), random.choice(POLICIES)
    asked = random.choice(
        (
            Narrowing(cohort, period, policy=policy),
            Narrowing(cohort, incident="raid", policy=policy),
        )
    )
    for name in NAMES:
        row = indicator_at(db, name, here.position)
        if row is None or row.definition.measure != "increment":
            continue
        question = question_of(row.definition, asked)
        claims = list(active(db, replace(question, cell=None), name, here, unspecified=True))
        one, other = (
            estimate(question, each, look_up(db, here))
            for each in (claims, near_claims(question, claims))
        )
        whole, near = (
            estimate_answer(name, DefinedEstimate(row.definition, question, found), (0, 0))
            for found in (one, other)
        )
        assert near == whole


def test_the_claims_of_an_indicator_are_read_once_for_all_that_rests_on_one() -> None:
    told = [
        file(str(n), "2025-03-01", says("nis", 10, indicator="lost", period=f"{1000 + n}"))
        for n in range(40)
    ]
    desk = desk_of(define("lost", "increment"), *told)
    db, here = views_of(desk.recorded).writer, AsOf(len(desk.recorded))
    claim = look_up(db, here)("7/1")
    assert claim is not None
    with calls() as counted:
        assert len(resting_on(db, claim, here)) == 2
    assert counted["claim_of"] <= 45
