"""Flags over all active claims: what a careful desk would look at twice, and what it need not.

Given claims as plain data, then these suspicions. Those with many cases have a file each.
"""

from dataclasses import replace
from typing import Any

import pytest

from domain.estimates.suspicions.suspicion import flags_about
from domain.estimates.suspicions.watch import suspicions
from domain.vocabulary import Measure, Qualifier
from tests.domain.estimates.asking import increment, question, unknown
from tests.domain.estimates.suspecting import AGEING, MEASURES, NUMERIC, levels, of, suspected
from tests.histories import said

# Disputed


@pytest.mark.parametrize("measure", MEASURES)
def test_a_disputed_claim_is_flagged_whatever_it_measures(measure: Measure) -> None:
    one = of(measure, "nis/1", 300, disputed_by=("kcna", "tass"))
    assert suspected("disputed", [one, of(measure, "us/1", 400)], measure) == [("nis/1",)]
    [found] = suspicions(question(measure), [one], {}, {one.id: one}.get)
    assert found.flag.detail == "nis/1 is disputed by kcna and tass"


def test_a_relay_and_a_claim_without_a_figure_may_be_disputed() -> None:
    relay = said("wire/1", 300, links=("nis/1",), disputed_by=("kcna",))
    several = said("us/1", qualifier="unspecified", disputed_by=("kcna",), position=9)
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
