"""Lists in pages that fit together: cursors pinned to a position, the envelope, the `Link` header."""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from typing import Any, NamedTuple
from urllib.parse import urlencode

from pydantic_core import from_json, to_json
from starlette.requests import Request
from starlette.responses import Response

from service.http.parameters import Asked
from service.http.problems import Problem
from service.http.times import FROM, PINNED
from service.query.standpoint import AsOfAnswer
from service.service import Service

DEFAULT_LIMIT = 100
_SIGNATURE_BYTES = 12


def open_cursor(service: Service, request: Request, asked: Asked) -> None:
    """Continue where a cursor says, at the position of its first page; raises `Problem`."""
    text = asked.get("cursor")
    asked[FROM] = None
    if text is not None:
        asked[PINNED], asked[FROM] = unseal(service, request, text)


def unseal(service: Service, request: Request, text: str) -> tuple[int, Any]:
    """The position and the place that a cursor says; raises `Problem` where it was not issued here."""
    try:
        content = urlsafe_b64decode(text + "=" * (-len(text) % 4))[_SIGNATURE_BYTES:]
        position, last = from_json(content)
        genuine = hmac.compare_digest(seal(service, request, position, last), text)
    except (ValueError, TypeError):
        genuine = False
    if not genuine:
        raise Problem(
            "bad-cursor",
            "the cursor was not issued for this list, or the other parameters have changed; "
            "start again without one",
        )
    return position, last


def page(
    service: Service, request: Request, items: Sequence[Any], last: Any, echo: AsOfAnswer
) -> Response:
    """One page; `last` is where the next one starts, None after the final page."""
    found = following(service, request, last, echo)
    headers = {} if found is None else {"Link": f'<{found.address}>; rel="next"'}
    body = {"items": items, "next_cursor": found and found.cursor, "as_of": echo}
    return Response(to_json(body), 200, headers, "application/json")


def unpinned_page(service: Service, request: Request, items: Sequence[Any], last: Any) -> Response:
    """One page of a list that is no view of the log, so that no position pins it."""
    found = _following(service, request, last, 0)
    headers = {} if found is None else {"Link": f'<{found.address}>; rel="next"'}
    body = {"items": items, "next_cursor": found and found.cursor}
    return Response(to_json(body), 200, headers, "application/json")


class Following(NamedTuple):
    """The next page of a list: its cursor, and its address."""

    cursor: str
    address: str


def following(service: Service, request: Request, last: Any, echo: AsOfAnswer) -> Following | None:
    """The page that begins after `last`, at the same position; None where nothing follows."""
    return _following(service, request, last, echo["position"])


def _following(service: Service, request: Request, last: Any, position: int) -> Following | None:
    if last is None:
        return None
    cursor = seal(service, request, position, last)
    query = [(k, v) for k, v in request.query_params.multi_items() if k != "cursor"]
    return Following(cursor, f"{request.url.path}?{urlencode([*query, ('cursor', cursor)])}")


def seal(service: Service, request: Request, position: int, last: Any) -> str:
    """A cursor; it is signed, and valid only for the list and filters that it was issued for."""
    content = to_json([position, last])
    signed = content + f"cursor {request.url.path}?{_filters(request)}".encode()
    signature = hmac.digest(service.log.secret, signed, "sha256")[:_SIGNATURE_BYTES]
    return urlsafe_b64encode(signature + content).decode().rstrip("=")


def _filters(request: Request) -> str:
    """The parameters of a list, without those of paging itself."""
    kept = [
        (name, value)
        for name, value in sorted(request.query_params.multi_items())
        if name not in ("cursor", "next", "limit", "min_position", "token")
    ]
    return urlencode(kept)
