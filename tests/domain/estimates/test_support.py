"""How well an estimate stands: agreement, contradictions, divergences, the level that follows."""

from collections.abc import Sequence
from itertools import combinations, permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.estimates.claims import Claim
from domain.estimates.figures import compared, meet, only_number
from domain.estimates.flags import disagreements
from domain.estimates.support import Level, agree, contradict, disagreeing, support, weakest
from domain.vocabulary import Measure
from tests.domain.estimates.asking import ask, bounds
from tests.histories import said


def figures(*bodies: dict[str, Any], **common: Any) -> list[Claim]:
    """Claims of as many originators, a, b, c and so on."""
    return [said(f"{x}/1", **(common | body)) for x, body in zip("abcdef", bodies, strict=False)]


def stances(*asserts: bool, **common: Any) -> list[Claim]:
    """Assertions and denials of as many originators."""
    return figures(*({"asserts": each} for each in asserts), measure="proposition", **common)


# Agreement

AGREEING: list[tuple[str, dict[str, Any], dict[str, Any], bool]] = [
    ("the same", {"best": 300}, {"best": 300}, True),
    ("a tenth of the larger apart", {"best": 300}, {"best": 270}, True),
    ("more than a tenth apart", {"best": 300}, {"best": 269}, False),
    ("the other way round", {"best": 300}, {"best": 333}, True),
    ("about as many", {"best": 300}, {"best": 333, "qualifier": "about"}, True),
    ("0 and 0", {"best": 0}, {"best": 0}, True),
    ("0 and 1", {"best": 0}, {"best": 1}, False),
    ("below 0", {"best": -300}, {"best": -280}, True),
    ("closed ranges that meet", {"low": 100, "high": 300}, {"low": 300, "high": 900}, True),
    ("closed ranges that do not", {"low": 100, "high": 300}, {"low": 301, "high": 900}, False),
    ("a figure in a closed range", {"low": 100, "high": 300}, {"best": 200}, True),
    ("an open side confirms nothing", {"low": 10}, {"best": 2000}, False),
    ("nor two of them", {"low": 5, "qualifier": "more-than"}, {"low": 10}, False),
    ("but their numbers may be close", {"low": 2000}, {"best": 2100}, True),
    ("also from two sides", {"low": 2000}, {"high": 2100}, True),
    ("an upper bound far above", {"high": 5000}, {"best": 2000}, False),
    ("a range without a best gives no number", {"low": 2000, "high": 2100}, {"low": 2000}, False),
    ("at least, as a best", {"best": 100, "qualifier": "at-least"}, {"best": 105}, True),
]


@pytest.mark.parametrize(
    ("one", "other", "then"), [x[1:] for x in AGREEING], ids=[x[0] for x in AGREEING]
)
def test_two_origins_agree(one: dict[str, Any], other: dict[str, Any], then: bool) -> None:
    a, b = figures(one, other)
    assert agree(a, b) is agree(b, a) is then


def test_stances_agree_where_they_are_the_same() -> None:
    yes, no, also = stances(True, False, True)
    assert (agree(yes, also), agree(yes, no)) == (True, False)


def test_bounds_that_are_merely_compatible_corroborate_nothing() -> None:
    """A good source says more than 5, another at least 10, a third 2,000."""
    claims = [
        said("a/1", low=5, qualifier="more-than", reliability="A"),
        said("b/1", low=10, qualifier="at-least", reliability="B"),
        said("c/1", 2000, reliability="B"),
    ]
    for order in permutations(claims):
        result = ask(order)
        assert (bounds(result), result.support.level) == ((2000, 2000, 2000), "single")


# Contradictions and divergences

