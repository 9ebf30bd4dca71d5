"""The indicators that differ, or ever did, under another policy."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from domain.vocabulary import Measure
from projections.answers.comparison import DifferingSpan, differing_spans
from projections.answers.estimates import answer
from projections.answers.figure import FigureAnswer, figure_of
from projections.answers.moments import Axis, CauseAnswer, cause_answer
from projections.answers.questions import Narrowing
from projections.answers.values import PolicyName, instant
from projections.tables.registry import IndicatorRow, indicator_at, indicators_at
from service.query.history import FromTo
from service.query.standpoint import Standpoint

MOST_SPANS = 20
"""Maximum number of spans listed of an indicator; all of them are counted."""


class PolicySpan(FromTo):
    """A span of time in which two policies differed, both figures, and the event that began it."""

    cause: CauseAnswer
    base: FigureAnswer
    candidate: FigureAnswer


class PolicyFigures(TypedDict):
    """The figures of two policies at the times asked, and whether they differ."""

    base: FigureAnswer
    candidate: FigureAnswer
    differs: bool


class ComparisonItem(TypedDict):
    """An indicator that differs, or ever did, under another policy."""

    indicator: str
    title: str
    unit: str
    measure: Measure
    base: PolicyName
    candidate: PolicyName
    now: PolicyFigures
    history: Annotated[list[PolicySpan], Field(max_length=MOST_SPANS)]
    n_history: int


def comparison(
    here: Standpoint,
    policies: tuple[str | None, str],
    axis: Axis,
    wanted: str | None,
    after: str,
    limit: int,
) -> list[ComparisonItem]:
    """At most `limit` indicators by id that differ under two policies, starting after one.

    Without a base the candidate is compared with each indicator's own policy; `wanted` is the only
    indicator to compare, if it is given.
    """
    found = list[ComparisonItem]()
    for row in indicators_at(here.db, here.as_of.position, after):
        if len(found) == limit:
            break
        if wanted in (None, row.id):
            base = policies[0] or row.definition.policy
            spans = differing_spans(here.db, row.id, here.as_of, base, policies[1], axis)
            if spans:
                found.append(_comparison_item(here, row, base, policies[1], spans))
    return found


def _comparison_item(
    here: Standpoint, row: IndicatorRow, base: str, candidate: str, spans: list[DifferingSpan]
) -> ComparisonItem:
    base_now, candidate_now = (
        figure_of(answer(here.db, row.id, here.as_of, Narrowing(policy=policy)))
        for policy in (base, candidate)
    )
    return {
        "indicator": row.id,
        "title": row.definition.title,
        "unit": row.definition.unit,
        "measure": row.definition.measure,
        "base": base,
        "candidate": candidate,
        "now": {
            "base": base_now,
            "candidate": candidate_now,
            "differs": base_now != candidate_now,
        },
        "history": [_policy_span(each) for each in spans[:MOST_SPANS]],
        "n_history": len(spans),
    }


def compared(
    here: Standpoint, indicator: str, policies: tuple[str | None, str], axis: Axis
) -> list[PolicySpan]:
    """Every span in which the headline of an indicator differs under two policies, oldest first."""
    row = indicator_at(here.db, indicator, here.as_of.position)
    if row is None:
        return []
    base = policies[0] or row.definition.policy
    spans = differing_spans(here.db, indicator, here.as_of, base, policies[1], axis)
    return [_policy_span(each) for each in spans]


def _policy_span(each: DifferingSpan) -> PolicySpan:
    return {
        "from": instant(each.since),
        "to": None if each.until is None else instant(each.until),
        "cause": cause_answer(each.cause),
        "base": each.base,
        "candidate": each.candidate,
    }
