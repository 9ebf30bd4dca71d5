"""The head of an answer is written as uvicorn writes it, at less cost."""

import asyncio
import logging
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from service.transport import cycle as cycle_module
from service.transport.cycle import Cycle
from tests.work import calls

DEFAULT = [(b"date", b"Wed, 01 Jan 2025 00:00:00 GMT")]
names = st.sampled_from(
    (b"Content-Length", b"content-type", b"etag", b"x-a", b"connection", b"transfer-encoding", b"a b")
)
values = st.sampled_from(
    (b"", b"2", b"text/plain", b"close", b"x, Close", b"Chunked", b"\xe9", b"a\r\nb", b"a\0")
)
headers = st.lists(st.tuples(names, values) | st.just((b"content-length", b"2")), max_size=4)


Result = TypeVar("Result")


def run(coroutine: Coroutine[Any, Any, Result]) -> Result:
    """What a coroutine returns, in a thread of its own: a browser's tests leave a loop in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, coroutine).result()


class Wire(asyncio.Transport):
    """What is written, and whether it was closed."""

    def __init__(self) -> None:
        super().__init__()
        self.written, self.closed, self.writes = b"", False, 0

    def write(self, data: Any) -> None:
        self.written += bytes(data)
        self.writes += 1

    def writelines(self, parts: Any) -> None:
        self.write(b"".join(parts))

    def close(self) -> None:
        self.closed = True


def cycle_of(
    kind: type[RequestResponseCycle], wire: Wire, method: str = "GET", keep_alive: bool = True
) -> RequestResponseCycle:
    """A request that is answered on a wire."""
    logger = logging.getLogger("uvicorn")
    given = {"default_headers": DEFAULT, "message_event": asyncio.Event(), "access_log": False}
    beside = {"expect_100_continue": False, "keep_alive": keep_alive, "on_response": lambda: None}
    scope: Any = {"method": method}
    return kind(scope, wire, FlowControl(wire), logger, logger, **given, **beside)  # type: ignore[arg-type]


def start(status: int, headers: Any) -> Any:
    return {"type": "http.response.start", "status": status, "headers": headers}


def body(content: bytes, *, more: bool = False) -> Any:
    return {"type": "http.response.body", "body": content, "more_body": more}


async def answering(
    kind: type[RequestResponseCycle], method: str, keep_alive: bool, status: int, headers: Any
) -> tuple[object, ...]:
    """What is written for an answer of two bytes, whether the connection ends, and what is raised."""
    wire = Wire()
    cycle = cycle_of(kind, wire, method, keep_alive)
    try:
        await cycle.send(start(status, headers))
        await cycle.send(body(b"{}"))
        said = f"{cycle.response_complete} {cycle.keep_alive}"
    except (RuntimeError, ValueError) as error:
        said = str(error)
    await asyncio.sleep(0)
    return said, wire.written, wire.closed


@given(st.sampled_from(("GET", "HEAD")), st.booleans(), st.sampled_from((200, 204, 304, 404)), headers)
def test_an_answer_is_that_of_uvicorn(
    method: str, keep_alive: bool, status: int, headers: list[tuple[bytes, bytes]]
) -> None:
    plain = run(answering(RequestResponseCycle, method, keep_alive, status, headers))
    for _ in range(2):  # the second time its lines are remembered
        assert run(answering(Cycle, method, keep_alive, status, headers)) == plain


def test_a_header_that_comes_again_is_not_searched_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cycle_module, "_lines", {})  # other tests may have filled it
    always = [(b"x-robots-tag", b"noindex"), (b"content-length", b"2")]

    async def again() -> int:
        await answering(Cycle, "GET", True, 200, always)
        with calls() as counted:
            await answering(Cycle, "GET", True, 200, always)
        return counted["line_of"]

    assert run(again()) == 2, "the date and the length, which differ each time"


def test_a_head_is_written_with_what_comes_first_of_the_body() -> None:
    async def answer(length: int) -> tuple[int, bytes]:
        wire = Wire()
        cycle = cycle_of(Cycle, wire)
        await cycle.send(start(200, [(b"content-length", b"%d" % length)]))
        await cycle.send(body(b"a", more=length > 1))
        writes, written = wire.writes, wire.written
        if length > 1:
            await cycle.send(body(b"b"))
        assert wire.written == written + b"b" * (length - 1)
        return writes, written

    for length in (1, 2):
        writes, written = run(answer(length))
        assert writes == 1
        assert written.endswith(b"\r\n\r\na")


def test_a_head_does_not_wait_for_a_body_that_comes_later() -> None:
    async def answer(settle: bool) -> bytes:
        wire = Wire()
        cycle = cycle_of(Cycle, wire)
        assert isinstance(cycle, Cycle)
        await cycle.send(start(200, []))
        assert not wire.written
        if settle:
            await asyncio.sleep(0)
        else:
            cycle.flush()
        return wire.written

    for settle in (True, False):
        assert run(answer(settle)).endswith(b"\r\n\r\n")
