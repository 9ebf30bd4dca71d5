"""Refusals as TAXII 2.1 wants them: a message body of its own, with the same codes as everywhere."""

from collections.abc import Mapping
from typing import NotRequired

from pydantic_core import to_json
from starlette.responses import Response
from starlette.types import Scope
from typing_extensions import TypedDict

from service.http.problems import Problem, problem_headers

ROOT = "/taxii2/"
TAXII = "application/taxii+json;version=2.1"
CHALLENGE = 'Basic realm="intellog", charset="UTF-8", Bearer'
"""How a TAXII client may say who it is: those that know no bearer tokens send one as a password."""


class TaxiiError(TypedDict):
    """An error message (TAXII 2.1, 3.6.1); `error_code` is that of the problem."""

    title: str
    description: str
    error_code: str
    http_status: str
    external_details: str
    details: NotRequired[dict[str, str]]


def is_taxii(scope: Scope) -> bool:
    """Whether a request is to the TAXII server."""
    return str(scope["path"]).startswith(ROOT)


def taxii_status(status: int) -> int:
    """The status of a refusal: TAXII knows no 422."""
    return 400 if status == 422 else status


def taxii_response(problem: Problem, headers: Mapping[str, str] | None = None) -> Response:
    """The answer to a problem of a TAXII client."""
    status = taxii_status(problem.kind.status)
    body: TaxiiError = {
        "title": problem.kind.title,
        "description": problem.detail,
        "error_code": problem.code,
        "http_status": str(status),
        "external_details": f"/problems/{problem.code}",
    }
    if parameter := problem.members.get("parameter"):
        body["details"] = {"parameter": parameter}
    more = {**(headers or {}), **problem_headers(problem)}
    if status == 401:
        more["WWW-Authenticate"] = CHALLENGE
    return Response(to_json(body), status, more, TAXII)
