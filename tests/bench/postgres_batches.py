"""Compares the two ways to store a batch in PostgreSQL: `python -m tests.bench.postgres_batches`.

At the port of the log: one statement over arrays, and COPY in one transaction, both with the
notification. Rounds alternate. Times are medians; the processor time is that of this process and of the
server's session.
"""

import os
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from statistics import median
from unittest.mock import patch

from service.log import postgres_draft
from service.log.port import EventLog, Pending
from service.log.postgres import open_postgres_log
from tests.service.log.postgres_server import Server, running

SIZES = (
    *((1, 600, 400), (10, 600, 300), (100, 600, 100), (1_000, 600, 40), (10_000, 600, 10)),
    *((100, 8_000, 60), (250, 8_000, 40), (1_000, 2_000, 30), (1_000, 4_000, 20), (1_000, 8_000, 20)),
)
"""Events of a batch, bytes of each, and rounds."""
WAYS = {"arrays": 2**62, "copy": 0}
"""The size from which COPY is used."""
TICK = os.sysconf("SC_CLK_TCK")
Measured = tuple[float, float, float]
"""Seconds of one append, and the processor time of this process and of the session for it."""


def event(n: int, size: int) -> Pending:
    """The n-th of different events, of about this size, which does not compress well."""
    stream = f"report:{n:012}"
    data = b'{"text":"%b"}' % b64encode(os.urandom(max(1, (size - 230) * 3 // 4)))
    return Pending(f"{n:032}", "ReportFiled", 1, stream, 1, "alice", data)


def _measured(log: EventLog, batch: list[Pending], pid: int) -> Measured:
    begun, own, others = time.perf_counter(), time.process_time(), _spent(pid)
    log.append(batch)
    return time.perf_counter() - begun, time.process_time() - own, _spent(pid) - others


def _spent(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


@contextmanager
def _opened(server: Server) -> Iterator[tuple[EventLog, int]]:
    with closing(open_postgres_log(server.fresh(), lambda: datetime.now(UTC))) as log:
        yield log, log._recorder._sessions._writer.info.backend_pid  # type: ignore[attr-defined]


def main() -> None:
    """Print a line for each size of a batch and each way to store it."""
    names = count()
    with running() as server, ExitStack() as resources:
        logs = {way: resources.enter_context(_opened(server)) for way in WAYS}
        for number, size, rounds in SIZES:
            found: dict[str, list[Measured]] = {way: [] for way in WAYS}
            for _ in range(rounds):
                for way, (log, pid) in logs.items():
                    batch = [event(next(names), size) for _ in range(number)]
                    with patch.object(postgres_draft, "COPY_BYTES", WAYS[way]):
                        found[way].append(_measured(log, batch, pid))
            for way, figures in found.items():
                elapsed, own, session = zip(*figures, strict=True)
                here, there = (sum(each) / rounds * 1e3 for each in (own, session))
                print(
                    f"{number:6,} events of {size:5,} bytes by {way:6}: {median(elapsed) * 1e3:7.2f}"
                    f" ms, processor {here:6.2f} ms here and {there:6.2f} there: {here + there:6.2f}"
                )


if __name__ == "__main__":
    main()
