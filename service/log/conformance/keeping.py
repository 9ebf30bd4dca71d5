"""Checks: a log that is opened again is the same, and a closed one answers nothing."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from queue import Empty, Queue

from service.log.conformance.events import event, events, read
from service.log.conformance.findings import Broken, holds, refused, same
from service.log.conformance.store import PATIENCE, Store
from service.log.port import Key, LogLocked, LogUnavailable


def everything_is_there_after_reopening(store: Store) -> None:
    store.log.append(events("a", 1, 2), [Key("m", b"d", 1)])
    before = read(store.log)
    log = store.reopened()
    same("the events after reopening", read(log), before)
    same("the head after reopening", log.head(), 2)
    same("a key after reopening", log.key("m"), (1, b"d"))
    same("the next position", log.append([event("a", 3)]).positions, [3])


def a_log_is_written_by_one_at_a_time(store: Store) -> None:
    store.log.append([event()])
    refused(
        LogLocked,
        "opening for writing what is open for writing",
        lambda: store.backend.open_log(store.place, store.clock),
        "another process writes the log",
    )
    same("the next position of the one that was first", store.log.append(events("a", 1)).positions, [2])
    same("the next position once it is closed", store.reopened().append(events("a", 2)).positions, [3])


def a_closed_log_is_unavailable(store: Store) -> None:
    log = store.log
    log.append([event()])
    log.close()
    log.close()
    calls: dict[str, Callable[[], object]] = {
        "append": lambda: log.append([event("b")]),
        "read": log.read,
        "read_back": lambda: log.read_back(9, 9),
        "at": lambda: log.at([1]),
        "stream": lambda: log.stream("report:a"),
        "head": log.head,
        "key": lambda: log.key("m"),
        "stored_keys": lambda: log.stored_keys(["m"]),
        "subscribe": lambda: log.subscribe(0),
        "tree.entries": lambda: log.tree.entries(0),
        "tree.root": lambda: log.tree.root(1),
        "tree.latest": log.tree.latest,
        "tree.add_checkpoint": lambda: log.tree.add_checkpoint(1, b"", ""),
    }
    for name, call in calls.items():
        refused(LogUnavailable, f"{name} on a closed log", call, "closed")


def closing_lets_those_who_read_and_write_end(store: Store) -> None:
    log = store.log
    begun: Queue[int] = Queue()

    def use(n: int) -> int:
        for version in range(1, 1_000_000):
            try:
                log.append([event(f"s{n}", version)])
                read(log)
            except LogUnavailable:
                return version
            begun.put(n)
        raise Broken("the log was closed, and appends went on")

    with ThreadPoolExecutor(4) as threads:
        uses = [threads.submit(use, n) for n in range(4)]
        with suppress(Empty):  # then what they raise says why
            for _ in range(20):
                begun.get(timeout=PATIENCE)
        log.close()
        ends = [each.result(PATIENCE) for each in uses]
    holds("threads read and appended until the log was closed", sum(ends) > 20)
