"""Slow and hostile clients: each is bounded or refused, and others are answered all the while."""

import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

import pytest

from service.settings import Limits
from service.transport.connections import raise_open_files
from tests.http_spec import (
    NDJSON,
    SSE,
    Api,
    RawAnswer,
    Server,
    check_problem,
    one_server,
    raw,
    read_answer,
    source,
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


@pytest.fixture(scope="module")
def bounded() -> Iterator[Server]:
    """A server with small limits."""
    with one_server(LIMITS) as server:
        yield server


@pytest.fixture
def small(bounded: Server, tmp_path: Path) -> Iterator[Api]:
    """A service with small limits over an empty log, which answers before and after each test."""
    with bounded.over(tmp_path / "log", limits=LIMITS) as api:
        answered_promptly(api)
        yield api
        answered_promptly(api)


def answered_promptly(api: Api) -> None:
    begun = time.monotonic()
    assert api.client.get("/healthz").status_code == 200
    assert time.monotonic() - begun < SOON


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


# Heads


def test_a_head_that_trickles_is_ended(small: Api, bounded: Server) -> None:
    with wire(bounded) as connection:
        answer = trickled(connection, endless(b"GET / HTTP/1.1\r\n", b"X-A: b\r\n"))
    assert answer is not None
    assert "over 1 s" in refused(answer, 408, "too-slow")


@pytest.mark.parametrize(
    "head",
    [
        b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 20_000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 20_000,
        b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 10_000,
    ],
    ids=["target", "header", "header without an end", "headers without an end"],
)
def test_a_large_head_is_refused(small: Api, bounded: Server, head: bytes) -> None:
    assert "16,384 bytes" in refused(raw(bounded.address, head), 431, "head-too-large")


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 200,
        b"GET\r\n\r\n",
        b"get / http/1.1\r\n\r\n",
        b"\r\n\r\n\x00\x01\x02\x03",
        b"GET / HTTP/1.1\r\nHost : localhost\r\n\r\n",
        b"POST /v1/reports HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n",
        b"POST /v1/reports HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"CONNECT evil.example:443 HTTP/1.1\r\nHost: localhost\r\n\r\n",
    ],
)
def test_what_is_not_http_is_refused(small: Api, bounded: Server, sent: bytes) -> None:
    answer = raw(bounded.address, sent)
    assert 400 <= answer.status < 500
    if answer.status == 400:
        refused(answer, 400, "bad-request")


def test_a_body_that_is_not_chunked_as_it_says_is_refused(small: Api, bounded: Server) -> None:
    sent = b"POST /v1/reports HTTP/1.1\r\n" + HEAD + b"Content-Type: application/json\r\n"
    answer = raw(bounded.address, sent + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n")
    refused(answer, 400, "bad-request")


# Targets and hosts


@pytest.mark.parametrize(
    ("target", "hosts", "status"),
    [
        (b"/healthz", [b"localhost"], 200),
        (b"/healthz", [b"localhost", b"localhost"], 400),
        (b"/healthz", [b"localhost", b"evil.example"], 400),
        (b"/healthz", [b"evil.example", b"localhost"], 400),
        (b"http://evil.example/healthz", [b"localhost"], 421),
        (b"http://localhost@evil.example/healthz", [b"localhost"], 421),
        (b"http://localhost/healthz", [b"evil.example"], 200),
        (b"http://127.0.0.1:80/healthz?", [b"localhost"], 200),
        (b"http://[::1]:80/healthz", [b"localhost"], 200),
        (b"http://localhost", [b"localhost"], 200),
        ("/v1/reports/fünf".encode(), [b"localhost"], 400),
        ("/v1/estimates?q=тысяч".encode(), [b"localhost"], 400),
        (b"/v1/reports/\xff\xfe", [b"localhost"], 400),
        (b"/v1/reports/f%C3%BCnf", [b"localhost"], 404),
        (b"*", [b"localhost"], 404),
    ],
)
def test_the_host_that_is_meant_is_this_one(
    small: Api, bounded: Server, target: bytes, hosts: list[bytes], status: int
) -> None:
    named = b"".join(b"Host: %b\r\n" % each for each in hosts)
    sent = b"GET %b HTTP/1.1\r\n%bConnection: close\r\n\r\n" % (target, named)
    assert raw(bounded.address, sent).status == status


def test_a_raw_address_is_refused_with_its_reason(small: Api, bounded: Server) -> None:
    answer = raw(bounded.address, "GET /?q=Fünf HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    assert "percent-encode" in refused(answer, 400, "bad-request")


# Bodies


def test_a_body_that_trickles_is_refused(small: Api, bounded: Server) -> None:
    head = b"POST /v1/reports HTTP/1.1\r\n" + HEAD + b"Content-Type: application/json\r\n"
    with wire(bounded) as connection:
        sent = endless(head + b"Content-Length: 1000\r\nConnection: close\r\n\r\n", b" ")
        answer = trickled(connection, sent)
    assert answer is not None and answer.status == 408
    check_problem(json.loads(answer.body), 408, "too-slow")


def test_an_import_may_trickle_but_not_fall_silent(small: Api, bounded: Server) -> None:
    head = b"POST /v1/import HTTP/1.1\r\n" + HEAD + b"Content-Type: application/x-ndjson\r\n"
    line = b'{"register_source":{"id":"nis"}}\n'
    with wire(bounded, head + b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n") as sending:
        until = time.monotonic() + 2.5  # longer than a body may take
        for part in (line[n : n + 1] for n in range(len(line))):
            sending.sendall(b"1\r\n" + part + b"\r\n")
            while time.monotonic() < until - 2.5 * (1 - line.index(part) / len(line)):
                pass
        answer = read_answer(sending)
    last = json.loads(answer.body.splitlines()[-1])
    assert (last["done"], last["accepted"]) == (False, 1)
    check_problem(last["failed"], 408, "too-slow")


def test_a_body_that_goes_on_after_its_answer_is_cut_off(small: Api, bounded: Server) -> None:
    head = b"POST /v1/reports HTTP/1.1\r\n" + HEAD + b"Content-Type: text/plain\r\n"
    with wire(bounded, head + b"Content-Length: 1000\r\n\r\n") as connection:
        assert b"415" in connection.recv(65_536)
        assert trickled(connection, endless(b"", b" ")) is None


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
    unfinished = b"POST /v1/reports HTTP/1.1\r\n" + HEAD + b"Content-Type: application/json\r\n"
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
