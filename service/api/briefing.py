"""The briefing over HTTP: in data, in Markdown, in HTML."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response

from service.http.briefed import QUERY, BriefingAnswer, briefed
from service.http.parameters import Asked
from service.http.reads import Form, Look, Read, Reading, one, read_operations
from service.http.routing import HTML, MARKDOWN, Operation, Shape
from service.interop.briefing_text import html, markdown
from service.query.standpoint import Standpoint
from service.service import Service


def _briefing(service: Service, request: Request, asked: Asked, here: Standpoint) -> Response:
    """What changed in a span, in sentences, by topic, most important first."""
    return one(_answer(request, asked, here), here)


def _answer(request: Request, asked: Asked, here: Standpoint) -> BriefingAnswer:
    return briefed(asked, here, str(request.base_url).rstrip("/"))


def _written(write: Callable[[BriefingAnswer, int], str], media_type: str) -> Look:
    def look(service: Service, request: Request, asked: Asked, here: Standpoint) -> Response:
        text = write(_answer(request, asked, here), here.as_of.position)
        return Response(text.encode(), media_type=f"{media_type}; charset=utf-8")

    return look


READS: tuple[Read, ...] = (
    Read(
        "/v1/briefing",
        _briefing,
        (*QUERY, "limit"),
        Shape(BriefingAnswer, "one"),
        forms={
            MARKDOWN: Form(_written(markdown, MARKDOWN), Shape(str)),
            HTML: Form(_written(html, HTML), Shape(str)),
        },
    ),
)


def operations(reading: Reading) -> list[Operation]:
    """The operation that reads a briefing."""
    return read_operations(reading, READS)
