"""The one writer: drains the queue, decides each command in turn, commits them together.

Deciding in one thread makes every rule that looks across streams (links, definitions, ids) hold
without locks, and one commit for the whole queue makes durability cheap. A refused command leaves the
others alone. If the log fails, all of them fail: the writer then forgets every state that it knew and
acknowledges none of them, because the log may have stored them all the same.
"""

import logging
import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from functools import partial
from typing import NamedTuple

from service.log.port import EventLog, KeyConflict, LogUnavailable, VersionConflict
from service.process import TRACE
from service.streams.states import States
from service.write.decisions import Batch, Decisions, Outcome, WriteRequest
from service.write.timing import Observer, Ordered, Written

_logger = logging.getLogger("intellog.writer")
Answer = Outcome | Exception
Answers = list[Answer] | Exception
"""An answer for each request, or the one error that all of them met."""
MOST_WAITING = 20_000
"""Maximum number of orders that wait, those under way included."""
MOST_BYTES_WAITING = 32 * 1_048_576
"""Maximum size of the requests that wait, those under way included, unless a single one is larger."""
MOST_A_COMMIT, MOST_BYTES_A_COMMIT = 1_000, 8 * 1_048_576
"""Size from which a commit takes no further order: its requests, and their bytes."""
TRIES = 5
"""How often a batch is decided, at most, when the log conflicts with each decision."""


class Overloaded(Exception):
    """The queue of commands is full; try again shortly."""


class _Order(NamedTuple):
    """Requests that belong together, whether they are still wanted, and the receiver of the answers.

    `ordered` says when they were queued, `size` is that of the requests in bytes.
    """

    requests: Sequence[WriteRequest]
    begun: Callable[[], bool]
    deliver: Callable[[Answers], None]
    ordered: Ordered
    size: int


class Writer:
    """Takes commands from any thread and answers each when it is durable or refused."""

    def __init__(
        self,
        log: EventLog,
        decisions: Decisions,
        states: States,
        stored: Callable[[], None],
        observed: Observer = lambda batch: None,
    ) -> None:
        self._log = log
        self._stored, self._observed = stored, observed
        self._decisions = decisions
        self._states = states
        self._waiting: queue.SimpleQueue[_Order | None] = queue.SimpleQueue()
        self._room = threading.Lock()
        self._orders = self._bytes = 0
        self.failure: str | None = None
        """Why the last batch could not be stored; None once one was."""
        self._settled = False  # whether what the log already held is known to be durable
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self._thread.start()

    def submit(self, requests: Sequence[WriteRequest]) -> "Future[list[Answer]]":
        """Queue requests, in order; the future gives an answer for each once all are durable.

        Raises `Overloaded` at once, before anything is queued.
        """
        future: Future[list[Answer]] = Future()
        self.order(requests, partial(_settle, future), future.set_running_or_notify_cancel)
        return future

    def order(
        self,
        requests: Sequence[WriteRequest],
        deliver: Callable[[Answers], None],
        begun: Callable[[], bool] = lambda: True,
    ) -> None:
        """Queue requests, in order; `deliver` is called with their answers from the writer's thread.

        It receives an answer for each, or the one error that all of them met, and must not raise.
        Requests are dropped if `begun`, called right before they are decided, returns False: nobody
        wants them any more. Raises `Overloaded` at once, before anything is queued.
        """
        ordered, more = Ordered(time.monotonic_ns(), TRACE.get()), sum([r.size for r in requests])
        order = _Order(requests, begun, deliver, ordered, more)
        with self._room:
            size = self._bytes + more
            if self._orders >= MOST_WAITING or (self._orders and size > MOST_BYTES_WAITING):
                raise Overloaded("too many commands wait to be written")
            self._orders, self._bytes = self._orders + 1, size
        self._waiting.put(order)

    @property
    def queued(self) -> tuple[int, int]:
        """The number of orders that wait, those under way included, and the bytes of their requests."""
        return self._orders, self._bytes

    @property
    def alive(self) -> bool:
        """Whether commands are still taken from the queue."""
        return self._thread.is_alive()

    def close(self) -> None:
        """Write what is queued, then stop."""
        self._waiting.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (first := self._waiting.get()) is not None:
            orders, count, size = [first], len(first.requests), first.size
            while count < MOST_A_COMMIT and size < MOST_BYTES_A_COMMIT:
                try:
                    following = self._waiting.get_nowait()
                except queue.Empty:
                    break
                if following is None:
                    self._waiting.put(None)
                    break
                orders.append(following)
                count, size = count + len(following.requests), size + following.size
            # From here on no caller can take its requests back.
            self._write([order for order in orders if order.begun()])
            with self._room:
                self._orders, self._bytes = self._orders - len(orders), self._bytes - size

    def _write(self, orders: Sequence[_Order]) -> None:
        requests = [request for order in orders for request in order.requests]
        begun, ordered = time.monotonic_ns(), [order.ordered for order in orders]
        try:
            answers, stored = self._commit(requests)
        except Exception as error:
            # A bug of ours must reach the callers too: a dead writer would block them all.
            ours = None if isinstance(error, LogUnavailable) else error
            _logger.error("a batch of %d could not be written: %s", len(orders), error, exc_info=ours)
            self.failure = str(error)
            self._settled = False
            self._states.forget()
            self._observed(Written(ordered, begun, time.monotonic_ns(), len(requests), 0, failed=True))
            for order in orders:
                order.deliver(error)
        else:
            self._observed(
                Written(ordered, begun, time.monotonic_ns(), len(requests), stored, failed=False)
            )
            for order in orders:
                order.deliver([next(answers) for _ in order.requests])
        # Nobody who has an answer waits for this. A batch that failed may be in the log all the same.
        self._stored()

    def _commit(self, requests: Sequence[WriteRequest]) -> tuple[Iterator[Answer], int]:
        """Decide and store requests; their answers, and the number of events stored."""
        for _ in range(TRIES):
            batch = self._decisions.decide(requests, self._states)
            try:
                return iter(self._store(batch)), len(batch.pending)
            except (VersionConflict, KeyConflict):
                self._states.forget()
        raise LogUnavailable(f"the log conflicted with {TRIES} decisions in a row")

    def _store(self, batch: Batch) -> list[Answer]:
        # What was there already is acknowledged as well; a log that failed may not have it for good.
        known = any(isinstance(outcome, Outcome) for outcome in batch.outcomes)
        if batch.pending or batch.new_keys or (known and not self._settled):
            events, keys = list(batch.pending.values()), list(batch.new_keys.values())
            appended = self._log.append(events, keys)
            batch.settle(appended)
            self.failure, self._settled = None, True
        self._states.advance(batch.states, batch.pending.values())
        return batch.outcomes


def _settle(future: "Future[list[Answer]]", answers: Answers) -> None:
    if isinstance(answers, Exception):
        future.set_exception(answers)
    else:
        future.set_result(answers)
