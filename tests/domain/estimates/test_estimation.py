"""From claims to an estimate: what is asked, cohorts, voices, propositions, and what never matters."""

from collections.abc import Sequence
from dataclasses import replace
from random import Random
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.estimates.claims import Claim
from domain.estimates.estimate import Estimate, period_text
from domain.estimates.estimation import estimate_cell
from domain.estimates.origins import resolve
from domain.estimates.policies import DEFAULT_POLICY, POLICIES
from domain.vocabulary import Measure, Qualifier
from tests.domain.estimates.asking import (
    NOTHING,
    ask,
    bounds,
    codes,
    day,
    left_out,
    question,
    stance,
    stock,
    used,
)
from tests.histories import said


@pytest.mark.parametrize("measure", get_args(Measure))
def test_without_a_claim_it_is_unknown(measure: Measure) -> None:
    result = ask([], measure)
    assert (bounds(result), result.verdict, result.origins) == (NOTHING, None, 0)
    assert (result.figure.known, result.support.level, result.leading) == (False, None, None)
    assert period_text(question(measure), result) is None


def test_a_claim_without_any_number_is_neither_origin_nor_vintage() -> None:
    some = said("nis/1", qualifier="unspecified", stated="2025-02-01", reliability="A")
    result = ask([some, said("nis/2", 300)])
    assert (used(result), left_out(result)) == (["nis/2"], {"nis/1": "no-figure"})
    assert bounds(ask([some])) == NOTHING


def test_for_a_total_a_date_is_everything_up_to_it() -> None:
    whole = said("nis/1", 300, period="2025-01-13")
    upto = said("nis/2", 310, period="../2025-01-13", stated="2025-01-14")
    other = said("us/1", 305, period="2025-01-13~")
    assert used(ask([whole, upto, other], period="2025-01-13")) == ["nis/2", "us/1"]
    assert used(ask([whole, upto, other], period="../2025-01-13")) == ["nis/2", "us/1"]
    levels = [stock("nis/1", 300), stock("us/1", 300, period="../2025-01-13")]
    assert used(ask(levels, "stock", period="2025-01-13")) == ["nis/1"]


def test_a_total_with_a_stated_start_is_a_cell_of_its_own_and_never_the_headline() -> None:
    week = said("nis/1", 500, period="2025-01-07/2025-01-13")
    since = said("nis/2", 500, period="2024-12/..")
    total = said("nis/3", 300, period="2025-01-10")
    result = ask([week, since, total])
    assert (used(result), left_out(result)) == (
        ["nis/3"],
        {"nis/1": "not-asked", "nis/2": "not-asked"},
    )
    assert used(ask([week, since])) == []
    assert used(ask([week, since, total], period="2025-01-07/2025-01-13")) == ["nis/1"]
    assert used(ask([week, since, total], period="2024-12/..")) == ["nis/2"]


@pytest.mark.parametrize("measure", ["stock", "cumulative", "proposition"])
def test_claims_without_cohort_are_the_whole_and_cohorts_stand_beside_it(measure: Measure) -> None:
    figure = {"asserts": True} if measure == "proposition" else {"best": 300}
    whole = said("nis/1", measure=measure, **figure)
    cohort = said("nis/2", measure=measure, cohort="tranche-1", stated="2025-02-01", **figure)
    assert used(ask([whole, cohort], measure)) == ["nis/1"]
    assert used(ask([whole, cohort], measure, cohort="tranche-1")) == ["nis/2"]
    assert used(ask([whole, cohort], measure, cohort="tranche-2")) == []
    assert used(ask([cohort], measure)) == []


def test_one_voice_alone_under_any_of_its_ids() -> None:
    claims = [
        said("mod/1", 300),
        said("press/1", 310, voice="mod", stated="2025-01-14"),
        said("us/1", 600),
    ]
    assert bounds(ask(claims, originator="us")) == (600, 600, 600)
    assert left_out(ask(claims, originator="us")) == {"mod/1": "not-asked", "press/1": "not-asked"}
    assert used(ask(claims, originator="mod")) == ["press/1"]
    assert used(ask(claims, originator="uk")) == []  # fmt: skip


