"""The page `/read`: a text comes in, its claims are shown to tick, and those ticked are tried."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from domain.commands import FileReport
from domain.errors import Fault, Refused, refuse
from projections.tables.registry import indicators_at, sources_at
from service.http.admission import principal_of
from service.http.bodies import parsed, read_body
from service.http.form_parts import MULTIPART, uploaded
from service.http.parameters import SIGHT, Asked, parameters
from service.http.problem_kinds import PROBLEMS
from service.http.questions import Questions
from service.http.routing import Endpoint, route
from service.http.sight import sight_for
from service.http.submit import ERRORS, tried
from service.http.times import caught_up, standing
from service.query.proposal_answers import DraftAnswer
from service.query.proposal_questions import Propose
from service.query.proposals import draft
from service.query.standpoint import Standpoint
from service.service import Service
from service.web.acts.draft import MOST_SUGGESTED, Draft, draft_page, with_fault
from service.web.acts.places import ACT_PAGES
from service.web.acts.routes import tried_draft
from service.web.acts.subject import Subject
from service.web.acts.submitted import Submitted, check_fields
from service.web.form.field import claim_and_path
from service.web.form.filled import BUTTON, MEDIA_TYPE, Form, Submission, read
from service.web.form.report_fields import REPORT
from service.web.pages import Page, page_response, problem_page, shared_context
from service.web.reading.layout import (
    ASKED,
    ESSENTIAL,
    OTHERS,
    READ_LAYOUT,
    TEXT,
    filed_form,
    form_of,
    ticked,
)
from service.web.reading.marked import Span, marked

PATH, FILE = "/read", "file"
_POST = next(each for each in ACT_PAGES if each.command is FileReport)


def reading_routes(service: Service, questions: Questions) -> list[Route]:
    """Return the routes of the page that reads a text."""
    return [
        route("GET", PATH, _showing(service, questions), role=_POST.act.role, at_writer=True),
        route("POST", PATH, _receiving(service, questions), role=_POST.act.role),
    ]


def _showing(service: Service, questions: Questions) -> Endpoint:
    async def show(request: Request) -> Response:
        try:
            parameters(request)
            return await _answered(service, questions, request, Draft(Form(READ_LAYOUT, {}, 0)))
        except ERRORS as error:
            return problem_page(request, error)

    return show


def _receiving(service: Service, questions: Questions) -> Endpoint:
    async def receive(request: Request) -> Response:
        try:
            parameters(request)
            submission = await _submission(service, request)
        except ERRORS as error:
            return problem_page(request, error)
        try:
            check_fields(submission)
            return await _press(service, questions, request, submission)
        except ERRORS as error:
            return await _again(service, questions, request, with_fault(submission.form, error))

    return receive


async def _submission(service: Service, request: Request) -> Submission:
    """The form as it was sent: with a file in it, it is the first step, and the file is its text."""
    limit = service.settings.body_limit
    if not request.headers.get("content-type", "").startswith(MULTIPART):
        return read(READ_LAYOUT, await read_body(request, limit, MEDIA_TYPE))
    async with uploaded(request, limit, (FILE, BUTTON, *READ_LAYOUT.of_whole)) as parts:
        try:
            given = {name: part.text() for name, part in parts.items()}
        except ValueError:
            raise refuse("invalid", TEXT, "is no text in UTF-8; paste it instead") from None
    button, text = given.pop(BUTTON, ""), given.pop(FILE, None)
    form = Form(READ_LAYOUT, {}, 0).filled(given if text is None else {**given, TEXT: text})
    return Submission(form, button, "", ())


async def _press(
    service: Service, questions: Questions, request: Request, submission: Submission
) -> Response:
    """Run the action of a button; raises any of `ERRORS`."""
    form = submission.form
    match submission.button:
        case "read":
            found = await _read(service, questions, request, form)
            filled = form_of(form.typed[TEXT], found)
            return await _answered(service, questions, request, Draft(filled), found)
        case "try":
            return await _tried(service, questions, request, form)
        case _:
            raise refuse("invalid", "do", "is not a button of this form")


async def _read(service: Service, questions: Questions, request: Request, form: Form) -> DraftAnswer:
    """What is found in the text of a form."""
    given = {name.removeprefix("/"): form.typed.get(name, "") for name in ASKED}
    stripped = {name: text if name == "text" else text.strip() for name, text in given.items()}
    asked = await parsed(Propose, to_json({name: text for name, text in stripped.items() if text}))
    return await questions.answer(request, PATH, partial(_draft, service, request, asked))


def _draft(service: Service, request: Request, asked: Propose) -> DraftAnswer:
    with standing(service, {SIGHT: sight_for(request.scope)}) as here:
        return draft(here, asked)


async def _tried(service: Service, questions: Questions, request: Request, form: Form) -> Response:
    """What filing the ticked claims would change, on the page that files them; else what is wrong."""
    claims = ticked(form)
    if not claims:
        raise refuse("invalid", "/claims", "none is ticked; tick those that you want to file")
    filing = filed_form(form, claims)
    sent = Submitted(_POST, Subject(), principal_of(request), filing, "")
    result = await tried_draft(partial(tried, service, questions, request), sent, filing)
    if result.problem is not None:
        faults = [_fault_of(fault, claims) for fault in result.faults]
        wrong = replace(result, form=form, faults=faults)
        return await _again(service, questions, request, wrong)

    def respond() -> Response:
        with standing(service, {SIGHT: sight_for(request.scope)}) as here:
            shown = draft_page(_POST, result, Subject(), _POST.path, here)
            return page_response(request, shown, shared_context(service, here))

    return await questions.answer(request, PATH, respond)


def _fault_of(fault: Fault, claims: Sequence[int]) -> Fault:
    """A fault of the report that the ticked claims make, at its place among all claims."""
    claim, path = claim_and_path(fault.pointer)
    return fault if claim is None else Fault(f"/claims/{claims[claim]}{path}", fault.message)


async def _again(service: Service, questions: Questions, request: Request, shown: Draft) -> Response:
    """Respond with the form as it was sent, what is wrong with it, and what was found in its text."""
    try:
        try:
            found = await _read(service, questions, request, shown.form) if shown.form.claims else None
        except Refused:
            found = None
        return await _answered(service, questions, request, shown, found)
    except ERRORS as error:
        return problem_page(request, error)


async def _answered(
    service: Service,
    questions: Questions,
    request: Request,
    shown: Draft,
    found: DraftAnswer | None = None,
) -> Response:
    asked: Asked = {SIGHT: sight_for(request.scope)}
    await caught_up(service, asked)

    def respond() -> Response:
        with standing(service, asked) as here:
            page = _page(shown, found, here)
            return page_response(request, page, shared_context(service, here))

    return await questions.answer(request, PATH, respond)


def _page(shown: Draft, found: DraftAnswer | None, here: Standpoint) -> Page:
    form, position = shown.form, here.as_of.position
    proposals = (found["claims"] if found else [])[: form.claims]
    kind = PROBLEMS[shown.problem.code] if shown.problem else None
    placed = [(READ_LAYOUT.field_at(each.pointer, form.claims), each) for each in shown.faults]
    context: Mapping[str, object] = {
        "page": _POST,
        "draft": shown,
        "form": form,
        "groups": {"report": REPORT, "claim": (ESSENTIAL,)},
        "others": OTHERS,
        "text": READ_LAYOUT.whole[:1],
        "kind": kind,
        "faults": [(name, form.label(name or each.pointer), each) for name, each in placed],
        "messages": {name: each.message for name, each in placed if name},
        "proposals": proposals,
        "ticked": ticked(form),
        "more": len(found["claims"]) - form.claims if found else 0,
        "not_figures": found["not_figures"] if found else [],
        "pieces": marked(form.typed.get(TEXT, ""), [_span(each) for each in proposals]),
        "indicators": indicators_at(here.db, position, limit=MOST_SUGGESTED),
        "sources": sources_at(here.db, position, limit=MOST_SUGGESTED),
    }
    return Page("read.html", dict(context), kind.status if kind else 200)


def _span(proposal: Mapping[str, object]) -> Span | None:
    quote = proposal["quote"]
    assert isinstance(quote, Mapping)
    start, end = quote["start"], quote["end"]
    return None if start is None or end is None else (start, end)
