"""A whole from its parts: their sum in place of no figure, or beside one that it never moves."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from domain.estimates.claims import Claim
from domain.estimates.estimate import Estimate, period_text
from domain.estimates.parts import Part, with_parts
from domain.vocabulary import Measure
from tests.domain.estimates.asking import (
    NOTHING,
    Bounds,
    ask,
    bounds,
    codes,
    flagged,
    left_out,
    plan,
    question,
    unknown,
    used,
)
from tests.histories import said

Parts = Mapping[str, Sequence[Claim]]


def whole(
    own: Sequence[Claim],
    measure: Measure = "cumulative",
    minimum: float | None = 0,
    *,
    parts: Parts,
    **asked: Any,
) -> Estimate:
    """What an indicator answers, given its own claims and those of its parts."""
    answers = [Part(name, ask(claims, measure, **asked), minimum) for name, claims in parts.items()]
    return with_parts(question(measure, **asked), ask(own, measure, **asked), answers)


def beside(result: Estimate) -> Bounds | None:
    """The sum of the parts that stands beside an own figure."""
    if result.from_parts is None:
        return None
    figure = result.from_parts.figure
    return figure.best, figure.low, figure.high


DEMINERS = plan("sc/1", 1000, period="2025-07/2025-08", stated="2025-06-17")
BUILDERS = plan("sc/2", 5000, period="2025-07/2025-08", stated="2025-06-17")
TRANCHE: Parts = {"deminers": [DEMINERS], "builders": [BUILDERS]}


def test_6000_planned_are_1000_deminers_and_5000_builders_of_one_origin() -> None:
    relay = plan("nis/1", 6000, period="2025-07/2025-08", stated="2025-06-26", links=("sc/1",))
    for own in ([], [relay], [unknown("sc/9")]):
        result = whole(own, parts=TRANCHE)
        assert (bounds(result), result.answered_from) == ((6000, 6000, 6000), "parts")
        assert (used(result), result.origins, result.support.level) == (["sc/1", "sc/2"], 1, "single")
        assert (codes(result), result.leading, result.from_parts) == ([], None, None)


def test_what_was_left_out_of_the_own_claims_still_stands_under_the_answer_from_parts() -> None:
    relay = plan("nis/1", 6000, period="2025-07/2025-08", stated="2025-06-26", links=("sc/1",))
    result = whole([relay, unknown("sc/9")], parts=TRANCHE)
    assert (result.answered_from, used(result)) == ("parts", ["sc/1", "sc/2"])
    assert left_out(result) == {"nis/1": "relay", "sc/9": "no-figure"}
    assert [each.claim.id for each in result.relays] == ["nis/1"]


def test_the_period_of_an_answer_from_parts_is_that_of_the_first_claim_behind_it() -> None:
    """No claim leads it: it is the sum of several."""
    result = whole([], parts=TRANCHE)
    assert (result.leading, period_text(question(), result)) == (None, "2025-07/2025-08")
    dead = {"killed": [said("a/1", 600, stated="2025-01-10")], "wounded": [said("b/1", 4000)]}
    assert period_text(question(), whole([], parts=dead)) == "../2025-01-10"


def test_an_own_figure_stands_and_the_sum_stands_beside_it() -> None:
    result = whole(
        [said("x/1", 4700)], parts={"killed": [said("a/1", 600)], "wounded": [said("b/1", 4000)]}
    )
    assert (bounds(result), used(result), result.answered_from) == ((4700,) * 3, ["x/1"], "claims")
    assert result.from_parts is not None
    assert (beside(result), result.from_parts.parts) == ((4600,) * 3, ("killed", "wounded"))


KILLED = said("a/1", 600)
WOUNDED: list[tuple[str, Sequence[Claim], float | None, Bounds]] = [
    ("a figure", [said("b/1", 4100)], 0, (4700, 4700, 4700)),
    ("a range", [said("b/1", low=4000, high=4200)], 0, (None, 4600, 4800)),
    ("at least", [said("b/1", low=4000)], 0, (None, 4600, None)),
    ("nothing", [], 0, (None, 600, None)),
    ("nothing, where figures may go as low as -100", [], -100, (None, 500, None)),
    ("nothing, where figures may go below 0", [], None, NOTHING),
    (
        "a figure taken back",
        [said("b/1", 4100), unknown("b/2", stated="2025-01-20")],
        0,
        (None, 600, None),
    ),
]


@pytest.mark.parametrize(
    ("wounded", "minimum", "then"), [x[1:] for x in WOUNDED], ids=[x[0] for x in WOUNDED]
)
def test_600_killed_and_a_second_part(
    wounded: Sequence[Claim], minimum: float | None, then: Bounds
) -> None:
    result = whole([], minimum=minimum, parts={"killed": [KILLED], "wounded": wounded})
    assert (bounds(result), result.answered_from, result.figure.known) == (then, "parts", True)
    there = ask(wounded).figure.known
    assert flagged(result, "unknown-addend") == ([] if there else [()])


def test_where_no_part_has_a_figure_nothing_is_known() -> None:
    result = whole([], parts={"killed": [], "wounded": [unknown("a/1")]})
    assert (bounds(result), result.figure.known, result.answered_from) == (NOTHING, False, "claims")


def test_an_own_origin_that_a_policy_cannot_use_is_there_all_the_same() -> None:
    doubtful = said("e/1", 4000, reliability="E")
    parts = {"killed": [KILLED]}
    result = whole([doubtful], policy="most-conservative/1", parts=parts)
    assert (bounds(result), result.answered_from) == (NOTHING, "claims")
    assert beside(result) == (600, 600, None)


def test_levels_at_other_times_do_not_add_up() -> None:
    """Of two garrisons one was last counted 91 days before the other."""
    old = said("a/1", 600, measure="stock", stated="2025-01-01")
    for day, then in (("2025-04-01", (1600, 1600, 1600)), ("2025-04-02", (None, 1000, None))):
        new = said("b/1", 1000, measure="stock", stated=day)
        result = whole([], "stock", parts={"north": [old], "south": [new]})
        assert bounds(result) == then
        totals = [said("a/1", 600, stated="2025-01-01"), said("b/1", 1000, stated=day)]
        assert bounds(whole([], parts={"north": totals[:1], "south": totals[1:]})) == (1600,) * 3
    cell: dict[str, Any] = {"measure": "stock", "period": "2025-12"}
    early, late = said("a/1", 600, stated="2025-01-01", **cell), said("b/1", 1000, **cell)
    dated = whole([], "stock", parts={"north": [early], "south": [late]}, period="2025-12")
    assert bounds(dated) == (1600, 1600, 1600)


def test_support_and_marking_and_flags_are_those_of_the_parts() -> None:
    two = [said("a/1", 600), said("b/1", 600, marking="TLP:AMBER")]
    against = [said("a/2", 4000), said("b/2", 5000)]
    agreed = whole([], parts={"killed": two, "wounded": [said("a/2", 4000), said("b/2", 4000)]})
    assert (agreed.support.level, agreed.marking, agreed.origins) == ("corroborated", "TLP:AMBER", 2)
    result = whole([], parts={"killed": two, "wounded": against})
    assert (result.support.level, codes(result)) == ("contested", ["contradiction"])


def test_of_increments_the_parts_answer_for_the_same_period() -> None:
    words: dict[str, Any] = {"measure": "increment"}
    killed = [said("a/1", 1, period="2025-01", **words), said("a/2", 2, period="2025-02", **words)]
    wounded = [said("a/3", 10, period="2025-01", **words), said("a/4", 20, period="2025-02", **words)]
    parts = {"killed": killed, "wounded": wounded}
    assert bounds(whole([], "increment", parts=parts)) == (33, 33, 33)
    assert bounds(whole([], "increment", parts=parts, period="2025-02")) == (22, 22, 22)


# Parts that exceed their whole

EXCEED: list[tuple[str, Claim, Claim, bool]] = [
    ("one more", said("x/1", 4700), said("b/1", 4101), True),
    ("as many", said("x/1", 4700), said("b/1", 4100), False),
    ("at least one more", said("x/1", 4700), said("b/1", low=4101), True),
    ("perhaps one more", said("x/1", 4700), said("b/1", 4101, low=4000), False),
    ("the whole is open above", said("x/1", low=4700), said("b/1", 5000), False),
    ("the whole has a range", said("x/1", 4700, high=4701), said("b/1", 4101), False),
    ("three days later", said("x/1", 4700), said("b/1", 4101, stated="2025-01-16"), True),
    ("four days later", said("x/1", 4700), said("b/1", 4101, stated="2025-01-17"), False),
    ("long before", said("x/1", 4700), said("b/1", 4101, stated="2024-01-17"), True),
]


@pytest.mark.parametrize(("own", "part", "then"), [x[1:] for x in EXCEED], ids=[x[0] for x in EXCEED])
def test_parts_that_are_together_more_than_their_whole(own: Claim, part: Claim, then: bool) -> None:
    """Whoever said them; 600 killed, to 13 January, are the other part."""
    result = whole([own], parts={"killed": [KILLED], "wounded": [part]})
    found = flagged(result, "parts-exceed-whole")
    assert found == ([("x/1", "a/1", "b/1")] if then else [])
    assert bounds(result) == bounds(ask([own]))


def test_of_a_period_no_part_is_too_late() -> None:
    words: dict[str, Any] = {"measure": "increment"}
    own = said("x/1", 10, period="2025-01-02", **words)
    part = said("a/1", 11, period="2025-01-30", **words)
    result = whole([own], "increment", parts={"killed": [part]}, period="2025-01")
    assert codes(result) == ["parts-exceed-whole"]