EARLY, LATE = {"best": 300, "stated": "2025-01-13"}, {"best": 1000, "stated": "2025-01-13"}
PAIRS: list[tuple[str, Measure, dict[str, Any], dict[str, Any], str | None]] = [
    ("the same day", "cumulative", EARLY, LATE, "contradiction"),
    ("three days", "cumulative", EARLY, LATE | {"stated": "2025-01-16"}, "contradiction"),
    ("four days", "cumulative", EARLY, LATE | {"stated": "2025-01-17"}, "divergence"),
    ("four days", "stock", EARLY, LATE | {"stated": "2025-01-17"}, None),
    ("three days", "stock", EARLY, LATE | {"stated": "2025-01-16"}, "contradiction"),
    (
        "days are counted between dates",
        "cumulative",
        EARLY | {"stated": "2025-01-13T00:00:00Z"},
        LATE | {"stated": "2025-01-16T23:59:00Z"},
        "contradiction",
    ),
    (
        "also where it is less than that many hours",
        "cumulative",
        EARLY | {"stated": "2025-01-13T23:59:00Z"},
        LATE | {"stated": "2025-01-17T00:01:00Z"},
        "divergence",
    ),
    ("a total that shrank", "cumulative", LATE, EARLY | {"stated": "2025-04-30"}, "contradiction"),
    ("a level that shrank", "stock", LATE, EARLY | {"stated": "2025-04-30"}, None),
    ("overlapping", "cumulative", {"low": 300}, LATE | {"stated": "2025-04-30"}, None),
    (
        "the same cell, stated months apart",
        "cumulative",
        EARLY | {"period": "2025-12"},
        LATE | {"period": "2025-12", "stated": "2025-06-01"},
        "contradiction",
    ),
    (
        "the same cell, stated months apart",
        "stock",
        EARLY | {"period": "2025"},
        LATE | {"period": "2025", "stated": "2025-06-01"},
        "contradiction",
    ),
    ("the same cell", "increment", EARLY, LATE, "contradiction"),
    ("the next cell", "increment", EARLY, LATE | {"period": "2025-01-12"}, None),
    (
        "seed: casualties 4,700 and more than 6,000",
        "cumulative",
        {"best": 4700, "stated": "2025-04-30"},
        {"low": 6000, "qualifier": "more-than", "stated": "2025-06-15"},
        "divergence",
    ),
    (
        "seed: killed, NIS 300 and Western officials 1,000",
        "cumulative",
        {"best": 300, "qualifier": "about", "stated": "2025-01-13"},
        {"best": 1000, "qualifier": "about", "period": "2025-01-15~", "stated": "2025-01-22"},
        "contradiction",
    ),
]


@pytest.mark.parametrize(
    ("measure", "one", "other", "flag"), [x[1:] for x in PAIRS], ids=[f"{x[1]}: {x[0]}" for x in PAIRS]
)
def test_what_disagrees_and_how(
    measure: Measure, one: dict[str, Any], other: dict[str, Any], flag: str | None
) -> None:
    pair = figures(one, other, measure=measure)
    expected = [(flag, ["a/1", "b/1"])] if flag else []
    for order in permutations(pair):
        found = disagreements(measure, *disagreeing(measure, order))
        assert [(each.code, sorted(each.claims)) for each in found] == expected
    level: Level = "contested" if flag == "contradiction" else support(measure, pair).level or "strong"
    assert support(measure, pair).level == level


def test_a_voice_never_contradicts_itself() -> None:
    words = [said("mod/1", 300), said("press/1", 600, voice="mod")]
    assert disagreeing("cumulative", words) == ([], [])
    assert disagreements("cumulative", *disagreeing("cumulative", words)) == []


def test_what_is_planned_does_not_contradict_what_is() -> None:
    words: dict[str, Any] = {"period": "2025-06", "stated": "2025-01-13"}
    planned = said("a/1", 300, prospective=True, status="planned", **words)
    assert not contradict("stock", planned, said("b/1", 600, **words))


def test_claims_on_one_incident_contradict_each_other_however_each_dates_it() -> None:
    day = said("a/1", 4, measure="increment", period="2024-03-05", incident="raid")
    month = said("b/1", 12, measure="increment", period="2024-03", incident="raid")
    assert contradict("increment", day, month)
    another = said("b/1", 12, measure="increment", period="2024-03-05", incident="fire")
    assert not contradict("increment", day, another)


