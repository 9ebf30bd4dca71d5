"""Figures, periods and reasons in words, the same for pages and the terminal."""

from typing import Any, get_args

import pytest

from domain.estimates.flags import MEANING, FlagCode
from projections.answers.explanation import LeftOutReason
from service.query.words import (
    REASONS,
    Heading,
    beside,
    bounded,
    explained_heading,
    figure,
    progress,
    reach,
)


def said(qualifier: str | None = "exact", **numbers: float) -> dict[str, Any]:
    """What the leading origin said."""
    return {"low": None, "best": None, "high": None, **numbers, "qualifier": qualifier}


def body(
    leading: dict[str, Any] | None,
    low: float | None,
    best: float | None,
    high: float | None,
    **more: Any,
) -> Any:
    """An answer, as far as its heading reads it."""
    unknown = low is best is high is None
    return {
        "low": low,
        "best": best,
        "high": high,
        "leading": leading,
        "open_low": low is None and not unknown,
        "open_high": high is None and not unknown,
        "verdict": None,
        "measure": "cumulative",
        "title": "Killed",
        "claims": 3,
        "used": ["r1/1"],
        "flags": [],
        "qualifier": None,
        **more,
    }


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (body(said("more-than", low=6000), 6000, None, None), "> 6,000"),
        (body(said("more-than", best=6000), 6000, 6000, None), "> 6,000"),
        (body(said("at-least", low=3000), 3000, None, None), "≥ 3,000"),
        (body(said("about", best=600), 600, 600, 600), "~ 600"),
        (body(said("nearly", best=600), 600, 600, 600), "~ 600"),
        (body(said("up-to", high=5000), None, None, 5000), "≤ 5,000"),
        (body(said("less-than", high=5000), None, None, 5000), "< 5,000"),
        (body(said("range", low=1000, high=3000), 1000, None, 3000), "1,000 to 3,000"),
        (
            body(said("range", low=1000, best=1500, high=3000), 1000, 1500, 3000),
            "1,500 (1,000 to 3,000)",
        ),
        (body(said("about", best=300), 300, 300, 1000), "~ 300 (300 to 1,000)"),
        (body(said("more-than", low=6000), 4000, None, None), "> 6,000 (≥ 4,000)"),
        (body(said("exact", best=600), 600, 600, None), "600 (≥ 600)"),
        (body(None, 5800, 5800, 5800), "5,800"),
        (body(None, 5000, None, None), "≥ 5,000"),
        (body(None, 5000, 5800, 6000), "5,800 (5,000 to 6,000)"),
        (body(said("exact", best=900), 800, 850, 900), "850 (800 to 900)"),
        (body(said("exact", best=0.3), 0.3, 0.3, 0.3), "0.3"),
        (body(None, 24.2, 24.2, 24.2), "24.2"),
        (body(None, None, None, None), "unknown"),
        (body(None, None, None, None, verdict="disputed", measure="proposition"), "disputed"),
    ],
)
def test_a_figure_is_headed_by_what_its_leading_origin_said(answer: Any, text: str) -> None:
    assert figure(answer) == text


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"title": None, "claims": 0, "used": []}, "not defined yet"),
        ({"claims": 0, "used": []}, "no figure yet"),
        ({"flags": [{"code": "overlap"}]}, "periods overlap"),
        ({"used": [], "flags": [{"code": "taken-back"}]}, "taken back"),
        ({"used": []}, "no figure yet"),
        ({}, "the origins have nothing in common"),
    ],
)
def test_an_unknown_figure_says_why(more: dict[str, Any], why: str) -> None:
    answer = body(None, None, None, None, **more)
    assert explained_heading(answer) == Heading("unknown", why)
    proposition = body(None, None, None, None, **{**more, "measure": "proposition"})
    assert explained_heading(proposition) == Heading("unknown", why)


def test_claims_without_a_number_are_told_from_no_claim() -> None:
    answer = body(None, None, None, None, claims=0, used=[])
    assert explained_heading(answer, unspecified=False).behind == "no claim yet"
    assert explained_heading(answer, unspecified=True).behind == "nothing but claims without a number"


def test_a_known_figure_gives_no_reason() -> None:
    assert explained_heading(body(None, 1, 1, 1, flags=[{"code": "overlap"}])) == Heading("1", "")


def covering(**more: Any) -> Any:
    """An answer, as far as its reach is read from it."""
    nothing = {"period": "1992/1994", "targets": [], "covered": [], "gaps": []}
    return {**nothing, "answered_from": "claims", "from_parts": None, **more}


def test_a_sum_with_holes_names_what_it_has_and_what_is_missing() -> None:
    assert reach(covering()) == "1992/1994"
    assert reach(covering(period=None)) == ""
    holed = covering(covered=["1992", "1994"], gaps=["1993"], period=None)
    assert reach(holed) == "1992 and 1994, none for 1993"
    years = [str(year) for year in range(1990, 2000, 2)]
    assert reach(covering(covered=years, gaps=["1991"])) == (
        "1990, 1992, 1994 and 2 more periods, none for 1991"
    )


def test_targets_and_parts_stand_beside_a_figure() -> None:
    assert beside(covering()) == []
    assert beside(covering(targets=["2025-08"])) == []
    assert beside(covering(targets=["2025-08", "2025-10"])) == [
        "stated for several targets: 2025-08 and 2025-10"
    ]
    assert beside(covering(answered_from="parts")) == ["answered from its parts"]
    parts = {"best": None, "low": 5000, "high": None, "open_low": False, "open_high": True}
    assert beside(covering(from_parts=parts)) == ["its parts sum to ≥ 5,000"]


def test_every_reason_and_every_flag_has_words() -> None:
    reasons = {reason for union in get_args(LeftOutReason) for reason in get_args(union)}
    assert set(REASONS) == reasons - {"active"}
    assert set(MEANING) == set(get_args(FlagCode))


def fulfilled(state: str, there: float | None = 400, **more: Any) -> Any:
    """A row of slippage, as far as its line reads it."""
    planned, now = (
        {"best": n, "low": n, "high": n, "open_low": False, "open_high": False} for n in (1000, there)
    )
    return {
        "planned": planned,
        "fulfilled_now": {**now, "status": more.pop("status", "arrived")},
        "state": state,
        "late_days": None,
        **more,
    }


@pytest.mark.parametrize(
    ("row", "text"),
    [
        (fulfilled("met", 1000), "1,000 of 1,000"),
        (fulfilled("met", 1000, status="in-transit"), "1,000 in transit of 1,000"),
        (fulfilled("late", 1000, late_days=12), "1,000 of 1,000, 12 days late"),
        (fulfilled("late", 1000, late_days=1), "1,000 of 1,000, 1 day late"),
        (fulfilled("missed"), "400 of 1,000, missed"),
        (fulfilled("open"), "400 of 1,000, open"),
        (fulfilled("open", None), "open"),
        (fulfilled("replanned"), "replanned"),
        (fulfilled("withdrawn"), "withdrawn"),
    ],
)
def test_progress_is_what_is_there_of_what_was_planned(row: Any, text: str) -> None:
    assert progress(row) == text


def test_a_figure_without_a_best_value_is_told_by_its_bounds() -> None:
    open_above: Any = {"best": None, "low": 3, "high": None, "open_low": False, "open_high": True}
    assert bounded(open_above) == "≥ 3"
