"""A standby: it waits for the lock of a log, and writes the log as soon as the writer is gone.

Who writes is decided by the lock alone: of the database, or of the directory. Over a database the
standby reads meanwhile, as a node with views of its own. In the directory of the writer, whose views
are there already, it sends every request to the writer. If the database gives the lock to another
process, the standby leaves it the log and waits again.
"""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from datetime import UTC, datetime
from typing import Any, Unpack

from service.app import create_app
from service.attestation.attesting import attesting
from service.http.waiting import waiting_app
from service.log.holders import Holder
from service.log.open import BadAddress, opened_log
from service.log.port import EventLog, LogLocked, LogUnavailable
from service.nodes.announcing import FILE, announced, own_urls
from service.nodes.node import Node
from service.service import Accepted, Service, opened
from service.settings import BadSetting, Settings
from service.signing.publisher import publishing
from service.transport.changing import Changing
from service.views.directory import loss_shown
from service.webhooks.deliverer import delivering

Clock = Callable[[], datetime]
TRY_SECONDS = 0.2
"""Between two looks whether the lock is free; a database also wakes whoever waits for it."""
RETRY_SECONDS = 1.0
"""Between two attempts where something is wrong."""
LOOK_SECONDS = 2.0
"""How often the writer looks whether another one has taken over."""
DRAIN_SECONDS = 3.0
"""For how long requests are answered that came before a change."""
_logger = logging.getLogger("intellog.nodes")


class Standby:
    """A service that reads or waits until it may write; `app` is its application all the while."""

    def __init__(
        self,
        settings: Settings,
        url: str,
        *,
        separate_projector: bool = True,
        clock: Clock = lambda: datetime.now(UTC),
        make_app: Callable[[Service], Any] = create_app,
        said: Callable[[str], None] = lambda line: None,
        **accepted: Unpack[Accepted],
    ) -> None:
        self._settings, self._url, self._clock = settings, url, clock
        self._separate, self._make_app = separate_projector, make_app
        self._said, self._accepted = said, accepted
        self._own = own_urls(settings, url)
        self.app = Changing(waiting_app(settings))
        self._stopping = threading.Event()
        self._hindrance: str | None = None
        self._service: Service | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to wait for the lock; raises `BadSetting` for a log that cannot be opened here."""
        held = ExitStack()
        try:
            log = self._taken(held)
        except BadAddress as bad:
            raise BadSetting(f"INTELLOG_LOG: {bad}") from None
        self._thread = threading.Thread(target=self._run, args=(held, log), name="standby", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop soon; may be called from any thread."""
        self._stopping.set()
        if self._service is not None:
            _end_streams(self._service)

    def close(self) -> None:
        """Stop, and let go of the log."""
        self.stop()
        if self._thread is not None:
            self._thread.join()

    # In turns

    def _run(self, held: ExitStack, log: EventLog | None) -> None:
        """Write a log that `held` keeps open, or wait for it, in turns until the service stops."""
        while True:
            try:
                with held:
                    if not self._stopping.is_set():
                        log = log or self._taken(held) or self._awaited(held)
                    if log is not None:
                        self._write(log)
            except Exception as error:
                # Whatever it is, the next attempt may go well, and nobody else would make it.
                known = isinstance(error, LogUnavailable | LogLocked | OSError)
                _logger.error("standing by again: %s", error, exc_info=None if known else error)
                self.app.change(waiting_app(self._settings))
                self._stopping.wait(RETRY_SECONDS)
            if self._stopping.is_set():
                return
            held, log = ExitStack(), None

    def _awaited(self, held: ExitStack) -> EventLog | None:
        """The log, once it may be written; None if the service stops before."""
        if self._settings.log is None:
            self.app.change(waiting_app(self._settings, self._writer_here))
            self._said(self._waiting_line)
            log = self._wait(held)
            self.app.change(waiting_app(self._settings))
            return log
        with self._reading(self._settings.log):
            return self._wait(held)

    def _wait(self, held: ExitStack) -> EventLog | None:
        while not self._stopping.wait(RETRY_SECONDS if self._hindrance else TRY_SECONDS):
            log = self._taken(held)
            if log is not None:
                return log
        return None

    def _taken(self, held: ExitStack) -> EventLog | None:
        """The log, open for writing; None if another process writes it or it must not be written."""
        with ExitStack() as attempt:
            opening = opened_log(self._settings.data, self._settings.log, self._clock, **self._accepted)
            try:
                log = attempt.enter_context(opening)
                loss = loss_shown(log, self._settings.data)
            except LogLocked:
                self._hindered(None)
                return None
            except LogUnavailable as error:
                self._hindered(str(error))
                return None
            if loss is not None and not self._accepted.get("accept_loss", False):
                self._hindered(f"the log has lost what it acknowledged: {loss.detail}")
                return None
            self._hindered(None)
            held.push(attempt.pop_all())
            return log

    def _hindered(self, why: str | None) -> None:
        """Note why this service would not write although nobody else does, and log it once."""
        if why is not None and why != self._hindrance:
            _logger.error("this standby does not take over: %s", why)
        self._hindrance = why

    @property
    def _waiting_line(self) -> str:
        return f"stands by for the log in {self._settings.data} at {self._url}"

    def _writer_here(self) -> str | None:
        """The address of the writer in the same directory, if it holds the lock."""
        try:
            return (self._settings.data / FILE).read_text("utf-8").strip() or None
        except (OSError, ValueError):
            return None

    # As a node, and as the writer

    @contextmanager
    def _reading(self, address: str) -> Iterator[None]:
        """Answer reads while the block runs."""
        settings = self._settings.following(address)
        with (
            opened(
                settings,
                self._clock,
                separate_projector=self._separate,
                place=Node("standby", None, self._own, lambda: self._hindrance),
            ) as service,
            announced(service, self._url),
            self._answering(service),
        ):
            self._said(self._waiting_line)
            yield

    def _write(self, log: EventLog) -> None:
        """Write the log until the service stops or another one has taken over."""
        with (
            opened(
                self._settings,
                self._clock,
                separate_projector=self._separate,
                place=Node("writer", None, self._own),
                open_log=lambda *place, **accepted: nullcontext(log),
                **self._accepted,
            ) as service,
            announced(service, self._url) as holder,
            delivering(service),
            publishing(service.publisher),
            attesting(service),
            self._answering(service),
        ):
            self._said(f"serves {self._settings.data} at {self._url}")
            while not self._stopping.wait(LOOK_SECONDS):
                if holder is not None and _deposed(log, holder):
                    _logger.error("another process has taken over the log: standing by again")
                    return

    @contextmanager
    def _answering(self, service: Service) -> Iterator[None]:
        """Have a service answer while the block runs, and finish what it is answering in the end."""
        self._service = service
        self.app.change(self._make_app(service))
        try:
            yield
        finally:
            _end_streams(service)
            self.app.change(waiting_app(self._settings), DRAIN_SECONDS)
            self._service = None


def _end_streams(service: Service) -> None:
    service.stopping.set()
    service.follower.notify()


def _deposed(log: EventLog, holder: Holder) -> bool:
    """Whether another process has published since that it writes the log."""
    if log.holders is None:
        return False
    try:
        latest = log.holders.latest()
    except LogUnavailable:
        return False  # nobody else can write either, as far as this process can see
    return latest is not None and latest.n != holder.n
