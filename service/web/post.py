"""The page that files a report through a form, with or without scripts."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from domain.commands import FileReport
from domain.errors import Fault, Refused, refuse
from projections.tables.registry import indicators_at, sources_at
from service.access.principal import Principal
from service.dry_run import DryRunAnswer
from service.http.admission import principal_of
from service.http.bodies import parsed, read_body
from service.http.faults import MOST_FAULTS
from service.http.parameters import SIGHT, Asked, parameters
from service.http.problem_kinds import PROBLEMS
from service.http.problems import Problem, problem_of
from service.http.questions import Questions
from service.http.routing import route
from service.http.sight import sight_for
from service.http.submit import ERRORS, committed, tried
from service.http.times import caught_up, standing
from service.query.standpoint import Standpoint
from service.service import Service
from service.web.form import fields
from service.web.form.preview import preview_of
from service.web.form.report_form import MEDIA_TYPE, MOST_CLAIMS, Form, read
from service.web.pages import Page, PageRoute, page_response, problem_page, shared_context
from service.write.decisions import WriteRequest

MOST_SUGGESTED = 1_000
"""Maximum number of known ids that are suggested; any other id may be typed as well."""
Tries = Callable[[WriteRequest], Awaitable[DryRunAnswer]]
"""Finds out what a request would change."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A form to show again: with what is wrong or what it would change, and the field to focus."""

    form: Form
    problem: Problem | None = None
    faults: Sequence[Fault] = ()
    preview: DryRunAnswer | None = None
    focus: str = ""


def routes(service: Service, questions: Questions) -> list[Route]:
    """Return the route that receives the form."""

    async def post(request: Request) -> Response:
        return await _post(service, questions, request)

    return [route("POST", "/post", post, role="reporter")]


async def _post(service: Service, questions: Questions, request: Request) -> Response:
    try:
        parameters(request)
        submission = read(await read_body(request, service.settings.body_limit, MEDIA_TYPE))
    except ERRORS as error:
        return problem_page(request, error)
    try:
        if submission.faults:
            raise _unknown_fields(submission.faults)
        by, tries = principal_of(request), partial(tried, service, questions, request)
        result = await _press(service, by, tries, submission.form, submission.button)
    except ERRORS as error:
        result = _draft_with_fault(submission.form, error)
    if isinstance(result, Response):
        return result
    return await _form_response(service, request, result)


def _unknown_fields(faults: Sequence[Fault]) -> Refused:
    return Refused("invalid", "the form contains unknown fields", faults[:MOST_FAULTS])


async def _press(
    service: Service, by: Principal, tries: Tries, form: Form, button: str
) -> Draft | Response:
    """Run the action of a button; raises any of `ERRORS`."""
    match button.split(" "):
        case ["add"]:
            return _with_claim(form)
        case ["remove", n] if (claim := _claim_number(form, n)) > 0:
            left = form.without(claim)
            return Draft(left, focus=f"/claims/{min(claim, left.claims - 1)}/indicator")
        case ["link", n, parent] if (claim := _claim_number(form, n)) >= 0:
            return await _preview(by, tries, form.linked(claim, parent))
        case ["try"]:
            return await _preview(by, tries, form)
        case ["file"]:
            return await _filed(service, by, form)
        case _:
            raise refuse("invalid", "do", "is not a button of this form")


def _claim_number(form: Form, text: str) -> int:
    """The number of the claim that a button belongs to, -1 if there is none."""
    known = {str(n): n for n in range(form.claims)}
    return known.get(text, -1)


def _with_claim(form: Form) -> Draft:
    if form.claims == MOST_CLAIMS:
        raise refuse(
            "invalid", "/claims", f"has {MOST_CLAIMS} claims, the maximum; import a larger report"
        )
    return Draft(form.with_another(), focus=f"/claims/{form.claims}/indicator")


async def _preview(by: Principal, tries: Tries, form: Form) -> Draft:
    try:
        return Draft(form, preview=await tries(await _write_request(by, form)))
    except ERRORS as error:
        return _draft_with_fault(form, error)  # keeps the link just added, unlike the form as submitted


async def _filed(service: Service, by: Principal, form: Form) -> Response:
    write = await _write_request(by, form)
    assert isinstance(write.command, FileReport)
    position = (await committed(service, write)).position
    about = write.command.claims[0].indicator
    return RedirectResponse(f"/estimates/{about}?min_position={position}", 303)


async def _write_request(by: Principal, form: Form) -> WriteRequest:
    body = form.body()
    return WriteRequest(
        await parsed(FileReport, body), by.subject, size=len(body), clearance=by.clearance
    )


def _draft_with_fault(form: Form, error: Exception) -> Draft:
    faults = error.faults if isinstance(error, Refused) else ()
    return Draft(form, problem_of(error), faults)


async def _form_response(service: Service, request: Request, draft: Draft) -> Response:
    """Respond with the form in its current state."""

    def respond() -> Response:
        with standing(service, asked) as here:
            return page_response(request, _form_page(draft, here), shared_context(service, here))

    asked: Asked = {SIGHT: sight_for(request.scope)}
    await caught_up(service, asked)
    answer = await anyio.to_thread.run_sync(respond)
    if answer.status_code == 503:
        answer.headers["Retry-After"] = "1"
    return answer


def _empty_form(service: Service, request: Request, asked: Asked, here: Standpoint) -> Page:
    return _form_page(Draft(Form()), here)


def _form_page(draft: Draft, here: Standpoint) -> Page:
    position, form = here.as_of.position, draft.form
    placed = [(fields.field_at(fault.pointer, form.claims), fault) for fault in draft.faults]
    messages = dict[str, str]()
    for name, fault in placed:
        if name:
            messages[name] = "; ".join(filter(None, (messages.get(name), fault.message)))
    context = {
        "draft": draft,
        "form": form,
        "groups": {"report": fields.REPORT, "claim": fields.CLAIM},
        "kind": PROBLEMS[draft.problem.code] if draft.problem else None,
        "faults": [(name, fields.label_of(name or fault.pointer), fault) for name, fault in placed],
        "messages": messages,
        "preview": preview_of(draft.preview) if draft.preview else None,
        "indicators": indicators_at(here.db, position, limit=MOST_SUGGESTED),
        "sources": sources_at(here.db, position, limit=MOST_SUGGESTED),
    }
    return Page("post.html", context, PROBLEMS[draft.problem.code].status if draft.problem else 200)


PAGES: tuple[PageRoute, ...] = (("/post", _empty_form, ()),)
