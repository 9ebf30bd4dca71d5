"""Cells of an increment: which lies inside which, and which would count something twice."""

from collections.abc import Iterable, Mapping
from itertools import combinations
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.estimates.cells import Place, Span, span
from domain.estimates.claims import cell_of
from domain.estimates.nesting import clashing, in_order, nested
from domain.period import parse_period


def place(text: str) -> tuple[Place, Span]:
    """A place and its days, written as `[cohort] period` or `[cohort] #incident period`."""
    *words, period = text.split()
    incident = next((word[1:] for word in words if word.startswith("#")), None)
    cohort = next((word for word in words if not word.startswith("#")), None)
    cell = cell_of("increment", parse_period(period))
    return Place(cohort, incident, None if incident else cell), span(cell)


HOLDS: list[tuple[str, list[str], dict[str, list[str]]]] = [
    ("nothing", [], {}),
    ("a day lies inside its month", ["2025-01", "2025-01-10"], {"2025-01": ["2025-01-10"]}),
    ("the first day too", ["2025-01", "2025-01-01"], {"2025-01": ["2025-01-01"]}),
    ("two months stand beside each other", ["2025-01", "2025-02"], {}),
    ("a week over the edge lies in neither", ["2025-01", "2025-01-27/2025-02-02"], {}),
    (
        "a day in a month in a year is held by the month",
        ["2025", "2025-01", "2025-01-10"],
        {"2025": ["2025-01"], "2025-01": ["2025-01-10"]},
    ),
    (
        "a cell may lie inside two",
        ["2025-01-01/2025-01-10", "2025-01-05/2025-01-20", "2025-01-06/2025-01-08"],
        {
            "2025-01-01/2025-01-10": ["2025-01-06/2025-01-08"],
            "2025-01-05/2025-01-20": ["2025-01-06/2025-01-08"],
        },
    ),
    (
        "an open end is the longest",
        ["2025-01/..", "2025-02/..", "2026"],
        {"2025-01/..": ["2025-02/.."], "2025-02/..": ["2026"]},
    ),
    ("a cohort lies inside the whole", ["2025-01", "east 2025-01"], {"2025-01": ["east 2025-01"]}),
    ("also for fewer days", ["2025-01", "east 2025-01-10"], {"2025-01": ["east 2025-01-10"]}),
    ("but not for more", ["2025-01-10", "east 2025-01"], {}),
    ("the whole never inside a cohort", ["east 2025", "2025-01"], {}),
    ("nor a cohort inside another", ["east 2025-01", "west 2025-01-10"], {}),
    (
        "a cohort's day is held by the cohort's month",
        ["2025-01", "east 2025-01", "east 2025-01-10"],
        {"2025-01": ["east 2025-01"], "east 2025-01": ["east 2025-01-10"]},
    ),
    (
        "an incident lies inside a period",
        ["2025-01", "#raid 2025-01-10"],
        {"2025-01": ["#raid 2025-01-10"]},
    ),
    ("also when it took all of it", ["2025-01", "#raid 2025-01"], {"2025-01": ["#raid 2025-01"]}),
    ("not when it took longer", ["2025-01", "#raid 2025-01/2025-02"], {}),
    ("an incident holds no period", ["#raid 2025-01", "2025-01-10"], {}),
    ("nor another incident", ["#raid 2025-01", "#fire 2025-01-10"], {}),
    (
        "but the same incident of a cohort, whenever that was",
        ["#raid 2025-01-10", "east #raid 2025-01"],
        {"#raid 2025-01-10": ["east #raid 2025-01"]},
    ),
    (
        "which lies in what holds the incident",
        ["2025-01-10", "#raid 2025-01-10", "east #raid 2025-01"],
        {"2025-01-10": ["#raid 2025-01-10"], "#raid 2025-01-10": ["east #raid 2025-01"]},
    ),
    (
        "of another cohort it is another",
        ["east #raid 2025-01-10", "west #raid 2025-01-10"],
        {},
    ),
]  # fmt: skip


@pytest.mark.parametrize(("texts", "then"), [x[1:] for x in HOLDS], ids=[x[0] for x in HOLDS])
def test_what_lies_directly_inside_what(texts: list[str], then: dict[str, list[str]]) -> None:
    for order in (texts, texts[::-1]):
        names = {place(text)[0]: text for text in order}
        found = nested({place(text)[0]: place(text)[1] for text in order}).inside
        assert {names[p]: [names[each] for each in inner] for p, inner in found.items()} == then


