"""What time does to the origins of a headline: they grow stale, and a total outgrows older ones."""

from collections.abc import Sequence
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.estimates.ageing import fresh, not_outgrown
from domain.estimates.claims import Claim
from domain.estimates.estimate import Estimate
from domain.estimates.figures import hull_of
from domain.vocabulary import Measure
from tests.domain.estimates.asking import (
    ask,
    bounds,
    codes,
    day,
    flagged,
    increment,
    left_out,
    plan,
    stance,
    used,
)
from tests.histories import said

# Stale

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
        {"reliability": "B", "credibility": 4},
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
    second = said("us/1", 200, measure=measure, stated=f"{day(days)}T01:00:00Z", **new)
    result = ask([first, second], measure)
    assert ("nis/1" in left_out(result)) is stale
    if stale:
        assert [(each.reason, each.by) for each in result.excluded] == [("stale", "us/1")]


def test_the_indicator_says_how_many_days_make_stale() -> None:
    claims = [said("nis/1", 300, stated=day(0)), said("us/1", 300, stated=day(8))]
    assert left_out(ask(claims, fresh_days=7)) == {"nis/1": "stale"}
    assert left_out(ask(claims, fresh_days=0)) == {"nis/1": "stale"}
    fewer = [said("nis/1", 300, stated=day(0)), said("us/1", 200, stated=day(8))]
    assert left_out(ask(fewer, fresh_days=8)) == {}


def test_only_headlines_of_stocks_and_totals_grow_stale() -> None:
    old, new = day(0), day(400)
    for asserts in (True, False):
        claims = [stance("nis/1", asserts, stated=old), stance("us/1", True, stated=new)]
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
    assert flagged(ask([good, late]), "newer-elsewhere") == [("us/1", "nis/1")]
    assert flagged(ask([good, late], policy="envelope/1"), "newer-elsewhere") == []
    in_time = said("us/1", 300, stated=day(90), reliability="C")
    assert codes(ask([good, in_time])) == []
    both = [said("nis/1", 1, period=day(500), stated=day(0), reliability="B"),
            said("us/1", 1, period=day(500), stated=day(91), reliability="C")]  # fmt: skip
    assert codes(ask(both)) == ["newer-elsewhere"]
    assert codes(ask(both, period=day(500))) == []


# Outgrown

UK = said("uk/1", low=6000, qualifier="more-than", stated="2025-06-15", reliability="B")
NIS = said("nis/1", 4700, stated="2025-04-30", reliability="B")
JCS = said("jcs/1", 4000, stated="2025-03-27", reliability="B")


def test_a_later_total_outgrows_older_ones_wholly_below_it() -> None:
    """The UK on casualties in June, the NIS in April, the Joint Chiefs of Staff in March."""
    for claims in permutations([UK, NIS, JCS]):
        result = ask(claims)
        assert (bounds(result), result.origins) == ((None, 6000, None), 1)
        assert left_out(result) == {"nis/1": "outgrown", "jcs/1": "outgrown"}
        assert {each.by for each in result.excluded} == {"uk/1"}
        assert codes(result) == []


def test_971162_to_20_march_stands_alone_beside_960000_to_13_march() -> None:
    claims = [said("mod/1", 971_162, stated="2026-03-20"), said("uk/1", 960_000, stated="2026-03-13")]
    result = ask(claims)
    assert (bounds(result), left_out(result)) == ((971_162,) * 3, {"uk/1": "outgrown"})


OLD: dict[str, Any] = {"best": 300, "stated": day(0), "reliability": "B"}
NEW: dict[str, Any] = {"best": 600, "stated": day(4), "reliability": "B"}
OUTGROWN: list[tuple[str, dict[str, Any], dict[str, Any], bool]] = [
    ("later and above", OLD, NEW, True),
    ("equal", OLD, NEW | {"best": 300}, True),
    ("one less", OLD, NEW | {"best": 299}, False),
    ("only three days later", OLD, NEW | {"stated": day(3)}, False),
    ("by a better source", OLD, NEW | {"reliability": "A"}, True),
    ("by a worse source", OLD, NEW | {"reliability": "C"}, False),
    ("by a doubtful claim", OLD, NEW | {"credibility": 4}, False),
    ("by one that cannot be judged", OLD, NEW | {"credibility": 6}, True),
    ("doubtful itself", OLD | {"credibility": 4}, NEW, True),
    ("at least as many later", OLD, {**NEW, "best": None, "low": 300}, True),
    ("at most so many later", OLD, {**NEW, "best": None, "high": 600}, False),
    ("at least so many before", {**OLD, "best": None, "low": 300}, NEW, False),
    ("at most so many before", {**OLD, "best": None, "high": 300}, NEW, True),
    ("a range that reaches above", OLD | {"high": 700}, NEW, False),
    ("a range that reaches below", OLD, NEW | {"low": 200}, False),
    ("about: as given, without the tenth", OLD | {"best": 580, "qualifier": "about"}, NEW, True),
    ("about later", OLD | {"best": 600}, NEW | {"qualifier": "about"}, True),
    ("out of order, by the hull", OLD | {"low": 700}, NEW, False),
]


