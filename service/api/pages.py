"""Lists in pages that fit together: cursors pinned to a position, the envelope, the `Link`."""

import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any
from urllib.parse import urlencode

from pydantic_core import from_json, to_json
from starlette.requests import Request
from starlette.responses import Response

from service.api.asking import Asked
from service.api.problems import Problem

DEFAULT_LIMIT = 100


def opened(request: Request, asked: Asked) -> Any:
    """Where a cursor goes on; pins the times asked to its position. None on the first page."""
    text = asked.get("cursor")
    if text is None:
        return None
    try:
        position, last, query = from_json(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, TypeError):
        raise Problem("bad-cursor", "the cursor cannot be read; begin again without one") from None
    if query != _fingerprint(request):
        raise Problem("bad-cursor", "the other parameters were changed; begin again without a cursor")
    asked["known_at"] = position
    return last


def page(request: Request, asked: Asked, items: list[Any], last: Any, echo: dict[str, Any]) -> Response:
    """One page; `last` is where the next one goes on, None on the last."""
    cursor, headers = None, {}
    if last is not None:
        content = to_json([echo["position"], last, _fingerprint(request)])
        cursor = urlsafe_b64encode(content).decode().rstrip("=")
        query = [(k, v) for k, v in request.query_params.multi_items() if k != "cursor"]
        headers["Link"] = f'<{request.url.path}?{urlencode([*query, ("cursor", cursor)])}>; rel="next"'
    body = {"items": items, "next_cursor": cursor, "as_of": echo}
    return Response(to_json(body), 200, headers, "application/json")


def _fingerprint(request: Request) -> str:
    """What the cursor was made for: the address and its parameters, but for paging itself."""
    kept = [
        (name, value)
        for name, value in sorted(request.query_params.multi_items())
        if name not in ("cursor", "limit", "min_position")
    ]
    return hashlib.sha256(f"{request.url.path}?{urlencode(kept)}".encode()).hexdigest()[:12]
