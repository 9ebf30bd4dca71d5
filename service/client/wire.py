"""What both clients hand to httpx, and what they make of its failures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx2

from service.client.exchange import Answer, Call, Lost

UNSENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.UnsupportedProtocol)
"""Failures before anything of a request was sent."""
TIMEOUT = 60.0
"""Seconds to wait for the next bytes; a live stream says something every 15."""


def request(http: httpx2.Client | httpx2.AsyncClient, call: Call) -> httpx2.Request:
    """The request that a call amounts to."""
    headers = {name.encode(): value.encode() for name, value in call.headers.items()}
    given: Mapping[str, Any] = {"params": call.query, "headers": headers, **call.body()}
    if call.paced:
        given = {**given, "timeout": None}
    return http.build_request(call.method, call.path, **given)


def answer(response: httpx2.Response, content: bytes = b"") -> Answer:
    """An answer as the programs know it."""
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Answer(response.status_code, headers, content)


def lost(error: httpx2.TransportError) -> Lost:
    """A failure of the transport as the programs know it."""
    return Lost(str(error) or type(error).__name__, sent=not isinstance(error, UNSENT))


def headers(token: str | None) -> Mapping[str, str]:
    """The header that says who asks."""
    return {} if token is None else {"Authorization": f"Bearer {token}"}
