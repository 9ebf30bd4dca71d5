"""Where a client sends what a node does not take: to the writer, with its token, and to nobody else."""

import json
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from service.client import Refused
from service.client.exchange import (
    MOST_HOPS,
    Answer,
    Call,
    Lost,
    Patience,
    Send,
    Session,
    Wait,
    reached,
)
from service.http.problem_kinds import PROBLEMS
from tests.service.client.client_spec import client_at

NODE, WRITER = "https://node.example", "https://writer.example:8443"
PUT = Call("PUT", "/v1/sources/s", {"dry_run": "false"})
GOOD, LOST = Answer(200, {}, b"{}"), Lost("reset")


def elsewhere(location: str, code: str = "not-the-writer") -> Answer:
    body = {"type": f"/problems/{code}", "title": PROBLEMS[code].title, "status": 307, "detail": "so"}
    return Answer(307, {"location": location}, json.dumps(body).encode())


def asked(*replies: Answer | Lost, url: str = NODE, **given: Any) -> tuple[list[str], Any]:
    """The addresses that were asked, and what that came to; the last reply is given ever again."""
    paths, left = list[str](), list(replies)
    session = Session(url, Patience(30.0, lambda: 0.0, lambda: 1.0), lambda: "key", **given)
    program = reached(session, PUT)
    step = next(program)
    try:
        while True:
            if isinstance(step, Wait):
                step = program.send(None)
                continue
            assert isinstance(step, Send)
            assert step.call.query == PUT.query
            paths.append(step.call.path)
            step = program.send(left.pop(0) if len(left) > 1 else left[0])
    except StopIteration as end:
        return paths, end.value
    except Refused as refused:
        return paths, refused.code


THERE = elsewhere(f"{WRITER}{PUT.path}?dry_run=false")
HERE, AT_WRITER = PUT.path, f"{WRITER}{PUT.path}"


def test_a_write_goes_to_the_writer_that_the_node_names() -> None:
    assert asked(THERE, GOOD) == ([HERE, AT_WRITER], GOOD)


def test_a_writer_that_is_gone_is_asked_for_again() -> None:
    other = "https://standby.example"
    moved = elsewhere(f"{other}{PUT.path}")
    assert asked(THERE, LOST, moved, GOOD) == ([HERE, AT_WRITER, HERE, f"{other}{PUT.path}"], GOOD)


def test_nodes_that_send_each_other_on_are_left() -> None:
    paths, outcome = asked(THERE)
    assert (len(paths), outcome) == (MOST_HOPS, "not-the-writer")


@pytest.mark.parametrize(
    ("reply", "url"),
    [
        (elsewhere(f"{WRITER}/v1/sources/other"), NODE),
        (elsewhere(f"{WRITER}{PUT.path}#there"), NODE),
        (elsewhere(f"https://user@writer.example{PUT.path}"), NODE),
        (elsewhere(f"http://writer.example{PUT.path}"), NODE),
        (elsewhere(f"ftp://writer.example{PUT.path}"), NODE),
        (elsewhere(PUT.path), NODE),
        (elsewhere("https://[writer"), NODE),
        (elsewhere(f"{WRITER}{PUT.path}", "no-writer"), NODE),
        (Answer(307, {"location": f"{WRITER}{PUT.path}"}, b"<html>moved</html>"), NODE),
    ],
)
def test_a_token_is_sent_nowhere_else(reply: Answer, url: str) -> None:
    paths, outcome = asked(reply, url=url)
    assert paths == [HERE]
    assert isinstance(outcome, str)


def test_a_client_may_name_the_writers_itself() -> None:
    assert asked(THERE, GOOD, writers=(WRITER,)) == ([HERE, AT_WRITER], GOOD)
    assert asked(THERE, GOOD, writers=("https://other.example",)) == ([HERE], "not-the-writer")


def test_http_goes_on_to_http_and_to_https() -> None:
    plain = elsewhere(f"http://writer{PUT.path}")
    assert asked(plain, GOOD, url="http://node")[1] == GOOD
    assert asked(THERE, GOOD, url="http://node")[1] == GOOD


DONE = {"done": True, "accepted": 2, "duplicates": 0, "refused": 0, "position": 2}


def test_lines_that_can_be_read_once_are_sent_to_the_writer_alone() -> None:
    """A node would otherwise use up the first of them."""
    received = list[tuple[str, bytes, str]]()

    def answer(request: httpx2.Request) -> httpx2.Response:
        received.append((request.url.host, request.read(), request.headers["authorization"]))
        if request.url.host == "node":
            body = {"type": "/problems/not-the-writer", "status": 307, "detail": "there"}
            return httpx2.Response(307, json=body, headers={"Location": "http://writer/v1/import"})
        return httpx2.Response(200, content=json.dumps(DONE).encode() + b"\n")

    def lines() -> Iterator[bytes]:
        yield b"1\n"
        yield b"2\n"

    token = {"Authorization": "Bearer t"}
    with httpx2.Client(
        base_url="http://node", transport=httpx2.MockTransport(answer), headers=token
    ) as http:
        assert client_at(http).import_(lines()).tally["accepted"] == 2
        assert client_at(http).import_([b"1\n", b"2\n"]).tally["accepted"] == 2

    bearer, whole = token["Authorization"], b"1\n2\n"
    assert received == [
        ("node", b"", bearer),
        ("writer", b"", bearer),
        ("writer", whole, bearer),
        ("node", whole, bearer),
        ("writer", whole, bearer),
    ]
