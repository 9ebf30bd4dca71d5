"""A whole that its parts contradict."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from domain.estimates.claims import Claim
from tests.domain.estimates.suspecting import Found, by, suspected
from tests.histories import said


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
