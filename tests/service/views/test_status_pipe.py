"""The lines of the projector are applied in order, whoever reads them: a thread or an event loop."""

import asyncio
import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import to_json

from service.service import opened
from service.settings import Settings
from service.views.status_pipe import Loop, StatusPipe
from tests.service.views.test_views import STORY, submit

PATIENCE = 60.0


class Reader:
    """A pipe that a thread of its own reads: what was applied, and in which thread."""

    def __init__(self) -> None:
        self.loop: Loop | None = None
        self.applied = list[tuple[int, str]]()
        self.raised: Exception | None = None
        self.changed = threading.Condition()
        out, self.into = os.pipe()
        self.pipe = StatusPipe(out, self._apply, lambda status: status["file"] == "same", self._loop)
        self.thread = threading.Thread(target=self._read, args=(out,))
        self.thread.start()

    def write(self, position: int, file: str = "same", *, cut: int = 0) -> None:
        """Write a line, in two parts if it is to be cut."""
        line = to_json({"position": position, "file": file}) + b"\n"
        os.write(self.into, line[:cut])
        os.write(self.into, line[cut:])

    def holds(self, count: int) -> bool:
        """Whether so many lines are applied in time."""
        with self.changed:
            return self.changed.wait_for(lambda: len(self.applied) >= count, PATIENCE)

    def _loop(self) -> Loop | None:
        return self.loop

    def _apply(self, status: Any) -> None:
        if status["position"] < 0:
            raise ValueError("no position")
        with self.changed:
            self.applied.append((status["position"], threading.current_thread().name))
            self.changed.notify_all()

    def _read(self, out: int) -> None:
        try:
            self.pipe.read()
        except ValueError as error:
            self.raised = error
        finally:
            os.close(out)


@contextmanager
def reader() -> Iterator[Reader]:
    """A pipe that ends with the block."""
    found = Reader()
    try:
        yield found
    finally:
        os.close(found.into)
        found.thread.join(PATIENCE)
        assert not found.thread.is_alive()


@contextmanager
def looping(found: Reader) -> Iterator[None]:
    """While the block runs, an event loop runs in a thread that is named after it."""
    loop = asyncio.new_event_loop()
    running = threading.Thread(target=loop.run_forever, name="loop")
    running.start()
    found.loop = loop
    try:
        yield
    finally:
        found.loop = None
        asyncio.run_coroutine_threadsafe(_left(found), loop).result(PATIENCE)
        loop.call_soon_threadsafe(loop.stop)
        running.join()
        loop.close()


async def _left(found: Reader) -> None:
    found.pipe.leave()


def read_by_the_loop(found: Reader) -> int:
    """Write lines until the loop reads them; return how many lines there are then."""
    while len(found.applied) < 10_000:
        position = len(found.applied) + 1
        found.write(position)
        assert found.holds(position)
        if found.applied[-1][1] == "loop":
            return position
    raise AssertionError("no line was read by the loop")


def test_a_thread_reads_where_there_is_no_loop() -> None:
    with reader() as found:
        found.write(1)
        found.write(2, "other", cut=5)
        assert found.holds(2)
    assert [position for position, _ in found.applied] == [1, 2]


def test_a_loop_reads_while_it_runs_but_for_what_takes_long() -> None:
    with reader() as found:
        with looping(found):
            count = read_by_the_loop(found)
            found.write(count + 1, "other")
            assert found.holds(count + 1)
            assert found.applied[-1][1] == found.thread.name
            count = read_by_the_loop(found)
        found.write(count + 1)
        assert found.holds(count + 1)
        assert found.applied[-1][1] == found.thread.name, "the loop has ended"


@given(st.lists(st.tuples(st.sampled_from(("same", "same", "other")), st.integers(0, 12)), max_size=30))
def test_lines_are_applied_in_order(lines: list[tuple[str, int]]) -> None:
    with reader() as found:
        with looping(found):
            begun = read_by_the_loop(found)
            for position, (file, cut) in enumerate(lines, begun + 1):
                found.write(position, file, cut=cut)
            assert found.holds(begun + len(lines))
        assert [position for position, _ in found.applied] == [*range(1, begun + len(lines) + 1)]


@pytest.mark.parametrize(
    "line", [b'{"position":-1,"file":"same"}', b"no JSON"], ids=["applied", "read"]
)
def test_what_goes_wrong_in_the_loop_is_raised_in_the_thread(line: bytes) -> None:
    with reader() as found, looping(found):
        read_by_the_loop(found)
        os.write(found.into, line + b"\n")
        found.thread.join(PATIENCE)
        assert isinstance(found.raised, ValueError)


def test_the_pipe_may_end_while_a_loop_reads_it() -> None:
    found = Reader()
    with looping(found):
        read_by_the_loop(found)
        os.close(found.into)
        found.thread.join(PATIENCE)
        assert not found.thread.is_alive() and found.raised is None


def test_who_waits_in_a_loop_is_told_there(tmp_path: Path) -> None:
    """No other thread has to wake the loop when the views have advanced."""

    async def told() -> set[str]:
        loop, threads = asyncio.get_running_loop(), set[str]()
        service.follower.listen(lambda: threads.add(threading.current_thread().name))
        with service.follower.read_in(loop):
            for some in range(0, len(STORY), 3):
                submit(service, STORY[some : some + 3])
                assert await service.follower.wait_async(service.log.head(), PATIENCE)
        return threads

    with (
        opened(Settings(data=tmp_path), separate_projector=True) as service,
        ThreadPoolExecutor(1, "loop") as thread,
    ):
        assert "loop_0" in thread.submit(lambda: asyncio.run(told())).result()
