"""The estimate page: the figure, why it is what it is, and its history, step by step."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from starlette.requests import Request

from domain.commands import DefineIndicator
from domain.estimates.policies import POLICY_NAMES
from domain.times import show_instant, to_micros
from projections.answers.claims import cohorts
from projections.tables.journal import visible
from service.http.lookups import no_indicator
from service.http.parameters import NARROWING, TIMES, Asked
from service.query.difference_words import difference_lines
from service.query.differences import difference_items
from service.query.estimates import estimate
from service.query.indicators import ever_defined
from service.query.standpoint import Standpoint
from service.query.words import day_of
from service.service import Service
from service.web.acts.places import new_offer
from service.web.chart.drawing import draw
from service.web.chart.picture import legend
from service.web.chart.style import SHAPES
from service.web.chart_file import whole_picture
from service.web.cited import cited
from service.web.downloads import Download, asked_of, table_download
from service.web.elsewhere.offered import offered_elsewhere
from service.web.links import address, page_of
from service.web.pages import Page, PageRoute, wants_page
from service.web.replay.history import (
    NOW,
    TIME_PARAMETER,
    History,
    history_of,
    step_at,
    time_before,
    time_in_words,
)
from service.web.replay.moment import ClaimView, MomentView
from service.web.replay.phases import Phase, phases
from service.web.replay.plan import plan_view
from service.web.replay.subject import Subject, subject_of

MOST_ROWS = 150
"""Maximum number of rows of a group of claims at one step; the interface has all of them."""
MOST_CITED = 30
"""Maximum number of claims that the form of an assessment is filled with."""


@dataclass(frozen=True, slots=True)
class _View:
    """An estimate with its history and the number of the step to show."""

    subject: Subject
    history: History
    step: int

    @property
    def now(self) -> int | None:
        """The moment up to which the chart is visible; None if all of it is."""
        if self.step == 0:
            return 0
        if self.subject.axis == "publication" and self.subject.until is not None:
            return self.subject.until
        whole = self.step == len(self.history.steps) and not self.history.later
        return None if whole else self.history.steps[self.step - 1].moment


def _estimate(service: Service, request: Request, asked: Asked, here: Standpoint) -> Page:
    name, here = str(request.path_params["indicator"]), here.remembering()
    if wants_page(request) and not ever_defined(here, name):
        return _never_defined(name, here)
    subject = subject_of(request, asked, here)
    if subject is None:
        return Page("undefined.html", {"indicator": name, "detail": ""})
    history = history_of(subject)
    view = _View(subject, history, step_at(history, subject.until))
    downloads = _downloads(request, subject)
    context = {
        "indicator": subject.row.id,
        "definition": subject.row.definition,
        "position": subject.here.as_of.position,
        "when": _when(subject, here),
        "asked": {name: request.query_params.get(name, "") for name in _PARAMETERS},
        "cohorts": cohorts(here.db, subject.row.id, subject.here.as_of),
        "policies": POLICY_NAMES,
        "withheld": here.on(subject.row.id).knows_withheld,
        "links": _links(request, subject),
        "downloads": downloads,
        **cited(request, subject, here, service.log.id, downloads),
        **offered_elsewhere(request, subject, here),
        "compared": _compared(subject, here),
        "cited": _citable(history, view.step),
        "recorded": next(iter(visible(here.db, [asked.get("min_position", 0)])), None),
    }
    return Page(
        "estimate.html",
        {
            **context,
            **_chart(service, view),
            **_replay(view),
            **_claims(history),
            "plan": plan_view(subject, history, view.step, here),
        },
    )


def _never_defined(name: str, here: Standpoint) -> Page:
    """The page of an indicator that nobody has defined, from which it can be."""
    if here.behind:
        raise no_indicator(name, here)
    define = new_offer(DefineIndicator, f"Define {name}", {"id": name})
    problem = no_indicator(name, here)
    near = [(each, page_of("indicator", each)) for each in problem.near.names] if problem.near else []
    context = {"indicator": name, "detail": problem.detail, "near": near, "define": define}
    return Page("undefined.html", context, 404)


def _citable(history: History, step: int) -> tuple[str, ...]:
    """The claims that the figure shown rests on, which an assessment may cite; none if too many."""
    views = history.views
    used = views[min(step, len(views) - 1)].used if views else ()
    return tuple(each.claim for each in used) if len(used) <= MOST_CITED else ()


def _chart(service: Service, view: _View) -> dict[str, Any]:
    """The chart; of very many claims a browser asks for it by itself, as it takes longer."""
    if view.history.brief:
        return {"chart": "", "legend": (), "shapes": SHAPES}
    picture = whole_picture(service, view.subject)
    return {
        "chart": draw(replace(picture, now=view.now)) if view.history.steps else "",
        "legend": legend(picture),
        "shapes": SHAPES,
    }


def _replay(view: _View) -> dict[str, Any]:
    axis, history = view.subject.axis, view.history
    return {
        "axis": axis,
        "at": view.step,
        "steps": history.steps,
        "earlier": history.earlier,
        "later": history.later,
        "before": time_before(view.subject.here, history),
        "now": NOW[axis],
        "time_parameter": TIME_PARAMETER[axis],
    }


def _claims(history: History) -> dict[str, Any]:
    """The headline, flags and groups of claims, each with the steps at which it is visible."""

    def over_time(
        things: Callable[[MomentView], Iterable[Any]],
        order: Callable[[Any], object] | None = None,
    ) -> list[Phase[Any]]:
        return phases([list(things(view)) for view in history.views], 0, order)

    views = history.views
    return {
        "headlines": over_time(lambda view: (view.headline,)),
        "flags": over_time(lambda view: view.flags),
        "used": over_time(lambda view: view.used, _order),
        "left_out": over_time(lambda view: _first_rows(view.left_out), _order),
        "relays": over_time(lambda view: _first_rows(view.relays), _order),
        "nothing_used": over_time(lambda view: () if view.used else ("",)),
        "brief": history.brief,
        "more_flags": views[-1].n_flags - len(views[-1].flags),
        "more": any(len(rows) > MOST_ROWS for view in views for rows in (view.left_out, view.relays)),
        "stand_ins": any(claim.chain for view in views for claim in view.used),
    }


def _first_rows(claims: Iterable[ClaimView]) -> list[ClaimView]:
    return sorted(claims, key=_order)[:MOST_ROWS]


def _order(claim: ClaimView) -> tuple[int, ...]:
    return claim.order


def _when(subject: Subject, here: Standpoint) -> str:
    """The wording of the time that the page shows."""
    if subject.axis == "record" and "known_at" in subject.asked:
        return time_in_words("record", here.echo["known_at"], here.as_of.position)
    if subject.axis == "publication" and here.echo["published_by"]:
        return time_in_words("publication", here.echo["published_by"], 0)
    return NOW[subject.axis]


def _links(request: Request, subject: Subject) -> dict[str, str]:
    """Addresses of the same estimate: at a step, along each axis, as data, as a chart."""
    path, moving = request.url.path, TIME_PARAMETER[subject.axis]
    passing = ("compare", "min_position")
    asked = {n: v for n, v in sorted(request.query_params.items()) if v and n not in passing}
    data = {name: value for name, value in asked.items() if name != "axis"}
    fixed = {name: value for name, value in data.items() if name != moving}
    series = {name: value for name, value in data.items() if name not in ("period", "policy")}
    return {
        "publication": address(path, {"axis": "publication", **fixed}),
        "record": address(path, {"axis": "record", **fixed}),
        "step": f"{address(path, {'axis': subject.axis, **fixed})}&{moving}=",
        "data": address(f"/v1{path}", data),
        "explanation": address(f"/v1{path}/explanation", data),
        "series": address(f"{path}/series", series),
        "flags": address("/conflicts", {"indicator": subject.row.id}),
        "svg": address(f"{path}/chart.svg", asked),
        "stix": address("/v1/stix", {"indicator": subject.row.id, "known_at": asked.get("known_at")}),
        "slippage": address(f"/v1{path}/slippage", {n: v for n, v in asked.items() if n in _SLIPPAGE}),
    }


def _downloads(request: Request, subject: Subject) -> list[Download]:
    """The tables of what the page shows, each for the question that it is asked."""
    one, asked = f"/v1{request.url.path}", asked_of(request)
    cell = (*TIMES, "period", "cohort", "incident", "originator")
    tables = [
        table_download("Revisions of the estimate", f"{one}/vintages", asked, *cell, axis=subject.axis),
        table_download("Revisions by source", f"{one}/revisions", asked, *cell),
        table_download("Changes", f"{one}/changes", asked, *TIMES, *NARROWING, since="0"),
        table_download("Claims, used or not", f"{one}/explanation", asked, *TIMES, *NARROWING),
        table_download("Period by period", f"{one}/series", asked, *TIMES, "cohort", "originator"),
    ]
    if subject.row.definition.plans_for:
        tables += [table_download("Planned and fulfilled", f"{one}/slippage", asked, *_SLIPPAGE)]
    return tables


def _compared(subject: Subject, here: Standpoint) -> dict[str, Any] | None:
    """The estimate at another publication time, and the differences from there to the one shown."""
    if "compare" not in subject.asked:
        return None
    other = replace(here.as_of, published_by=to_micros(subject.asked["compare"]))
    before, after = (
        estimate(
            replace(here, as_of=as_of, current=False),
            subject.row.id,
            subject.narrowing,
            with_cohorts=False,
        )
        for as_of in (other, here.as_of)
    )
    return {
        "day": day_of(show_instant(subject.asked["compare"])),
        "before": before,
        "after": after,
        "words": difference_lines(difference_items(before, after)),
    }


_SLIPPAGE = (*TIMES, "cohort")
_PARAMETERS = (*TIMES, *NARROWING, "axis", "compare")
PAGES: tuple[PageRoute, ...] = (("/estimates/{indicator}", _estimate, _PARAMETERS),)
