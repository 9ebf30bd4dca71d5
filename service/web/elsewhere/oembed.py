"""oEmbed: what a program that makes pages asks of an address, to show what is there in a frame.

The answer is that of https://oembed.com/, type `rich`, as JSON or XML.
"""

import re
from collections.abc import Mapping
from urllib.parse import SplitResult, unquote, urlsplit

from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response

from service.http.parameters import Asked, parameters
from service.http.problems import Problem
from service.web.chart.svg import escaped
from service.web.elsewhere.question import ASKED, PAGE, elsewhere, no_page
from service.web.elsewhere.shown import Shown
from service.web.elsewhere.snippets import frame, frame_size
from service.web.links import address

FORMS = {"json": "application/json", "xml": "text/xml; charset=utf-8"}
_PATH = re.compile("/(?P<family>estimates|embed)/(?P<indicator>[^/]+)")
LASTS = 60
"""For how many seconds an answer may be kept."""


def page_asked(request: Request, asked: Asked, public_url: str | None) -> tuple[Request, Asked]:
    """The request that an address in `url` would be, with its parameters; raises `Problem`.

    The address is that of an estimate's page or frame, as others reach this service, or its path.
    """
    url = asked.get("url")
    if url is None:
        raise Problem("bad-parameter", "url: is missing; give the address of a page", parameter="url")
    parts = _split(url)
    ours = {str(request.base_url).rstrip("/"), public_url}
    begin = f"{parts.scheme}://{parts.netloc}".lower()
    if begin != "://" and begin not in ours:
        raise no_page(url)
    found = _PATH.fullmatch(parts.path)
    if found is None:
        raise no_page(url)
    scope = {
        **request.scope,
        "query_string": parts.query.encode("ascii", "replace"),
        "path_params": {"indicator": unquote(found["indicator"])},
    }
    page = Request(scope, request.receive)
    names = PAGE if found["family"] == "estimates" else ASKED
    given = parameters(page, *names, blanks=True)
    known_at = given.pop("known_at", None)
    return page, given if known_at is None else {**given, "at": known_at}


def _split(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError:
        raise no_page(url) from None


def oembed(request: Request, page: Request, asked: Asked, given: Shown) -> Response:
    """The answer about a figure, in the form asked."""
    width, height = frame_size(asked.get("maxwidth"), asked.get("maxheight"))
    base = str(request.base_url).rstrip("/")
    position = {"at" if given.pinned else "written_at": _position(page, given)}
    url = base + elsewhere("embed", given.indicator, page.query_params.multi_items(), **position)
    body = {
        "version": "1.0",
        "type": "rich",
        "title": f"{given.heading}: {given.figure}",
        "provider_name": "intellog",
        "provider_url": base,
        "cache_age": LASTS,
        "html": frame(url, given.heading, width, height),
        "width": width,
        "height": height,
    }
    form = asked.get("format", "json")
    text = to_json(body) if form == "json" else _xml(body)
    return Response(text, media_type=FORMS[form])


def _position(page: Request, given: Shown) -> int:
    """The position to carry: the one that the address has already, or that of this answer."""
    written = page.query_params.get("written_at")
    return int(written) if written and not given.pinned else given.position


def _xml(body: Mapping[str, object]) -> bytes:
    members = "".join(f"<{name}>{escaped(str(value))}</{name}>" for name, value in body.items())
    head = '<?xml version="1.0" encoding="utf-8" standalone="yes"?>'
    return f"{head}\n<oembed>{members}</oembed>\n".encode()


def discovery(base: str, url: str) -> list[tuple[str, str]]:
    """The links by which programs find this for a page: media type and address each."""
    return [
        (f"{kind}+oembed", base + address("/oembed", {"url": url, "format": form}))
        for form, kind in (("json", "application/json"), ("xml", "text/xml"))
    ]
