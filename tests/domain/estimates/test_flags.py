"""Flags over the origins used: each code with its meaning, and claims graded as confirmed."""

from itertools import permutations
from typing import Any, get_args

import pytest

from domain.estimates.flags import MEANING, FlagCode
from domain.vocabulary import Measure
from tests.domain.estimates.asking import ask, codes, flagged, stance
from tests.histories import said


def test_every_code_has_a_meaning() -> None:
    assert set(MEANING) == set(get_args(FlagCode))


CONFIRMED: list[tuple[str, list[dict[str, Any]], bool]] = [
    ("alone", [], False),
    ("another says the same", [{"best": 300}], True),
    ("another says about as many", [{"best": 320, "qualifier": "about"}], True),
    ("another says a tenth less", [{"best": 270}], True),
    ("another says otherwise", [{"best": 400}], False),
    ("another gives a bound that would allow it", [{"low": 100}], False),
    ("one of two says the same", [{"best": 400}, {"best": 300}], True),
    ("a relay of it says the same", [{"best": 300, "links": ("nis/1",)}], False),
    ("a relay that nobody linked says the same", [{"best": 300, "basis": "relay"}], False),
    ("a count that rests on it says the same", [{"best": 300, "rests_on": ("nis/1",)}], False),
    ("its own voice had said the same", [{"best": 300, "voice": "nis", "stated": "2025-01-13"}], False),
    ("another says it of a cohort", [{"best": 300, "cohort": "east"}], False),
]  # fmt: skip


@pytest.mark.parametrize(("others", "then"), [c[1:] for c in CONFIRMED], ids=[c[0] for c in CONFIRMED])
@pytest.mark.parametrize("measure", ["stock", "cumulative", "increment"])
def test_a_claim_graded_1_is_confirmed_or_flagged(
    measure: Measure, others: list[dict[str, Any]], then: bool
) -> None:
    words: dict[str, Any] = {"measure": measure, "stated": "2025-01-14", "period": "2025-01-13"}
    graded = said("nis/1", 300, credibility=1, **words)
    beside = [said(f"{x}/1", **(words | other)) for x, other in zip("ab", others, strict=False)]
    for claims in permutations([graded, *beside]):
        found = flagged(ask(claims, measure), "grade-1-unsupported")
        assert found == ([] if then else [("nis/1",)])


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
