"""Flags over all active claims: what a careful desk would look at twice, and what it need not.

Given claims as plain data, then these suspicions. The rules are worked out a second time at the end,
all pairs compared, and held against the program on generated claims.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.estimates.claims import Claim, in_headline
from domain.estimates.estimation import estimate
from domain.estimates.flags import FlagCode
from domain.estimates.suspicions import flags_about, suspicions
from domain.vocabulary import Measure, Qualifier
from tests.domain.estimates.asking import increment, plan, question, stance, unknown
from tests.histories import said

Found = list[tuple[str, ...]]
MEASURES: tuple[Measure, ...] = ("stock", "cumulative", "increment", "proposition")
NUMERIC: tuple[Measure, ...] = ("stock", "cumulative", "increment")
AGEING: tuple[Measure, ...] = ("stock", "cumulative")


def suspected(
    code: FlagCode,
    claims: Sequence[Claim],
    measure: Measure = "cumulative",
    **parts: Sequence[Claim],
) -> Found:
    """The claims that each flag of a code names."""
    active = [claim for claim in claims if claim.standing == "active"]
    known = {claim.id: claim for claim in claims}
    found = suspicions(question(measure), active, parts, known.get)
    return [each.flag.claims for each in found if each.flag.code == code]


def of(measure: Measure, claim: str, best: float | None = None, **more: Any) -> Claim:
    """A claim of a measure; on a proposition it has a stance instead of a number."""
    if measure == "proposition":
        return said(claim, measure=measure, asserts=True, **more)
    return said(claim, best, measure=measure, **more)


def by(name: str, claim: Claim) -> Claim:
    """The same claim by another voice."""
    return replace(claim, originator=name, voice=name)


def levels(claims: Iterable[Claim]) -> list[Claim]:
    """Claims on a total as claims on a level: each for its last day alone."""
    return [replace(claim, cell=(claim.cell[1], claim.cell[1])) for claim in claims]


# Disputed


@pytest.mark.parametrize("measure", MEASURES)
def test_a_disputed_claim_is_flagged_whatever_it_measures(measure: Measure) -> None:
    one = of(measure, "nis/1", 300, disputed_by=("kcna", "tass"))
    assert suspected("disputed", [one, of(measure, "us/1", 400)], measure) == [("nis/1",)]
    [found] = suspicions(question(measure), [one], {}, {one.id: one}.get)
    assert found.flag.detail == "nis/1 is disputed by kcna and tass"


def test_a_relay_and_a_claim_without_a_figure_may_be_disputed() -> None:
    relay = said("wire/1", 300, links=("nis/1",), disputed_by=("kcna",))
    several = said("us/1", qualifier="unspecified", disputed_by=("kcna",))
    assert suspected("disputed", [relay, several]) == [("wire/1",), ("us/1",)]


# Bounds in disorder

BOUNDS: list[tuple[dict[str, Any], bool]] = [
    ({"best": 300}, False),
    ({"low": 100, "best": 300, "high": 600}, False),
    ({"low": 300, "best": 300, "high": 300}, False),
    ({"low": 100, "high": 600}, False),
    ({"low": 0}, False),
    ({"high": -5}, False),
    ({"low": 301, "best": 300}, True),
    ({"best": 300, "high": 299}, True),
    ({"low": 300, "high": 299.5}, True),
    ({"low": 100, "best": 700, "high": 600}, True),
    ({"low": 400, "best": 300, "high": 600}, True),
    ({"low": 600, "best": 300, "high": 100}, True),
]


@pytest.mark.parametrize(("figure", "then"), BOUNDS)
@pytest.mark.parametrize("measure", NUMERIC)
@pytest.mark.parametrize("qualifier", [None, "about", "at-least"])
def test_bounds_out_of_order_are_flagged(
    measure: Measure, figure: dict[str, Any], then: bool, qualifier: Qualifier | None
) -> None:
    claim = said("nis/1", measure=measure, qualifier=qualifier, **figure)
    assert suspected("bad-interval", [claim], measure) == ([("nis/1",)] if then else [])


# A total that falls

MAY: dict[str, Any] = {"stated": "2025-05-01"}
FALLS: dict[str, tuple[list[Claim], Found]] = {
    "a later total is smaller": (
        [said("nis/1", 600), said("nis/2", 300, **MAY)],
        [("nis/1", "nis/2")],
    ),
    "a later total is greater": ([said("nis/1", 300), said("nis/2", 600, **MAY)], []),
    "a later total is the same": ([said("nis/1", 600), said("nis/2", 600, **MAY)], []),
    "of another originator": ([said("nis/1", 600), said("us/1", 300, **MAY)], []),
    "of another cohort": ([said("nis/1", 600), said("nis/2", 300, cohort="east", **MAY)], []),
    "within a cohort": (
        [said("nis/1", 600, cohort="east"), said("nis/2", 300, cohort="east", **MAY)],
        [("nis/1", "nis/2")],
    ),
    "about as many, within a tenth": (
        [said("nis/1", 600), said("nis/2", 550, qualifier="about", **MAY)],
        [],
    ),
    "about as many, beyond a tenth": (
        [said("nis/1", 600), said("nis/2", 545, qualifier="about", **MAY)],
        [("nis/1", "nis/2")],
    ),
    "at least fewer": ([said("nis/1", 600), said("nis/2", low=300, **MAY)], []),
    "at most fewer": (
        [said("nis/1", 600), said("nis/2", high=300, **MAY)],
        [("nis/1", "nis/2")],
    ),
    "ranges that meet": (
        [said("nis/1", low=500, high=700), said("nis/2", low=300, high=500, **MAY)],
        [],
    ),
    "a relay": ([said("nis/1", 600), said("nis/2", 300, links=("us/1",), **MAY)], []),
    "a stated start": (
        [said("nis/1", 600), said("nis/2", 50, period="2025-04-25/2025-05-01", **MAY)],
        [],
    ),
    "an open start": (
        [said("nis/1", 600), said("nis/2", 50, period="../2025-05-01", **MAY)],
        [("nis/1", "nis/2")],
    ),
    "a second thought on the same days": (
        [said("nis/1", 600, period="2025-01-10"), said("nis/2", 300, period="2025-01-10", **MAY)],
        [],
    ),
    "from what was revised upwards": (
        [
            said("nis/1", 300, period="2025-01-10"),
            said("nis/2", 900, period="2025-01-10", stated="2025-03-01"),
            said("nis/3", 600, **MAY),
        ],
        [("nis/2", "nis/3")],
    ),
    "from what was revised downwards": (
        [
            said("nis/1", 900, period="2025-01-10"),
            said("nis/2", 300, period="2025-01-10", stated="2025-03-01"),
            said("nis/3", 600, **MAY),
        ],
        [],
    ),
    "an old total said late, for its own days": (
        [said("nis/1", 2000), said("nis/2", 600, period="2024-12-01", **MAY)],
        [],
    ),
    "without a figure": (
        [said("nis/1", 600), said("nis/2", qualifier="unspecified", **MAY)],
        [],
    ),
    "of two ids of one voice": (
        [said("mod/1", 600), said("press/2", 300, voice="mod", **MAY)],
        [("mod/1", "press/2")],
    ),
    "from one that was taken back": (
        [
            said("nis/1", 600, period="2025-01-10"),
            unknown("nis/2", period="2025-01-10", stated="2025-03-01"),
            said("nis/3", 300, **MAY),
        ],
        [],
    ),
    "a plan that is smaller": (
        [said("nis/1", 600), plan("nis/2", 300, period="2025-06", **MAY)],
        [],
    ),
    "twice": (
        [said("nis/1", 9), said("nis/2", 7, stated="2025-02-01"), said("nis/3", 5, **MAY)],
        [("nis/1", "nis/2"), ("nis/2", "nis/3")],
    ),
    "once, and then rises again": (
        [said("nis/1", 9), said("nis/2", 5, stated="2025-02-01"), said("nis/3", 7, **MAY)],
        [("nis/1", "nis/2")],
    ),
}


@pytest.mark.parametrize("case", FALLS)
def test_a_falling_total(case: str) -> None:
    claims, then = FALLS[case]
    assert suspected("fall", claims) == suspected("fall", claims[::-1]) == then


@pytest.mark.parametrize("measure", ["stock", "increment"])
def test_levels_and_new_numbers_may_fall(measure: Measure) -> None:
    fell = [said("nis/1", 600, measure=measure), said("nis/2", 300, measure=measure, **MAY)]
    assert suspected("fall", fell, measure) == []


# An old figure in new print


def on(day: str, best: float | None, n: int, **more: Any) -> Claim:
    """What the NIS says on a day."""
    return said(f"nis/{n}", best, stated=day, **more)


OLD, OTHER, NEW = on("2025-04-30", 600, 1), on("2025-09-02", 2000, 2), on("2025-11-04", 600, 3)
STALE: dict[str, tuple[list[Claim], Found]] = {
    "an old figure after another": ([OLD, OTHER, NEW], [("nis/3", "nis/1")]),
    "also as a bound": ([OLD, OTHER, on("2025-11-04", None, 3, low=600)], [("nis/3", "nis/1")]),
    "with nothing between": ([OLD, NEW], []),
    "with the same between": ([OLD, on("2025-09-02", 600, 2), NEW], []),
    "a new figure": ([OLD, OTHER, on("2025-11-04", 601, 3)], []),
    "for its own days": ([OLD, OTHER, on("2025-11-04", 600, 3, period="2025-04-30")], []),
    "the other is for the same day": ([OLD, OTHER, on("2025-09-02", 600, 3)], []),
    "the other is for the first day": ([OLD, on("2025-04-30", 2000, 2), NEW], []),
    "linked": ([OLD, OTHER, replace(NEW, links=("nis/1",))], []),
    "the first is linked": ([replace(OLD, links=("us/1",)), OTHER, NEW], []),
    "the other is linked": ([OLD, replace(OTHER, links=("us/1",)), NEW], []),
    "the other is of another originator": ([OLD, by("us", OTHER), NEW], []),
    "it is of another originator": ([OLD, OTHER, by("us", NEW)], []),
    "it is of a cohort": ([OLD, OTHER, replace(NEW, cohort="east")], []),
    "all are of a cohort": (
        [replace(claim, cohort="east") for claim in (OLD, OTHER, NEW)],
        [("nis/3", "nis/1")],
    ),
    "the other has no figure": (
        [OLD, on("2025-09-02", None, 2, qualifier="unspecified"), NEW],
        [],
    ),
    "printed again and again": (
        [OLD, OTHER, NEW, on("2025-11-05", 600, 4)],
        [("nis/3", "nis/1"), ("nis/4", "nis/1")],
    ),
}


@pytest.mark.parametrize("case", STALE)
@pytest.mark.parametrize("measure", AGEING)
def test_an_old_figure_in_new_print(measure: Measure, case: str) -> None:
    claims, then = STALE[case]
    if measure == "stock":
        claims = levels(claims)
    assert suspected("stale-relay-suspected", claims, measure) == then
    assert suspected("stale-relay-suspected", claims[::-1], measure) == then


def test_a_stated_start_is_neither_an_old_figure_nor_one_between() -> None:
    week = on("2025-11-04", 600, 3, period="2025-10-28/2025-11-04")
    assert suspected("stale-relay-suspected", [OLD, OTHER, week]) == []
    between = on("2025-09-02", 50, 2, period="2025-08-01/2025-09-02")
    assert suspected("stale-relay-suspected", [OLD, between, NEW]) == []


def test_new_numbers_may_come_again() -> None:
    months = [
        said(f"nis/{n}", best, measure="increment", period=f"2025-0{n}", stated=f"2025-0{n + 1}-01")
        for n, best in enumerate((600, 2000, 600), start=1)
    ]
    assert suspected("stale-relay-suspected", months, "increment") == []


# The same figure elsewhere

NIS = said("nis/1", 300, period="2025-01-10")


def echo(claim: str = "wire/1", best: float | None = 300, **more: Any) -> Claim:
    """What another says of the same days a week later."""
    return said(claim, best, **{"stated": "2025-01-20", "period": "2025-01-10"} | more)


ECHOES: dict[str, tuple[list[Claim], Found]] = {
    "the same figure soon after": ([NIS, echo()], [("wire/1", "nis/1")]),
    "14 days after": ([NIS, echo(stated="2025-01-27T23:59:59Z")], [("wire/1", "nis/1")]),
    "15 days after": ([NIS, echo(stated="2025-01-28T00:00:00Z")], []),
    "days are counted between dates": (
        [
            said("nis/1", 300, period="2025-01-10", stated="2025-01-13T23:59:59Z"),
            echo(stated="2025-01-28T00:00:00Z"),
        ],
        [],
    ),
    "another figure": ([NIS, echo(best=301)], []),
    "a bound more": ([NIS, echo(low=300)], []),
    "about as many": ([NIS, echo(qualifier="about")], [("wire/1", "nis/1")]),
    "the same bounds": (
        [
            said("nis/1", low=100, high=300, period="2025-01-10"),
            echo(best=None, low=100, high=300),
        ],
        [("wire/1", "nis/1")],
    ),
    "other days": ([NIS, echo(period="2025-01-11")], []),
    "another cohort": ([NIS, echo(cohort="east")], []),
    "the same originator": ([NIS, echo("nis/2")], []),
    "linked to it": ([NIS, echo(links=("nis/1",))], []),
    "linked to what is linked to it": (
        [NIS, echo("ap/1", links=("nis/1",)), echo(links=("ap/1",), stated="2025-01-21")],
        [],
    ),
    "a weak relay": ([NIS, echo(basis="relay")], [("wire/1", "nis/1")]),
    "no figure": (
        [
            said("nis/1", qualifier="unspecified", period="2025-01-10"),
            echo(best=None, qualifier="unspecified"),
        ],
        [],
    ),
    "of two the first is named": (
        [NIS, echo("ap/1", stated="2025-01-14"), echo()],
        [("ap/1", "nis/1"), ("wire/1", "nis/1")],
    ),
    "of two the one that is near enough": (
        [NIS, echo("ap/1", stated="2025-01-20"), echo(stated="2025-02-01")],
        [("ap/1", "nis/1"), ("wire/1", "ap/1")],
    ),
    "from one that repeated itself": (
        [NIS, echo("nis/2", stated="2025-01-25"), echo(stated="2025-02-01")],
        [("wire/1", "nis/2")],
    ),
    "what gave it away may come from elsewhere": (
        [said("un/1", 5, cohort="east"), replace(NIS, links=("un/1",)), echo()],
        [("wire/1", "nis/1")],
    ),
    "two ids of one voice": ([NIS, echo("press/1", voice="nis")], []),
    "it rests on it, and says the same": (
        [NIS, echo(rests_on=("nis/1",))],
        [("wire/1", "nis/1")],
    ),
    "9 and 9": ([said("nis/1", 9, period="2025-01-10"), echo(best=9)], []),
    "2 and 2": ([said("nis/1", 2, period="2025-01-10"), echo(best=2)], []),
    "0 and 0": ([said("nis/1", 0, period="2025-01-10"), echo(best=0)], []),
    "10 and 10": ([said("nis/1", 10, period="2025-01-10"), echo(best=10)], [("wire/1", "nis/1")]),
    "far below 0": ([said("nis/1", -20, period="2025-01-10"), echo(best=-20)], [("wire/1", "nis/1")]),
    "a plan and what came of it": ([plan("nis/1", 300, period="2025-01-10"), echo()], []),
    "the other has it from here": (
        [echo("wire/1", stated="2025-01-20T12:00:00Z"), echo("us/1", links=("wire/1",))],
        [],
    ),
    "the other has it from here, but had said so before": (
        [
            echo("us/1", stated="2025-01-18"),
            echo("us/2", links=("wire/1",)),
            echo("wire/1", stated="2025-01-20T12:00:00Z"),
        ],
        [("wire/1", "us/1")],
    ),
}


@pytest.mark.parametrize("case", ECHOES)
@pytest.mark.parametrize("measure", NUMERIC)
def test_the_same_figure_elsewhere(measure: Measure, case: str) -> None:
    claims, then = ECHOES[case]
    assert suspected("relay-suspected", claims, measure) == then
    assert suspected("relay-suspected", claims[::-1], measure) == then


def test_agreeing_on_a_proposition_is_not_suspicious() -> None:
    agreed = [of("proposition", f"{name}/1") for name in ("nis", "us", "uk")]
    known = {claim.id: claim for claim in agreed}
    assert suspicions(question("proposition"), agreed, {}, known.get) == []


# A whole and its parts


def kyiv(n: int, best: float | None = None, **more: Any) -> Claim:
    """One claim of a report by the outlet Kyiv, by its own count."""
    return said(f"kyiv/{n}", best, **more)


def mismatched(whole: Claim, killed: Sequence[Claim], wounded: Sequence[Claim]) -> Found:
    return suspected("parts-mismatch", [whole], killed=killed, wounded=wounded)


PARTS: dict[str, tuple[Claim, Claim, Claim, bool]] = {
    "600 killed and 4,100 wounded are 4,700": (
        *(kyiv(1, 4700), kyiv(2, 600), kyiv(3, 4100)),
        False,
    ),
    "seed: 600 killed and 4,700 wounded are not 4,700": (
        *(kyiv(1, 4700), kyiv(2, 600), kyiv(3, 4700)),
        True,
    ),
    "one too many": (kyiv(1, 4701), kyiv(2, 600), kyiv(3, 4100), True),
    "exact, whoever says about": (
        kyiv(1, 4701, qualifier="about"),
        kyiv(2, 600, qualifier="about"),
        kyiv(3, 4100, qualifier="nearly"),
        True,
    ),
    "at least so many": (kyiv(1, 4800), kyiv(2, low=600), kyiv(3, 4100), False),
    "at least too many": (kyiv(1, 4700), kyiv(2, low=601), kyiv(3, 4100), True),
    "a range that meets the sum": (
        kyiv(1, low=4000, high=4700),
        kyiv(2, 600),
        kyiv(3, low=4100, high=4200),
        False,
    ),
    "at least more than the sum": (kyiv(1, low=5000), kyiv(2, 600), kyiv(3, 4100), True),
    "a part for other days": (
        kyiv(1, 4700),
        kyiv(2, 600),
        kyiv(3, 4700, period="2025-01-12"),
        False,
    ),
    "a part of a cohort": (*(kyiv(1, 4700), kyiv(2, 600), kyiv(3, 4700, cohort="east")), False),
    "all of a cohort": (
        kyiv(1, 4700, cohort="east"),
        kyiv(2, 600, cohort="east"),
        kyiv(3, 4700, cohort="east"),
        True,
    ),
    "elsewhere by somebody else": (*(kyiv(1, 4700), kyiv(2, 600), said("us/1", 4700)), False),
    "in one report by somebody else": (
        kyiv(1, 4700),
        kyiv(2, 600),
        by("us", kyiv(3, 4700)),
        True,
    ),
    "in another report by the same": (
        kyiv(1, 4700),
        kyiv(2, 600),
        by("kyiv", said("kyiv-2/1", 4700)),
        True,
    ),
}


@pytest.mark.parametrize("case", PARTS)
def test_a_whole_and_its_parts(case: str) -> None:
    whole, killed, wounded, then = PARTS[case]
    ids = (whole.id, killed.id, wounded.id)
    assert mismatched(whole, [killed], [wounded]) == ([ids] if then else [])


def test_without_all_its_parts_nothing_is_said_of_a_whole() -> None:
    assert mismatched(kyiv(1, 4700), [kyiv(2, 600)], []) == []
    assert mismatched(kyiv(1, 4700), [], []) == []
    assert suspected("parts-mismatch", [kyiv(1, 4700)]) == []
    several = kyiv(1, qualifier="unspecified")
    assert mismatched(several, [kyiv(2, 600)], [kyiv(4, 4100)]) == []


def test_by_one_originator_its_latest_words_count() -> None:
    """Each in a report of its own: what was mended since is no mismatch any more."""
    whole, killed, before, after = (
        said(f"{day}/1", best, originator="nis", voice="nis", stated=f"2025-02-0{n}", period="2025-01")
        for n, (day, best) in enumerate((("a", 4700), ("b", 600), ("c", 4700), ("d", 4100)), start=1)
    )
    assert mismatched(whole, [killed], [before]) == [("a/1", "b/1", "c/1")]
    assert mismatched(whole, [killed], [before, after]) == []
    in_one = replace(killed, report="a"), replace(before, report="a")
    assert mismatched(whole, [in_one[0]], [in_one[1], after]) == [("a/1", "b/1", "c/1")]


# Narrowed to what was asked

EAST = said("nis/2", 5, cohort="east", disputed_by=("kcna",))
WHOLE = said("nis/1", 300, disputed_by=("kcna",))
ASKED: list[tuple[dict[str, Any], list[str]]] = [
    ({}, ["nis/1", "nis/2"]),
    ({"cohort": "east"}, ["nis/2"]),
    ({"cohort": "west"}, []),
    ({"originator": "nis"}, ["nis/1", "nis/2"]),
    ({"originator": "us"}, []),
    ({"period": "2025-01-13"}, ["nis/1", "nis/2"]),
    ({"period": "2025-01-12"}, []),
    ({"period": "2025"}, []),
    ({"period": "2025-01-13", "cohort": "east", "originator": "nis"}, ["nis/2"]),
]


@pytest.mark.parametrize(("asked", "then"), ASKED)
@pytest.mark.parametrize("measure", AGEING)
def test_flags_are_narrowed_to_what_was_asked(
    measure: Measure, asked: dict[str, Any], then: list[str]
) -> None:
    claims = [WHOLE, EAST] if measure == "cumulative" else levels([WHOLE, EAST])
    found = suspicions(question(measure), claims, {}, {claim.id: claim for claim in claims}.get)
    about = flags_about(question(measure, **asked), found)
    assert [flag.claims for flag in about] == [(name,) for name in then]


def test_of_a_sum_a_period_holds_the_flags_of_all_cells_that_share_a_day_with_it() -> None:
    january = increment("nis/1", 3, period="2025-01", disputed_by=("kcna",))
    found = suspicions(question("increment"), [january], {}, {january.id: january}.get)
    for period, there in (("2025", True), ("2025-01", True), ("2025-01-13", True), ("2025-02", False)):
        assert bool(flags_about(question("increment", period=period), found)) is there


# Below what the indicator can be


@pytest.mark.parametrize(
    ("figure", "minimum", "then"),
    [
        ({"best": 0}, 0, False),
        ({"best": -1}, 0, True),
        ({"low": -1, "best": 3}, 0, True),
        ({"high": -1}, 0, True),
        ({"best": -1}, -5, False),
        ({"best": -6}, -5, True),
        ({"best": -1}, None, False),
    ],
)
@pytest.mark.parametrize("measure", NUMERIC)
def test_a_figure_below_the_minimum_of_its_indicator(
    measure: Measure, figure: dict[str, Any], minimum: float | None, then: bool
) -> None:
    claim = said("nis/1", measure=measure, **figure)
    found = suspicions(question(measure, minimum=minimum), [claim], {}, {claim.id: claim}.get)
    assert [each.flag.code for each in found if each.flag.code != "bad-interval"] == (
        ["below-minimum"] if then else []
    )


# Two figures at the same moment

NOW: dict[str, Any] = {"stated": "2025-01-13T09:00:00Z", "published": "2025-01-14", "period": "2025-01"}
MOMENTS: dict[str, tuple[list[Claim], Found]] = {
    "two figures": ([said("nis/1", 300, **NOW), said("nis/2", 310, **NOW)], [("nis/1", "nis/2")]),
    "the same figure twice": ([said("nis/1", 300, **NOW), said("nis/2", 300, **NOW)], []),
    "a bound more": (
        [said("nis/1", 300, **NOW), said("nis/2", 300, low=200, **NOW)],
        [("nis/1", "nis/2")],
    ),
    "a figure and unknown": (
        [said("nis/1", 300, **NOW), unknown("nis/2", **NOW)],
        [("nis/1", "nis/2")],
    ),
    "published one after the other": (
        [said("nis/1", 300, **NOW), said("nis/2", 310, **NOW | {"published": "2025-01-15"})],
        [],
    ),
    "stated one after the other": (
        [said("nis/1", 300, **NOW), said("nis/2", 310, **NOW | {"stated": "2025-01-13T09:00:01Z"})],
        [],
    ),
    "of two voices": ([said("nis/1", 300, **NOW), said("us/1", 310, **NOW)], []),
    "of two ids of one voice": (
        [said("mod/1", 300, **NOW), said("press/2", 310, voice="mod", **NOW)],
        [("mod/1", "press/2")],
    ),
    "of two cohorts": ([said("nis/1", 300, **NOW), said("nis/2", 310, cohort="east", **NOW)], []),
    "of two cells": (
        [said("nis/1", 300, **NOW), said("nis/2", 310, **NOW | {"period": "2025-02"})],
        [],
    ),
    "one of them is a relay": (
        [said("nis/1", 300, **NOW), said("nis/2", 310, links=("us/1",), **NOW)],
        [],
    ),
    "a third was later": (
        [
            said("nis/1", 300, **NOW),
            said("nis/2", 310, **NOW),
            said("nis/3", 305, **NOW | {"stated": "2025-01-13T10:00:00Z"}),
        ],
        [],
    ),
    "a plan and what came of it": (
        [plan("nis/1", 300, **NOW), said("nis/2", 310, **NOW)],
        [],
    ),
}


@pytest.mark.parametrize("case", MOMENTS)
@pytest.mark.parametrize("measure", NUMERIC)
def test_two_figures_of_one_voice_at_the_same_moment(measure: Measure, case: str) -> None:
    claims, then = MOMENTS[case]
    assert suspected("same-moment", claims, measure) == then
    assert suspected("same-moment", claims[::-1], measure) == then


def test_two_stances_at_the_same_moment() -> None:
    both = [stance("nis/1", True), stance("nis/2", False)]
    assert suspected("same-moment", both, "proposition") == [("nis/1", "nis/2")]


# A figure taken back

BACK = unknown("nis/2", period="2025-01", stated="2025-02-01")
TAKEN: dict[str, tuple[list[Claim], Found]] = {
    "10 and later unknown": ([said("nis/1", 10, period="2025-01"), BACK], [("nis/2", "nis/1")]),
    "the last figure is named": (
        [
            said("nis/0", 9, period="2025-01", stated="2025-01-12"),
            said("nis/1", 10, period="2025-01"),
            BACK,
        ],
        [("nis/2", "nis/1")],
    ),
    "unknown and later 10": (
        [BACK, said("nis/3", 10, period="2025-01", stated="2025-02-02")],
        [],
    ),
    "unknown alone": ([BACK], []),
    "after the figure of another voice": ([said("us/1", 10, period="2025-01"), BACK], []),
    "after a figure for other days": ([said("nis/1", 10, period="2024-12"), BACK], []),
    "after a figure of a cohort": ([said("nis/1", 10, period="2025-01", cohort="east"), BACK], []),
    "after a relay": ([said("nis/1", 10, period="2025-01", links=("us/1",)), BACK], []),
    "several is no word that takes back": (
        [
            said("nis/1", 10, period="2025-01"),
            said("nis/2", qualifier="unspecified", period="2025-01", stated="2025-02-01"),
        ],
        [],
    ),
}


@pytest.mark.parametrize("case", TAKEN)
@pytest.mark.parametrize("measure", NUMERIC)
def test_a_figure_taken_back(measure: Measure, case: str) -> None:
    claims, then = TAKEN[case]
    assert (
        suspected("taken-back", claims, measure)
        == suspected("taken-back", claims[::-1], measure)
        == then
    )


# On one incident

RAID: dict[str, Any] = {"incident": "raid"}


def test_claims_on_one_incident_are_about_one_cell_however_each_dates_it() -> None:
    day = increment("nis/1", 40, period="2025-01-10", **RAID)
    echoed = increment("wire/1", 40, period="2025-01", stated="2025-01-20", **RAID)
    assert suspected("relay-suspected", [day, echoed], "increment") == [("wire/1", "nis/1")]
    elsewhere = replace(echoed, incident="fire")
    assert suspected("relay-suspected", [day, elsewhere], "increment") == []
    back = unknown("nis/2", measure="increment", period="2025-01", stated="2025-02-01", **RAID)
    assert suspected("taken-back", [day, back], "increment") == [("nis/2", "nis/1")]


# Resting on a claim that we withdrew


def test_a_relay_that_stands_in_for_a_claim_that_we_withdrew() -> None:
    for more in ({}, {"cohort": "east"}, {"period": "2025-01-07/2025-01-13"}):
        gone = said("nis/1", 300, standing="withdrawn-by-us", **more)  # type: ignore[arg-type]
        relay = said("wire/1", 300, links=("nis/1",), **more)  # type: ignore[arg-type]
        assert suspected("rests-on-withdrawn", [gone, relay]) == [("wire/1",)]
    hidden = said("nis/1", 300, standing="beyond-clearance")
    assert suspected("rests-on-withdrawn", [hidden, said("wire/1", 300, links=("nis/1",))]) == []


# Worked out a second time, all pairs compared

DAYS = tuple(f"2025-01-{day:02}" for day in (1, 2, 5, 15, 16, 17, 20, 29))
PERIODS = (None, None, "2025-01-01", "2025-01-05", "../2025-01-15", "2025-01-01/2025-01-20")
FIGURES: tuple[dict[str, Any], ...] = (
    *({"best": 100}, {"best": 100}, {"best": 105}, {"best": 300}, {"best": 300}),
    *({"low": 100}, {"high": 100}, {"best": 300, "qualifier": "about"}, {}),
    *({"qualifier": "unknown"}, {"best": 9}),
)
WORDS = st.tuples(
    st.sampled_from(("nis", "us", "uk")),
    st.sampled_from(DAYS),
    st.sampled_from(PERIODS),
    st.sampled_from((None, None, None, "east")),
    st.sampled_from(FIGURES),
    st.sampled_from(("own-intelligence", "own-intelligence", "relay")),
    st.sampled_from(((), (), (0,), (1,), (2, 3))),
    st.booleans(),
)


@st.composite
def worlds(draw: st.DrawFn) -> tuple[Measure, list[Claim]]:
    """Claims that meet often, each linked to some before it that were stated no later day."""
    measure = draw(st.sampled_from(MEASURES))
    made = list[Claim]()
    for n, words in enumerate(draw(st.lists(WORDS, max_size=9))):
        originator, day, period, cohort, figure, basis, links, asserts = words
        body: dict[str, Any] = figure or {"qualifier": "unspecified"}
        if measure == "proposition":
            body = {"asserts": asserts}
        body = {**body, "originator": originator, "voice": originator, "cohort": cohort, "basis": basis}
        claim = said(f"r{n}/1", measure=measure, stated=day, period=period, position=n + 1, **body)
        parents = [made[i].id for i in links if i < n and made[i].stated_day <= claim.stated_day]
        made.append(replace(claim, links=tuple(parents)))
    # Of one day the one that was recorded first may have been stated last.
    return measure, [
        replace(c, stated=c.stated + draw(st.integers(0, 2)) * 3_600_000_000) for c in made
    ]


def has_figure(claim: Claim) -> bool:
    return any(x is not None for x in (claim.low, claim.best, claim.high))


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


def told(claim: Claim) -> tuple[int, ...]:
    """When it was said, to the last tie."""
    return claim.stated, claim.published, claim.position, claim.n


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
@settings(max_examples=500, deadline=None)
def test_whoever_compares_all_pairs_finds_the_same(
    world: tuple[Measure, list[Claim]], random: Random
) -> None:
    measure, claims = world
    shuffled = random.sample(claims, len(claims))
    relays = suspected("relay-suspected", shuffled, measure)
    assert flagged(relays) == (echoes(claims) if measure in NUMERIC else set())
    stale = suspected("stale-relay-suspected", shuffled, measure)
    assert flagged(stale) == (returned(measure, claims) if measure in AGEING else set())
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
