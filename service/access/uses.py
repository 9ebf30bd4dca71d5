"""When each token was last used, written once in a while and never by whoever waits for an answer."""

import logging
import threading
from collections.abc import Callable, Mapping
from datetime import datetime

from service.access.token_store import TokensUnavailable

INTERVAL = 60.0
"""Seconds from one writing to the next."""
_logger = logging.getLogger("intellog.access")


class Uses:
    """Notes uses in memory; a thread, which starts with the first of them, writes the latest."""

    def __init__(self, write: Callable[[Mapping[str, datetime]], None]) -> None:
        self._write = write
        self._latest: dict[str, datetime] = {}
        self._stopping = threading.Event()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def note(self, id: str, now: datetime) -> None:
        """Remember a use."""
        self._latest[id] = now
        if self._thread is None:
            self._start()

    def flush(self) -> None:
        """Write what was noted since the last time."""
        noted, self._latest = self._latest, {}
        if noted:
            self._write(dict(noted))

    def close(self) -> None:
        """Write what was noted, and stop."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()
        self._flush_if_possible()

    def _start(self) -> None:
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="token uses", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while not self._stopping.wait(INTERVAL):
            self._flush_if_possible()

    def _flush_if_possible(self) -> None:
        """A time of last use is not worth an end of the program."""
        try:
            self.flush()
        except TokensUnavailable as error:
            _logger.warning("last uses of tokens are not written: %s", error)
