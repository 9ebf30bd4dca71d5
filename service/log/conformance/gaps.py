"""Checks: a reader that tails the log by position misses nothing and sees nothing twice."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from itertools import cycle, islice

from service.log.conformance.events import MANY, event, events
from service.log.conformance.findings import Broken, holds, same
from service.log.conformance.process import BATCHES, Process, answers, begin, started, tailing, writing
from service.log.conformance.store import PATIENCE, Store
from service.log.conformance.tail import Tail
from service.log.port import EventLog

WRITERS = 8
TURNS = 4
SIZES = (1, 10, 389, 100)
"""Sizes of the batches of a writer, one after the other."""


def a_reader_misses_nothing_while_eight_writers_race(store: Store) -> None:
    share = store.backend.events // WRITERS
    total = WRITERS * share
    with _tail_beside(store, total) as fault:
        with ThreadPoolExecutor(WRITERS) as threads:
            appended = [threads.submit(_append, store.log, n, share) for n in range(WRITERS)]
        _given_once([position for each in appended for position in each.result()], total)
        _nothing_missed(fault())
    same("the head", store.log.head(), total)


def a_reader_misses_nothing_while_processes_take_turns_at_writing(store: Store) -> None:
    store.log.close()
    processes = store.backend.processes
    total = processes * TURNS * (sum(BATCHES) + len(BATCHES))
    with ExitStack() as stack:
        reader = stack.enter_context(started(tailing(store.place, total)))
        writers = [
            stack.enter_context(started(writing(store.place, n, TURNS))) for n in range(processes)
        ]
        begin(reader, *writers)
        given = [p for each in writers for answer in answers(each) for p in answer["positions"]]
        _given_once(given, total)
        _nothing_missed(_missed(reader))
    same("the head", store.reopened().head(), total)


def what_was_acknowledged_survives_a_killed_writer(store: Store) -> None:
    store.log.close()
    with started(writing(store.place, 0, MANY)) as writer:
        begin(writer)
        acknowledged = [answer["positions"][-1] for answer in islice(answers(writer), 20)][-1]
        writer.kill()
        writer.wait(PATIENCE)
    log = store.reopened()
    _nothing_missed(Tail().follow(log, acknowledged))
    same("the damage", [str(each) for each in log.check()], [])
    same("the next position", log.append([event("next")]).positions, [log.head()])


def _append(log: EventLog, writer: int, share: int) -> list[int]:
    """Append `share` events to a stream of one's own, in batches of several sizes."""
    positions: list[int] = []
    for size in cycle(SIZES):
        first = len(positions) + 1
        batch = events(f"writer:{writer}", *range(first, min(first + size, share + 1)))
        if not batch:
            break
        positions += log.append(batch).positions
    return positions


@contextmanager
def _tail_beside(store: Store, total: int) -> Iterator[Callable[[], str | None]]:
    """A reader to a position, in a process of its own where the log can be opened by one."""
    if store.backend.shared:
        with started(tailing(store.place, total)) as process:
            begin(process)
            yield lambda: _missed(process)
        return
    tail = Tail()
    with ThreadPoolExecutor(1) as thread:
        found = thread.submit(tail.follow, store.log, total)
        try:
            yield found.result
        finally:
            tail.over = True


def _given_once(positions: Sequence[int], total: int) -> None:
    whole = sorted(positions) == list(range(1, total + 1))
    holds(f"the writers were given every position from 1 to {total:,} once", whole)


def _nothing_missed(fault: str | None) -> None:
    if fault is not None:
        raise Broken(f"a reader that remembers its position missed something: {fault}")


def _missed(reader: Process) -> str | None:
    return next((answer["missed"] for answer in answers(reader)), "a reader ended without an answer")
