"""Questions put to claims that are plain data, and what the answers say: for specifications."""

from collections.abc import Iterable
from datetime import date, timedelta
from functools import partial
from typing import Any

from domain.estimates.claims import Cell, Claim, cell_of, cell_text
from domain.estimates.estimate import Estimate, Question
from domain.estimates.estimation import estimate
from domain.estimates.policies import DEFAULT_POLICY
from domain.period import parse_period
from domain.vocabulary import Measure
from tests.histories import said

Bounds = tuple[float | None, float | None, float | None]
"""Best, low and high; None is open or not given."""
NOTHING: Bounds = (None, None, None)

stock = partial(said, measure="stock")
increment = partial(said, measure="increment")
plan = partial(said, status="planned", prospective=True)
forecast = partial(said, status="forecast", prospective=True)


def day(after: int) -> str:
    """This many days after 1 January 2025."""
    return (date(2025, 1, 1) + timedelta(days=after)).isoformat()


def stance(claim: str, asserts: bool, **more: Any) -> Claim:
    """A claim that asserts or denies a proposition."""
    return said(claim, measure="proposition", asserts=asserts, **more)


def unknown(claim: str, **more: Any) -> Claim:
    """A claim whose originator has no figure, or takes its earlier one back."""
    return said(claim, qualifier="unknown", **more)


def several(claim: str, **more: Any) -> Claim:
    """A claim of an increment without any number: "several"."""
    return increment(claim, qualifier="unspecified", **more)


def question(measure: Measure = "cumulative", **asked: Any) -> Question:
    """A question about the killed: the headline by the default policy, unless said otherwise."""
    if "period" in asked:
        asked["cell"] = cell_of(measure, parse_period(asked.pop("period")))
    return Question(measure, **{"policy": DEFAULT_POLICY, "fresh_days": 90, **asked})


def ask(claims: Iterable[Claim], measure: Measure = "cumulative", **asked: Any) -> Estimate:
    """The estimate of the killed from these claims, of which the active ones count."""
    known = {claim.id: claim for claim in claims}
    active = [c for c in known.values() if c.standing == "active" and c.indicator == "killed"]
    return estimate(question(measure, **asked), active, known.get)


def total(claims: Iterable[Claim], **asked: Any) -> Estimate:
    """The sum of an increment."""
    return ask(claims, "increment", **asked)


def bounds(result: Estimate) -> Bounds:
    """Best, low and high."""
    return result.figure.best, result.figure.low, result.figure.high


def used(result: Estimate) -> list[str]:
    """The claims used, the leading one first."""
    return [claim.id for claim in result.used]


def left_out(result: Estimate) -> dict[str, str]:
    """Why each claim was left out."""
    return {each.claim.id: each.reason for each in result.excluded}


def codes(result: Estimate) -> list[str]:
    """The codes of the flags."""
    return sorted(flag.code for flag in result.flags)


def flagged(result: Estimate, code: str) -> list[tuple[str, ...]]:
    """The claims that each flag of a code names."""
    return [flag.claims for flag in result.flags if flag.code == code]


def periods(cells: Iterable[Cell]) -> list[str | None]:
    """Cells as EDTF text."""
    return [cell_text("increment", cell) for cell in cells]
