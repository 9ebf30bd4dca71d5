"""Processes beside a check: one that tails the log, and some that take turns at writing it.

Started as `python -m service.log.conformance.process`. Standard input: one line of JSON, the job;
it may hold the password of a database, which the command line would show to everybody; then a line with
which it begins. Standard output: `ready`, then lines of JSON, each an answer.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from typing_extensions import TypedDict

from service.log.conformance.events import event
from service.log.conformance.findings import Broken
from service.log.conformance.store import PATIENCE, Place
from service.log.conformance.tail import PAUSE_SECONDS, Tail
from service.log.open import open_log, read_log
from service.log.port import EventLog, LogLocked

BATCHES = (1, 12, 3)
"""Sizes of the batches of one turn, to each of which an event of a stream that all write is added."""
Process = subprocess.Popen[bytes]


class Job(TypedDict):
    """What a process does: tail to a position (`to`), or write (`turns` times, as number `writer`)."""

    directory: str
    address: str | None
    to: int | None
    turns: int
    writer: int


class Answer(TypedDict, total=False):
    """What a process answers: a writer with the positions of each batch, a reader with what it missed.

    `broken` is why it could not go on.
    """

    positions: list[int]
    missed: str | None
    broken: str


def tailing(place: Place, to: int) -> Job:
    """The job of a reader that tails to a position."""
    return Job(directory=str(place.directory), address=place.address, to=to, turns=0, writer=0)


def writing(place: Place, writer: int, turns: int) -> Job:
    """The job of a writer that in each turn opens the log, appends, and closes it."""
    where = str(place.directory)
    return Job(directory=where, address=place.address, to=None, turns=turns, writer=writer)


@contextmanager
def started(job: Job) -> Iterator[Process]:
    """Start a process on a job and wait until it is ready; one that is still there is killed."""
    process = subprocess.Popen(
        # -P: no module in the working directory may stand in for one of ours or of Python's.
        [sys.executable, "-P", "-m", "service.log.conformance.process"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    assert process.stdin is not None and process.stdout is not None
    with process:
        try:
            process.stdin.write(json.dumps(job).encode() + b"\n")
            process.stdin.flush()
            if (line := process.stdout.readline()) != b"ready\n":
                raise Broken(f"a process that opens the log could not be started: {line.decode()}")
            yield process
        finally:
            process.kill()


def begin(*processes: Process) -> None:
    """Have processes begin that are ready."""
    for process in processes:
        assert process.stdin is not None
        process.stdin.write(b"begin\n")
        process.stdin.flush()


def answers(process: Process) -> Iterator[Answer]:
    """What a process answers, until it ends."""
    assert process.stdout is not None
    for line in process.stdout:
        answer: Answer = json.loads(line)
        if "broken" in answer:
            raise Broken(f"a process could not go on: {answer['broken']}")
        yield answer


def main() -> None:
    """Do the job on standard input."""
    job: Job = json.loads(sys.stdin.buffer.readline())
    try:
        for answer in _tail(job, job["to"]) if job["to"] is not None else _write(job):
            print(json.dumps(answer), flush=True)
    except Exception as error:
        print(json.dumps(Answer(broken=f"{type(error).__name__}: {error}")), flush=True)


def _tail(job: Job, to: int) -> Iterator[Answer]:
    with closing(read_log(Path(job["directory"]), job["address"])) as log:
        _ready()
        yield Answer(missed=Tail().follow(log, to))


def _write(job: Job) -> Iterator[Answer]:
    _ready()
    for _ in range(job["turns"]):
        with closing(_opened_in_turn(job)) as log:
            for size in BATCHES:
                yield Answer(positions=_append(log, job["writer"], size))


def _ready() -> None:
    """Say so, and wait until it is time to begin."""
    print("ready", flush=True)
    sys.stdin.buffer.readline()


def _opened_in_turn(job: Job) -> EventLog:
    give_up = time.monotonic() + PATIENCE
    while True:
        try:
            return open_log(Path(job["directory"]), job["address"], lambda: datetime.now(UTC))
        except LogLocked:
            if time.monotonic() > give_up:
                raise
            time.sleep(PAUSE_SECONDS)


def _append(log: EventLog, writer: int, size: int) -> list[int]:
    """Append to a stream of one's own, and one event to a stream that all write."""
    own = f"turn:{writer}"
    heads = log.heads([own, "contested"])
    batch = [event(own, heads[own] + n) for n in range(1, size + 1)]
    batch.append(event("contested", heads["contested"] + 1, id=f"{writer}/{heads[own]}"))
    return log.append(batch).positions


if __name__ == "__main__":
    main()
