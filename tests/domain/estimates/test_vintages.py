"""One vintage per voice and cell: what a voice says now, what it took back, and weak claims."""

from itertools import permutations
from typing import Any

import pytest

from domain.estimates.claims import Claim
from domain.vocabulary import Measure
from tests.domain.estimates.asking import NOTHING, ask, bounds, left_out, total, unknown, used
from tests.histories import said

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


def test_the_latest_word_is_that_of_the_voice_not_of_the_id() -> None:
    """A ministry and its press office: what the office says later replaces what the ministry said."""
    ministry = said("mod/1", 300, period="2025-01")
    office = said("press/1", 310, voice="mod", period="2025-01", stated="2025-01-20")
    result = ask([ministry, office])
    assert (used(result), left_out(result)) == (["press/1"], {"mod/1": "superseded"})


KILLED = [
    said("nis/1", low=100, stated="2024-12-19"),
    said("nis/2", 300, stated="2025-01-13"),
    said("nis/3", 600, stated="2025-04-30"),
    said("nis/4", 2000, stated="2025-09-02"),
    said("nis/5", low=600, stated="2025-11-04", period="2025-04-30"),
]


def test_600_reprinted_in_november_do_not_undo_2000_of_september() -> None:
    assert (bounds(ask(KILLED)), used(ask(KILLED))) == ((2000, 2000, 2000), ["nis/4"])


@pytest.mark.parametrize("measure", ["stock", "cumulative", "proposition"])
def test_the_headline_of_a_voice_is_its_latest_cut_off_not_its_latest_word(measure: Measure) -> None:
    def claim(name: str, stated: str, period: str) -> Claim:
        figure = {"asserts": True} if measure == "proposition" else {"best": 1}
        return said(name, measure=measure, stated=stated, period=period, **figure)

    latest = claim("nis/1", "2025-09-02", "2025-09-02")
    reprint = claim("nis/2", "2025-11-04", "2025-04-30")
    assert used(ask([latest, reprint], measure)) == ["nis/1"]
    assert used(ask([latest, reprint], measure, period="2025-04-30")) == ["nis/2"]


# A figure taken back

TEN = said("nis/1", 10, period="2025-01")
BACK = unknown("nis/2", period="2025-01", stated="2025-02-01")


@pytest.mark.parametrize("measure", ["stock", "cumulative"])
def test_10_and_later_unknown_is_unknown_from_then_on(measure: Measure) -> None:
    words: dict[str, Any] = {"measure": measure, "period": "2025-01"}
    ten = said("nis/1", 10, **words)
    back = unknown("nis/2", stated="2025-02-01", **words)
    for claims in permutations([ten, back]):
        for asked in ({}, {"period": "2025-01"}):
            result = ask(claims, measure, **asked)
            assert (bounds(result), result.figure.known, used(result)) == (NOTHING, False, [])
            assert left_out(result) == {"nis/1": "superseded", "nis/2": "no-figure"}
            assert (result.origins, result.support.level) == (0, None)


def test_in_a_sum_it_is_at_least_the_minimum_from_then_on() -> None:
    words: dict[str, Any] = {"measure": "increment", "period": "2025-01"}
    claims = [said("nis/1", 10, **words), unknown("nis/2", stated="2025-02-01", **words)]
    assert bounds(total(claims)) == (None, 0, None)
    assert bounds(total(claims, minimum=None)) == NOTHING


def test_unknown_and_later_10_is_10() -> None:
    later = said("nis/3", 10, period="2025-01", stated="2025-03-01")
    assert bounds(ask([TEN, BACK, later])) == (10, 10, 10)


def test_the_figure_of_another_voice_stands() -> None:
    result = ask([TEN, BACK, said("us/1", 12, period="2025-01")])
    assert (bounds(result), used(result)) == ((12, 12, 12), ["us/1"])


def test_a_voice_without_a_figure_for_its_latest_days_has_no_headline() -> None:
    """Not its older figure either: of its latest days it says that it does not know."""
    march = unknown("nis/3", stated="2025-03-31")
    assert used(ask([TEN, march])) == []
    assert used(ask([TEN, march], period="2025-01")) == ["nis/1"]


# Weak claims


@pytest.mark.parametrize("weakness", [{"basis": "relay"}, {"credibility": 5}])
def test_a_weak_claim_is_used_only_where_no_other_origin_is(weakness: dict[str, Any]) -> None:
    weak = said("wire/1", 900, reliability="A", stated="2025-02-01", **weakness)
    firm = said("nis/1", 300, reliability="E")
    result = ask([weak, firm])
    assert (used(result), left_out(result)) == (["nis/1"], {"wire/1": "weak"})
    assert used(ask([weak])) == ["wire/1"]
    assert used(ask([weak, firm], period="2025-02-01")) == ["wire/1"]
    assert used(ask([weak, firm], originator="wire")) == ["wire/1"]
    assert used(ask([weak, said("nis/1", 300, cohort="east")])) == ["wire/1"]


def test_900_of_a_good_source_graded_improbable_beside_100_is_100() -> None:
    improbable = said("a/1", 900, reliability="A", credibility=5)
    result = ask([improbable, said("b/1", 100, reliability="B", credibility=2)])
    assert (bounds(result), left_out(result)) == ((100, 100, 100), {"a/1": "weak"})


def test_a_weak_word_never_hides_a_firm_one_of_the_same_voice() -> None:
    weak = said("nis/1", 900, basis="relay", stated="2025-02-01")
    assert used(ask([weak, said("nis/2", 300)])) == ["nis/2"]


def test_a_firm_claim_beyond_the_headline_leaves_the_weak_one_in_it() -> None:
    weak = said("wire/1", 900, basis="relay")
    week = said("nis/1", 300, period="2025-01-07/2025-01-13")
    assert used(ask([weak, week])) == ["wire/1"]


def test_a_firm_unknown_leaves_the_weak_figure() -> None:
    weak = said("wire/1", 900, basis="relay", period="2025-01")
    result = ask([weak, BACK])
    assert (used(result), left_out(result)) == (["wire/1"], {"nis/2": "no-figure"})
