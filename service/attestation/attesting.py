"""Asks others to attest checkpoints: a thread beside the log, in which each is asked by itself.

One that is dead, slow or lying holds up nothing but itself, and no write waits for any of them. Each is
asked about the latest checkpoint, so that all attest the same one.
"""

import asyncio
import logging
import random
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime

from domain.times import show_instant
from service.attestation.asking import Asking, NotAnswered
from service.attestation.attester import Attester
from service.attestation.authority import authority
from service.attestation.standing import Standing
from service.attestation.wanted import NOTHING
from service.attestation.witnesses import witnesses
from service.log.port import LogDamaged, LogUnavailable
from service.log.tree import LogTree, StoredCheckpoint
from service.proof.errors import NotProved
from service.service import Service
from service.webhooks.pauses import pause_after

LOOK_SECONDS = 30.0
"""After how long it is looked again what there is to attest although nobody said so."""
_logger = logging.getLogger("intellog.attestation")


@contextmanager
def attesting(service: Service) -> Iterator[None]:
    """Ask those whom the settings name about every new checkpoint, until the block ends."""
    publisher, pause = service.publisher, service.settings.attestation.attempt_pause
    asked = asked_by(service)
    if publisher is None or not asked:
        yield
        return
    running = Attesting(service.log.tree, asked, service.standing, service.clock, pause)
    publisher.listen(running.wake)
    try:
        yield
    finally:
        publisher.unlisten(running.wake)
        running.close()


def asked_by(service: Service) -> list[Attester]:
    """Whom a service asks: the authority and the witnesses that its settings name."""
    settings, trust, tree = service.settings.attestation, service.trust, service.log.tree
    if settings == NOTHING:
        return []
    asking = Asking(ssl.create_default_context(), settings.attempt_seconds)
    asked = [*witnesses(tree, trust.witnesses, asking)] if trust.witnesses else []
    if settings.time_authority is not None:
        place = settings.time_authority, trust.roots, settings.time_seconds
        asked.append(authority(tree, *place, asking, service.clock))
    return asked


class Attesting:
    """The thread that asks, from its making until it is closed."""

    def __init__(
        self,
        tree: LogTree,
        asked: Sequence[Attester],
        standing: Standing,
        clock: Callable[[], datetime],
        first_pause: float,
    ) -> None:
        self._tree, self._standing, self._clock = tree, standing, clock
        self._first_pause = first_pause
        self._random = random.Random()
        self._woken = [(each, asyncio.Event()) for each in asked]
        standing.names = [(each.kind, each.name) for each in asked]
        self._loop, self._stop = asyncio.new_event_loop(), asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="attesting", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop; who was asked and has not answered is asked again by who asks next."""
        self._call(self._stop.set)
        self._thread.join()
        self._loop.close()

    def wake(self, checkpoint: StoredCheckpoint) -> None:
        """Look at the latest checkpoint; called from any thread."""
        self._call(self._wake_all)

    def _call(self, what: Callable[[], object]) -> None:
        with suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(what)

    def _wake_all(self) -> None:
        for _, woken in self._woken:
            woken.set()

    def _run(self) -> None:
        self._loop.run_until_complete(self._ask_all())
        self._loop.run_until_complete(self._loop.shutdown_default_executor())

    async def _ask_all(self) -> None:
        tasks = [asyncio.create_task(self._follow(*each)) for each in self._woken]
        await self._stop.wait()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _follow(self, attester: Attester, woken: asyncio.Event) -> None:
        """Have one of them attest each new checkpoint."""
        while True:
            woken.clear()
            try:
                pause = await self._round(attester)
            except (LogUnavailable, LogDamaged) as error:
                _logger.warning("%s is not asked: %s", attester.name, error)
                pause = LOOK_SECONDS
            except Exception:
                _logger.exception("%s is not asked", attester.name)
                pause = LOOK_SECONDS
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await woken.wait()

    async def _round(self, attester: Attester) -> float:
        """Have the latest checkpoint attested if it is due; return for how long to wait at most."""
        failures = self._standing.failures(attester.kind, attester.name)
        wait = failures.again_at - time.monotonic()
        if attester.patient and wait > 0:
            return wait
        checkpoint = await asyncio.to_thread(self._tree.latest)
        due = LOOK_SECONDS
        if checkpoint is not None:
            due = await asyncio.to_thread(attester.due, checkpoint)
        if checkpoint is None or due > 0:
            return min(due, LOOK_SECONDS)
        try:
            value = await attester.ask(checkpoint)
        except (NotProved, NotAnswered) as error:
            return self._failed(attester, checkpoint, failures.count, str(error))
        now = show_instant(self._clock())
        given = checkpoint.size, attester.kind, attester.name, value, now
        await asyncio.to_thread(self._tree.attach, *given)
        self._standing.succeeded(attester.kind, attester.name)
        return LOOK_SECONDS

    def _failed(self, attester: Attester, checkpoint: StoredCheckpoint, before: int, why: str) -> float:
        """Note that one has not attested a checkpoint; return after how long to ask again."""
        pause = pause_after(before + 1, self._first_pause, self._random.random())
        again_at = time.monotonic() + pause
        if self._standing.note(attester.kind, attester.name, why, again_at):
            what, size = f"{attester.kind} of {attester.name}", checkpoint.size
            _logger.warning("no %s for the checkpoint of %d entries: %s", what, size, why)
        return pause
