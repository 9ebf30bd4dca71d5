"""The API reference, made from the OpenAPI document."""

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from service.http.parameters import Asked
from service.http.problem_kinds import PROBLEMS
from service.query.standpoint import Standpoint
from service.service import Service
from service.web.description import TAGS, operation_groups, schema_tables
from service.web.pages import Page, PageRoute, page_response


def _reference(service: Service, request: Request, asked: Asked, here: Standpoint) -> Response:
    state = request.app.state
    if not hasattr(state, "reference"):
        state.reference = _page(request.app)
    return page_response(request, state.reference)


def _page(app: FastAPI) -> Page:
    api = app.openapi()
    groups = operation_groups(api)
    return Page(
        "reference.html",
        {
            "version": api["info"]["version"],
            "groups": {tag: (TAGS.get(tag, ""), found) for tag, found in groups.items()},
            "schemas": schema_tables(api),
            "problems": PROBLEMS,
        },
    )


PAGES: tuple[PageRoute, ...] = (("/reference", _reference, ()),)
