"""An old figure in new print, and the same figure elsewhere: who may have it from whom."""

from dataclasses import replace
from typing import Any

import pytest

from domain.estimates.claims import Claim
from domain.estimates.suspicions.watch import suspicions
from domain.vocabulary import Measure
from tests.domain.estimates.asking import plan, question
from tests.domain.estimates.suspecting import AGEING, NUMERIC, Found, by, levels, of, suspected
from tests.histories import said

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
        [("nis/3", "nis/1")],
    ),
    "up and down": (
        [OLD, OTHER, NEW, on("2025-11-05", 2000, 4), on("2025-11-06", 600, 5)],
        [("nis/3", "nis/1")],
    ),
    "a new one between": (
        [OLD, OTHER, NEW, on("2025-11-05", 2100, 4), on("2025-11-06", 2000, 5)],
        [("nis/3", "nis/1"), ("nis/5", "nis/2")],
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
