"""A reader that tails a log by position and says what it missed or saw twice."""

import time
from collections.abc import Iterable

from service.log.conformance.store import PATIENCE
from service.log.port import EventLog, LogUnavailable, Stored

PAUSE_SECONDS = 0.002
"""Pause of a reader that has caught up; the writers need the processor."""


class Tail:
    """What a reader has seen that remembers nothing but the last position.

    `fault` says in words the first thing that was wrong: a position that was missed, came twice or out
    of order, or a stream of which a version was missed. `over` makes it stop.
    """

    def __init__(self) -> None:
        self.position = 0
        self.fault: str | None = None
        self.over = False
        self._versions: dict[str, int] = {}

    def see(self, events: Iterable[Stored]) -> None:
        """Take the next events."""
        for event in events:
            version = self._versions.get(event.stream, 0) + 1
            if event.position != self.position + 1:
                self._note(f"after position {self.position} came position {event.position}")
            elif event.version != version:
                self._note(
                    f"position {event.position} holds version {event.version} of {event.stream},"
                    f" and version {version} was not seen"
                )
            self._versions[event.stream] = event.version
            self.position = event.position

    def follow(self, log: EventLog, total: int) -> str | None:
        """Read to position `total` and return the fault, None if there was none."""
        last = time.monotonic()
        while self.position < total and self.fault is None and not self.over:
            try:
                events = log.read(after=self.position)
            except LogUnavailable as error:
                return f"after position {self.position}: {error}"
            self.see(events)
            if events:
                last = time.monotonic()
            elif time.monotonic() > last + PATIENCE:
                self._note(f"after position {self.position} came nothing for {PATIENCE:.0f} seconds")
            else:
                time.sleep(PAUSE_SECONDS)
        return self.fault

    def _note(self, fault: str) -> None:
        self.fault = self.fault or fault
