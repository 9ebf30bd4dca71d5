"""Questions within the process: from the one who sent the request, and given up with it."""

import asyncio
from typing import Any

import anyio
import pytest
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from service.model_context.asking import GONE, Refusal, addressed, within
from service.model_context.support import answers
from tests import loops


def request(app: Any, gone: anyio.Event) -> Request:
    """A request to an application, as it stands in the scope of one."""
    headers = [(b"authorization", b"Bearer x"), (b"host", b"here"), (b"x-forwarded-for", b"10.0.0.1")]
    scope = {"type": "http", "method": "POST", "path": "/mcp", "headers": headers, "app": app}
    return Request({**scope, "client": ("127.0.0.1", 5), "extensions": {"x": {}}, GONE: gone})


def test_a_question_is_from_the_one_who_sent_the_request() -> None:
    seen: list[Scope] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope)
        body = (await receive())["body"]
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": body or b"[1]"})

    async def ask() -> tuple[Any, Any]:
        asked = within(request(app, anyio.Event()))
        path = addressed("/v1/claims/{report}/{n}", {"report": "a b", "n": "1"}, {"q": "x&y"})
        return await asked(path), await asked("/v1/proposals", {"text": "t"})

    assert loops.run(ask()) == ([1], {"text": "t"})
    first, second = seen
    assert (first["method"], first["path"], first["query_string"]) == (
        "GET",
        "/v1/claims/a b/1",
        b"q=x%26y",
    )
    assert (second["method"], second["path"]) == ("POST", "/v1/proposals")
    for scope in seen:
        assert dict(scope["headers"])[b"authorization"] == b"Bearer x"
        assert b"x-forwarded-for" not in dict(scope["headers"])  # it was believed, or not, already
        assert scope["client"] == ("127.0.0.1", 5) and "extensions" not in scope


def test_a_question_hears_that_the_client_has_left() -> None:
    heard: list[str] = []

    async def leaves() -> None:
        gone = anyio.Event()

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            heard.append((await receive())["type"])
            gone.set()
            heard.append((await receive())["type"])

        with pytest.raises(Refusal, match="the client has left"):
            await within(request(app, gone))("/v1/estimates")

    loops.run(leaves())
    assert heard == ["http.request", "http.disconnect"]


def test_of_many_questions_the_first_that_fails_is_the_answer() -> None:
    asked: list[str] = []

    async def ask(address: str, body: object | None = None) -> Any:
        asked.append(address)
        await asyncio.sleep(0)
        if address == "b":
            raise Refusal({"type": "x", "title": "x", "status": 404, "detail": "no b"})
        return address.upper()

    assert loops.run(answers(ask, ["a", "c", "a"])) == {"a": "A", "c": "C"}
    assert asked == ["a", "c"]
    with pytest.raises(Refusal, match="no b"):
        loops.run(answers(ask, ["a", "b", "c"]))