def test_relays_stand_under_an_answer_with_their_roots() -> None:
    root, relay = said("sc/1", 6000), said("nis/1", 6000, links=("sc/1",), stated="2025-01-20")
    result = ask([root, relay])
    assert (used(result), left_out(result), result.origins) == (["sc/1"], {"nis/1": "relay"}, 1)
    assert [(each.claim.id, each.roots) for each in result.relays] == [("nis/1", ("sc/1",))]


def test_a_garble_moves_nothing() -> None:
    """An outlet's "more than 6,000 killed", linked to the UK's 6,000 casualties."""
    casualties = said("uk/1", 6000, indicator="casualties")
    garble = said("wire/1", low=6000, qualifier="more-than", links=("uk/1",))
    killed = said("nis/1", 600)
    assert bounds(ask([casualties, garble, killed])) == (600, 600, 600)
    assert bounds(ask([casualties, garble])) == NOTHING


def test_of_one_cell_an_origin_that_rests_on_another_is_no_second_voice() -> None:
    """A monitor's count is made of the council's; the agency's own is a second voice."""
    council = said("sc/1", 300)
    monitor = said("un/1", 300, rests_on=("sc/1",))
    relay = said("wire/1", 300, links=("sc/1",))
    known = {each.id: each for each in (council, monitor, relay, said("nis/1", 300))}
    for ids, origins, level in (
        (("sc/1", "un/1", "wire/1"), 1, "single"),
        (("sc/1", "un/1", "wire/1", "nis/1"), 2, "corroborated"),
    ):
        resolved = resolve([known[each] for each in ids], known.get)
        result = estimate_cell(question(period="2025-01-13"), resolved)
        assert (bounds(result), result.origins, result.support.level) == ((300,) * 3, origins, level)
        assert sorted(used(result)) == sorted(set(ids) - {"wire/1"})
        assert [each.claim.id for each in result.relays] == ["wire/1"]


# Propositions


@pytest.mark.parametrize(
    ("stances", "verdict"),
    [
        ([], None),
        ([("nis", True, {})], "reported"),
        ([("nis", True, {}), ("us", True, {})], "corroborated"),
        ([("nis", True, {}), ("us", True, {}), ("uk", True, {})], "corroborated"),
        ([("nis", False, {})], "denied"),
        ([("nis", False, {}), ("us", False, {})], "denied"),
        ([("nis", True, {}), ("us", False, {})], "disputed"),
        ([("nis", True, {}), ("us", True, {}), ("ru", False, {})], "disputed"),
        ([("wire", True, {"basis": "relay"}), ("dpa", True, {"basis": "relay"})], "reported"),
        ([("nis", True, {}), ("wire", True, {"basis": "relay"})], "reported"),
        ([("nis", True, {}), ("wire", False, {"basis": "relay"})], "reported"),
        ([("nis", True, {}), ("us", True, {"credibility": 5})], "reported"),
        ([("nis", True, {"stated": "2020-01-01"}), ("us", True, {})], "corroborated"),
        ([("mod", True, {}), ("press", True, {"voice": "mod"})], "reported"),
    ],
)
def test_the_verdict_on_a_proposition(
    stances: list[tuple[str, bool, dict[str, Any]]], verdict: str | None
) -> None:
    result = ask([stance(f"{who}/1", asserts, **more) for who, asserts, more in stances], "proposition")
    assert (result.verdict, bounds(result)) == (verdict, NOTHING)


@pytest.mark.parametrize("policy", [name for name in POLICIES if name != "latest-publication/1"])
def test_a_verdict_takes_every_stance_whatever_the_policy(policy: str) -> None:
    stances = [stance("nis/1", True, reliability="A"), stance("ru/1", False, reliability="E")]
    result = ask(stances, "proposition", policy=policy)
    assert (result.verdict, result.support.level, codes(result)) == (
        *("disputed", "contested"),
        ["contradiction"],
    )
    assert (used(result), left_out(result)) == (["nis/1", "ru/1"], {})


def test_a_source_that_changes_its_mind_counts_once() -> None:
    before, after = stance("nis/1", True), stance("nis/2", False, stated="2025-02-01")
    assert ask([before, after], "proposition").verdict == "denied"


