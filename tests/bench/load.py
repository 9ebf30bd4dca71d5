"""HTTP load from a separate process: clients that each send one request after another.

It must use little of the machine that it shares with the server: it sends prepared bytes, has one
callback per answer, and parses only as much HTTP as it takes to find the end of an answer.
"""

import argparse
import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from statistics import median
from typing import cast

import uvloop

from tests.bench.result import Row, rate
from tests.bench.server import head
from tests.places import ROOT

BEGIN = "begin\n"
LENGTH, HEAD_END = b"content-length:", b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Measured:
    """Requests per second, and percentiles of their duration in milliseconds."""

    rate: float
    p50: float
    p90: float
    p99: float


Rounds = Sequence[Measured]


def row(
    name: str, ours: Rounds, bare: Rounds, unit: str, must: float, size: str, other: str = "bare"
) -> Row:
    """The row for two sides: median rates, and the percentiles of their median rounds."""
    answered, at_best = (median(each.rate for each in rounds) for rounds in (ours, bare))
    took = f"p50/p90/p99 in ms: {_percentiles(ours)}, {other} {_percentiles(bare)}"
    return rate(name, answered, at_best, unit, must, f"{size}; {took}")


def _percentiles(rounds: Rounds) -> str:
    return "/".join(
        f"{median(getattr(each, name) for each in rounds):.2g}" for name in ("p50", "p90", "p99")
    )


def loaded(port: int, requests: Path, clients: int, skip: int, count: int) -> Measured:
    """Send some of the requests in a file from another process; raises unless each answer is 2xx.

    A line of the file is the path of a GET, or the path of a POST, a space and its body.
    """
    [measured] = loaded_together([port], requests, clients, skip, count)
    return measured


def loaded_together(
    ports: Sequence[int], requests: Path, clients: int, skip: int, count: int
) -> list[Measured]:
    """Do the same with several servers at once, each with a process and requests of its own.

    The processes begin together, once each has read its requests.
    """
    with ExitStack() as started:
        loads = [
            started.enter_context(_load(port, requests, clients, skip + number * count, count))
            for number, port in enumerate(ports)
        ]
        for load in loads:
            assert load.stdout is not None
            load.stdout.readline()
        with ThreadPoolExecutor(len(loads)) as pool:
            return list(pool.map(_finish, loads))


def _load(port: int, requests: Path, clients: int, skip: int, count: int) -> "subprocess.Popen[str]":
    numbers = (str(number) for number in (port, clients, skip, count))
    command = [sys.executable, "-m", "tests.bench.load", str(requests), *numbers]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=pipe, text=True)


def _finish(load: "subprocess.Popen[str]") -> Measured:
    """Let a process begin, and wait for what it measures."""
    output, errors = load.communicate(BEGIN, timeout=600)
    if load.returncode:
        raise RuntimeError(errors)
    return Measured(**json.loads(output))


def request_of(line: bytes) -> bytes:
    """The bytes of the request in a line: a POST if a body follows the path, else a GET."""
    path, _, body = line.rstrip(b"\n").partition(b" ")
    if not body:
        return head("GET", path.decode())
    media_type, length = "Content-Type: application/json", f"Content-Length: {len(body)}"
    return head("POST", path.decode(), media_type, length) + body


class _Client(asyncio.Protocol):
    """One connection that sends the next request as soon as it has received an answer."""

    transport: asyncio.Transport

    def __init__(
        self, requests: Iterator[bytes], times: list[float], ended: "asyncio.Future[None]"
    ) -> None:
        self._requests, self._times, self._ended = requests, times, ended
        self._buffer, self._expected, self._sent = b"", 0, 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's transport is not a subclass
        self._next()

    def data_received(self, data: bytes) -> None:
        self._buffer = self._buffer + data if self._buffer else data
        if not self._expected:
            end = self._buffer.find(HEAD_END)
            if end < 0:
                return
            front = self._buffer[:end].lower()
            if front[9:10] != b"2":
                self._fail(RuntimeError(self._buffer[:2_000].decode()))
                return
            at = front.index(LENGTH) + len(LENGTH)
            self._expected = end + len(HEAD_END) + int(front[at:].split(b"\r\n", 1)[0])
        if len(self._buffer) >= self._expected:
            self._times.append(time.perf_counter() - self._sent)
            self._buffer, self._expected = b"", 0
            self._next()

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail(exc or ConnectionError("the server hung up"))

    def _next(self) -> None:
        request = next(self._requests, None)
        if request is not None:
            self._sent = time.perf_counter()
            self.transport.write(request)
        elif not self._ended.done():
            self._ended.set_result(None)

    def _fail(self, error: Exception) -> None:
        if not self._ended.done():
            self._ended.set_exception(error)


async def _run(port: int, requests: Sequence[bytes], clients: int) -> Measured:
    loop = asyncio.get_running_loop()
    times: list[float] = []
    waiting, ended = iter(requests), [loop.create_future() for _ in range(clients)]
    start = time.perf_counter()
    for future in ended:
        client = _Client(waiting, times, future)
        await loop.create_connection(lambda made=client: made, "127.0.0.1", port)  # type: ignore[misc]
    await asyncio.gather(*ended)
    seconds = time.perf_counter() - start
    times.sort()
    p50, p90, p99 = (times[int(len(times) * q)] * 1e3 for q in (0.5, 0.9, 0.99))
    return Measured(len(times) / seconds, p50, p90, p99)


def _main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("requests", type=Path)
    for name in ("port", "clients", "skip", "count"):
        parser.add_argument(name, type=int)
    asked = parser.parse_args()
    with asked.requests.open("rb") as file:
        requests = [request_of(line) for line in islice(file, asked.skip, asked.skip + asked.count)]
    if len(requests) < asked.count:
        raise SystemExit(f"{asked.requests} has no {asked.count} requests after {asked.skip}")
    print(BEGIN, end="", flush=True)
    sys.stdin.readline()
    print(json.dumps(asdict(uvloop.run(_run(asked.port, requests, asked.clients)))))


if __name__ == "__main__":
    _main()
