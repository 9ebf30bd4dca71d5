"""Checks: a subscription gives every event, wakes for new ones, and ends when it is told to."""

from collections.abc import Iterator
from contextlib import contextmanager
from queue import Empty, Queue
from threading import Thread
from time import monotonic

from service.log.conformance.events import event, events, ids, positions
from service.log.conformance.findings import Broken, holds, same
from service.log.conformance.store import PATIENCE, Store
from service.log.port import EventLog, Key, Stored, Subscription

BatchQueue = Queue[list[Stored]]
WAKES = 31
"""Events one by one: a reader that looks only every few seconds would see them all too late."""
STOPS = 10


def a_subscription_gives_what_is_there_and_then_what_comes(store: Store) -> None:
    log = store.log
    log.append(events("a", *range(1, 2502)))
    with log.subscribe(after=1) as subscription:
        same("what was there", positions(_take(subscription, 2500)), list(range(2, 2502)))
        log.append(events("b", 1, 2))
        same("what came", positions(_take(subscription, 2)), [2502, 2503])
    same("a subscription that was left", list(subscription), [])


def an_append_wakes_a_subscription(store: Store) -> None:
    seen: BatchQueue = Queue()
    too_late = monotonic() + PATIENCE
    with _following(store.log.subscribe(0), seen) as thread:
        for n in range(1, WAKES):
            store.log.append([event(version=n)])
            same("what came", ids(_next(seen, too_late)), [f"report:a/{n}"])
    holds("the subscription has ended", not thread.is_alive())


def a_subscription_never_gives_an_empty_batch(store: Store) -> None:
    seen: BatchQueue = Queue()
    with _following(store.log.subscribe(1), seen):
        store.log.append([event("a")], [Key("m", b"", 1)])
        store.log.append([], [Key("n", b"", 1)])
        store.log.append([event("b")])
        same("the first batch after position 1", ids(_next(seen, monotonic() + PATIENCE)), ["b/1"])


def stopping_ends_a_blocked_subscription_at_once(store: Store) -> None:
    seen: BatchQueue = Queue()
    too_late = monotonic() + PATIENCE
    for n in range(1, STOPS):
        store.log.append([event(version=n)])
        with _following(store.log.subscribe(n - 1), seen) as thread:
            same("events before the stop", len(_next(seen, too_late)), 1)
            _time_to_block(store.log)
        holds("the subscription has ended", not thread.is_alive())
    holds("subscriptions ended at once", monotonic() < too_late)


def closing_ends_a_blocked_subscription_at_once(store: Store) -> None:
    seen: BatchQueue = Queue()
    too_late = monotonic() + PATIENCE
    store.log.append([event()])
    for _ in range(STOPS):
        with _following(store.reopened().subscribe(0), seen) as thread:
            same("events before the log was closed", len(_next(seen, too_late)), 1)
            _time_to_block(store.log)
            store.log.close()
            thread.join(PATIENCE)
            holds("the subscription has ended", not thread.is_alive())
    holds("no batch was left", seen.empty())
    holds("subscriptions ended at once", monotonic() < too_late)


def a_stopped_subscription_stays_stopped(store: Store) -> None:
    store.log.append([event()])
    subscription = store.log.subscribe(0)
    subscription.stop()
    same("a stopped subscription", list(subscription), [])
    subscription.stop()
    same("a subscription that was stopped twice", next(subscription, None), None)


def _take(subscription: Subscription, count: int) -> list[Stored]:
    found: list[Stored] = []
    while len(found) < count:
        batch = next(subscription)
        holds("a batch has 1 to 4,000 events", 1 <= len(batch) <= 4000)
        found += batch
    return found


@contextmanager
def _following(subscription: Subscription, seen: BatchQueue) -> Iterator[Thread]:
    """Put every batch of a subscription into a queue, from a thread, until it is stopped."""

    def put() -> None:
        for batch in subscription:
            seen.put(batch)

    thread = Thread(target=put, daemon=True)
    thread.start()
    try:
        yield thread
    finally:
        subscription.stop()
        thread.join(PATIENCE)


def _next(seen: BatchQueue, too_late: float) -> list[Stored]:
    try:
        return seen.get(timeout=max(0.0, too_late - monotonic()))
    except Empty:
        raise Broken(f"a subscription gave nothing in {PATIENCE:.0f} seconds") from None


def _time_to_block(log: EventLog) -> None:
    """Leave the interpreter to a thread that has nothing more to read, so that it waits."""
    for _ in range(100):
        log.head()
