"""The page that attaches a stored copy to a report: the file is stored, and the record corrected."""

from urllib.parse import quote

import anyio.to_thread
from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from domain.commands import CorrectReport
from service.evidence.media_types import KINDS
from service.http.admission import principal_of
from service.http.bodies import parse
from service.http.lookups import nothing
from service.http.parameters import SIGHT, Asked, parameters
from service.http.problems import Problem, problem_headers, shown_problem
from service.http.routing import header, route
from service.http.sight import sight_for
from service.http.submit import ERRORS, committed
from service.http.times import caught_up, standing
from service.http.uploads import kept, received
from service.query.reports import report
from service.query.standpoint import Standpoint
from service.service import Service
from service.web.file_form import MOST_TEXT, FileForm
from service.web.pages import Page, PageRoute, page_response, problem_page, shared_context
from service.write.decisions import WriteRequest

PATH = "/reports/{id}/evidence"
FIELDS = ("reason",)
REASON = "a copy of the report is stored"
"""Why the record is corrected, unless somebody says."""


def routes(service: Service) -> list[Route]:
    """Return the route that receives the form."""

    async def attach(request: Request) -> Response:
        try:
            parameters(request)
            await _shown(service, request)  # a report that is not there costs nobody an upload
        except ERRORS as error:
            return problem_page(request, error)
        try:
            position = await _attached(service, request)
        except ERRORS as error:
            return await _shown(service, request, shown_problem(error))
        here = f"/reports/{quote(request.path_params['id'])}"
        return RedirectResponse(f"{here}?min_position={position}#evidence", 303)

    return [route("POST", PATH, attach, role="analyst")]


async def _attached(service: Service, request: Request) -> int:
    """Store the file and correct the record; return the position of that."""
    with service.evidence.incoming() as coming:
        form = FileForm(header(request.scope, b"content-type") or "", FIELDS, coming)
        await received(request, coming, form.feed, MOST_TEXT)
        texts, kind = form.texts(), coming.kind()
        await kept(service, request, coming)
        copy = {"sha256": coming.sha256, "media_type": kind.media_type, "size": coming.size}
    reason = texts.get("reason", "").strip() or REASON
    body = to_json({"kind": "record", "reason": reason, "provenance": {"evidence": copy}})
    command = parse(CorrectReport, body, {"report": request.path_params["id"]})
    by = principal_of(request)
    write = WriteRequest(command, by.subject, size=len(body), clearance=by.clearance)
    return (await committed(service, write)).position


async def _shown(service: Service, request: Request, problem: Problem | None = None) -> Response:
    """Respond with the form, and with what was wrong the last time; raises `Problem`."""

    def respond() -> Response:
        with standing(service, asked) as here:
            page = _page(service, request, here, problem)
            return page_response(request, page, shared_context(service, here))

    asked: Asked = {SIGHT: sight_for(request.scope)}
    await caught_up(service, asked)
    answer = await anyio.to_thread.run_sync(respond)
    answer.headers.update(problem_headers(problem) if problem else {})
    return answer


def _page(service: Service, request: Request, here: Standpoint, problem: Problem | None = None) -> Page:
    name = request.path_params["id"]
    found = report(here, service.log, name, service.evidence)
    if found is None:
        raise nothing("report", name, here)
    context = {
        "report": found,
        "problem": problem,
        "extensions": ", ".join(each.extension.removeprefix(".") for each in KINDS),
        "limit": service.settings.evidence_limit,
        "reason": REASON,
    }
    return Page("attach.html", context, problem.kind.status if problem else 200)


def _form(service: Service, request: Request, asked: Asked, here: Standpoint) -> Page:
    return _page(service, request, here)


PAGES: tuple[PageRoute, ...] = ((PATH, _form, ()),)
