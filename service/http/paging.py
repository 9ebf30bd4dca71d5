"""Lists in pages that fit together: cursors pinned to a position, the envelope, the `Link`."""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any
from urllib.parse import urlencode

from pydantic_core import from_json, to_json
from starlette.requests import Request
from starlette.responses import Response

from service.http.parameters import FROM, PINNED, Asked
from service.http.problems import Problem
from service.service import Service

DEFAULT_LIMIT = 100
_SEAL = 12


def open_cursor(service: Service, request: Request, asked: Asked) -> None:
    """Go on where a cursor says, at the position of its first page; from the start without one."""
    text = asked.get("cursor")
    asked[FROM] = None
    if text is None:
        return
    try:
        position, last = from_json(urlsafe_b64decode(text + "=" * (-len(text) % 4))[_SEAL:])
        genuine = hmac.compare_digest(_cursor(service, request, position, last), text)
    except (ValueError, TypeError):
        genuine = False
    if not genuine:
        raise Problem(
            "bad-cursor",
            "the cursor is not one of this list, or its other parameters were changed; "
            "begin again without one",
        )
    asked[PINNED], asked[FROM] = position, last


def page(
    service: Service, request: Request, items: list[Any], last: Any, echo: dict[str, Any]
) -> Response:
    """One page; `last` is where the next one goes on, None on the last."""
    cursor, headers = None, {}
    if last is not None:
        cursor = _cursor(service, request, echo["position"], last)
        query = [(k, v) for k, v in request.query_params.multi_items() if k != "cursor"]
        headers["Link"] = f'<{request.url.path}?{urlencode([*query, ("cursor", cursor)])}>; rel="next"'
    body = {"items": items, "next_cursor": cursor, "as_of": echo}
    return Response(to_json(body), 200, headers, "application/json")


def _cursor(service: Service, request: Request, position: int, last: Any) -> str:
    """A cursor is sealed, so that only those that a list gave, and only for that list, go on."""
    content = to_json([position, last])
    sealed = content + f"cursor {request.url.path}?{_kept(request)}".encode()
    seal = hmac.digest(service.log.secret, sealed, "sha256")[:_SEAL]
    return urlsafe_b64encode(seal + content).decode().rstrip("=")


def _kept(request: Request) -> str:
    """The parameters of a list, but for paging itself."""
    kept = [
        (name, value)
        for name, value in sorted(request.query_params.multi_items())
        if name not in ("cursor", "limit", "min_position")
    ]
    return urlencode(kept)