CLASH: list[tuple[str, list[str], list[str]]] = [
    ("nothing", [], []),
    ("two months", ["2025-01", "2025-02"], []),
    ("a shared day", ["2025-01-01/2025-01-20", "2025-01-20/2025-01-31"], ["0", "1"]),
    ("a day apart", ["2025-01-01/2025-01-20", "2025-01-21/2025-01-31"], []),
    ("open ends", ["../2025-01", "2025-01/.."], ["0", "1"]),
    ("two cohorts", ["east 2025-01", "west 2025-01"], []),
    ("a whole and a longer cohort", ["2025-01-10", "east 2025-01"], ["0", "1"]),
    ("a whole and a cohort at other times", ["2025-01", "east 2025-02"], []),
    ("of three the two that meet", ["2025-01", "2025-01-20/2025-02-10", "2025-03"], ["0", "1"]),
    ("incidents overlap nothing", ["2025-01", "#raid 2025-01/2025-02", "#fire 2025-01"], []),
]


@pytest.mark.parametrize(("texts", "then"), [x[1:] for x in CLASH], ids=[x[0] for x in CLASH])
def test_periods_of_one_level_clash_where_a_day_would_count_twice(
    texts: list[str], then: list[str]
) -> None:
    spans = dict(place(text) for text in texts)
    expected = {place(texts[int(n)])[0] for n in then}
    assert clashing(spans, spans) == clashing(list(spans)[::-1], spans) == expected


def test_the_whole_comes_first_then_cohorts_by_name_and_cells_by_beginning() -> None:
    texts = ["../2024", "2025-01", "2025-01-01", "2025-03", "east 2025-02", "west 2025-01"]
    for seed in range(10):
        spans = dict(place(text) for text in Random(seed).sample(texts, len(texts)))
        assert in_order(spans, spans) == [place(text)[0] for text in texts]


# Against all pairs

some_days: st.SearchStrategy[tuple[int | None, int | None]] = st.one_of(
    st.tuples(st.integers(1, 9), st.integers(1, 9)).map(lambda pair: (min(pair), max(pair))),
    st.tuples(st.none(), st.integers(1, 9)),
    st.tuples(st.integers(1, 9), st.none()),
)


@st.composite
def some_places(draw: st.DrawFn) -> dict[Place, Span]:
    """Periods and incidents of the whole and of two cohorts, with their days."""
    made: dict[Place, Span] = {}
    for _ in range(draw(st.integers(0, 8))):
        cell = draw(some_days)
        incident = draw(st.sampled_from([None, None, "raid", "fire"]))
        cohort = draw(st.sampled_from([None, None, "east", "west"]))
        made[Place(cohort, incident, None if incident else cell)] = span(cell)
    return made


def lies_inside(one: Place, other: Place, spans: Mapping[Place, Span]) -> bool:
    """The rule for two places by itself, without what follows through a third."""
    if one == other or other.cohort not in (one.cohort, None):
        return False
    if other.incident:
        return one.incident == other.incident
    (first, last), (begins, ends) = spans[one], spans[other]
    return begins <= first and last <= ends


def all_holders(spans: Mapping[Place, Span]) -> dict[Place, set[Place]]:
    """For each place all that hold it: by the rule, and through the same incident of the whole."""
    found = {p: {other for other in spans if lies_inside(p, other, spans)} for p in spans}
    return {p: held.union(*(found[other] for other in held)) for p, held in found.items()}


@given(some_places())
@settings(deadline=None)
def test_whoever_compares_all_pairs_finds_the_same_nests(spans: dict[Place, Span]) -> None:
    nest, holders = nested(spans), all_holders(spans)
    assert {p: set(nest.holders.get(p, ())) for p in spans} == holders
    for holder in spans:
        inside = {p for p in spans if holder in holders[p]}
        directly = {p for p in inside if not holders[p] & inside}
        assert set(nest.inside.get(holder, ())) == directly
    assert set(nest.outermost(spans)) == {p for p in spans if not holders[p]}


def twice(level: Iterable[Place], spans: Mapping[Place, Span]) -> set[Place]:
    """Periods of which two share a day, of one cohort or one of them of the whole."""
    found = set[Place]()
    for one, other in combinations(level, 2):
        (first, last), (begins, ends) = spans[one], spans[other]
        same = one.cohort == other.cohort or None in (one.cohort, other.cohort)
        if one.incident is other.incident is None and same and first <= ends and begins <= last:
            found |= {one, other}
    return found


@given(some_places(), st.randoms(use_true_random=False))
@settings(deadline=None)
def test_whoever_compares_all_pairs_of_a_level_finds_the_same_clashes(
    spans: dict[Place, Span], random: Random
) -> None:
    nest = nested(spans)
    for level in (nest.outermost(spans), *nest.inside.values()):
        shuffled = random.sample(list(level), len(level))
        assert clashing(shuffled, spans) == twice(level, spans)
