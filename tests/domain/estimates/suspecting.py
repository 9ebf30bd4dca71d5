"""Claims as plain data, and the suspicions that they arouse: for specifications."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from domain.estimates.claims import Claim
from domain.estimates.flags import FlagCode
from domain.estimates.suspicions.watch import suspicions
from domain.vocabulary import Measure
from tests.domain.estimates.asking import question
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
