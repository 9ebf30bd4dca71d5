"""Which origins are independent: of different voices, and neither rests on the other."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations, permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.estimates.claims import Claim
from domain.estimates.independence import dependent_pairs, independent, independent_voices
from domain.estimates.origins import resolve
from domain.vocabulary import Measure
from tests.domain.estimates.asking import ask, codes, increment, stance, total
from tests.histories import said


def resting(claim: str, *on: str, **more: object) -> Claim:
    """A count of 100 killed that a monitor compiled out of others' claims."""
    return said(claim, 100, rests_on=on, **more)  # type: ignore[arg-type]


A, B = said("a/1", 100), said("b/1", 100)
UN = resting("un/1", "a/1")
COUNTED: list[tuple[str, Sequence[Claim], int, str]] = [
    ("two voices", [A, B], 2, "corroborated"),
    (
        "three ids of one ministry",
        [said(f"{name}/1", 100, voice="mod") for name in ("mod", "press", "tv")],
        1,
        "single",
    ),
    ("a count out of another's claim", [A, UN], 1, "single"),
    ("a count out of another's claim, and a third", [A, UN, B], 2, "corroborated"),
    (
        "a count out of a count",
        [A, UN, resting("monitor/1", "un/1")],
        1,
        "single",
    ),
    (
        "two counts out of one claim are independent of each other, but count as one origin with it",
        [A, UN, resting("monitor/1", "a/1")],
        1,
        "corroborated",
    ),
    (
        "a count out of all others",
        [A, B, resting("un/1", "a/1", "b/1")],
        2,
        "corroborated",
    ),
    (
        "it rests on what that voice says, not on the one claim alone",
        [said("a/1", 90, stated="2025-01-01"), said("a/2", 100), UN],
        1,
        "single",
    ),
    (
        "but not on what that voice says of a cohort",
        [said("a/1", 90, cohort="east"), said("a/2", 100), UN],
        2,
        "corroborated",
    ),
    (
        "nor of another indicator",
        [said("a/1", 90, indicator="wounded"), said("a/2", 100), UN],
        2,
        "corroborated",
    ),
    (
        "through a relay of it",
        [A, said("wire/1", 100, links=("a/1",)), resting("un/1", "wire/1")],
        1,
        "single",
    ),
    (
        "a count out of its own earlier words",
        [A, resting("b/2", "b/1"), said("b/1", 5, stated="2025-01-01")],
        2,
        "corroborated",
    ),
]


@pytest.mark.parametrize(
    ("claims", "origins", "level"), [x[1:] for x in COUNTED], ids=[x[0] for x in COUNTED]
)
def test_origins_are_the_voices_that_rest_on_no_other(
    claims: Sequence[Claim], origins: int, level: str
) -> None:
    for order in permutations(claims):
        result = ask(order)
        assert (result.origins, result.support.level) == (origins, level)


@pytest.mark.parametrize("measure", ["stock", "cumulative", "increment"])
def test_a_count_neither_corroborates_nor_contradicts_what_it_rests_on(measure: Measure) -> None:
    party = said("a/1", 100, measure=measure)
    same = said("un/1", 100, measure=measure, rests_on=("a/1",), credibility=1)
    other = replace(same, low=40, best=40, high=40)
    assert codes(ask([party, same], measure)) == ["grade-1-unsupported"]
    result = ask([party, other], measure)
    assert (codes(result), result.support.level) == (["grade-1-unsupported"], "single")
    apart = replace(other, rests_on=())
    assert "contradiction" in codes(ask([party, apart], measure))


def test_a_proposition_is_corroborated_by_independent_origins_alone() -> None:
    seen, counted = stance("a/1", True), stance("un/1", True, rests_on=("a/1",))
    result = ask([seen, counted], "proposition")
    assert (result.verdict, result.origins, result.support.level) == ("reported", 1, "single")
    denied = stance("un/1", False, rests_on=("a/1",))
    assert (ask([seen, denied], "proposition").verdict, codes(ask([seen, denied], "proposition"))) == (
        "disputed",
        [],
    )


def test_a_stand_in_is_not_independent_of_what_the_voice_of_its_root_says() -> None:
    gone = said("nis/1", 100, standing="withdrawn-by-us")
    wire = said("wire/1", 100, links=("nis/1",), stated="2025-01-14")
    assert (ask([gone, wire]).origins, ask([gone, wire, B]).origins) == (1, 2)
    again = said("nis/2", 100, stated="2025-01-15")
    assert ask([gone, wire, again]).origins == 1


def test_in_a_sum_the_voices_of_all_its_cells_are_counted_once() -> None:
    months = [increment(f"{name}/{n}", 1, period=f"2025-0{n}") for n, name in enumerate("aab", start=1)]
    assert total(months).origins == 2
    march = replace(months[2], rests_on=("a/1",))
    assert total([*months[:2], march]).origins == 1


def test_without_an_origin_there_is_none() -> None:
    assert ask([]).origins == 0


def test_two_that_rest_on_each_other_are_one() -> None:
    assert ask([resting("a/1", "b/1"), resting("b/1", "a/1")]).origins == 1


# Against all pairs


@st.composite
def webs(draw: st.DrawFn) -> list[Claim]:
    """Claims of which some rest on others or derive from them, on one day."""
    made = list[Claim]()
    for n in range(draw(st.integers(1, 7))):
        names = [claim.id for claim in made]
        on = draw(st.lists(st.sampled_from(names), max_size=2, unique=True)) if names else []
        link = draw(st.sampled_from([(), (), (), (names[0],)])) if names else ()
        voice = draw(st.sampled_from("abcde"))
        cohort = draw(st.sampled_from([None, None, "east"]))
        made.append(
            said(
                f"r{n}/1",
                100,
                originator=voice,
                voice=voice,
                cohort=cohort,
                rests_on=tuple(on),
                links=link,
            )
        )
    return made


def behind(claim: Claim, claims: Sequence[Claim]) -> set[tuple[str, str | None]]:
    """The voices and cohorts of all that a claim rests on or derives from, however far."""
    names, before = {*claim.rests_on, *claim.links}, set[str]()
    while names != before:
        before = set(names)
        names |= {x for c in claims if c.id in before for x in (*c.rests_on, *c.links)}
    return {(c.voice, c.cohort) for c in claims if c.id in names}


def all_that_each_rests_on(origins: Sequence[Claim], claims: Sequence[Claim]) -> dict[str, set[str]]:
    """For each origin the others that it rests on, through others as well."""
    on = {
        one.id: {
            other.id
            for other in origins
            if other.voice != one.voice and (other.voice, other.cohort) in behind(one, claims)
        }
        for one in origins
    }
    for _ in origins:
        on = {name: held.union(*(on[other] for other in held)) - {name} for name, held in on.items()}
    return on


@given(webs())
@settings(deadline=None)
def test_whoever_compares_all_pairs_finds_the_same_independent_origins(claims: list[Claim]) -> None:
    known = {claim.id: claim for claim in claims}
    resolved = resolve(claims, known.get)
    origins = resolved.origins
    on = all_that_each_rests_on(origins, claims)
    pairs = dependent_pairs(origins, resolved.resting)
    for one, other in combinations(origins, 2):
        apart = other.id not in on[one.id] and one.id not in on[other.id]
        assert independent(one, other, pairs) is (one.voice != other.voice and apart)
    free = {origin.voice for origin in origins if not on[origin.id]}
    assert independent_voices(origins, resolved.resting) == (len(free) or min(1, len(origins)))
