"""Questions that take long: how many at a time, for how long, and when nobody waits for the answer."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Message

from service.http.admission import CALLER, Caller
from service.http.problems import Problem
from service.http.questions import Questions, interruptible
from service.settings import Limits
from tests import loops
from tests.http_spec import Api, Server, check_problem, claim, indicator, report

ENDLESS = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"


def asked(left: asyncio.Event | None = None, share: str | None = None) -> Request:
    """A request without a body, whose client leaves when the event is set."""
    messages = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive() -> Message:
        if messages:
            return messages.pop()
        await (left or asyncio.Event()).wait()
        return {"type": "http.disconnect"}

    scope = {"type": "http", "method": "GET", "path": "/", "headers": []}
    return Request({**scope, CALLER: Caller(share, lambda: True)}, receive)


class Held:
    """A question that is answered once it is let go; counts how often it was begun."""

    def __init__(self) -> None:
        self.begun = threading.Semaphore(0)
        self.go = threading.Event()

    def __call__(self) -> Response:
        self.begun.release()
        assert self.go.wait(20)
        return Response("found")

    async def has_begun(self) -> None:
        assert await asyncio.to_thread(self.begun.acquire, timeout=20)


def endless() -> Response:
    """A question that its database would work on for ever."""
    db = sqlite3.connect(":memory:")
    with interruptible(db):
        db.execute(ENDLESS).fetchone()
    raise AssertionError("it came to an end")


def instantly() -> Response:
    return Response("at once")


def run(test: Callable[[], Coroutine[Any, Any, None]]) -> None:
    loops.run(asyncio.wait_for(test(), 20))


async def ended(task: "asyncio.Task[Response]") -> BaseException | None:
    await asyncio.wait([task])
    return task.exception()


def test_what_is_beyond_the_capacity_is_refused_at_once() -> None:
    async def test() -> None:
        questions, held = Questions(Limits(questions=2, questions_waiting=1)), Held()
        ask = [asyncio.create_task(questions.answer(asked(), f"/{n}", held)) for n in range(3)]
        await held.has_begun()
        await held.has_begun()
        with pytest.raises(Problem) as refused:
            await questions.answer(asked(), "/other", instantly)
        assert refused.value.code == "overloaded"
        held.go.set()
        assert [(await each).body for each in ask] == [b"found"] * 3
        assert (await questions.answer(asked(), "/other", instantly)).body == b"at once"

    run(test)


def test_questions_at_one_address_leave_half_of_the_threads_to_others() -> None:
    async def test() -> None:
        questions, held = Questions(Limits(questions=4)), Held()
        ask = [asyncio.create_task(questions.answer(asked(), "/slow", held)) for _ in range(9)]
        await held.has_begun()
        assert (await questions.answer(asked(), "/quick", instantly)).body == b"at once"
        held.go.set()
        assert [(await each).body for each in ask] == [b"found"] * 9

    run(test)


def test_questions_of_one_principal_leave_half_of_the_threads_to_others() -> None:
    async def test() -> None:
        questions, held = Questions(Limits(questions=4)), Held()
        busy, other = (asked(share=name) for name in ("token a", "token b"))
        ask = [asyncio.create_task(questions.answer(busy, f"/{n}", held)) for n in range(9)]
        await held.has_begun()
        assert (await questions.answer(other, "/quick", instantly)).body == b"at once"
        held.go.set()
        assert [(await each).body for each in ask] == [b"found"] * 9

    run(test)


def test_a_question_is_interrupted_when_its_time_is_over() -> None:
    async def test() -> None:
        questions = Questions(Limits(question_seconds=1))
        with pytest.raises(Problem) as refused:
            await questions.answer(asked(), "/", endless)
        assert (refused.value.code, refused.value.detail) == (
            "took-too-long",
            "there was no answer within 1 s",
        )

    run(test)


def test_a_question_that_waits_too_long_is_refused() -> None:
    async def test() -> None:
        questions, held = Questions(Limits(questions=1, question_seconds=1)), Held()
        first = asyncio.create_task(questions.answer(asked(), "/", held))
        await held.has_begun()
        with pytest.raises(Problem) as refused:
            await questions.answer(asked(), "/", instantly)
        assert refused.value.code == "overloaded"
        held.go.set()
        assert (await first).body == b"found"

    run(test)


def test_a_question_is_interrupted_when_its_client_leaves() -> None:
    async def test() -> None:
        questions, left = Questions(Limits()), asyncio.Event()
        task = asyncio.create_task(questions.answer(asked(left), "/", endless))
        await asyncio.sleep(0)
        left.set()
        assert isinstance(await ended(task), ClientDisconnect)

    run(test)


def test_a_question_whose_client_has_left_is_never_begun() -> None:
    async def test() -> None:
        questions, held, dropped = Questions(Limits(questions=1)), Held(), Held()
        first = asyncio.create_task(questions.answer(asked(), "/", held))
        await held.has_begun()
        left = asyncio.Event()
        task = asyncio.create_task(questions.answer(asked(left), "/", dropped))
        await asyncio.sleep(0)
        left.set()
        assert isinstance(await ended(task), ClientDisconnect)
        held.go.set()
        assert (await first).body == b"found"
        assert not dropped.begun.acquire(blocking=False)

    run(test)


def test_an_overloaded_service_says_so_and_goes_on(server: Server, tmp_path: Path) -> None:
    limits = Limits(questions=1, questions_waiting=1)
    claims = [claim(n, f"o{n % 7}", period=f"20{n:02}") for n in range(60)]
    with server.over(tmp_path / "log", limits=limits) as api, ThreadPoolExecutor(24) as pool:
        api.given(indicator(), report("r1", *claims), *(report(f"s{n}") for n in range(40)))
        answers = list(pool.map(lambda n: _vintages(api, n), range(48)))
        assert {answer.status_code for answer in answers} == {200, 503}
        for answer in answers:
            if answer.status_code == 503:
                check_problem(answer.json(), 503, "overloaded")
                assert answer.headers["retry-after"] == "1"
        assert api.get("/v1/estimates/troops/vintages")["items"]


def _vintages(api: Api, n: int) -> Any:
    return api.client.get("/v1/estimates/troops/vintages", params={"limit": n + 1, "all": "true"})
