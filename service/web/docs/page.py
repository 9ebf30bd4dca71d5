"""The documents on the service: an index, every page, and what stands on them; without network.

They say nothing of the log, so nobody needs to say who asks: whoever cannot log in finds here how.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from service.http.parameters import parameters
from service.http.problems import Problem
from service.http.routing import route
from service.http.submit import ERRORS
from service.web.docs.document import ROOT, Document, Section, address_of, document
from service.web.docs.folder import FIRST, MEDIA_TYPES, documents
from service.web.pages import Page, page_response, problem_page, tagged_response

MOST_FOUND = 60


def docs_routes() -> list[Route]:
    """The routes of the documents."""
    return [
        route("GET", ROOT, _first, role=None),
        route("GET", f"{ROOT}/{{name:path}}", _named, role=None),
    ]


async def _first(request: Request) -> Response:
    try:
        q = parameters(request, "q", blanks=True).get("q")
        return page_response(request, Page("docs.html", _found(q) if q else _shown(FIRST)))
    except ERRORS as error:
        return problem_page(request, error)


async def _named(request: Request) -> Response:
    name = request.path_params["name"]
    try:
        parameters(request)
        file = documents().get(name)
        if file is not None and file.suffix in MEDIA_TYPES:
            return tagged_response(request, file.read_bytes(), MEDIA_TYPES[file.suffix])
        if f"{name}.md" not in documents() or f"{name}.md" == FIRST:
            raise Problem("not-found", f"the documents have no page '{name[:60]}'")
        return page_response(request, Page("docs.html", _shown(f"{name}.md")))
    except ERRORS as error:
        return problem_page(request, error)


def _shown(name: str) -> dict[str, Any]:
    if name not in documents():
        raise Problem("not-found", "the documents were not installed with this program")
    return {"document": document(name), "first": name == FIRST, "q": None, "found": []}


def _found(q: str) -> dict[str, Any]:
    hits = [
        (f"{address_of(page.name)}#{section.anchor}", page.title, section.title)
        for page, section in islice(_sections(q), MOST_FOUND)
    ]
    return {"document": None, "first": True, "q": q, "found": hits}


def _sections(q: str) -> Iterator[tuple[Document, Section]]:
    """The sections that have all the words: the reference last, titles with one of them first."""
    words = q.casefold().split()
    pages = [document(name) for name in documents() if name.endswith(".md")]
    met = [
        (page, each)
        for page in pages
        for each in page.sections
        if all(word in each.words.casefold() for word in words)
    ]

    def rank(hit: tuple[Document, Section]) -> tuple[bool, bool]:
        titled = any(word in hit[1].title.casefold() for word in words)
        return hit[0].name.startswith("reference/"), not titled

    return iter(sorted(met, key=rank))
