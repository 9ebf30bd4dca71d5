"""From claims to an estimate: vintages, weak claims, freshness, the default policy, verdicts.

Given claims as plain data, when a question is asked, then this figure from these claims.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from itertools import combinations, permutations
from random import Random
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.estimates.claims import Claim, cell_of
from domain.estimates.estimate import Estimate, Question, cutoff_text, period_text
from domain.estimates.estimation import estimate
from domain.estimates.figures import Interval, compared, interval_of
from domain.period import parse_period
from domain.vocabulary import Measure, Qualifier
from tests.histories import said

stock = partial(said, measure="stock")
increment = partial(said, measure="increment")


def stance(claim: str, asserts: bool, **more: Any) -> Claim:
    """A claim that asserts or denies a proposition."""
    return said(claim, measure="proposition", asserts=asserts, **more)


def ask(
    claims: Iterable[Claim], measure: Measure = "cumulative", fresh_days: int = 90, **asked: Any
) -> Estimate:
    """The estimate of the killed from these claims, of which the active ones count."""
    known = {claim.id: claim for claim in claims}
    if "period" in asked:
        asked["cell"] = cell_of(measure, parse_period(asked.pop("period")))
    question = Question(measure, "latest-best-source/2", fresh_days, **asked)
    active = [claim for claim in known.values() if claim.standing == "active"]
    return estimate(question, active, known.get)


def bounds(result: Estimate) -> tuple[float | None, float | None, float | None]:
    """Best, low and high."""
    return result.figure.best, result.figure.low, result.figure.high


def used(result: Estimate) -> list[str]:
    """The claims used, the leading one first."""
    return [claim.id for claim in result.used]


def left_out(result: Estimate) -> dict[str, str]:
    """Why each claim was left out."""
    return {each.claim.id: each.reason for each in result.excluded}


def codes(result: Estimate) -> list[str]:
    """The codes of the flags."""
    return sorted(flag.code for flag in result.flags)


# The interval of a claim


@pytest.mark.parametrize(
    ("figure", "low", "high"),
    [
        ({"best": 300}, 300, 300),
        ({"best": 300, "qualifier": "about"}, 300, 300),
        ({"best": 300, "qualifier": "nearly"}, 300, 300),
        ({"low": 100, "best": 300, "high": 600}, 100, 600),
        ({"low": 1000, "high": 3000}, 1000, 3000),
        ({"low": 100, "best": 300}, 100, 300),
        ({"best": 300, "high": 600}, 300, 600),
        ({"low": 100}, 100, None),
        ({"low": 100, "qualifier": "about"}, 100, None),
        ({"best": 100, "qualifier": "at-least"}, 100, None),
        ({"best": 100, "qualifier": "more-than"}, 100, None),
        ({"low": 50, "best": 100, "qualifier": "more-than"}, 50, None),
        ({"best": 100, "high": 200, "qualifier": "at-least"}, 100, 200),
        ({"high": 5000}, None, 5000),
        ({"best": 5000, "qualifier": "up-to"}, None, 5000),
        ({"best": 5000, "qualifier": "at-most"}, None, 5000),
        ({"best": 5000, "qualifier": "less-than"}, None, 5000),
        ({"low": 10, "best": 5000, "qualifier": "up-to"}, 10, 5000),
        ({"best": 0}, 0, 0),
        ({"low": 0}, 0, None),
        ({"high": 0}, None, 0),
        ({"best": 0, "qualifier": "at-least"}, 0, None),
        ({"low": 300, "best": 100, "high": 200}, 300, 200),
        ({"low": 300, "high": 100}, 300, 100),
    ],
)
def test_the_interval_of_a_claim(figure: dict[str, Any], low: float | None, high: float | None) -> None:
    assert interval_of(said("nis/1", **figure)) == Interval(low, high)


@pytest.mark.parametrize("qualifier", get_args(Qualifier))
def test_about_and_nearly_are_widened_by_a_tenth_for_comparison_only(qualifier: Qualifier) -> None:
    claim = said("nis/1", low=-100, best=500, high=1000, qualifier=qualifier)
    loose = qualifier in ("about", "nearly")
    assert compared(claim) == ((-110, 1100) if loose else (-100, 1000))
    assert bounds(ask([claim])) == (500, -100, 1000)


# The policy


def test_without_a_claim_it_is_unknown() -> None:
    for measure in get_args(Measure):
        result = ask([], measure)
        assert (bounds(result), result.verdict, result.origins) == ((None, None, None), None, 0)
        assert result.support.level is None
        assert (result.figure.known, period_text(Question(measure, "", 0), result)) == (False, None)


BETTER: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    *(
        (f"{better or 'ungraded'} before {worse}", {"reliability": better}, {"reliability": worse})
        for better, worse in combinations(("A", "B", "C", "F", "D", "E"), 2)
    ),
    *(("ungraded before " + worse, {}, {"reliability": worse}) for worse in "DE"),
    *((better + " before ungraded", {"reliability": better}, {}) for better in "ABC"),
    *(
        (f"credibility {better} before {worse}", {"credibility": better}, {"credibility": worse})
        for better, worse in combinations((1, 2, 3, 6, 4, 5), 2)
    ),
    ("credibility not judged before 4", {}, {"credibility": 4}),
    ("credibility 3 before not judged", {"credibility": 3}, {}),
    (
        "reliability before credibility",
        {"reliability": "B", "credibility": 5},
        {"reliability": "C", "credibility": 1},
    ),
    (
        "the source before the latest day",
        {"reliability": "B", "stated": "2025-01-01"},
        {"reliability": "C", "stated": "2025-02-01"},
    ),
    ("the latest cut-off", {"period": "2025-01-12"}, {"period": "2025-01-11"}),
    (
        "cut-off before statement",
        {"period": "2025-01-12"},
        {"period": "2025-01-11", "stated": "2025-01-20"},
    ),
    (
        "then the latest statement",
        {"stated": "2025-01-20", "period": "2025-01-12"},
        {"stated": "2025-01-19", "period": "2025-01-12", "published": "2025-02-01"},
    ),
    (
        "then the latest publication",
        {"published": "2025-01-20"},
        {"published": "2025-01-19", "position": 9},
    ),
    ("then the latest position", {"position": 3}, {"position": 2}),
]


@pytest.mark.parametrize(("better", "worse"), [b[1:] for b in BETTER], ids=[b[0] for b in BETTER])
@pytest.mark.parametrize("measure", ["stock", "cumulative", "proposition"])
def test_the_best_is_that_of_the_top_ranked_origin(
    measure: Measure, better: dict[str, Any], worse: dict[str, Any]
) -> None:
    figure = {"asserts": True} if measure == "proposition" else {}
    # The worse one has the greater n and the later name, so that only the rule can tell them apart.
    one = said("a/1", 300, measure=measure, **(figure | better))
    other = said("b/2", 600, measure=measure, **(figure | worse))
    assert used(ask([one, other], measure)) == ["a/1", "b/2"]
    assert used(ask([other, one], measure)) == ["a/1", "b/2"]


def test_last_of_all_the_greater_n_leads() -> None:
    same = [said(f"r/{n}", n * 100, originator=f"source-{n}") for n in (1, 2, 10)]
    assert used(ask(same)) == ["r/10", "r/2", "r/1"]


def test_f_and_ungraded_rank_alike() -> None:
    older = said("a/1", 300, reliability="F", stated="2025-01-10")
    assert used(ask([older, said("b/1", 600, stated="2025-01-11")])) == ["b/1", "a/1"]
    newer = said("a/1", 300, reliability="F", stated="2025-01-12")
    assert used(ask([newer, said("b/1", 600, stated="2025-01-11")])) == ["a/1", "b/1"]


ENVELOPES: list[tuple[list[dict[str, Any]], tuple[float | None, float | None, float | None]]] = [
    ([{"best": 300}], (300, 300, 300)),
    ([{"best": 300}, {"best": 1000}], (300, 300, 1000)),
    ([{"best": 300}, {"low": 100, "high": 200}], (300, 100, 300)),
    ([{"best": 300}, {"low": 100}], (300, 100, None)),
    ([{"best": 300}, {"high": 500}], (300, None, 500)),
    ([{"low": 100}, {"high": 500}], (None, None, None)),
    ([{"low": 1000, "high": 3000}, {"best": 2000}], (None, 1000, 3000)),
    ([{"best": 0}, {"best": 5}], (0, 0, 5)),
    ([{"best": 600, "qualifier": "about"}], (600, 600, 600)),
]


@pytest.mark.parametrize(("figures", "then"), ENVELOPES)
def test_the_range_is_the_envelope_of_all_origins(
    figures: list[dict[str, Any]], then: tuple[float | None, ...]
) -> None:
    ranked = [said(f"{x}/1", **f, reliability=x.upper()) for x, f in zip("abc", figures, strict=False)]
    assert bounds(ask(ranked)) == then
    assert bounds(ask(ranked, period="2025-01-13")) == then


def test_a_claim_without_any_number_is_neither_origin_nor_vintage() -> None:
    several = said("nis/1", qualifier="unspecified", stated="2025-02-01", reliability="A")
    early = said("nis/2", 300)
    result = ask([several, early])
    assert (used(result), left_out(result)) == (["nis/2"], {"nis/1": "no-figure"})
    assert bounds(ask([several])) == (None, None, None)


def test_the_marking_is_the_most_restrictive_of_the_claims_used() -> None:
    red = said("nis/1", 300, marking="TLP:RED", stated="2025-01-01")
    amber = said("us/1", 300, marking="TLP:AMBER")
    assert ask([red, amber]).marking == "TLP:RED"
    assert ask([red, amber, said("nis/2", 300, marking="TLP:GREEN")]).marking == "TLP:AMBER"
    assert ask([]).marking == "TLP:CLEAR"


# One vintage for each originator and cell, one cell for each originator in the headline

LATER: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("stated", {"stated": "2025-01-20"}, {"stated": "2025-01-19", "published": "2025-02-01"}),
    ("published", {"published": "2025-01-20"}, {"published": "2025-01-19", "position": 9}),
    ("position", {"position": 3}, {"position": 2}),
]


@pytest.mark.parametrize(("later", "earlier"), [x[1:] for x in LATER], ids=[x[0] for x in LATER])
@pytest.mark.parametrize("measure", ["stock", "cumulative", "increment"])
def test_the_latest_word_on_a_cell_is_the_vintage(
    measure: Measure, later: dict[str, Any], earlier: dict[str, Any]
) -> None:
    words: dict[str, Any] = {"measure": measure, "period": "2025-01"}
    now = said("nis/1", 600, **words, **later)
    before = said("nis/2", 300, **words, **earlier)
    for claims in permutations([now, before]):
        for result in (ask(claims, measure), ask(claims, measure, period="2025-01")):
            assert (used(result), left_out(result)) == (["nis/1"], {"nis/2": "superseded"})
            assert [each.by for each in result.excluded] == ["nis/1"]


def test_last_of_all_the_greater_n_is_the_vintage() -> None:
    assert used(ask([said(f"nis/{n}", n) for n in (2, 10, 1)])) == ["nis/10"]


KILLED = [
    said("nis/1", low=100, stated="2024-12-19"),
    said("nis/2", 300, stated="2025-01-13"),
    said("nis/3", 600, stated="2025-04-30"),
    said("nis/4", 2000, stated="2025-09-02"),
    said("nis/5", low=600, stated="2025-11-04", period="2025-04-30"),
]


@pytest.mark.parametrize("measure", ["stock", "cumulative", "proposition"])
def test_the_headline_of_an_originator_is_its_latest_cut_off_not_its_latest_word(
    measure: Measure,
) -> None:
    def claim(name: str, stated: str, period: str) -> Claim:
        figure = {"asserts": True} if measure == "proposition" else {"best": 1}
        return said(name, measure=measure, stated=stated, period=period, **figure)

    latest = claim("nis/1", "2025-09-02", "2025-09-02")
    reprint = claim("nis/2", "2025-11-04", "2025-04-30")
    assert used(ask([latest, reprint], measure)) == ["nis/1"]
    assert used(ask([latest, reprint], measure, period="2025-04-30")) == ["nis/2"]


def test_600_reprinted_in_november_do_not_undo_2000_of_september() -> None:
    result = ask(KILLED)
    assert (bounds(result), cutoff_text(result)) == ((2000, 2000, 2000), "2025-09-02")


@pytest.mark.parametrize(
    ("period", "stated", "cutoff"),
    [
        ("2025-01-10", "2025-01-13T09:30:00Z", "2025-01-10T23:59:59.999999Z"),
        ("2025-01", "2025-01-13T09:30:00Z", "2025-01-13T09:30:00Z"),
        ("2025-01-13", "2025-01-13T09:30:00Z", "2025-01-13T09:30:00Z"),
        ("2025-02/..", "2025-01-13T09:30:00Z", "2025-01-13T09:30:00Z"),
        ("2024", "2025-01-13T09:30:00Z", "2024-12-31T23:59:59.999999Z"),
    ],
)
def test_the_cut_off_is_the_end_of_the_period_or_the_statement(
    period: str, stated: str, cutoff: str
) -> None:
    assert said("nis/1", 1, period=period, stated=stated).cutoff == said("x/1", 1, stated=cutoff).stated


def test_for_a_total_a_date_is_everything_up_to_it() -> None:
    whole = said("nis/1", 300, period="2025-01-13")
    upto = said("nis/2", 310, period="../2025-01-13", stated="2025-01-14")
    other = said("us/1", 305, period="2025-01-13~")
    assert used(ask([whole, upto, other], period="2025-01-13")) == ["nis/2", "us/1"]
    assert used(ask([whole, upto, other], period="../2025-01-13")) == ["nis/2", "us/1"]
    assert period_text(Question("cumulative", "", 0), ask([other])) == "../2025-01-13"
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


def test_one_originator_alone() -> None:
    claims = [said("nis/1", 300), said("us/1", 600)]
    assert bounds(ask(claims, originator="us")) == (600, 600, 600)
    assert left_out(ask(claims, originator="us")) == {"nis/1": "not-asked"}
    assert used(ask(claims, originator="uk")) == []


# Weak claims


def test_a_weak_claim_is_used_only_where_no_other_origin_is() -> None:
    weak = said("wire/1", 900, basis="relay", reliability="A", stated="2025-02-01")
    firm = said("nis/1", 300, reliability="E")
    result = ask([weak, firm])
    assert (used(result), left_out(result)) == (["nis/1"], {"wire/1": "weak"})
    assert used(ask([weak])) == ["wire/1"]
    assert used(ask([weak, firm], period="2025-02-01")) == ["wire/1"]
    assert used(ask([weak, firm], originator="wire")) == ["wire/1"]
    assert used(ask([weak, said("nis/1", 300, cohort="east")])) == ["wire/1"]


def test_a_weak_word_never_hides_a_firm_one_of_the_same_originator() -> None:
    weak = said("nis/1", 900, basis="relay", stated="2025-02-01")
    assert used(ask([weak, said("nis/2", 300)])) == ["nis/2"]


def test_a_firm_claim_beyond_the_headline_leaves_the_weak_one_in_it() -> None:
    weak = said("wire/1", 900, basis="relay")
    week = said("nis/1", 300, period="2025-01-07/2025-01-13")
    assert used(ask([weak, week])) == ["wire/1"]


def test_in_a_sum_a_weak_claim_counts_in_a_cell_of_its_own() -> None:
    january = increment("nis/1", 10, period="2025-01")
    beside = increment("wire/1", 99, period="2025-01", basis="relay")
    february = increment("wire/2", 20, period="2025-02", basis="relay")
    result = ask([january, beside, february], "increment")
    assert (bounds(result), left_out(result)) == ((30, 30, 30), {"wire/1": "weak"})


# Freshness

STALE: list[tuple[str, dict[str, Any], int, dict[str, Any], bool]] = [
    ("as good and 91 days later", {"reliability": "B"}, 91, {"reliability": "B"}, True),
    ("better and 91 days later", {"reliability": "B"}, 91, {"reliability": "A"}, True),
    ("as good and 90 days later", {"reliability": "B"}, 90, {"reliability": "B"}, False),
    ("weaker and a year later", {"reliability": "B"}, 365, {"reliability": "C"}, False),
    ("ungraded and a year later", {"reliability": "C"}, 365, {}, False),
    ("ungraded beside F", {"reliability": "F"}, 91, {}, True),
    ("F beside ungraded", {}, 91, {"reliability": "F"}, True),
    ("D beside ungraded", {}, 91, {"reliability": "D"}, False),
    (
        "of a worse credibility",
        {"reliability": "B", "credibility": 1},
        91,
        {"reliability": "B", "credibility": 5},
        True,
    ),
]


@pytest.mark.parametrize(
    ("old", "days", "new", "stale"), [x[1:] for x in STALE], ids=[x[0] for x in STALE]
)
@pytest.mark.parametrize("measure", ["stock", "cumulative"])
def test_an_origin_is_stale_when_a_source_as_good_knows_of_much_later_days(
    measure: Measure, old: dict[str, Any], days: int, new: dict[str, Any], stale: bool
) -> None:
    first = said("nis/1", 300, measure=measure, stated="2025-01-01T23:00:00Z", **old)
    second = said("us/1", 600, measure=measure, stated=f"{day(days)}T01:00:00Z", **new)
    result = ask([first, second], measure)
    assert ("nis/1" in left_out(result)) is stale
    if stale:
        assert [(each.reason, each.by) for each in result.excluded] == [("stale", "us/1")]
        assert bounds(result) == (600, 600, 600)


def day(after: int) -> str:
    """So many days after 1 January 2025."""
    return (date(2025, 1, 1) + timedelta(days=after)).isoformat()


def test_how_many_days_make_stale_is_the_indicators_to_say() -> None:
    claims = [said("nis/1", 300, stated=day(0)), said("us/1", 600, stated=day(8))]
    assert used(ask(claims, fresh_days=8)) == ["us/1", "nis/1"]
    assert used(ask(claims, fresh_days=7)) == ["us/1"]
    assert used(ask(claims, fresh_days=0)) == ["us/1"]


def test_only_headlines_of_stocks_and_totals_grow_stale() -> None:
    old, new = day(0), day(400)
    for figure in ({"asserts": True}, {"asserts": False}):
        claims = [stance("nis/1", stated=old, **figure), stance("us/1", stated=new, asserts=True)]
        assert len(used(ask(claims, "proposition"))) == 2
    months = [increment("nis/1", 1, period="2024-01"), increment("us/1", 1, period="2025-03")]
    assert len(used(ask(months, "increment"))) == 2
    cell = [said("nis/1", 1, stated=old, period="2026"), said("us/1", 1, stated=new, period="2026")]
    assert len(used(ask(cell, period="2026"))) == 2
    assert len(used(ask(cell))) == 1


def test_a_stale_origin_makes_another_stale_nonetheless() -> None:
    ladder = [said(f"{name}/1", 1, stated=day(n)) for name, n in (("a", 0), ("b", 91), ("c", 182))]
    assert left_out(ask(ladder)) == {"a/1": "stale", "b/1": "stale"}


def test_what_is_newer_elsewhere_is_flagged() -> None:
    good = said("nis/1", 300, stated=day(0), reliability="B")
    late = said("us/1", 600, stated=day(91), reliability="C")
    result = ask([good, late])
    assert [(f.code, f.claims) for f in result.flags if f.code == "newer-elsewhere"] == [
        ("newer-elsewhere", ("us/1", "nis/1"))
    ]
    in_time = said("us/1", 300, stated=day(90), reliability="C")
    assert codes(ask([good, in_time])) == []
    both = [said("nis/1", 1, period=day(500), stated=day(0), reliability="B"),
            said("us/1", 1, period=day(500), stated=day(91), reliability="C")]  # fmt: skip
    assert codes(ask(both)) == ["newer-elsewhere"]
    assert codes(ask(both, period=day(500))) == []


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
        ([("nis", True, {"stated": "2020-01-01"}), ("us", True, {})], "corroborated"),
    ],
)
def test_the_verdict_on_a_proposition(
    stances: list[tuple[str, bool, dict[str, Any]]], verdict: str | None
) -> None:
    result = ask([stance(f"{who}/1", asserts, **more) for who, asserts, more in stances], "proposition")
    assert (result.verdict, bounds(result)) == (verdict, (None, None, None))


def test_a_source_that_changes_its_mind_counts_once() -> None:
    before, after = stance("nis/1", True), stance("nis/2", False, stated="2025-02-01")
    assert ask([before, after], "proposition").verdict == "denied"


# Sums

SUMS: list[tuple[str, list[Claim], tuple[float | None, ...], list[str]]] = [
    (
        "the policy in each cell, then the sum",
        [
            increment("nis/1", 10, period="2025-01"),
            increment("us/1", 14, low=10, period="2025-01", reliability="A"),
            increment("nis/2", 20, period="2025-02"),
        ],
        (34, 30, 34),
        ["us/1", "nis/1", "nis/2"],
    ),
    (
        "a bound missing in one cell is missing in the sum",
        [
            increment("nis/1", 10, period="2025-01"),
            increment("nis/2", low=20, period="2025-02"),
        ],
        (None, 30, None),
        ["nis/1", "nis/2"],
    ),
    (
        "0 is a number",
        [increment("nis/1", 0, period="2025-01"), increment("nis/2", 5, period="2025-02")],
        (5, 5, 5),
        ["nis/1", "nis/2"],
    ),
    (
        "cohorts are added",
        [
            increment("nis/1", 10, period="2025-01", cohort="west"),
            increment("nis/2", 20, period="2025-01", cohort="east"),
        ],
        (30, 30, 30),
        ["nis/2", "nis/1"],
    ),
    (
        "the whole and cohorts of other days are added",
        [
            increment("nis/1", 10, period="2025-01"),
            increment("nis/2", 20, period="2025-02", cohort="east"),
        ],
        (30, 30, 30),
        ["nis/1", "nis/2"],
    ),
    (
        "a cell inside another is left out",
        [
            increment("nis/1", 10, period="2025-01-10"),
            increment("us/1", 99, period="2025-01"),
        ],
        (99, 99, 99),
        ["us/1"],
    ),
    (
        "a cell without an end is one",
        [increment("nis/1", 10, period="../2025-01"), increment("nis/2", 5, period="2025-02/..")],
        (15, 15, 15),
        ["nis/1", "nis/2"],
    ),
]


@pytest.mark.parametrize(("claims", "then", "of"), [x[1:] for x in SUMS], ids=[x[0] for x in SUMS])
def test_an_increment_is_a_sum_over_cells(
    claims: list[Claim], then: tuple[float | None, ...], of: list[str]
) -> None:
    for order in permutations(claims):
        result = ask(order, "increment")
        assert (bounds(result), used(result), codes(result)) == (then, of, [])


def test_the_excluded_cell_is_named() -> None:
    claims = [increment("nis/1", 10, period="2025-01-10"), increment("us/1", 99, period="2025-01")]
    assert left_out(ask(claims, "increment")) == {"nis/1": "overlaps"}


@pytest.mark.parametrize(
    "claims",
    [
        [increment("nis/1", 1, period="2025-01-01/2025-01-20"),
         increment("us/1", 1, period="2025-01-20/2025-01-31")],
        [increment("nis/1", 1, period="2025-01"), increment("us/1", 1, period="2025-01", cohort="x")],
        [increment("nis/1", 1, period="2025-01"), increment("us/1", 1, period="2025", cohort="x")],
        [increment("nis/1", 1, period="2025-01/.."), increment("us/1", 1, period="../2025-02")],
    ],
)  # fmt: skip
def test_cells_that_meet_otherwise_make_the_sum_unknown(claims: list[Claim]) -> None:
    result = ask(claims, "increment")
    assert (bounds(result), result.figure.known) == ((None, None, None), False)
    assert [(flag.code, sorted(flag.claims)) for flag in result.flags] == [
        ("overlap", ["nis/1", "us/1"])
    ]


def test_a_period_narrows_a_sum_to_the_cells_within_it() -> None:
    months = [increment(f"nis/{n}", n, period=f"2025-0{n}") for n in range(1, 6)]
    assert bounds(ask(months, "increment")) == (15, 15, 15)
    assert bounds(ask(months, "increment", period="2025-02/2025-04")) == (9, 9, 9)
    assert bounds(ask(months, "increment", period="2025-02-02/2025-04")) == (7, 7, 7)
    assert bounds(ask(months, "increment", period="2025-01-10")) == (None, None, None)
    assert bounds(ask(months, "increment", cohort="east")) == (None, None, None)


def test_the_period_of_a_sum_spans_its_cells_unless_that_is_all_time() -> None:
    question = Question("increment", "", 0)
    january = increment("nis/1", 1, period="2025-01")
    march = increment("nis/2", 1, period="2025-03")
    assert period_text(question, ask([january, march], "increment")) == "2025-01-01/2025-03-31"
    assert period_text(question, ask([january], "increment")) == "2025-01"
    upto, since = (increment(f"us/{n}", 1, period=p) for n, p in ((1, "../2025-01"), (2, "2025-03/..")))
    assert period_text(question, ask([upto, march], "increment")) == "../2025-03-31"
    assert period_text(question, ask([upto, since], "increment")) is None


# Whatever is said

days = st.integers(0, 200).map(day)
numbers = st.one_of(st.none(), st.integers(0, 5), st.sampled_from([0.1, 0.2, 0.3]))


@st.composite
def claims_on(draw: st.DrawFn, measure: Measure, most: int = 7) -> list[Claim]:
    """Claims of a few sources on a few cells, some of them weak."""
    made = []
    for n in range(1, draw(st.integers(0, most)) + 1):
        figure: dict[str, Any] = {"low": draw(numbers), "best": draw(numbers), "high": draw(numbers)}
        figure["qualifier"] = draw(st.sampled_from(get_args(Qualifier)))
        if all(figure[name] is None for name in ("low", "best", "high")):
            figure["qualifier"] = "unspecified"
        if measure == "proposition":
            figure = {"asserts": draw(st.booleans())}
        when: dict[str, Any] = {"stated": draw(days)}
        if draw(st.booleans()):
            when["period"] = draw(days)
        made.append(
            said(
                f"{draw(st.sampled_from('abcd'))}/{n}",
                measure=measure,
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


def everything(result: Estimate) -> tuple[Any, ...]:
    """All that an estimate says, but for the order in which claims were left out."""
    reasons = sorted((each.claim.id, each.reason, each.by) for each in result.excluded)
    support = result.support
    return (result.figure, result.verdict, result.used, support, result.flags, result.steps, reasons)


@given(measured, st.randoms(use_true_random=False))
def test_the_order_of_claims_never_matters(case: tuple[Measure, list[Claim]], random: Random) -> None:
    measure, claims = case
    shuffled = random.sample(claims, len(claims))
    assert everything(ask(shuffled, measure)) == everything(ask(claims, measure))


@given(measured, st.data())
def test_adding_a_relay_never_moves_a_figure(
    case: tuple[Measure, list[Claim]], data: st.DataObject
) -> None:
    measure, claims = case
    if not claims:
        return
    relay, *_ = data.draw(claims_on(measure).filter(bool))
    root = data.draw(st.sampled_from(claims))
    linked = replace(relay, id="wire/99", n=99, links=(root.id,))
    before, after = ask(claims, measure), ask([*claims, linked], measure)
    assert everything(after)[:6] == everything(before)[:6]


def in_order(claim: Claim) -> Claim:
    """A claim like this one by a source whose bounds agree with its best."""
    low, best, high = claim.low, claim.best, claim.high
    given = sorted(x for x in (low, best, high) if x is not None)
    names = [n for n, x in (("low", low), ("best", best), ("high", high)) if x is not None]
    ordered: dict[str, Any] = dict(zip(names, given, strict=True))
    return replace(claim, **ordered)


@given(measured)
def test_the_range_contains_the_best_and_every_claim_used(case: tuple[Measure, list[Claim]]) -> None:
    measure, claims = case
    result = ask([in_order(claim) for claim in claims], measure)
    best, low, high = bounds(result)
    if best is not None:
        assert low is None or low <= best
        assert high is None or best <= high
    if measure in ("stock", "cumulative"):
        for interval in map(interval_of, result.used):
            assert low is None or (interval.low is not None and low <= interval.low)
            assert high is None or (interval.high is not None and interval.high <= high)


@given(measured)
def test_an_open_bound_stays_open(case: tuple[Measure, list[Claim]]) -> None:
    measure, claims = case
    result = ask(claims, measure)
    intervals = [interval_of(claim) for claim in result.used]
    if measure != "proposition" and any(interval.low is None for interval in intervals):
        assert result.figure.low is None
    if measure != "proposition" and any(interval.high is None for interval in intervals):
        assert result.figure.high is None


@given(claims_on("cumulative"), claims_on("cumulative", 1), st.integers(1, 1_000))
def test_a_weaker_newcomer_never_makes_a_good_source_stale(
    claims: list[Claim], newcomers: list[Claim], later: int
) -> None:
    good = said("nis/99", 300, reliability="B", stated=day(300))
    before = [*claims, good]
    late = [
        replace(said("new/100", 7, stated=day(300 + later)), reliability=each.reliability)
        for each in newcomers
        if each.reliability not in ("A", "B")
    ]
    assert "nis/99" in used(ask(before))
    assert "nis/99" in used(ask([*before, *late]))


@given(claims_on("stock"))
def test_a_grade_no_analyst_gave_is_never_made_up(claims: list[Claim]) -> None:
    judged = [replace(claim, reliability=None, credibility=None) for claim in claims]
    unjudged = [replace(claim, reliability="F", credibility=6) for claim in claims]
    assert used(ask(judged, "stock")) == used(ask(unjudged, "stock"))


# A claim graded 1, confirmed by others

CONFIRMED: list[tuple[str, list[dict[str, Any]], bool]] = [
    ("alone", [], False),
    ("another says the same", [{"best": 300}], True),
    ("another says about as many", [{"best": 320, "qualifier": "about"}], True),
    ("another says otherwise", [{"best": 400}], False),
    ("one of two says the same", [{"best": 400}, {"best": 300}], True),
    ("a relay of it says the same", [{"best": 300, "links": ("nis/1",)}], False),
    ("a relay that nobody linked says the same", [{"best": 300, "basis": "relay"}], False),
    (
        "its own originator had said the same",
        [{"best": 300, "originator": "nis", "stated": "2025-01-13"}],
        False,
    ),
    ("another says it of a cohort", [{"best": 300, "cohort": "east"}], False),
]


@pytest.mark.parametrize(("others", "then"), [c[1:] for c in CONFIRMED], ids=[c[0] for c in CONFIRMED])
@pytest.mark.parametrize("measure", ["stock", "cumulative", "increment"])
def test_a_claim_graded_1_is_confirmed_or_flagged(
    measure: Measure, others: list[dict[str, Any]], then: bool
) -> None:
    words: dict[str, Any] = {"measure": measure, "stated": "2025-01-14", "period": "2025-01-13"}
    graded = said("nis/1", 300, credibility=1, **words)
    beside = [said(f"{x}/1", **(words | other)) for x, other in zip("ab", others, strict=False)]
    if measure == "increment":  # a cohort beside a whole is another matter there
        beside = [claim for claim in beside if claim.cohort is None]
    for claims in permutations([graded, *beside]):
        assert ("grade-1-unsupported" not in codes(ask(claims, measure))) is then


@pytest.mark.parametrize("credibility", [None, 2, 3, 4, 5, 6])
def test_no_other_grade_needs_confirmation(credibility: int | None) -> None:
    assert codes(ask([said("nis/1", 300, credibility=credibility)])) == []


def test_relays_that_nobody_linked_do_not_confirm_each_other() -> None:
    weak = [said(f"{name}/1", 300, basis="relay", credibility=1) for name in ("ap", "dpa")]
    assert codes(ask(weak)) == ["grade-1-unsupported"] * 2


def test_stances_confirm_each_other() -> None:
    graded = stance("nis/1", True, credibility=1)
    assert codes(ask([graded, stance("us/1", True)], "proposition")) == []
    assert "grade-1-unsupported" in codes(ask([graded, stance("us/1", False)], "proposition"))
    assert codes(ask([graded], "proposition")) == ["grade-1-unsupported"]
