"""The rules of suspicions worked out a second time, all pairs compared, on generated claims."""

from collections.abc import Sequence
from dataclasses import replace
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.estimates.claims import Claim, headline_order, in_headline
from domain.estimates.estimation import estimate
from domain.estimates.suspicions.line import voice_of
from domain.estimates.suspicions.watch import suspicions
from domain.vocabulary import Measure
from tests.domain.estimates.asking import question
from tests.domain.estimates.suspecting import AGEING, NUMERIC, Found, suspected
from tests.domain.estimates.worlds import has_figure, told, worlds
from tests.effort import examples


def number(claim: Claim) -> float:
    """The one number that stands for a figure."""
    return next(x for x in (claim.best, claim.low, claim.high) if x is not None)


def behind(claim: Claim, claims: Sequence[Claim]) -> set[str]:
    """Every claim that one derives from, however far."""
    found, before = set(claim.links), set[str]()
    while found != before:
        before = set(found)
        found |= {parent for each in claims if each.id in before for parent in each.links}
    return found


def reached(claim: Claim) -> tuple[int, ...]:
    """When its cut-off was reached, to the last tie."""
    return claim.cutoff, *told(claim)


def echoes(claims: Sequence[Claim]) -> set[str]:
    """Claims that equal another originator's for the same cell, stated at most 14 days before."""
    return {
        claim.id
        for claim in claims
        for other in claims
        if has_figure(claim) and not claim.links and claim.originator != other.originator
        if max(abs(x) for x in (claim.low, claim.best, claim.high) if x is not None) >= 10
        if (claim.low, claim.best, claim.high) == (other.low, other.best, other.high)
        if (claim.cohort, claim.cell) == (other.cohort, other.cell) and told(other) < told(claim)
        if claim.stated_day - other.stated_day <= 14
        if claim.id not in behind(other, claims) and other.id not in behind(claim, claims)
    }


def own_words(measure: Measure, claims: Sequence[Claim]) -> list[Claim]:
    """What originators themselves say of their headlines."""
    return [c for c in claims if has_figure(c) and not c.links and in_headline(measure, c.cell)]


def returned(measure: Measure, claims: Sequence[Claim]) -> set[str]:
    """Claims that equal their originator's figure at an earlier cut-off, another lying between."""
    own = own_words(measure, claims)
    return {
        claim.id
        for claim in own
        for before in own
        for other in own
        if claim.originator == before.originator == other.originator
        if claim.cohort == before.cohort == other.cohort
        if before.cutoff < other.cutoff < claim.cutoff
        if number(before) == number(claim) != number(other)
    }


def begun(measure: Measure, claims: Sequence[Claim]) -> set[str]:
    """Those of them before which their originator said something else, or nothing."""
    again, said = returned(measure, claims), sorted(own_words(measure, claims), key=headline_order)
    before = {
        claim.id: [each.id for each in said[:n] if voice_of(each) == voice_of(claim)]
        for n, claim in enumerate(said)
    }
    return {id for id in again if before[id][-1] not in again}


def superseded(claim: Claim, claims: Sequence[Claim]) -> bool:
    """Whether its originator said something later of the same cell."""
    place = claim.originator, claim.cohort, claim.cell
    same = [other for other in claims if (other.originator, other.cohort, other.cell) == place]
    return any(told(other) > told(claim) for other in same)


def fallen(claims: Sequence[Claim]) -> set[tuple[str, ...]]:
    """Totals of one originator next to each other by cut-off, the later wholly below the earlier."""
    said_so = [c for c in claims if not c.links and (has_figure(c) or c.qualifier == "unknown")]
    own = own_words("cumulative", claims)
    latest = [claim for claim in own if not superseded(claim, said_so)]
    found = set[tuple[str, ...]]()
    for before in latest:
        same = [c for c in latest if (c.originator, c.cohort) == (before.originator, before.cohort)]
        later = [claim for claim in same if reached(claim) > reached(before)]
        after = min(later, key=reached, default=None)
        if after and widest(after)[1] < widest(before)[0]:
            found.add((before.id, after.id))
    return found


def widest(claim: Claim) -> tuple[float, float]:
    """The bounds of a claim, `about` wider by a tenth, open ones without an end."""
    low = claim.best if claim.low is None else claim.low
    high = claim.best if claim.high is None else claim.high
    tenth = 0.1 if claim.qualifier == "about" else 0.0
    below = float("-inf") if low is None else low - low * tenth
    return below, float("inf") if high is None else high + high * tenth


def flagged(found: Found) -> set[str]:
    """The claims that flags are about in the first place."""
    return {ids[0] for ids in found}


@given(worlds(), st.randoms(use_true_random=False))
@examples(500)
def test_whoever_compares_all_pairs_finds_the_same(
    world: tuple[Measure, list[Claim]], random: Random
) -> None:
    measure, claims = world
    shuffled = random.sample(claims, len(claims))
    relays = suspected("relay-suspected", shuffled, measure)
    assert flagged(relays) == (echoes(claims) if measure in NUMERIC else set())
    stale = suspected("stale-relay-suspected", shuffled, measure)
    assert flagged(stale) == (begun(measure, claims) if measure in AGEING else set())
    falls = suspected("fall", shuffled, measure)
    assert set(falls) == (fallen(claims) if measure == "cumulative" else set())
    for found in (relays, stale, falls):
        assert len(found) == len(set(found))


@given(worlds(), st.randoms(use_true_random=False))
@settings(deadline=None)
def test_the_order_of_claims_never_matters(world: tuple[Measure, list[Claim]], random: Random) -> None:
    measure, claims = world
    known = {claim.id: claim for claim in claims}
    found, again = (
        [each.flag for each in suspicions(question(measure), given, {}, known.get)]
        for given in (claims, random.sample(claims, len(claims)))
    )
    assert sorted(found, key=repr) == sorted(again, key=repr)


@given(worlds())
@settings(deadline=None)
def test_linking_what_is_suspected_ends_the_suspicion(world: tuple[Measure, list[Claim]]) -> None:
    measure, claims = world
    found = suspected("relay-suspected", claims, measure)
    assert not flagged(found) & {claim.id for claim in claims if claim.links}
    for name, source in found:
        linked = [replace(c, links=(source,)) if c.id == name else c for c in claims]
        assert name not in flagged(suspected("relay-suspected", linked, measure))


@given(worlds())
@settings(deadline=None)
def test_a_single_claim_in_order_is_not_suspicious(world: tuple[Measure, list[Claim]]) -> None:
    measure, claims = world
    for claim in claims:
        parts: dict[str, list[Claim]] = {"killed": [], "wounded": []}
        assert suspicions(question(measure), [claim], parts, {claim.id: claim}.get) == []


@given(worlds())
@settings(deadline=None)
def test_a_dispute_never_changes_a_figure(world: tuple[Measure, list[Claim]]) -> None:
    measure, claims = world
    disputed = [replace(claim, disputed_by=("kcna",)) for claim in claims]
    one, other = (
        estimate(question(measure), each, {claim.id: claim for claim in each}.get)
        for each in (claims, disputed)
    )
    assert (one.figure, one.verdict, one.support, one.flags) == (
        other.figure,
        other.verdict,
        other.support,
        other.flags,
    )
    assert [claim.id for claim in one.used] == [claim.id for claim in other.used]
