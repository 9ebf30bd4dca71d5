"""The page of every act: its form, filled in, tried, and filed."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from domain.commands import FileReport
from domain.errors import Fault, Refused, refuse
from service.dry_run import DryRunAnswer
from service.http.admission import principal_of
from service.http.bodies import read_body
from service.http.parameters import SIGHT, Asked, bad_parameter, parameters
from service.http.questions import Questions
from service.http.routing import Endpoint, route
from service.http.sight import sight_for
from service.http.submit import ERRORS, committed, tried
from service.http.times import caught_up, position_of_time, standing
from service.query.standpoint import Standpoint
from service.service import Service
from service.web.acts.draft import UNCHANGED, Change, Draft, Past, changes_since, draft_page, with_fault
from service.web.acts.places import ACT_PAGES, ActPage
from service.web.acts.standing import what_stands
from service.web.acts.subject import Subject, subject_of
from service.web.acts.submitted import Submitted, check_fields, is_beyond
from service.web.form.derived import layout_of
from service.web.form.field import Layout
from service.web.form.filled import MEDIA_TYPE, MOST_CLAIMS, Form, read
from service.web.pages import Page, page_response, problem_page, shared_context

Tries = Callable[..., Awaitable[DryRunAnswer]]
"""Finds out what a request would change, now or of what was published by a time."""


def act_routes(service: Service, questions: Questions) -> list[Route]:
    """Return the routes of the pages of acts: each shows its form and receives it."""
    return [
        route(
            method,
            page.path,
            endpoint(service, questions, page),
            role=page.act.role,
            at_writer=True,  # the form as well: a browser may not send it to another origin
        )
        for page in ACT_PAGES
        for method, endpoint in (("GET", _showing), ("POST", _receiving))
    ]


def _showing(service: Service, questions: Questions, page: ActPage) -> Endpoint:
    layout = layout_of(page.command, new=page.new)

    def respond(request: Request, asked: Asked, given: Mapping[str, str]) -> Response:
        known_at = asked.pop("known_at", None)
        with standing(service, asked) as here:
            subject = subject_of(service, here, page, request.path_params)
            stands = subject.stands
            if known_at is not None and not page.new:
                past = here.at(position_of_time(here.db, known_at))
                stands = what_stands(service, past, page.command, subject.id)
            draft = Draft(_filled(layout, stands).filled(given), version=str(subject.version))
            return _response(service, request, page, draft, subject, here)

    async def show(request: Request) -> Response:
        try:
            given = _given(request, layout)
            besides = {name.removeprefix("/") for name in given}
            asked = parameters(request, "known_at", "min_position", blanks=True, besides=besides)
            await caught_up(service, asked)
            return await questions.answer(request, page.path, partial(respond, request, asked, given))
        except ERRORS as error:
            return problem_page(request, error)

    return show


def _given(request: Request, layout: Layout) -> dict[str, str]:
    """What the query fills in: the fields of the whole by their names, each once."""
    given = dict[str, str]()
    for name, text in request.query_params.multi_items():
        if not name.startswith("/") and f"/{name}" in layout.of_whole:
            if f"/{name}" in given:
                raise bad_parameter(name, "is given twice")
            given[f"/{name}"] = text
    return given


def _filled(layout: Layout, stands: Mapping[str, Any] | None) -> Form:
    """The form filled with what stands, else with its defaults."""
    return Form(layout, {}, 1 if layout.claim else 0) if stands is None else Form.of(layout, stands)


def _receiving(service: Service, questions: Questions, page: ActPage) -> Endpoint:
    layout = layout_of(page.command, new=page.new)

    async def receive(request: Request) -> Response:
        asked: Asked = {SIGHT: sight_for(request.scope)}
        try:
            parameters(request)
            body = await read_body(request, service.settings.body_limit, MEDIA_TYPE)
            submission = read(layout, body)
            await caught_up(service, asked)
            subject = await anyio.to_thread.run_sync(partial(_subject, service, page, request, asked))
        except ERRORS as error:
            return problem_page(request, error)
        sent = Submitted(page, subject, principal_of(request), submission.form, submission.version)
        tries = partial(tried, service, questions, request)
        try:
            check_fields(submission)
            result = await _press(service, request, tries, sent, submission.button)
        except ERRORS as error:
            result = with_fault(submission.form, error)
        if isinstance(result, Response):
            return result
        return await _show_again(service, request, sent, result)

    return receive


def _subject(service: Service, page: ActPage, request: Request, asked: Asked) -> Subject:
    with standing(service, asked) as here:
        return subject_of(service, here, page, request.path_params)


async def _press(
    service: Service, request: Request, tries: Tries, sent: Submitted, button: str
) -> Draft | Response:
    """Run the action of a button; raises any of `ERRORS`."""
    form, claims = sent.form, bool(sent.form.layout.claim)
    match button.split(" "):
        case ["add"] if claims:
            return _with_claim(form)
        case ["remove", n] if (claim := _claim_number(form, n)) >= _first_removable(sent):
            return _without_claim(form, claim)
        case ["link", n, parent] if (claim := _claim_number(form, n)) >= 0:
            return await tried_draft(tries, sent, form.linked(claim, parent))
        case ["try"]:
            return await tried_draft(tries, sent, form)
        case ["file"]:
            return await _filed(service, request, sent)
        case _:
            raise refuse("invalid", "do", "is not a button of this form")


def _first_removable(sent: Submitted) -> int:
    """The first claim that may be removed: that of a new report stays, for it has to have one."""
    return 1 if sent.page.new else 0


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


def _without_claim(form: Form, claim: int) -> Draft:
    if form.claims == 1:
        raise refuse("invalid", "/claims", "has to keep a claim; withdraw a report that says nothing")
    left = form.without(claim)
    return Draft(left, focus=f"/claims/{min(claim, left.claims - 1)}/indicator")


async def tried_draft(tries: Tries, sent: Submitted, form: Form) -> Draft:
    """The form with what it would change, now and of what was known on its first day."""
    try:
        request = await sent.request(form)
        if request is None:
            return Draft(form, notice=UNCHANGED)
        preview, past = await tries(request), None
        if preview["new"] and sent.first_day is not None:
            then = await tries(request, sent.first_day)
            past = Past(sent.first_day.date().isoformat(), then)
        return Draft(form, preview=preview, past=past)
    except ERRORS as error:
        return with_fault(form, _at_id(error))  # keeps the link just added, unlike the form as sent


async def _filed(service: Service, request: Request, sent: Submitted) -> Draft | Response:
    try:
        write = await sent.request(sent.form)
        if write is None:
            return Draft(sent.form, notice=UNCHANGED)
        outcome = await committed(service, write)
    except Refused as error:
        raise _at_id(error) from None
    if isinstance(write.command, FileReport):
        about = write.command.claims[0].indicator
        return RedirectResponse(f"/estimates/{about}?min_position={outcome.position}", 303)
    if not outcome.new:
        return Draft(sent.form, notice=UNCHANGED)
    if is_beyond(write):
        return page_response(request, Page("recorded_beyond.html", {"position": outcome.position}))
    place = f"/events/{outcome.position}?min_position={outcome.position}"
    return RedirectResponse(place, 303)


def _at_id(error: Exception) -> Exception:
    """A refusal of an id that is taken, at the field with the id."""
    if isinstance(error, Refused) and error.code == "already-there":
        message = "is taken; choose another one, or revise what is there"
        return Refused(error.code, f"/id: {message}", (Fault("/id", message),))
    return error


async def _show_again(service: Service, request: Request, sent: Submitted, draft: Draft) -> Response:
    """Respond with the form in its current state."""

    def respond() -> Response:
        with standing(service, asked) as here:
            subject = subject_of(service, here, sent.page, request.path_params)
            shown = replace(draft, version=sent.version)
            if draft.problem is not None and draft.problem.code == "stale-version":
                changes = _changes(service, here, sent, subject)
                shown = replace(draft, version=str(subject.version), changes=changes)
            return _response(service, request, sent.page, shown, subject, here)

    asked: Asked = {SIGHT: sight_for(request.scope)}
    try:
        await caught_up(service, asked)
        answer = await anyio.to_thread.run_sync(respond)
    except ERRORS as error:
        return problem_page(request, error)
    if answer.status_code == 503:
        answer.headers["Retry-After"] = "1"
    return answer


def _changes(service: Service, here: Standpoint, sent: Submitted, subject: Subject) -> list[Change]:
    """What the form would be filled with otherwise than from the version that it was filled from."""
    layout = sent.form.layout
    stored = service.log.stream(subject.stream)[: int(sent.version)][-1:]
    if not stored:
        return []
    past = here.at(stored[0].position)
    before = what_stands(service, past, sent.page.command, subject.id)
    return changes_since(_filled(layout, before), _filled(layout, subject.stands))


def _response(
    service: Service,
    request: Request,
    page: ActPage,
    draft: Draft,
    subject: Subject,
    here: Standpoint,
) -> Response:
    shown = draft_page(page, draft, subject, request.url.path, here)
    return page_response(request, shown, shared_context(service, here))
