"""Servers to measure: separate processes with their port and their memory."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import IO

from tests.places import ROOT

READY_SECONDS = 900.0
PAUSE = 0.005
LOOK_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Server:
    """A running server; `started` is the number of seconds until it was ready."""

    process: subprocess.Popen[bytes]
    port: int
    started: float

    def peak(self) -> float:
        """Peak memory of the process and its children, in MiB."""
        return peak_of(self.process.pid)

    def spent(self) -> float:
        """Processor time of the process, without its children, in seconds."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    """A free port."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@contextmanager
def serving(data: Path) -> Iterator[Server]:
    """The service with a data directory, started as a user starts it."""
    with program("-m", "service.cli", "serve", "--data", str(data), ready="/readyz") as server:
        yield server


@contextmanager
def program(
    *arguments: str, ready: str, interpreter: str = sys.executable, **environment: str
) -> Iterator[Server]:
    """A server started with `--port`, in Python or another language; `ready` returns 200 once it is."""
    port, start = free_port(), time.perf_counter()
    with process(*arguments, "--port", str(port), interpreter=interpreter, **environment) as running:
        while get(port, ready)[0] != 200:
            if running.poll() is not None or time.perf_counter() - start > READY_SECONDS:
                raise RuntimeError(f"{' '.join(arguments)} did not start")
            time.sleep(PAUSE)
        yield Server(running, port, time.perf_counter() - start)


@contextmanager
def process(
    *arguments: str, interpreter: str = sys.executable, **environment: str
) -> Iterator["subprocess.Popen[bytes]"]:
    """A program that runs beside, and is stopped in the end."""
    running = _popen(arguments, environment, interpreter=interpreter)
    try:
        yield running
    finally:
        running.terminate()
        try:
            running.wait(60)
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait()


def peak_while_running(*arguments: str, said: Path | None = None, **environment: str) -> float:
    """Run a program to its end; return the peak memory of it and its children, in MiB.

    What it prints goes into the file `said`.
    """
    with open(said or os.devnull, "wb") as output:
        process, ended = _popen(arguments, environment, output), Event()
    seen = [0.0]

    def look() -> None:
        while not ended.wait(LOOK_SECONDS):
            seen.append(peak_of(process.pid))

    watcher = Thread(target=look)
    watcher.start()
    try:
        status = process.wait()
    finally:
        process.terminate()
        ended.set()
        watcher.join()
    if status:
        raise RuntimeError(f"{' '.join(arguments)} ended with status {status}")
    return max(seen)


def _popen(
    arguments: Sequence[str],
    environment: Mapping[str, str],
    output: IO[bytes] | int = subprocess.DEVNULL,
    interpreter: str = sys.executable,
) -> "subprocess.Popen[bytes]":
    whole = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    return subprocess.Popen([interpreter, *arguments], cwd=ROOT, env=whole, stdout=output)


def peak_of(pid: int) -> float:
    """The sum of the peaks of a process and its children, in MiB; 0 for one that has exited."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
        tasks = Path(f"/proc/{pid}/task").iterdir()
        children = [child for t in tasks for child in (t / "children").read_text().split()]
    except OSError:
        return 0.0
    lines = (line for line in status.splitlines() if line.startswith("VmHWM"))
    return sum(int(line.split()[1]) / 1024 for line in lines) + sum(peak_of(int(c)) for c in children)


def connected(port: int) -> socket.socket:
    """A connection to a server on this machine."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=READY_SECONDS)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def head(method: str, path: str, *more: str) -> bytes:
    """The head of a request, as bytes."""
    return "\r\n".join((f"{method} {path} HTTP/1.1", "Host: localhost", *more, "", "")).encode()


def get(port: int, path: str) -> tuple[int, bytes]:
    """The status and body of a GET; status 0 if the server does not answer."""
    try:
        with connected(port) as connection:
            connection.sendall(head("GET", path, "Connection: close"))
            answer = b"".join(received(connection))
    except OSError:
        return 0, b""
    front, _, body = answer.partition(b"\r\n\r\n")
    return int(front[9:12] or 0), body


def received(connection: socket.socket) -> Iterator[bytes]:
    """The bytes received on a connection until it is closed."""
    while chunk := connection.recv(1 << 18):
        yield chunk


def wait_for_views(port: int, position: int) -> None:
    """Wait until the views of a service reach a position."""
    while get(port, f"/v1/indicators?limit=1&min_position={position}")[0] != 200:
        time.sleep(PAUSE)


def wait_for_sums(port: int) -> None:
    """Wait until the kept sums are followed to the end, which a service does when it is idle."""
    none = b'intellog_projection_pending{projection="sums"} 0.0'
    while none not in get(port, "/metrics")[1]:
        time.sleep(LOOK_SECONDS)


def head_of(port: int) -> int:
    """The last position of the log of a service."""
    return int(json.loads(get(port, "/readyz")[1])["head"])


def settle(port: int) -> None:
    """Wait until the views of a service have nothing left to do."""
    while True:
        state = json.loads(get(port, "/readyz")[1])
        if state["head"] == state["position"]:
            return
        time.sleep(PAUSE)
