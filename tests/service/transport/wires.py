"""What tests of slow and hostile clients share: small limits, wires, and what is answered promptly."""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

from service.settings import Limits
from tests.http_spec import (
    Api,
    RawAnswer,
    Server,
    check_problem,
    read_answer,
)

SOON = 5.0
"""Seconds within which others are answered whatever hostile clients do; usually it is a hundredth."""
HEAD = b"Host: localhost\r\n"
LIMITS = Limits(
    connections=60,
    head_bytes=16_384,
    head_seconds=1,
    body_seconds=1,
    import_quiet_seconds=1,
    idle_seconds=2,
    send_seconds=1,
    streams=6,
    streams_per_client=4,
)


def answered_promptly(api: Api) -> None:
    begun = time.monotonic()
    assert api.client.get("/healthz").status_code == 200
    assert time.monotonic() - begun < SOON


def post_head(path: bytes = b"/v1/reports", media_type: bytes = b"application/json") -> bytes:
    """The head of a request with a body, up to the header that says how long it is."""
    return b"POST %b HTTP/1.1\r\n%bContent-Type: %b\r\n" % (path, HEAD, media_type)


@contextmanager
def wire(server: Server, sent: bytes = b"") -> Iterator[socket.socket]:
    """A connection over which this was sent."""
    with socket.create_connection(server.address, timeout=20) as connection:
        connection.sendall(sent)
        yield connection


def refused(answer: RawAnswer, status: int, code: str) -> str:
    """The detail of the problem that an answer is; the connection was closed after it."""
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["connection"] == "close"
    body = json.loads(answer.body)
    check_problem(body, status, code)
    assert answer.status == status
    return str(body["detail"])


def trickled(connection: socket.socket, parts: Iterator[bytes]) -> RawAnswer | None:
    """What is answered to a client that sends a little at a time; None if it just hangs up."""
    connection.settimeout(0.1)
    for part in parts:
        try:
            connection.sendall(part)
            first = connection.recv(1)
        except TimeoutError:
            continue
        except OSError:
            return None
        connection.settimeout(20)
        return read_answer(connection, first) if first else None
    raise AssertionError("it may go on for ever")


def endless(first: bytes, part: bytes) -> Iterator[bytes]:
    yield first
    for _ in range(300):
        yield part
