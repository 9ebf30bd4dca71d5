"""The estimate page: the figure, why it is what it is, how it came to be, played step by step."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from operator import attrgetter
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from domain.estimates.policies import POLICY_NAMES
from domain.times import show_instant, to_micros
from projections.answers.as_of import cohorts
from projections.answers.estimates import Narrowing
from projections.answers.moments import Axis
from projections.answers.vintages import believed
from projections.tables.journal import recorded_at
from projections.tables.registry import IndicatorRow, indicator_at
from service.http.lookups import NARROWING, indicator_named, narrowing
from service.http.parameters import TIMES, Asked
from service.query import estimates
from service.query.standpoint import Standpoint
from service.query.words import day_of, words
from service.service import Service
from service.views.store import position_of
from service.web.chart import drawing
from service.web.chart.picture import picture
from service.web.chart.scales import SHAPES
from service.web.pages import Page, sent
from service.web.pages import Shown as Showing
from service.web.replay.history import History, before_all, history, when
from service.web.replay.moment import Evidence, Shown
from service.web.replay.phases import Phase, phases

MOST_ROWS = 150
"""Of each group of claims so many rows are shown at a time; the interface has all."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What is asked of one estimate: of which indicator, along which axis, up to when.

    `here` has all of the axis in sight; `until` is a position or an instant on it, None for the end.
    """

    here: Standpoint
    row: IndicatorRow
    asked: Asked
    narrowing: Narrowing
    axis: Axis
    until: int | None


@dataclass(frozen=True, slots=True)
class View(Subject):
    """A subject with its history, and the step of it that is shown."""

    told: History
    at: int

    @property
    def now(self) -> int | None:
        """The moment up to which the picture is seen; None where all of it is."""
        if self.at == 0:
            return 0
        if self.axis == "publication" and self.until is not None:
            return self.until
        whole = self.at == len(self.told.turns) and not self.told.later
        return None if whole else self.told.turns[self.at - 1].moment


def _subject(request: Request, asked: Asked, here: Standpoint) -> Subject | None:
    """The estimate asked for; None before it was defined."""
    name = indicator_named(request, here)
    axis: Axis = asked.get("axis", "publication")
    base = _beyond(here, axis)
    row = indicator_at(here.db, name, base.as_of.position)
    if row is None:
        return None
    return Subject(base, row, asked, narrowing(asked), axis, _until(here, asked, axis))


def _view(subject: Subject) -> View:
    here, axis = subject.here, subject.axis
    told = history(here, subject.row.id, subject.narrowing, axis, subject.until)
    given = {each.name: getattr(subject, each.name) for each in fields(Subject)}
    return View(**given, told=told, at=_at(told, subject.until))


def _beyond(here: Standpoint, axis: Axis) -> Standpoint:
    """The same standpoint, but with all of the axis that is played along in sight."""
    if axis == "record":
        return replace(here, as_of=here.as_of.at(position_of(here.db)))
    return replace(here, as_of=replace(here.as_of, published_by=None))


def _until(here: Standpoint, asked: Asked, axis: Axis) -> int | None:
    """The time asked along the axis: a position or an instant; None for the end."""
    if axis == "record":
        return here.as_of.position if "known_at" in asked else None
    return here.as_of.published_by


def _at(told: History, until: int | None) -> int:
    """The step that the time asked stands at; the last one where none is asked."""
    places = [int(turn.ask) if told.axis == "record" else turn.moment for turn in told.turns]
    return len(places) if until is None else sum(place <= until for place in places)


def _estimate(service: Service, request: Request, asked: Asked, here: Standpoint) -> Page:
    subject = _subject(request, asked, here)
    if subject is None:
        name = str(request.path_params["indicator"])
        return Page("undefined.html", {"indicator": name})
    view = _view(subject)
    drawn = _drawn(service, view)
    return Page(
        "estimate.html",
        {
            "indicator": view.row.id,
            "definition": view.row.definition,
            "at": view.at,
            "position": view.here.as_of.position,
            "axis": view.axis,
            "turns": view.told.turns,
            "earlier": view.told.earlier,
            "later": view.told.later,
            "more": _cut(view),
            "chart": drawing.draw(replace(drawn, now=view.now)) if view.told.turns else "",
            "legend": drawing.legend(drawn),
            "shapes": SHAPES,
            "headlines": _phases(view, lambda shown: (shown.headline,)),
            "used": _phases(view, attrgetter("used"), _order),
            "left_out": _phases(view, _most("left_out"), _order),
            "relays": _phases(view, _most("relays"), _order),
            "empty": _phases(view, lambda shown: () if shown.used else ("",)),
            "flags": _phases(view, attrgetter("flags")),
            "when": _when(view, here),
            "before": before_all(view.here, view.told),
            "stand_ins": any(each.chain for state in view.told.states for each in state.used),
            "asked": {name: request.query_params.get(name, "") for name in _PARAMETERS},
            "cohorts": cohorts(here.db, view.row.id, view.here.as_of),
            "policies": POLICY_NAMES,
            "links": _links(request, view),
            "compared": _compared(view, here),
        },
    )


def _phases(
    view: View, of: Callable[[Shown], Any], order: Callable[[Any], object] | None = None
) -> list[Phase[Any]]:
    return phases([of(state) for state in view.told.states], 0, order)


def _cut(view: View) -> bool:
    """Whether some group has more rows than are shown."""
    return any(len(g) > MOST_ROWS for s in view.told.states for g in (s.left_out, s.relays))


def _most(group: str) -> Callable[[Shown], list[Evidence]]:
    """The first rows of a group of claims, as many as are shown."""
    rows: Callable[[Shown], tuple[Evidence, ...]] = attrgetter(group)
    return lambda shown: sorted(rows(shown), key=_order)[:MOST_ROWS]


def _order(evidence: Evidence) -> tuple[int, ...]:
    return evidence.order


def _when(view: View, here: Standpoint) -> str:
    """Up to when what is shown was to be known, in words."""
    if view.axis == "record":
        if "known_at" not in view.asked:
            return "Now: all that this log holds"
        return when("record", here.echo["known_at"], here.as_of.position)
    published = here.echo["published_by"]
    return when("publication", published, 0) if published else "Now: all published"


def _links(request: Request, view: View) -> dict[str, str]:
    """Addresses of the same estimate: at any step, along the other axis, as data, drawn, for ever."""
    path, moving = request.url.path, "known_at" if view.axis == "record" else "published_by"
    asked = {n: v for n, v in request.query_params.items() if v and n not in _PASSING}
    fixed = {name: value for name, value in asked.items() if name not in (moving, "axis")}
    data = {name: value for name, value in asked.items() if name != "axis"}
    pinned = {
        **asked,
        "policy": asked.get("policy") or view.row.definition.policy,
        "axis": view.axis,
        "known_at": asked.get("known_at") or str(view.here.as_of.position),
    }
    return {
        "publication": _address(path, fixed | {"axis": "publication"}),
        "record": _address(path, fixed | {"axis": "record"}),
        "step": f"{_address(path, fixed | {'axis': view.axis})}&{moving}=",
        "data": _address(f"/v1{path}", data),
        "explanation": _address(f"/v1{path}/explanation", data),
        "series": _address(f"{path}/series", {k: v for k, v in data.items() if k not in _NARROWED}),
        "svg": _address(f"{path}/chart.svg", asked),
        "cite": str(request.base_url).rstrip("/") + _address(path, pinned),
    }


_PASSING = ("compare", "min_position")
_NARROWED = ("period", "policy")


def _address(path: str, query: Mapping[str, str]) -> str:
    return f"{path}?{urlencode(sorted(query.items()))}" if query else path


def _compared(view: View, here: Standpoint) -> dict[str, Any] | None:
    """The estimate at another publication time, and what changed from there to the one shown."""
    if "compare" not in view.asked:
        return None
    other = replace(here.as_of, published_by=to_micros(view.asked["compare"]))
    before, after = (
        estimates.estimate(here.db, view.row.id, at, view.narrowing, False, here.suspect, beside=False)
        for at in (other, here.as_of)
    )
    changed = words(estimates.differences_of(before, after))
    return {
        "day": day_of(show_instant(view.asked["compare"])),
        "before": before,
        "after": after,
        "words": changed,
    }


def _drawn(service: Service, of: Subject) -> drawing.Picture:
    """The picture of what is asked, all of it."""
    db, as_of = of.here.db, of.here.as_of
    if of.narrowing.plain and of.axis == "publication":
        found = service.believed(db, of.row.id, as_of)
    else:
        found = believed(db, of.row.id, as_of, of.narrowing, of.axis)
    return picture(db, of.row, as_of, of.narrowing, of.axis, found)


def _chart(service: Service, request: Request, asked: Asked, here: Standpoint) -> Response:
    subject = _subject(request, asked, here)
    if subject is None:
        drawn = drawing.Picture((), (), (), 0, 0, str(request.path_params["indicator"]), "")
    else:
        until = subject.until
        if until is not None and subject.axis == "record":
            until = recorded_at(here.db, until)
        drawn = replace(_drawn(service, subject), now=until)
    answer = sent(request, drawing.draw(drawn, standalone=True).encode(), "image/svg+xml")
    # It carries its colours with it, to stand alone wherever it is put; and nothing else.
    answer.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'"
    return answer


_PARAMETERS = (*TIMES, *NARROWING, "axis", "compare")
PAGES: tuple[Showing, ...] = (
    ("/estimates/{indicator}", _estimate, _PARAMETERS),
    ("/estimates/{indicator}/chart.svg", _chart, _PARAMETERS),
)
