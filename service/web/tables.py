"""The page that imports a table by a mapping, step by step: preview, dry run, import.

Nothing is kept between the steps. The mapping stands in the form, where it can be changed; so does a
small table, which then need not be chosen again; a larger one is uploaded with each step.
"""

from base64 import b64decode, b64encode
from collections.abc import Mapping as Map
from dataclasses import dataclass, field
from functools import partial
from io import BytesIO
from typing import IO, Any
from urllib.parse import quote

import anyio.to_thread
from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from domain.commands import FileReport
from domain.errors import Fault, Refused, refuse
from service.http.admission import caller_of, principal_of
from service.http.form_parts import LONGEST_TEXT, Parts, uploaded
from service.http.parameters import SIGHT, Asked, parameters
from service.http.problems import Problem, shown_problem
from service.http.questions import Questions, still_asked
from service.http.routing import route
from service.http.sight import sight_for
from service.http.submit import ERRORS
from service.http.times import caught_up, standing
from service.interop.import_run import Order
from service.interop.tables.mapping import Mapping, key_of, mapping_of
from service.interop.tables.preview import TablePreview, preview_of
from service.interop.tables.readers import UNPACKED_BYTES
from service.interop.tables.reading import converted
from service.interop.tables.table_import import TableImport, import_table
from service.query.standpoint import Standpoint
from service.service import Service
from service.web.pages import Page, PageRoute, page_response, problem_page, shared_context

MOST_KEPT = 524_288
"""Maximum size of a table that stands in the form; in base64 it fits into one of its fields."""
MOST_CLAIMS = 5
"""Maximum number of claims that are shown of each previewed report."""
_NAMES = ("table", "mapping_file", "mapping", "kept", "kept_name", "do")
_STEPS = ("preview", "try", "import")


@dataclass(slots=True)
class Draft:
    """The form in its present state: the mapping, the table where it is kept, and what came of both."""

    mapping: str = ""
    name: str = ""
    kept: str = ""
    problem: Problem | None = None
    faults: tuple[Fault, ...] = ()
    preview: TablePreview | None = None
    result: TableImport | None = None
    claims: list[dict[str, Any]] = field(default_factory=list)


def routes(service: Service, questions: Questions) -> list[Route]:
    """Return the route that receives the form."""

    async def post(request: Request) -> Response:
        try:
            parameters(request)
            async with uploaded(request, service.settings.table_limit, _NAMES) as parts:
                draft = await _step(service, questions, request, parts)
        except ERRORS as error:
            return problem_page(request, error)
        return await _form_response(service, request, draft)

    return [route("POST", "/tables", post, role="analyst")]


async def _step(service: Service, questions: Questions, request: Request, parts: Parts) -> Draft:
    """Do what the button says with the table and the mapping of the form."""
    draft = Draft()
    try:
        file = _read_form(draft, parts)
        step = _text(parts, "do")
        if step not in _STEPS:
            raise refuse("invalid", "do", "is not a button of this form")
        mapping = mapping_of(draft.mapping)
        if step == "preview":
            find = partial(_preview, mapping, file)
            draft.preview = found = await questions.answer(request, "/tables", find)
            draft.claims = [claim for each in found["first"] for claim in _claims_of(each)]
        else:
            order = Order(principal_of(request), caller_of(request).holds, dry_run=step == "try")
            draft.result = await import_table(service, order, mapping, file)
    except ERRORS as error:
        draft.problem = shown_problem(error)
        draft.faults = error.faults if isinstance(error, Refused) else ()
    return draft


def _read_form(draft: Draft, parts: Parts) -> IO[bytes]:
    """Fill the draft with what was sent; return the table. Raises `Refused`."""
    draft.mapping = _text(parts, "mapping_file" if "mapping_file" in parts else "mapping")
    if "table" in parts:
        table = parts["table"]
        draft.name = table.filename[:200]
        content = table.file.read(MOST_KEPT + 1)
        table.file.seek(0)
        draft.kept = b64encode(content).decode() if len(content) <= MOST_KEPT else ""
        return table.file
    draft.kept, draft.name = _text(parts, "kept"), _text(parts, "kept_name")[:200]
    if not draft.kept:
        raise refuse("invalid", "table", "is missing: choose a file")
    try:
        return BytesIO(b64decode(draft.kept, validate=True))
    except ValueError:
        draft.kept = ""
        raise refuse("invalid", "table", "is not what this form sends; choose the file again") from None


def _text(parts: Parts, name: str) -> str:
    try:
        return parts[name].text().replace("\r\n", "\n") if name in parts else ""
    except ValueError:
        raise refuse("invalid", name, "is not text in UTF-8") from None


def _preview(mapping: Mapping, file: IO[bytes]) -> TablePreview:
    with converted(mapping, file, UNPACKED_BYTES) as conversion:
        return preview_of(conversion, still_asked)


def _claims_of(command: Map[str, Any]) -> list[dict[str, Any]]:
    """The first claims of a previewed report, in the shape that pages show claims in."""
    filed = command.get(FileReport.NAME)
    if filed is None:
        return []
    report = FileReport.model_validate_json(to_json(filed))
    shown = [claim.model_dump() for claim in report.claims[:MOST_CLAIMS]]
    about = {"report": report.id or "", "publisher": report.publisher}
    more = len(report.claims) - len(shown)
    told = [{**claim, **about, "published_at": filed["published_at"], "more": 0} for claim in shown]
    told[-1]["more"] = more
    return told


async def _form_response(service: Service, request: Request, draft: Draft) -> Response:
    """Respond with the form in its current state."""

    def respond() -> Response:
        with standing(service, asked) as here:
            return page_response(request, _form_page(draft), shared_context(service, here))

    asked: Asked = {SIGHT: sight_for(request.scope)}
    await caught_up(service, asked)
    return await anyio.to_thread.run_sync(respond)


def _empty_form(service: Service, request: Request, asked: Asked, here: Standpoint) -> Page:
    return _form_page(Draft())


def _form_page(draft: Draft) -> Page:
    context = {
        "draft": draft,
        "found": draft.preview or (draft.result and _found(draft.result)),
        "faults": [(_place(fault.pointer), fault.message) for fault in draft.faults],
        "download": _download(draft),
        "longest": LONGEST_TEXT,
    }
    return Page("tables.html", context, draft.problem.kind.status if draft.problem else 200)


def _found(result: TableImport) -> dict[str, Any]:
    return {name: getattr(result, name) for name in ("rows", "left_out", "refused_rows", "refused")}


def _place(pointer: str) -> str:
    """Where a fault is, as people name it: a key of the mapping, or a field of the form."""
    steps = [step.replace("~1", "/").replace("~0", "~") for step in pointer.strip("/").split("/")]
    return f"mapping, {key_of(tuple(steps[1:]))}" if steps[0] == "mapping" and steps[1:] else steps[0]


def _download(draft: Draft) -> str:
    """The refused rows as the address of a link: it holds them, because they are kept nowhere."""
    if draft.result is None or not draft.result.refused_rows:
        return ""
    return f"data:text/csv;charset=utf-8,{quote(draft.result.table, errors='replace')}"


PAGES: tuple[PageRoute, ...] = (("/tables", _empty_form, ()),)
"""The form for a table and its mapping."""
