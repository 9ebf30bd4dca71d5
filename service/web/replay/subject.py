"""The estimate that a request is about, with the time axis along which its history is played."""

from dataclasses import dataclass, replace

from starlette.requests import Request

from projections.answers.moments import Axis
from projections.answers.questions import Narrowing
from projections.tables.registry import IndicatorRow, indicator_at
from service.http.lookups import indicator_named, narrowing
from service.http.parameters import Asked
from service.query.standpoint import Standpoint
from service.views.history import position_of


@dataclass(frozen=True, slots=True)
class Subject:
    """One estimate: its indicator, what narrows it, its axis, and the time asked on that axis.

    `here` includes the whole axis; `until` is a position or an instant on it, None for the end.
    """

    here: Standpoint
    row: IndicatorRow
    asked: Asked
    narrowing: Narrowing
    axis: Axis
    until: int | None


def subject_of(request: Request, asked: Asked, here: Standpoint) -> Subject | None:
    """Return the estimate that a request asks for; None before its indicator was defined."""
    name = indicator_named(request, here)
    axis: Axis = asked.get("axis", "publication")
    base = _with_whole_axis(here, axis)
    row = indicator_at(here.db, name, base.as_of.position)
    if row is None:
        return None
    return Subject(base, row, asked, narrowing(asked), axis, _time_on_axis(here, asked, axis))


def _with_whole_axis(here: Standpoint, axis: Axis) -> Standpoint:
    """The same standpoint without a limit on the axis that is played."""
    if axis == "record":
        return replace(here, as_of=here.as_of.at(position_of(here.db)))
    return replace(here, as_of=replace(here.as_of, published_by=None))


def _time_on_axis(here: Standpoint, asked: Asked, axis: Axis) -> int | None:
    """The time asked on the axis: a position or an instant; None for the end."""
    if axis == "record":
        return here.as_of.position if "known_at" in asked else None
    return here.as_of.published_by
