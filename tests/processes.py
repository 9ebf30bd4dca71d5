"""Servers as processes of their own, as a user starts them: to kill and to starve of disk."""

import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from tests.places import ROOT

PATIENCE = 60.0
NO_LIMIT = resource.RLIM_INFINITY


@dataclass(frozen=True)
class Process:
    """A running server and its projector."""

    popen: "subprocess.Popen[str]"
    url: str

    @property
    def projector(self) -> int | None:
        """The process id of the projector, None while there is none."""
        tasks = Path(f"/proc/{self.popen.pid}/task")
        with suppress(OSError):
            for task in tasks.iterdir():
                for child in (task / "children").read_text().split():
                    return int(child)
        return None

    def kill(self, *which: str) -> None:
        """Kill `service` or `projector` or both, with no time to do anything."""
        pids = {"service": self.popen.pid, "projector": self.projector}
        for pid in (pids[name] for name in which):
            if pid is not None:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        if "service" in which:
            self.popen.wait()

    def get(self, path: str) -> Any:
        """The JSON of an address, whatever its status."""
        return json.loads(asked(self.url + path).content)

    def wait_until(self, held: Callable[[Any], bool], path: str = "/readyz") -> Any:
        """Ask an address until what it answers satisfies a condition; return that."""
        return until(lambda: self.get(path), held)


def asked(url: str, timeout: float = PATIENCE, **options: Any) -> httpx2.Response:
    """The answer of an address; without certificates, which take longer to read than it to answer."""
    return httpx2.get(url, timeout=timeout, verify=False, **options)


def wait_for_views(url: str, position: int) -> None:
    """Wait until the views hold a position; a busy machine takes longer than a read waits."""
    path = f"{url}/v1/indicators?limit=1&min_position={position}"
    until(lambda: asked(path).status_code, lambda status: status == 200)


def until(look: Callable[[], Any], held: Callable[[Any], bool], seconds: float = PATIENCE) -> Any:
    """Look until what is seen satisfies a condition, and return it; fail after a while."""
    end = time.monotonic() + seconds
    while not held(seen := look()):
        if time.monotonic() > end:
            raise AssertionError(f"still after {seconds} s: {seen}")
        time.sleep(0.02)
    return seen


@contextmanager
def process(data: Path, *options: str, **place: Any) -> Iterator[Process]:
    """Serve a directory; a server that is still there in the end is stopped in good order."""
    code = "from service.cli import main; main()"
    command = [sys.executable, "-P", "-c", code, "serve", "--data", str(data), "--port", "0", *options]
    # Bytecode is kept, whatever the environment says: to compile it all doubles the time of a start.
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": ""}
    popen = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment, **place)
    try:
        assert popen.stdout is not None
        line = popen.stdout.readline()
        assert " at http" in line, line
        yield Process(popen, line.split(" at ")[1].strip())
    finally:
        if popen.poll() is None:
            popen.terminate()
        popen.communicate(timeout=PATIENCE)


def limit_files(pid: int, size: int) -> None:
    """Let a process write no file beyond a size, as if the disk were full there."""
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, NO_LIMIT))
