"""Streams through connections that break: each item once, in order, to the end."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.client import Cut, OtherHistory
from tests import loops
from tests.http_spec import Api, Server, claim, indicator, post, report
from tests.service.client.client_spec import Waits, async_client_at, client_at
from tests.service.client.cutting import Cuts, cutting


@pytest.fixture(scope="module")
def story(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A log in which some events touch two indicators."""
    with server.over(tmp_path_factory.mktemp("story") / "log") as api:
        api.given(
            indicator(),
            indicator("tanks"),
            *(report(f"r{n}", claim(n), claim(n, about="tanks")) for n in range(6)),
            *(report(f"s{n}", claim(n, originator="un")) for n in range(6)),
            post("/v1/sources/nis/grades", reliability="B"),
        )
        api.get("/v1/estimates")
        yield api


CUTS = st.lists(st.integers(0, 9_000), max_size=5)
SOME = settings(max_examples=25)


def positions(items: Any) -> list[int]:
    return [each["position"] for each in items]


@SOME
@given(cuts=CUTS, limit=st.none() | st.integers(1, 20), after=st.integers(0, 20))
def test_events_come_once_and_in_order_whatever_is_cut(
    story: Api, server: Server, cuts: Cuts, limit: int | None, after: int
) -> None:
    whole = list(range(after + 1, story.head() + 1))[:limit]
    with cutting(server.address, cuts) as url, client_at(url) as client:
        found = client.events(after=after, limit=limit)
        assert positions(found) == whole
        assert limit is not None or found.position == story.head()


@SOME
@given(cuts=CUTS, name=st.none() | st.just("tanks"))
def test_a_replay_comes_once_and_in_order_whatever_is_cut(
    story: Api, server: Server, cuts: Cuts, name: str | None
) -> None:
    whole = list(client_at(story.client).replay(indicator=name))
    with cutting(server.address, cuts) as url, client_at(url) as client:
        assert list(client.replay(indicator=name)) == whole


@SOME
@given(cuts=CUTS)
def test_a_live_stream_goes_on_after_every_cut(story: Api, server: Server, cuts: Cuts) -> None:
    head, said = story.head(), list[tuple[str, int]]()
    with cutting(server.address, cuts) as url, client_at(url) as client:
        with client.events(follow=True, heard=lambda *what: said.append(what)) as live:
            assert positions(islice(live, head)) == list(range(1, head + 1))
        ended = client.events(follow=True, before=head, after=3)
        assert positions(ended) == list(range(4, head))

    assert set(said) <= {("resumed", position) for position in range(head)} | {("caught-up", head)}


def test_events_run_backward_page_by_page(story: Api) -> None:
    head = story.head()
    found = client_at(story.client).events(order="desc", limit=3)

    assert positions(found) == [head, head - 1, head - 2]
    with pytest.raises(ValueError, match="follow"):
        client_at(story.client).events(order="desc", follow=True)


def test_a_stream_that_cannot_go_on_says_how_far_it_came(story: Api, server: Server) -> None:
    with cutting(server.address, [4_000, *[0] * 60]) as url, client_at(url, patience=5) as client:
        found = client.events()
        with pytest.raises(Cut) as raised:
            list(found)

    assert raised.value.received == found.position
    assert found.position and f"cut off after {found.position} lines" in str(raised.value)


def test_an_async_stream_goes_on_as_well(story: Api, server: Server) -> None:
    async def read(url: str) -> tuple[list[int], list[int]]:
        async with async_client_at(url) as client:
            whole = [each["position"] async for each in client.events()]
            live = list[int]()
            async with client.events(follow=True, after=2) as stream:
                async for each in stream:
                    live.append(each["position"])
                    if each["position"] == story.head():
                        break
            return whole, live

    with cutting(server.address, [500, 3_000, None, 2_000, 900]) as url:
        whole, live = loops.run(read(url))

    assert whole == list(range(1, story.head() + 1))
    assert live == whole[2:]


@contextmanager
def answering(*answers: bytes) -> Iterator[tuple[str, list[bytes]]]:
    """A server with one answer for each connection, and the heads of the requests that came."""
    heads = list[bytes]()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            for answer in answers:
                connection, _ = listener.accept()
                with connection:
                    heads.append(connection.recv(65_536))
                    connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", heads
        thread.join()


def test_another_log_never_goes_on_where_this_one_broke_off() -> None:
    event = (
        b'{"position":7,"type":"SourceRegistered","stream":"source:a","version":1,"redacted":true}\n'
    )
    first = b"HTTP/1.1 200 OK\r\nIntellog-Log: 00000000000000aa\r\nContent-Length: 999\r\n\r\n" + event
    body = json.dumps(
        {"type": "/problems/other-history", "title": "t", "status": 409, "detail": "another"}
    ).encode()
    second = b"HTTP/1.1 409 Conflict\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
    waits = Waits()
    with answering(first, second) as (url, heads), client_at(url, waits) as client:
        found = client.events(actor="ana")
        assert next(found)["position"] == 7
        with pytest.raises(OtherHistory, match="another"):
            next(found)

    assert b"after=7" in heads[1] and b"actor=ana" in heads[1]
    assert b"intellog-log: 00000000000000aa" in heads[1].lower()
    assert waits.waited == [0.1]
