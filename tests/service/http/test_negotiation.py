"""What a client accepts is what it gets: codings of pages, and media types as they are declared."""

import gzip
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from tests.http_spec import FILED, NDJSON, SSE, Api, Server, raw

REQUEST = "GET {} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{}: {}\r\n\r\n"
CODINGS = {
    "gzip": True,
    "gzip;q=0": False,
    "gzip; q=0.0": False,
    "GZIP;Q=0": False,
    "x-gzip": True,
    "*": True,
    "*;q=0": False,
    "*;q=0, gzip": True,
    "gzip;q=0, *": False,
    "identity;q=0, gzip;q=0.001": True,
    "identity;q=0": False,
    "identity": False,
    "br, zstd": False,
    "": False,
    ";q=1,,": False,
}
"""Whether a page comes compressed. What accepts nothing that there is gets the page as it is, which
RFC 9110, 12.5.3 leaves to the server."""


@pytest.fixture
def filed(api: Api) -> Iterator[Api]:
    """A service with a report in its views."""
    api.given(*FILED)
    api.get("/v1/indicators")
    yield api


@pytest.mark.parametrize("accepted", CODINGS, ids=lambda given: given or "nothing")
def test_a_page_is_compressed_if_that_is_accepted(api: Api, server: Server, accepted: str) -> None:
    answer = raw(server.address, REQUEST.format("/", "Accept-Encoding", accepted).encode())
    coding = answer.headers.get("content-encoding")
    body = gzip.decompress(answer.body) if coding == "gzip" else answer.body
    assert (answer.status, coding) == (200, "gzip" if CODINGS[accepted] else None)
    assert answer.headers["vary"] == "Accept-Encoding"
    assert body.startswith(b"<!doctype html>") and body.rstrip().endswith(b"</html>")


TYPES = {
    ("/metrics", ""): "text/plain; version=0.0.4; charset=utf-8",
    ("/metrics", "application/json"): "text/plain; version=0.0.4; charset=utf-8",
    ("/v1/replay", ""): NDJSON,
    ("/v1/replay", NDJSON): NDJSON,
    ("/v1/replay", SSE): f"{SSE}; charset=utf-8",
    ("/v1/replay", f"{SSE};q=0.5, {NDJSON};q=0.1"): f"{SSE}; charset=utf-8",
}
"""The content type by address and `Accept`."""


@pytest.mark.parametrize(("path", "accepted"), TYPES, ids="{}".format)
def test_the_content_type_is_the_declared_one(
    filed: Api, server: Server, path: str, accepted: str
) -> None:
    named = raw_type(server, path, accepted)
    declared = _declared(filed, path)
    assert named == TYPES[path, accepted]
    # A stream of events is always UTF-8, so its charset may be said or left out (HTML, 9.2.5).
    assert named.removesuffix("; charset=utf-8") in declared or named in declared


def raw_type(server: Server, path: str, accepted: str) -> str:
    """The content type of an answer, of which the first part is enough."""
    host, port = server.address
    with httpx2.stream("GET", f"http://{host}:{port}{path}", headers={"Accept": accepted}) as answer:
        assert answer.status_code == 200
        return str(answer.headers["content-type"])


def _declared(api: Api, path: str) -> dict[str, Any]:
    described = api.client.get("/openapi.json").json()["paths"][path]["get"]
    content: dict[str, Any] = described["responses"]["200"]["content"]
    return content
