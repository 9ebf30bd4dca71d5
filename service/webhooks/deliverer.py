"""Delivers what webhooks tell: a thread of the service, in which each webhook is followed by itself.

A webhook is delivered to strictly in order: its next message is sent when the one before was taken. One
that fails waits and holds up nothing but itself. How far each has got is on the disk before its next
message is sent, so that a stop or a crash repeats at most one message, under the same id.
"""

import asyncio
import logging
import random
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

from service.access.token_store import TokensUnavailable
from service.http.parameters import SIGHT
from service.http.problems import Problem
from service.http.times import require_sound, standpoint
from service.log.port import LogUnavailable
from service.service import Service
from service.views.faults import ViewsUnusable
from service.views.history import position_of
from service.webhooks.deliveries import delivery_of
from service.webhooks.messages import Found, Message, messages
from service.webhooks.owners import sight_of_owner, standing_owner
from service.webhooks.pauses import pause_after
from service.webhooks.recording import record_webhooks
from service.webhooks.sending import attempt, signed
from service.webhooks.store import WebhooksUnavailable
from service.webhooks.webhook import Webhook
from service.write.writer import Overloaded

SETTLE_SECONDS = 0.05
"""How long is waited after a change for others that come with it."""
LOOK_SECONDS = 30.0
"""After how long a webhook is looked at again of which nobody said that anything changed."""
_PASSING = (
    *(Problem, TokensUnavailable, ViewsUnusable, WebhooksUnavailable),
    *(LogUnavailable, Overloaded, TimeoutError),
)
_logger = logging.getLogger("intellog.webhooks")


@contextmanager
def delivering(service: Service) -> Iterator[None]:
    """Deliver what webhooks tell until the block ends."""
    deliverer = Deliverer(service)
    try:
        yield
    finally:
        deliverer.close()


class Deliverer:
    """The thread that delivers, from its making until it is closed."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._context = ssl.create_default_context()
        self._random = random.Random()
        self._loop = asyncio.new_event_loop()
        self._stop, self._changed = asyncio.Event(), asyncio.Event()
        self._woken: dict[str, asyncio.Event] = {}
        service.webhooks.changed = self._wake
        service.follower.listen(self._advanced)
        self._thread = threading.Thread(target=self._run, name="webhooks", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop; a message that is on its way is sent again by who delivers next."""
        self._service.follower.unlisten(self._advanced)
        self._service.webhooks.changed = lambda: None
        self._call(self._stop.set)
        self._thread.join()
        self._loop.close()

    def _call(self, what: object) -> None:
        with suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(what)  # type: ignore[arg-type]

    def _wake(self) -> None:
        """Look which webhooks there are, and at every one; called from any thread."""
        self._call(self._changed.set)
        self._advanced()

    def _advanced(self) -> None:
        """Look what there is to tell, since the views have advanced; called from any thread."""
        if self._woken:  # or whoever writes would wake this thread each time for nothing
            self._call(self._wake_each)

    def _wake_each(self) -> None:
        for each in self._woken.values():
            each.set()

    def _run(self) -> None:
        self._loop.run_until_complete(self._supervise())
        self._loop.run_until_complete(self._loop.shutdown_default_executor())

    async def _supervise(self) -> None:
        """Follow every webhook there is, until told to stop."""
        stopping = asyncio.create_task(self._stop.wait())
        tasks = dict[str, asyncio.Task[None]]()
        while not stopping.done():
            self._changed.clear()
            for id in await self._known():
                if id not in tasks or tasks[id].done():
                    self._woken[id] = asyncio.Event()
                    tasks[id] = asyncio.create_task(self._follow(id))
            changed = asyncio.create_task(self._changed.wait())
            await asyncio.wait(
                (stopping, changed), timeout=LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED
            )
            changed.cancel()
        for task in tasks.values():
            task.cancel()
        await asyncio.gather(*tasks.values(), return_exceptions=True)

    async def _known(self) -> list[str]:
        """The ids of all webhooks, once the log knows what happened to them."""
        settings = self._service.settings
        try:
            await asyncio.to_thread(
                record_webhooks, self._service.webhooks, self._service.writer, settings.write_patience
            )
            return [hook.id for hook in await asyncio.to_thread(self._service.webhooks.all)]
        except _PASSING as error:
            _logger.warning("webhooks cannot be looked at: %s", error)
            return []

    async def _follow(self, id: str) -> None:
        """Deliver to one webhook for as long as it is there."""
        while True:
            self._woken[id].clear()
            try:
                pause = await self._round(id)
            except _PASSING as error:
                _logger.warning("webhook %s waits: %s", id, error)
                pause = LOOK_SECONDS
            except Exception:
                _logger.exception("webhook %s waits", id)
                pause = LOOK_SECONDS
            if pause is None:
                return
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._woken[id].wait()
                    await asyncio.sleep(SETTLE_SECONDS)

    async def _round(self, id: str) -> float | None:
        """Deliver what there is; return for how long to wait at most, None if it was deleted."""
        hook = await asyncio.to_thread(self._service.webhooks.get, id)
        if hook is None:
            return None
        while hook is not None:
            pause = self._waiting(hook)
            if pause > 0:
                return pause
            position, found = await asyncio.to_thread(self._read, hook)
            if found is None or found.upto <= hook.cursor:
                return LOOK_SECONDS
            hook = await self._deliver(hook, position, found)
        return 0.0  # a request has changed it

    def _waiting(self, hook: Webhook) -> float:
        """Seconds for which a webhook is not to be tried; 0 if it is."""
        if hook.gone_at is not None:
            return LOOK_SECONDS
        if hook.next_attempt_at is None:
            return 0.0
        return min((hook.next_attempt_at - self._service.clock()).total_seconds(), LOOK_SECONDS)

    def _read(self, hook: Webhook) -> tuple[int, Found | None]:
        """What is to be told, and at which position that was read; None if nobody may be told."""
        owner = standing_owner(self._service, hook)
        if owner is None:
            return 0, None
        require_sound(self._service)
        sight = sight_of_owner(owner)
        with self._service.views.reading(sight) as db:
            here = standpoint(self._service, db, {SIGHT: sight})
            return position_of(db), messages(here, hook.filter, hook.cursor)

    async def _deliver(self, hook: Webhook, position: int, found: Found) -> Webhook | None:
        """Send messages in order, as long as they are what the owner may see."""
        webhooks = self._service.webhooks
        for message in found.messages:
            if self._service.follower.position > position or not standing_owner(self._service, hook):
                return hook
            moved = await self._send(hook, message)
            if moved is None or moved.failures:
                return moved
            hook = moved
        return await asyncio.to_thread(webhooks.advance, hook, found.upto)

    async def _send(self, hook: Webhook, message: Message) -> Webhook | None:
        service, settings = self._service, self._service.settings
        id, body, now = message.id(service.log.id, hook.id), message.body(), service.clock()
        outcome = await attempt(
            hook.url,
            signed(hook.secret, id, body, now),
            body,
            settings.webhook_networks,
            self._context,
            settings.webhook_seconds,
        )
        pause = pause_after(hook.failures + 1, settings.webhook_pause, self._random.random())
        delivery = delivery_of(id, message.type, message.place.position, outcome, now)
        again = service.clock() + timedelta(seconds=pause)
        return await asyncio.to_thread(
            service.webhooks.note, hook, delivery, message.place, outcome, again
        )
