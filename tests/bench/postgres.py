"""Measures appends to PostgreSQL: `python -m tests.bench.postgres`.

Ours: 64 clients each send one event and wait until it is durable; one thread commits all that are
queued, as the writer of the service does. The limit: 8 connections each insert a row of the same size
into a plain table and commit it, repeatedly. Both use one server with fsync and synchronous_commit
on; rounds alternate.
"""

import asyncio
import queue
import sys
import threading
from collections.abc import Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from itertools import count
from statistics import median
from time import perf_counter

import uvloop

from service.log.envelope import encode
from service.log.port import EventLog, Pending
from service.write.writer import MOST_A_COMMIT
from tests.bench.result import Row, rate
from tests.service.log.postgres_server import NoServer, Server, running

CLIENTS = 64
CONNECTIONS = 8
ROUNDS = 11
OURS_A_ROUND = 60
"""Number of events per client in a round."""
LIMIT_A_ROUND = 250
"""Number of rows per connection in a round."""
DATA = b'{"text":"%b","claims":[{"indicator":"dprk-killed","best":4700}]}' % (b"x" * 380)
TABLE = b"""
    CREATE TABLE plain (
        position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        originator_id text NOT NULL,
        originator_version bigint NOT NULL,
        topic text NOT NULL,
        state bytea)"""
INSERT = b"INSERT INTO plain (originator_id, originator_version, topic, state) VALUES (%s, %s, %s, %b)"
Waiting = queue.SimpleQueue[tuple[Pending, "Future[int]"] | None]


def rows() -> list[Row]:
    """The row of this work; none, with a message on standard error, if no server can be started."""
    try:
        with running() as server:
            return [_appending(server)]
    except NoServer as reason:
        print(f"PostgreSQL is not measured: {reason}", file=sys.stderr)
        return []


def _appending(server: Server) -> Row:
    # Imported only if there is a server, because the driver is installed with it.
    from service.log.postgres import open_postgres_log

    url, names = server.fresh(), count()
    with (
        closing(open_postgres_log(url, lambda: datetime.now(UTC))) as log,
        closing(_limits(server.fresh())) as limits,
    ):
        ours, limit = [], []
        for _ in range(ROUNDS):
            ours.append(_ours(log, names))
            limit.append(next(limits))
    size = f"{len(_body(_event(0)))} bytes an event, {ROUNDS} rounds, fsync and synchronous_commit on"
    name = "append to PostgreSQL, 64 clients, at the port"
    return rate(name, median(ours), median(limit), "events/s", 3.0, size)


def _event(n: int) -> Pending:
    stream = f"report:{n:012}"
    return Pending(f"{n:032}", "ReportFiled", 1, stream, 1, "alice", DATA)


def _body(event: Pending) -> bytes:
    return encode(event, datetime(2024, 5, 1, 12, tzinfo=UTC))


def _ours(log: EventLog, names: "count[int]") -> float:
    with _committing(log) as waiting, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        begin = perf_counter()
        runner.run(_clients(waiting, names))
        return CLIENTS * OURS_A_ROUND / (perf_counter() - begin)


async def _clients(waiting: Waiting, names: "count[int]") -> None:
    async def client() -> None:
        for _ in range(OURS_A_ROUND):
            durable: Future[int] = Future()
            waiting.put((_event(next(names)), durable))
            await asyncio.wrap_future(durable)

    await asyncio.gather(*(client() for _ in range(CLIENTS)))


@contextmanager
def _committing(log: EventLog) -> Iterator[Waiting]:
    """A queue from which a thread appends all waiting events at once."""
    waiting: Waiting = queue.SimpleQueue()
    thread = threading.Thread(target=_commit, args=(log, waiting))
    thread.start()
    try:
        yield waiting
    finally:
        waiting.put(None)
        thread.join()


def _commit(log: EventLog, waiting: Waiting) -> None:
    while (first := waiting.get()) is not None:
        batch = [first]
        while len(batch) < MOST_A_COMMIT:
            try:
                following = waiting.get_nowait()
            except queue.Empty:
                break
            if following is None:
                waiting.put(None)
                break
            batch.append(following)
        try:
            appended = log.append([event for event, _ in batch])
        except Exception as error:
            for _, durable in batch:
                durable.set_exception(error)
            continue
        for (_, durable), position in zip(batch, appended.positions, strict=True):
            durable.set_result(position)


def _limits(url: str) -> Generator[float, None, None]:
    """Rates of rows that are inserted and committed one by one, one per round."""
    import psycopg

    names = count()

    def insert(connection: psycopg.Connection) -> None:
        for _ in range(LIMIT_A_ROUND):
            event = _event(next(names))
            connection.execute(INSERT, (event.stream, event.version, event.type, _body(event)))

    with ExitStack() as resources:
        threads = resources.enter_context(ThreadPoolExecutor(CONNECTIONS))
        connections = [
            resources.enter_context(psycopg.connect(url, autocommit=True)) for _ in range(CONNECTIONS)
        ]
        connections[0].execute(TABLE)
        while True:
            begin = perf_counter()
            list(threads.map(insert, connections))
            yield CONNECTIONS * LIMIT_A_ROUND / (perf_counter() - begin)


if __name__ == "__main__":
    for row in rows():
        print(
            f"{row.name}: {row.ours:,.0f} beside {row.limit:,.0f} {row.unit}, ratio {row.ratio:.2f}"
            f" (must reach {row.must}); {row.size}"
        )
