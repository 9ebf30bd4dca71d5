"""The page on which a report is filed: typed, tried, mended and sent, with scripts or without."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import anyio.to_thread
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from domain.commands import FileReport
from domain.errors import Fault, Refused, refuse
from domain.vocabulary import split_claim_id
from projections.tables.registry import indicators_at, sources_at
from service.api.write import ERRORS, committed, tried
from service.http.bodies import MOST_FAULTS, parse, read_body
from service.http.parameters import Asked, caught_up, parameters, standing
from service.http.problems import PROBLEMS, Problem, problem_of
from service.http.routing import plain_router
from service.query.standpoint import Standpoint
from service.service import Service
from service.web.form import fields
from service.web.form.report_form import MEDIA_TYPE, MOST_CLAIMS, Form, read
from service.web.pages import Page, Shown, around, refused, render
from service.write.decisions import Request as Order

MOST_OFFERED = 1_000
"""So many known ids are offered while one is typed; any other may be typed as well."""


@dataclass(frozen=True, slots=True)
class Draft:
    """The form on its way: what is wrong with it or what it would do, and where the reader goes on."""

    form: Form
    problem: Problem | None = None
    faults: Sequence[Fault] = ()
    foreseen: dict[str, Any] | None = None
    focus: str = ""


def routes(service: Service) -> APIRouter:
    """Where the form is sent."""
    router = plain_router(include_in_schema=False)

    @router.post("/post")
    async def post(request: Request) -> Response:
        try:
            parameters(request)
            sent = read(await read_body(request, service.settings.body_limit, MEDIA_TYPE))
        except ERRORS as error:
            return refused(request, error)
        try:
            if sent.faults:
                raise _no_fields(sent.faults)
            done = await _pressed(service, sent.form, sent.button)
        except ERRORS as error:
            done = _faulty(sent.form, error)
        return done if isinstance(done, Response) else await _again(service, request, done)

    return router


def _no_fields(faults: Sequence[Fault]) -> Refused:
    return Refused("invalid", "the form has what is no field of it", faults[:MOST_FAULTS])


async def _pressed(service: Service, form: Form, button: str) -> Draft | Response:
    """Do what a button says; raises any of `ERRORS`."""
    match button.split(" "):
        case ["add"]:
            return _added(form)
        case ["remove", n] if (claim := _claim(form, n)) > 0:
            left = form.without(claim)
            return Draft(left, focus=f"/claims/{min(claim, left.claims - 1)}/indicator")
        case ["link", n, parent] if (claim := _claim(form, n)) >= 0:
            return await _foreseen(service, form.linked(claim, parent))
        case ["try"]:
            return await _foreseen(service, form)
        case ["file"]:
            return await _filed(service, form)
        case _:
            raise refuse("invalid", "do", "names no button of this form")


def _claim(form: Form, text: str) -> int:
    """The claim that a button stands beside, -1 where there is none."""
    known = {str(n): n for n in range(form.claims)}
    return known.get(text, -1)


def _added(form: Form) -> Draft:
    if form.claims == MOST_CLAIMS:
        raise refuse("invalid", "/claims", f"are {MOST_CLAIMS} already; import a larger report")
    return Draft(form.with_another(), focus=f"/claims/{form.claims}/indicator")


async def _foreseen(service: Service, form: Form) -> Draft:
    try:
        return Draft(form, foreseen=await tried(service, _order(service, form)))
    except ERRORS as error:
        return _faulty(form, error)  # with the link just taken, not the form as it was sent


async def _filed(service: Service, form: Form) -> Response:
    order = _order(service, form)
    assert isinstance(order.command, FileReport)
    position = (await committed(service, order)).position
    about = order.command.claims[0].indicator
    return RedirectResponse(f"/estimates/{about}?min_position={position}", 303)


def _order(service: Service, form: Form) -> Order:
    return Order(parse(FileReport, form.body()), service.settings.actor)


def _faulty(form: Form, error: Exception) -> Draft:
    faults = error.faults if isinstance(error, Refused) else ()
    return Draft(form, problem_of(error), faults)


async def _again(service: Service, request: Request, draft: Draft) -> Response:
    """The page with the form as it stands now."""

    def made() -> Response:
        with standing(service, {}) as here:
            return render(request, _page(draft, here), around(here))

    await caught_up(service, {})
    answer = await anyio.to_thread.run_sync(made)
    if answer.status_code == 503:
        answer.headers["Retry-After"] = "1"
    return answer


def _blank(service: Service, request: Request, asked: Asked, here: Standpoint) -> Page:
    return _page(Draft(Form()), here)


def _page(draft: Draft, here: Standpoint) -> Page:
    position, form = here.as_of.position, draft.form
    placed = [(fields.field_at(fault.pointer, form.claims), fault) for fault in draft.faults]
    messages = dict[str, str]()
    for name, fault in placed:
        if name:
            messages[name] = "; ".join(filter(None, (messages.get(name), fault.message)))
    shows = {
        "draft": draft,
        "form": form,
        "groups": {"report": fields.REPORT, "claim": fields.CLAIM},
        "kind": PROBLEMS[draft.problem.code] if draft.problem else None,
        "faults": [(name, fields.label_of(name or fault.pointer), fault) for name, fault in placed],
        "messages": messages,
        "foreseen": _shown(draft.foreseen) if draft.foreseen else None,
        "indicators": indicators_at(here.db, position, limit=MOST_OFFERED),
        "sources": sources_at(here.db, position, limit=MOST_OFFERED),
    }
    return Page("post.html", shows, PROBLEMS[draft.problem.code].status if draft.problem else 200)


def _shown(foreseen: dict[str, Any]) -> dict[str, Any]:
    """A dry run for the page: at each estimate its new flags, apart from the other differences."""
    changes = [
        {**each, "words": _beside_flags(each), "flags": _flags(foreseen, each)}
        for each in foreseen["estimates"]
    ]
    return {**foreseen, "estimates": changes}


def _flags(foreseen: dict[str, Any], change: dict[str, Any]) -> list[dict[str, Any]]:
    """New flags of an estimate; with one that asks for a link, the claim of this form to be linked."""
    asked = {(each["claim"], each["derived_from"]): each["question"] for each in foreseen["questions"]}
    found = list[dict[str, Any]]()
    for flag in foreseen["flags"]:
        if flag["indicator"] == change["indicator"] and change["cohort"] is None:
            pair = tuple(flag["claims"][:2])
            report, n = split_claim_id(pair[0]) if pair in asked else ("", 0)
            ours = n - 1 if report == foreseen["id"] else None
            found.append({**flag, "question": asked.get(pair), "n": ours})
    return found


def _beside_flags(change: dict[str, Any]) -> list[str]:
    pairs = zip(change["differences"], change["words"], strict=True)
    return [words for difference, words in pairs if difference["field"] != "flags"]


PAGES: tuple[Shown, ...] = (("/post", _blank, ()),)