def test_propositions_contradict_each_other_where_they_are_about_the_same_days() -> None:
    same = stances(True, False)
    assert [flag.code for flag in disagreements("proposition", *disagreeing("proposition", same))] == [
        "contradiction"
    ]
    years_apart = [
        *stances(True),
        said("b/1", asserts=False, measure="proposition", stated="2020-01-01"),
    ]
    assert disagreements("proposition", *disagreeing("proposition", years_apart)) == []


# Levels

GOOD: dict[str, Any] = {"reliability": "B"}
POOR: dict[str, Any] = {"reliability": "C"}
LEVELS: list[tuple[str, Sequence[Claim], Level | None]] = [
    ("nobody", [], None),
    ("one", figures({"best": 300}), "single"),
    ("two that agree", figures({"best": 300}, {"best": 300}), "corroborated"),
    ("close but apart on one day", figures({"best": 300}, {"best": 280}), "contested"),
    (
        "close but apart at other times",
        figures({"best": 280}, {"best": 300, "stated": "2025-06-01"}),
        "corroborated",
    ),
    ("two that are merely compatible", figures({"best": 300}, {"low": 100}), "single"),
    ("two that do not, at other times", figures(EARLY, LATE | {"stated": "2025-06-01"}), "single"),
    ("two that contradict", figures(EARLY, LATE), "contested"),
    ("three good that agree", figures(*[{"best": 300} | GOOD] * 3), "strong"),
    ("A counts as B", figures(*[{"best": 300, "reliability": x} for x in "ABA"]), "strong"),
    (
        "two good and one poor",
        figures(*[{"best": 300} | GOOD] * 2, {"best": 300} | POOR),
        "corroborated",
    ),
    ("three poor", figures(*[{"best": 300} | POOR] * 3), "corroborated"),
    ("three not judged", figures(*[{"best": 300, "reliability": "F"}] * 3), "corroborated"),
    (
        "three good of which only two agree",
        figures(
            *[{"best": 300, "stated": "2025-01-01"} | GOOD] * 2,
            {"best": 900, "stated": "2025-06-01"} | GOOD,
        ),
        "corroborated",
    ),
    (
        "three good that agree beside one that does not",
        figures(
            *[{"best": 300, "stated": "2025-01-01"} | GOOD] * 3,
            {"best": 900, "stated": "2025-06-01"} | GOOD,
        ),
        "strong",
    ),
    (
        "a contradiction among three good",
        figures(*[{"best": 300} | GOOD] * 3, {"best": 900} | POOR),
        "contested",
    ),
    (
        "pairs that agree in a row do not all agree with one another",
        figures(
            {"low": 0, "high": 10, "stated": "2025-01-01"} | GOOD,
            {"low": 10, "high": 20, "stated": "2025-01-10"} | GOOD,
            {"low": 20, "high": 30, "stated": "2025-01-20"} | GOOD,
        ),
        "corroborated",
    ),
    ("open bounds confirm nothing", figures(*[{"high": n} | GOOD for n in (5, 6, 7)]), "single"),
    ("unless they are close", figures(*[{"high": n} | GOOD for n in (65, 66, 67)]), "strong"),
    (
        "a range and two close numbers that it holds",
        figures({"low": 50, "high": 200} | GOOD, {"best": 100} | GOOD, {"best": 109} | GOOD),
        "contested",
    ),
    (
        "a range and two that are about the same",
        figures(
            {"low": 50, "high": 200} | GOOD,
            *[{"best": n, "qualifier": "about"} | GOOD for n in (100, 109)],
        ),
        "strong",
    ),
    (
        "about 600 and 650",
        figures({"best": 600, "qualifier": "about"}, {"best": 650}),
        "corroborated",
    ),
    ("nothing but weak", figures(*[{"best": 300, "basis": "relay"}] * 3), "single"),
    ("nothing but improbable", figures(*[{"best": 300, "credibility": 5}] * 3), "single"),
    ("one voice", figures(*[{"best": 300, "voice": "mod"} | GOOD] * 3), "single"),
    ("one assertion", stances(True), "single"),
    ("two assertions", stances(True, True), "corroborated"),
    ("two denials", stances(False, False), "corroborated"),
    ("three good assertions", stances(True, True, True, **GOOD), "strong"),
    ("assertion and denial", stances(True, False), "contested"),
]


