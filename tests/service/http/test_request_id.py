"""The id of a request is the program's own: a client's is neither echoed nor written anywhere."""

import re

import pytest

from tests.http_spec import Api, Server, raw

OURS = re.compile(r"[0-9a-f]{8}-[0-9a-f]+")
GIVEN = {
    "harmless": b"abc-123",
    "like ours": b"0123abcd-1f",
    "long": b"x" * 10_000,
    "escapes": b"\x1b[31mred\x1b[0m",
    "a line end": b"abc\r\nX-Injected: 1",
    "a folded line": b"abc\r\n 2026-01-01T00:00:00.000Z ERROR - intellog.http: forged",
    "markup": b"<script>alert(1)</script>",
    "bytes": b"\xff\xfe",
    "nothing": b"",
}


@pytest.mark.parametrize("path", [b"/healthz", b"/v1/nothing"], ids=["answered", "refused"])
@pytest.mark.parametrize("given", GIVEN.values(), ids=GIVEN)
def test_an_id_that_is_given_is_not_taken(api: Api, server: Server, given: bytes, path: bytes) -> None:
    head = b"GET %b HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" % path
    answer = raw(server.address, head + b"X-Request-Id: " + given + b"\r\n\r\n")
    shown = b"\n".join(f"{name}: {value}".encode() for name, value in answer.headers.items())
    assert OURS.fullmatch(answer.headers.get("x-request-id", "")) or answer.status == 400
    assert "x-injected" not in answer.headers
    assert not given or given not in shown + answer.body
    assert api.client.get("/healthz").status_code == 200


def test_every_request_has_an_id_of_its_own(api: Api) -> None:
    ids = [api.client.get("/healthz").headers["x-request-id"] for _ in range(5)]
    assert len(set(ids)) == 5 and all(OURS.fullmatch(each) for each in ids)
