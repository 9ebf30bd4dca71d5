"""Many connections, requests and streams, read or not: bounded, and others are answered promptly."""

import socket
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack

import pytest

from service.transport.connections import raise_open_files
from tests.http_spec import NDJSON, SSE, Api, RawAnswer, Server, check_problem, raw, source
from tests.service.transport.wires import (
    HEAD,
    LIMITS,
    SOON,
    answered_promptly,
    post_head,
    refused,
    wire,
)

# Connections


def test_a_connection_over_which_nothing_comes_is_closed(small: Api, bounded: Server) -> None:
    with wire(bounded) as connection:
        assert connection.recv(1) == b""


def test_a_connection_is_closed_after_a_pause(small: Api, bounded: Server) -> None:
    with wire(bounded, b"GET /healthz HTTP/1.1\r\n" + HEAD + b"\r\n") as connection:
        assert b"200 OK" in connection.recv(65_536)
        assert connection.recv(1) == b""


def test_two_thousand_idle_connections_keep_nobody_out(small: Api, bounded: Server) -> None:
    raise_open_files()
    with ExitStack() as held:
        for n in range(2_000):
            held.enter_context(wire(bounded))
            if n % 100 == 0:
                answered_promptly(small)
        answered_promptly(small)


def test_beyond_its_capacity_the_server_says_so(small: Api, bounded: Server) -> None:
    unfinished = post_head()
    with ExitStack() as held:
        for _ in range(LIMITS.connections):
            held.enter_context(wire(bounded, unfinished + b"Content-Length: 9\r\n\r\n"))
        answer = _first(lambda: raw(bounded.address, b"GET /healthz HTTP/1.1\r\n" + HEAD + b"\r\n"))
    refused(answer, 503, "overloaded")
    assert answer.headers["retry-after"] == "1"


def _first(ask: Callable[[], RawAnswer]) -> RawAnswer:
    """The first answer that is a refusal: connections are counted once the server has seen them."""
    until = time.monotonic() + 1
    while (answer := ask()).status == 200:
        assert time.monotonic() < until
    return answer


def test_many_requests_at_once_are_answered_in_order(small: Api, bounded: Server) -> None:
    requests = [b"GET /v1/reports/r%d HTTP/1.1\r\n" % n + HEAD + b"\r\n" for n in range(200)]
    last = b"GET /healthz HTTP/1.1\r\nConnection: close\r\n" + HEAD + b"\r\n"
    with wire(bounded, b"".join([*requests, last])) as connection:
        came = bytearray()
        while chunk := connection.recv(65_536):
            came += chunk
    assert came.count(b"HTTP/1.1 404") == 200 and came.count(b"HTTP/1.1 200") == 1
    assert [came.index(b"'r%d'" % n) for n in range(200)] == sorted(
        came.index(b"'r%d'" % n) for n in range(200)
    )


def test_requests_whose_answers_nobody_reads_come_to_an_end(small: Api, bounded: Server) -> None:
    with wire(bounded) as connection:
        connection.settimeout(0.5)
        with pytest.raises(OSError):
            for _ in range(100):
                connection.sendall((b"GET /v1/events HTTP/1.1\r\n" + HEAD + b"\r\n") * 10_000)
    answered_promptly(small)


# Streams


def stream(
    server: Server, path: str = "/v1/events", accept: str = SSE
) -> AbstractContextManager[socket.socket]:
    request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept: {accept}\r\n\r\n"
    return wire(server, request.encode())


def test_one_client_opens_only_so_many_streams(small: Api, bounded: Server) -> None:
    with ExitStack() as held:
        for _ in range(LIMITS.streams_per_client):
            assert b"200 OK" in held.enter_context(stream(bounded)).recv(65_536)
        one_more = small.client.get("/v1/events", headers={"Accept": SSE})
        check_problem(one_more.json(), 503, "overloaded")
        assert one_more.headers["retry-after"] == "1"
        assert small.client.get("/v1/events").status_code == 200
    until = time.monotonic() + SOON
    while small.client.get("/v1/events?before=1", headers={"Accept": SSE}).status_code != 200:
        assert time.monotonic() < until, "streams that were closed still count"


def test_a_reader_who_never_reads_is_cut_off(small: Api, bounded: Server) -> None:
    small.import_(*({"register_source": {"id": f"s{n}", "note": "x" * 5_000}} for n in range(2_000)))
    small.get("/v1/sources", min_position=2_000)
    with ExitStack() as held:
        for accept in (SSE, NDJSON):
            held.enter_context(stream(bounded, accept=accept))
        answered_promptly(small)
        until = time.monotonic() + 20
        # Both slots are free again, although neither client has left.
        while len(_open_streams(small, bounded)) < LIMITS.streams_per_client:
            assert time.monotonic() < until, "they are served for ever"


def _open_streams(api: Api, server: Server) -> list[bytes]:
    """The streams that can be opened now, as what comes of them first."""
    with ExitStack() as held:
        opened = [held.enter_context(stream(server, "/v1/events?after=2000")) for _ in range(4)]
        return [first for each in opened if b"200 OK" in (first := each.recv(4_096))]


def test_a_client_that_leaves_half_way_harms_nobody(small: Api, bounded: Server) -> None:
    for _ in range(20):
        with wire(bounded, b"POST /v1/reports HTTP/1.1\r\n" + HEAD + b"Content-Length: 9\r\n\r\n{"):
            pass
        with wire(bounded, b"GET /v1/events HTTP/1.1\r\n" + HEAD + b"\r\n") as connection:
            connection.shutdown(socket.SHUT_WR)
    small.given(source("nis"))
