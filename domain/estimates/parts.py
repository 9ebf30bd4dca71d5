"""A whole from its parts: the sum of their headlines, in place of a figure or beside it."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.estimates.cell_figures import added, unique
from domain.estimates.estimate import Estimate, PartsSum, Question
from domain.estimates.figures import Figure
from domain.estimates.flags import Flag, unknown_addend
from domain.estimates.independence import Resting
from domain.estimates.support import NEAR_DAYS, weakest

_OWN_ORIGINS = ("doubtful", "cannot-be-judged")
"""Reasons for which an indicator's own origin may be left out and still be there."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part's answer to the same question; `minimum` is what it is at least without a figure."""

    name: str
    estimate: Estimate
    minimum: float | None


def with_parts(question: Question, own: Estimate, parts: Sequence[Part]) -> Estimate:
    """An indicator's own estimate with the sum of its parts beside it, or in place of no figure."""
    standing = [part for part in parts if part.estimate.figure.known]
    if not standing:
        return own
    timely = _timely(question, standing)
    figure = added([_addend(part, part in timely) for part in parts])
    names = tuple(part.name for part in parts)
    if own.used or any(each.reason in _OWN_ORIGINS for each in own.excluded):
        own.from_parts = PartsSum(figure, names)
        own.flags += _exceeding(question, own, parts, figure)
        return own
    return _from_parts(own, parts, timely, figure)


def _timely(question: Question, parts: Sequence[Part]) -> Sequence[Part]:
    """The parts of a level that are about the same time as the latest of them."""
    if question.measure != "stock" or question.cell is not None:
        return parts
    latest = max((part.estimate.cutoff_day for part in parts), default=0)
    return [part for part in parts if latest - part.estimate.cutoff_day <= question.fresh_days]


def _addend(part: Part, counts: bool) -> Figure:
    return part.estimate.figure if counts else Figure(None, part.minimum, None)


def _from_parts(
    own: Estimate, parts: Sequence[Part], timely: Sequence[Part], figure: Figure
) -> Estimate:
    """The estimate that the parts make together."""
    result = Estimate(
        figure=figure,
        used=tuple(unique(claim for part in timely for claim in part.estimate.used)),
        excluded=own.excluded,
        relays=own.relays,
        support=weakest([part.estimate.support for part in timely]),
        flags=[flag for part in timely for flag in part.estimate.flags],
        resting=Resting({k: v for p in timely for k, v in p.estimate.resting.subjects.items()}),
        answered_from="parts",
        behind=tuple(name for part in parts for name in part.estimate.behind or (part.name,)),
    )
    for part in parts:
        if part not in timely:
            result.flags.append(unknown_addend((), part.name))
    result.flags = list(dict.fromkeys(result.flags))
    result.steps = [f"sum of the parts {', '.join(part.name for part in parts)}"]
    return result


def _exceeding(question: Question, own: Estimate, parts: Sequence[Part], figure: Figure) -> list[Flag]:
    """Whether the parts together are at least more than the whole is at most."""
    high = own.figure.high
    narrower = question.originator or question.incident
    one_cell = question.cell is not None and question.measure != "increment"
    if narrower or one_cell or high is None or figure.low is None or figure.low <= high:
        return []
    if question.cell is None:
        whole = own.cutoff_day
        if any(part.estimate.cutoff_day - whole > NEAR_DAYS for part in parts):
            return []
    claims = [*own.used[:1], *(claim for part in parts for claim in part.estimate.used[:1])]
    detail = f"the parts {', '.join(part.name for part in parts)} together exceed the whole"
    return [Flag("parts-exceed-whole", detail, tuple(claim.id for claim in unique(claims)))]