@pytest.mark.parametrize(("claims", "level"), [x[1:] for x in LEVELS], ids=[x[0] for x in LEVELS])
def test_the_level_of_support(claims: Sequence[Claim], level: Level | None) -> None:
    measure: Measure = "proposition" if claims and claims[0].asserts is not None else "cumulative"
    for order in permutations(claims):
        found = support(measure, order)
        assert (found.level, bool(found.reasons)) == (level, True)


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ([], "no origin"),
        (figures({"best": 300}), "one independent origin: a"),
        (figures({"best": 300}, {"best": 300}), "a and b agree"),
        (figures(EARLY, LATE), "a/1 and b/1 contradict"),
        (
            figures(EARLY, LATE | {"stated": "2025-06-01"}),
            "2 origins, no two of which confirm each other",
        ),
        (figures(*[{"best": 300} | GOOD] * 3), "a and b and c agree, each graded A or B"),
        (
            figures({"best": 300, "basis": "relay"}),
            "nothing but weak claims (relays without a link or improbable), which never corroborate",
        ),
    ],
)
def test_the_level_comes_with_its_reason(claims: Sequence[Claim], reason: str) -> None:
    assert support("cumulative", claims).reasons == (reason,)


def test_a_sum_stands_as_well_as_the_weakest_of_its_cells() -> None:
    strong = support("increment", figures(*[{"best": 3} | GOOD] * 3))
    corroborated = support("increment", figures({"best": 3}, {"best": 3}))
    single = support("increment", figures({"best": 3}))
    contested = support("increment", figures({"best": 3}, {"best": 4}))
    ladder = [contested, single, corroborated, strong]
    for weaker, stronger in combinations(ladder, 2):
        assert weakest([stronger, weaker]) == weakest([weaker, stronger]) == weaker
    assert weakest([]).level is None


# Against combinations

bodies = st.fixed_dictionaries(
    {
        "best": st.one_of(st.none(), st.integers(0, 20), st.integers(90, 110)),
        "low": st.one_of(st.none(), st.integers(0, 20)),
        "high": st.one_of(st.none(), st.integers(90, 110)),
        "qualifier": st.sampled_from(["exact", "about", "at-least", "up-to"]),
        "reliability": st.sampled_from([None, *"ABCDEF"]),
        "credibility": st.sampled_from([None, None, 2, 5]),
        "voice": st.sampled_from("abcd"),
        "stated": st.sampled_from(["2025-01-01", "2025-01-03", "2025-06-01"]),
    }
).filter(lambda body: any(body[name] is not None for name in ("low", "best", "high")))


def confirm(one: Claim, other: Claim) -> bool:
    """Whether two claims of different voices agree, by the rule and step by step."""
    if one.voice == other.voice:
        return False
    ends = [abs(end) for claim in (one, other) for end in compared(claim)]
    if max(ends) < float("inf") and meet(one, other):
        return True
    x, y = only_number(one), only_number(other)
    return x is not None and y is not None and abs(x - y) <= 0.1 * max(abs(x), abs(y))


def all_confirm(claims: Sequence[Claim]) -> bool:
    return all(confirm(one, other) for one, other in combinations(claims, 2))


@given(st.lists(bodies, min_size=1, max_size=6), st.sampled_from(["stock", "cumulative"]))
@settings(deadline=None)
def test_the_level_is_that_of_the_largest_group_of_which_all_agree(
    given_bodies: list[dict[str, Any]], measure: Measure
) -> None:
    claims = figures(*given_bodies)
    firm = [claim for claim in claims if claim.credibility != 5]
    good = [claim for claim in firm if claim.reliability in ("A", "B")]
    if any(
        one.voice != other.voice and contradict(measure, one, other)
        for one, other in combinations(claims, 2)
    ):
        expected = "contested"
    elif any(all_confirm(three) for three in combinations(good, 3)):
        expected = "strong"
    else:
        expected = (
            "corroborated" if any(all_confirm(two) for two in combinations(firm, 2)) else "single"
        )
    assert support(measure, claims).level == expected