# The seed story

NIS: dict[str, Any] = {"reliability": "B"}
STORY = [
    said("nis/1", low=100, stated="2024-12-19", **NIS),
    said("nis/2", 300, qualifier="about", stated="2025-01-13", **NIS),
    said("west/1", 1000, qualifier="about", period="2025-01-15~", stated="2025-01-22"),
    said("nis/3", 600, qualifier="about", stated="2025-04-30", **NIS),
    said("nis/4", 2000, qualifier="about", stated="2025-09-02", **NIS),
    said("nis/5", low=600, period="2025-04-30", stated="2025-11-04", **NIS),
]


@pytest.mark.parametrize(
    ("by", "best"),
    [("2025-02-01", 300), ("2025-05-01", 600), ("2025-09-03", 2000), ("2025-11-05", 2000)],
)
def test_killed_as_it_was_published(by: str, best: float) -> None:
    published = [claim for claim in STORY if claim.published <= said("x/1", 1, stated=by).published]
    assert ask(published).figure.best == best


def test_300_and_1000_by_mid_january_contradict() -> None:
    assert "contradiction" in codes(ask(STORY[:3]))
    assert ask(STORY[:3]).support.level == "contested"


# Whatever is said

times = st.integers(0, 200).map(day)
numbers = st.one_of(st.none(), st.integers(0, 5), st.sampled_from([0.1, 0.2, 0.3]))
PERIODS = (day(10), day(150), "2025-01", "2025", "2025-02/..", "../2025-03", "2025-01-20/2025-02-10")


@st.composite
def claims_on(draw: st.DrawFn, measure: Measure, most: int = 7) -> list[Claim]:
    """Claims of a few voices on a few cells; some weak, some prospective, some taken back."""
    made = list[Claim]()
    for n in range(1, draw(st.integers(0, most)) + 1):
        figure: dict[str, Any] = {"low": draw(numbers), "best": draw(numbers), "high": draw(numbers)}
        figure["qualifier"] = draw(st.sampled_from(get_args(Qualifier)))
        if figure["qualifier"] == "unknown":
            figure = {"qualifier": "unknown"}
        elif all(figure[name] is None for name in ("low", "best", "high")):
            figure["qualifier"] = "unspecified"
        if measure == "proposition":
            figure = {"asserts": draw(st.booleans())}
        when: dict[str, Any] = {"stated": draw(times)}
        if draw(st.booleans()):
            when["period"] = draw(st.sampled_from(PERIODS))
        if draw(st.sampled_from([False, False, True])):
            when |= {"prospective": True, "status": draw(st.sampled_from(["planned", "forecast"]))}
        if measure == "increment":
            when["incident"] = draw(st.sampled_from([None, None, "raid"]))
        if made:
            when["rests_on"] = draw(st.sampled_from([(), (), (made[0].id,)]))
        name = draw(st.sampled_from("abcd"))
        made.append(
            said(
                f"{name}/{n}",
                measure=measure,
                voice={"d": "c"}.get(name, name),
                reliability=draw(st.sampled_from([None, *"ABCDEF"])),
                credibility=draw(st.sampled_from([None, *range(1, 7)])),
                basis=draw(st.sampled_from(["inference", "inference", "relay"])),
                cohort=draw(st.sampled_from([None, None, "east"])),
                **figure,
                **when,
            )
        )
    return made


measured = st.sampled_from(get_args(Measure)).flatmap(
    lambda measure: st.tuples(st.just(measure), claims_on(measure))
)
policies = st.sampled_from([DEFAULT_POLICY, *POLICIES])


def says(result: Estimate) -> tuple[Any, ...]:
    """All that an estimate says but which claims were left out."""
    return (
        *(result.figure, result.verdict, [c.id for c in result.used], result.support, result.flags),
        *(result.steps, result.targets, result.summed, result.covered, result.gaps, result.origins),
        result.leading.id if result.leading else None,
    )


def reasons(result: Estimate) -> list[tuple[str, str, str]]:
    """The claims left out, sorted."""
    return sorted((each.claim.id, each.reason, each.by or "") for each in result.excluded)


