"""Slow and hostile heads and bodies are bounded or refused, and others are answered all the while."""

import json
from contextlib import suppress

import pytest

from tests.http_spec import Api, Server, check_problem, raw, read_answer
from tests.service.transport.wires import (
    endless,
    post_head,
    refused,
    trickled,
    wire,
)

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
    sent = post_head()
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
    head = post_head()
    with wire(bounded) as connection:
        sent = endless(head + b"Content-Length: 1000\r\n\r\n", b" ")
        answer = trickled(connection, sent)
    assert answer is not None and answer.status == 408
    check_problem(json.loads(answer.body), 408, "too-slow")


def test_an_import_may_trickle_but_not_fall_silent(small: Api, bounded: Server) -> None:
    head = post_head(b"/v1/import", b"application/x-ndjson")
    line = b'{"register_source":{"id":"nis"}}\n'
    with wire(bounded, head + b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n") as sending:
        came, sent = b"", 0
        # Progress is told once a second: after two of them it has taken longer than a body may.
        while came.count(b'"progress"') < 2:
            sending.sendall(b"%x\r\n%b\r\n" % (len(line), line))
            sent += 1
            sending.settimeout(0.1)
            with suppress(TimeoutError):
                came += sending.recv(65_536)
        sending.settimeout(20)
        answer = read_answer(sending, came)
    last = json.loads(answer.body.splitlines()[-1])
    assert (last["done"], last["accepted"] + last["duplicates"]) == (False, sent)
    check_problem(last["failed"], 408, "too-slow")


def test_a_file_that_falls_silent_is_refused_and_leaves_nothing(small: Api, bounded: Server) -> None:
    head = post_head(b"/v1/evidence/" + b"a" * 64, b"text/plain").replace(b"POST", b"PUT")
    with wire(bounded, head + b"Content-Length: 1000\r\nConnection: close\r\n\r\nabc") as connection:
        answer = read_answer(connection)
    check_problem(json.loads(answer.body), 408, "too-slow")
    assert "nothing came for 1 s" in json.loads(answer.body)["detail"]
    assert [path for path in small.service.evidence.folder.rglob("*") if path.is_file()] == []


def test_a_body_that_goes_on_after_its_answer_is_cut_off(small: Api, bounded: Server) -> None:
    head = post_head(media_type=b"text/plain")
    with wire(bounded, head + b"Content-Length: 1000\r\n\r\n") as connection:
        assert b"415" in connection.recv(65_536)
        assert trickled(connection, endless(b"", b" ")) is None