@pytest.mark.parametrize(
    ("old", "new", "then"), [x[1:] for x in OUTGROWN], ids=[x[0] for x in OUTGROWN]
)
def test_a_total_has_outgrown_an_older_one(
    old: dict[str, Any], new: dict[str, Any], then: bool
) -> None:
    claims = [said("a/1", **old), said("b/1", **new)]
    for order in permutations(claims):
        assert left_out(ask(order)) == ({"a/1": "outgrown"} if then else {})


def test_nothing_else_is_outgrown() -> None:
    """Neither levels, nor plans, nor one cell that was asked for, nor a total with a stated start."""
    levels = [said("a/1", measure="stock", **OLD), said("b/1", measure="stock", **NEW)]
    assert left_out(ask(levels, "stock")) == {}
    plans = [plan("a/1", period="2025-12", **OLD), plan("b/1", period="2025-12", **NEW)]
    assert left_out(ask(plans)) == {}
    cell = [said("a/1", period="2025", **OLD), said("b/1", period="2025", **NEW)]
    assert left_out(ask(cell, period="2025")) == {}


# Against all pairs

WORDS = st.fixed_dictionaries(
    {
        "low": st.sampled_from([None, None, 1, 3]),
        "best": st.sampled_from([2, 3, 4]),
        "high": st.sampled_from([None, None, 3, 6]),
        "qualifier": st.sampled_from(["exact", "about", "at-least", "up-to"]),
        "reliability": st.sampled_from([None, *"ABCDEF"]),
        "credibility": st.sampled_from([None, 1, 4, 6]),
        "stated": st.sampled_from([day(n) for n in (0, 1, 3, 4, 5, 8, 9, 30)]),
    }
)
RANK = {"A": 0, "B": 1, "C": 2, "F": 3, None: 3, "D": 4, "E": 5}


def as_good(one: Claim, other: Claim) -> bool:
    """Whether the source of one claim ranks as high as that of another, or higher."""
    return RANK[one.reliability] <= RANK[other.reliability]


def days_after(one: Claim, other: Claim) -> int:
    """Days between the UTC dates of two cut-offs."""
    return one.cutoff_day - other.cutoff_day


some = st.lists(WORDS, max_size=7).map(
    lambda bodies: [said(f"s{n}/1", **body) for n, body in enumerate(bodies)]
)


@given(some, st.integers(0, 10))
@settings(deadline=None)
def test_whoever_compares_all_pairs_finds_the_same_stale(claims: Sequence[Claim], days: int) -> None:
    kept = [
        claim
        for claim in claims
        if not any(days_after(o, claim) > days and as_good(o, claim) for o in claims)
    ]
    result = Estimate()
    assert fresh(claims, days, result) == kept
    assert {each.claim.id for each in result.excluded} == {c.id for c in claims} - {c.id for c in kept}


def outgrows(later: Claim, claim: Claim) -> bool:
    """Whether a later total leaves no room for an older one."""
    return (
        later.credibility != 4
        and as_good(later, claim)
        and days_after(later, claim) > 3
        and hull_of(later)[0] >= hull_of(claim)[1]
    )


@given(some)
@settings(deadline=None)
def test_whoever_compares_all_pairs_finds_the_same_outgrown(claims: Sequence[Claim]) -> None:
    known = {claim.id: claim for claim in claims}
    result = Estimate()
    kept = not_outgrown(claims, result)
    assert kept == [c for c in claims if not any(outgrows(other, c) for other in claims)]
    for each in result.excluded:
        assert each.by is not None and outgrows(known[each.by], each.claim)


@given(some, WORDS, st.integers(1, 1_000))
@settings(deadline=None)
def test_a_weaker_newcomer_never_makes_a_good_source_stale(
    claims: list[Claim], body: dict[str, Any], later: int
) -> None:
    good = said("nis/99", 300, reliability="B", stated=day(300))
    late = said("new/1", **body | {"stated": day(300 + later), "reliability": "C"})
    assert "nis/99" in used(ask([*claims, good]))
    assert left_out(ask([*claims, good, late])).get("nis/99") is None
