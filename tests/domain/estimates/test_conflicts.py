"""Contradictions at every cut-off, not only among the origins of the current headline."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import combinations
from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from domain.estimates.claims import Claim
from domain.estimates.conflicts import contradictions_ever
from domain.estimates.origins import resolve
from domain.estimates.support import contradict
from domain.vocabulary import Measure
from tests.domain.estimates.asking import increment, plan, stance, unknown
from tests.domain.estimates.worlds import has_figure, told, worlds
from tests.effort import examples
from tests.histories import said

Pairs = list[tuple[str, ...]]


def contradicting(claims: Iterable[Claim], measure: Measure = "cumulative") -> Pairs:
    """The pairs of claims that contradict each other at some time."""
    known = {claim.id: claim for claim in claims}
    resolved = resolve([c for c in known.values() if c.standing == "active"], known.get)
    return [flag.claims for flag in contradictions_ever(measure, resolved)]


JANUARY = [said("nis/1", 300, stated="2025-01-13"), said("us/1", 1000, stated="2025-01-15")]


def test_a_contradiction_stays_listed_when_the_headline_has_moved_on() -> None:
    late = [said("nis/2", 2000, stated="2025-09-02"), said("us/2", 2000, stated="2025-09-02")]
    assert contradicting([*late, *JANUARY]) == [("nis/1", "us/1")]


def test_what_a_total_has_outgrown_did_not_contradict_it() -> None:
    april = said("nis/1", 4700, stated="2025-04-30")
    assert contradicting([april, said("uk/1", low=6000, stated="2025-06-15")]) == []
    assert contradicting([april, said("uk/1", 600, stated="2025-06-15")]) == [("nis/1", "uk/1")]


def test_cohorts_do_not_contradict_each_other() -> None:
    assert contradicting([said("nis/1", 300), said("us/1", 1000, cohort="east")]) == []


def test_a_weak_claim_contradicts_nobody() -> None:
    for weak in (said("us/1", 1000, basis="relay"), said("us/1", 1000, credibility=5)):
        assert contradicting([said("nis/1", 300), weak]) == []


def test_a_relay_contradicts_nobody_and_one_voice_not_itself() -> None:
    relay = said("wire/1", 1000, links=("uk/1",))
    assert contradicting([said("nis/1", 300), relay]) == []
    assert contradicting([said("mod/1", 300), said("press/1", 1000, voice="mod")]) == []


def test_a_count_does_not_contradict_what_it_rests_on() -> None:
    counted = said("un/1", 1000, rests_on=("nis/1",))
    assert contradicting([said("nis/1", 300), counted]) == []
    assert contradicting([said("nis/1", 300), replace(counted, rests_on=())]) == [("nis/1", "un/1")]


def test_a_figure_taken_back_contradicts_nobody() -> None:
    back = unknown("nis/2", stated="2025-01-20", period="2025-01-13")
    assert contradicting([*JANUARY, back]) == []


def test_stances_contradict() -> None:
    [found] = contradicting([stance("nis/1", True), stance("kcna/1", False)], "proposition")
    assert set(found) == {"nis/1", "kcna/1"}


def test_plans_contradict_each_other_on_one_target_and_never_what_is() -> None:
    words: dict[str, Any] = {"stated": "2025-06-01"}
    august = plan("a/1", 15_000, period="2025-08", **words)
    also = plan("b/1", 20_000, period="2025-08-31", **words)
    later = plan("b/1", 25_000, period="2026-12", **words)
    assert contradicting([august, also]) == [("a/1", "b/1")]
    phase = plan("b/1", 20_000, period="2025-07/2025-08", **words)
    assert contradicting([august, phase]) == [("a/1", "b/1")]
    assert contradicting([august, later]) == []
    seen = said("b/2", 9_000, period="2025-08-31", stated="2025-09-01")
    assert contradicting([august, seen]) == []


def test_of_increments_only_one_cell_or_one_incident_counts() -> None:
    day, month = increment("a/1", 4, period="2024-03-05"), increment("b/1", 12, period="2024-03")
    assert contradicting([day, month], "increment") == []
    raid = [replace(claim, incident="raid") for claim in (day, month)]
    [found] = contradicting(raid, "increment")
    assert set(found) == {"a/1", "b/1"}
    same = replace(month, cell=day.cell)
    assert len(contradicting([day, same], "increment")) == 1


# Whatever is said


def superseded(claim: Claim, claims: Sequence[Claim]) -> bool:
    """Whether its voice said something later of the same cell."""
    place = claim.voice, claim.cohort, claim.cell
    same = [other for other in claims if (other.voice, other.cohort, other.cell) == place]
    return any(told(other) > told(claim) for other in same)


@given(worlds(), st.randoms(use_true_random=False))
@examples(200)
def test_each_pair_contradicts_and_none_of_one_cell_is_missing(
    world: tuple[Measure, list[Claim]], random: Random
) -> None:
    measure, claims = world
    origins = [c for c in claims if not c.links and (has_figure(c) or measure == "proposition")]
    known = {claim.id: claim for claim in origins}
    listed = contradicting(origins, measure)
    assert listed == contradicting(random.sample(origins, len(origins)), measure)
    pairs = [frozenset(pair) for pair in listed]
    assert len(set(pairs)) == len(pairs)
    for pair in pairs:
        one, other = (known[name] for name in pair)
        assert one.voice != other.voice and one.cohort == other.cohort
        assert contradict(measure, one, other) and not one.weak and not other.weak
    firm = [claim for claim in origins if not claim.weak]
    for one, other in combinations([c for c in firm if not superseded(c, firm)], 2):
        if one.voice != other.voice and one.cohort == other.cohort and one.cell == other.cell:
            assert (frozenset((one.id, other.id)) in pairs) is contradict(measure, one, other)
