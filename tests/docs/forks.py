"""Runs `intellog` as often as a page does without loading it each time: a loaded process is forked.

`python -m tests.docs.forks SOCKET` listens there. A caller sends its three standard files with
its arguments, directory and environment as JSON; it receives the process id, then the exit status.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

from tests.places import ROOT

LARGEST = 1 << 20
CALLER = """#!{python} -IS
import json, os, signal, socket, sys
with socket.socket(socket.AF_UNIX) as line:
    line.connect({path!r})
    said = json.dumps([sys.argv[1:], os.getcwd(), dict(os.environ)]).encode()
    socket.send_fds(line, [said], [0, 1, 2])
    pid = int(line.recv(16))
    for each in signal.SIGTERM, signal.SIGINT:
        signal.signal(each, lambda number, frame: os.kill(pid, number))
    sys.exit(int(line.recv(16) or 1))
"""
"""What stands for the program: it hands its call over, and any signal to stop."""


@contextmanager
def forking(folder: Path) -> Iterator[str]:
    """Have a loaded program wait in a folder; yield the text of a file that calls it."""
    path = folder / "calls"
    command = [sys.executable, "-m", "tests.docs.forks", str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as process:
        try:
            assert process.stdout is not None
            process.stdout.readline()
            yield CALLER.format(python=sys.executable, path=str(path))
        finally:
            process.kill()


def listen(path: str, program: Callable[[], object]) -> NoReturn:
    """Fork for each caller, for ever."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those who answer
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()
        print("listening", flush=True)
        while True:
            line, _ = listener.accept()
            if os.fork() == 0:
                listener.close()
                answer(line, program)
            line.close()


def answer(line: socket.socket, program: Callable[[], object]) -> NoReturn:
    """Run the program for one caller and send how it ends."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    said, files, *_ = socket.recv_fds(line, LARGEST, 3)
    arguments, directory, environment = json.loads(said)
    pid = os.fork()
    if pid == 0:
        line.close()
        become(files, arguments, directory, environment, program)
    line.send(b"%d" % pid)
    _, status = os.waitpid(pid, 0)
    line.send(b"%d" % os.waitstatus_to_exitcode(status))
    os._exit(0)


def become(
    files: list[int],
    arguments: list[str],
    directory: str,
    environment: dict[str, str],
    program: Callable[[], object],
) -> NoReturn:
    """Be the program that was called, and end as it does."""
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    os.chdir(directory)
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    sys.argv[1:] = arguments
    status: Any = 0
    try:
        program()
    except SystemExit as end:
        status = end.code or 0
    except BaseException:
        traceback.print_exc()
        status = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status if isinstance(status, int) else 1)


if __name__ == "__main__":
    from service.cli import main

    listen(sys.argv[1], main)