narrowings = st.one_of(
    st.just(dict[str, Any]()),
    st.sampled_from(PERIODS).map(lambda period: {"period": period}),
    st.sampled_from([{"cohort": "east"}, {"originator": "c"}]),
)


@given(measured, policies, narrowings, st.randoms(use_true_random=False))
@settings(deadline=None)
def test_the_order_of_claims_never_matters(
    case: tuple[Measure, list[Claim]], policy: str, asked: dict[str, Any], random: Random
) -> None:
    measure, claims = case
    one = ask(claims, measure, policy=policy, **asked)
    other = ask(random.sample(claims, len(claims)), measure, policy=policy, **asked)
    assert (says(one), reasons(one)) == (says(other), reasons(other))


def at_different_times(claims: Sequence[Claim]) -> list[Claim]:
    """The claims, each stated and published some microseconds after the one before."""
    return [
        replace(c, stated=c.stated + n, published=c.published + n, cutoff=c.cutoff)
        for n, c in enumerate(claims)
    ]


@given(measured, policies, st.randoms(use_true_random=False))
@settings(deadline=None)
def test_the_order_of_typing_never_matters_where_statements_differ_in_time(
    case: tuple[Measure, list[Claim]], policy: str, random: Random
) -> None:
    measure, claims = case[0], at_different_times(case[1])
    positions = random.sample(range(1, len(claims) + 1), len(claims))
    typed = [replace(c, position=p) for c, p in zip(claims, positions, strict=True)]
    one, other = ask(claims, measure, policy=policy), ask(typed, measure, policy=policy)
    assert (says(one), reasons(one)) == (says(other), reasons(other))


@given(measured, narrowings, st.data())
@settings(deadline=None)
def test_adding_a_relay_never_moves_a_figure(
    case: tuple[Measure, list[Claim]], asked: dict[str, Any], data: st.DataObject
) -> None:
    measure, claims = case
    if not claims:
        return
    relay, *_ = data.draw(claims_on(measure).filter(bool))
    root = data.draw(st.sampled_from(claims))
    linked = replace(relay, id="wire/99", n=99, links=(root.id,))
    before, after = ask(claims, measure, **asked), ask([*claims, linked], measure, **asked)
    assert says(after) == says(before)


@given(measured, policies, narrowings)
@settings(deadline=None)
def test_every_claim_is_used_or_left_out_with_a_reason(
    case: tuple[Measure, list[Claim]], policy: str, asked: dict[str, Any]
) -> None:
    """Of a cell over the edge of a period both are said: part of it counts."""
    measure, claims = case
    if policy == "latest-publication/1":
        return
    result = ask(claims, measure, policy=policy, **asked)
    out = left_out(result)
    assert {*used(result), *out} == {claim.id for claim in claims}
    assert {out[name] for name in used(result) if name in out} <= {"straddles"}
    assert len(used(result)) == len(set(used(result)))
    assert len(result.excluded) == len(out)


def in_order(claim: Claim) -> Claim:
    """A claim like this one by a source whose bounds agree with its best."""
    names = [n for n in ("low", "best", "high") if getattr(claim, n) is not None]
    ordered: dict[str, Any] = dict(zip(names, sorted(getattr(claim, n) for n in names), strict=True))
    return replace(claim, **ordered)


@given(measured, policies)
@settings(deadline=None)
def test_the_range_contains_the_best(case: tuple[Measure, list[Claim]], policy: str) -> None:
    measure, claims = case
    best, low, high = bounds(ask(map(in_order, claims), measure, policy=policy))
    assert best is None or low is None or low <= best
    assert best is None or high is None or best <= high


@given(measured)
@settings(deadline=None)
def test_a_grade_that_nobody_gave_is_as_one_that_cannot_be_judged(
    case: tuple[Measure, list[Claim]],
) -> None:
    measure, claims = case
    ungraded = [replace(claim, reliability=None, credibility=None) for claim in claims]
    unjudged = [replace(claim, reliability="F", credibility=6) for claim in claims]
    assert used(ask(ungraded, measure)) == used(ask(unjudged, measure))
