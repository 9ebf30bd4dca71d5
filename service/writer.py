"""The one writer: drains what waits, decides each command in turn, commits them together.

Deciding in one thread makes every rule that looks across streams (links, definitions, ids) hold
without locks, and one commit for all that waits makes durability cheap. A command that is refused
leaves the others alone; a store that fails fails them all, and nothing of them is kept.
"""

import logging
import queue
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future

from service.deciding import Decision, Decisions, Outcome, Request
from service.log.port import EventLog, LogUnavailable, VersionConflict
from service.states import States

_logger = logging.getLogger("intellog.writer")
Answer = Outcome | Exception
MOST_WAITING = 20_000
MOST_A_COMMIT = 1_000


class Overloaded(Exception):
    """More commands wait than can be taken; try again shortly."""


class Writer:
    """Takes commands from any thread and answers each when it is durable, or refused."""

    def __init__(self, log: EventLog, decisions: Decisions, states: States) -> None:
        self._log = log
        self._decisions = decisions
        self._states = states
        self._waiting: queue.SimpleQueue[tuple[Sequence[Request], Future[list[Answer]]] | None]
        self._waiting = queue.SimpleQueue()
        self._admitted = threading.Semaphore(MOST_WAITING)
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self._thread.start()

    def submit(self, requests: Sequence[Request]) -> "Future[list[Answer]]":
        """Queue requests, in order; the future gives an answer for each once all are durable.

        Raises `Overloaded` at once, before anything is queued.
        """
        if not self._admitted.acquire(blocking=False):
            raise Overloaded("too many commands wait to be written")
        future: Future[list[Answer]] = Future()
        self._waiting.put((requests, future))
        return future

    def close(self) -> None:
        """Write what waits, then stop."""
        self._waiting.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (first := self._waiting.get()) is not None:
            batch, size = [first], len(first[0])
            while size < MOST_A_COMMIT:
                try:
                    following = self._waiting.get_nowait()
                except queue.Empty:
                    break
                if following is None:
                    self._waiting.put(None)
                    break
                batch.append(following)
                size += len(following[0])
            # From here on nobody can take his requests back: an answer will find its future.
            self._write([one for one in batch if self._begun(one[1])])

    def _begun(self, future: "Future[list[Answer]]") -> bool:
        if future.set_running_or_notify_cancel():
            return True
        self._admitted.release()
        return False

    def _write(self, batch: Sequence[tuple[Sequence[Request], "Future[list[Answer]]"]]) -> None:
        try:
            answers = self._commit([request for requests, _ in batch for request in requests])
        except Exception as error:
            # Also a mistake of ours must reach the callers: a dead writer would hang them all.
            _logger.exception("a batch of %d could not be written", len(batch))
            self._states.forget()
            for _, future in batch:
                self._admitted.release()
                future.set_exception(error)
            return
        for requests, future in batch:
            self._admitted.release()
            future.set_result([next(answers) for _ in requests])

    def _commit(self, requests: Sequence[Request]) -> Iterator[Answer]:
        for last_try in (False, True):
            decision = self._decisions.decide(requests, self._states)
            try:
                return iter(self._store(decision))
            except VersionConflict as conflict:
                self._states.forget()
                if last_try:
                    raise LogUnavailable("another writer keeps interfering") from conflict
        raise AssertionError("unreachable")

    def _store(self, decision: Decision) -> list[Answer]:
        if decision.pending or decision.marks:
            events, marks = list(decision.pending.values()), list(decision.marks.values())
            appended = self._log.append(events, marks)
            decision.settle(appended)
        for stream, state in decision.states.items():
            self._states.keep(stream, state)
        return decision.outcomes
