"""A log whose appends go to a source and whose reads come from the mirror of that source.

What is appended has passed through the lines that a mirror is sent when `append` returns; the
connection between the two has tests of its own.
"""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import datetime
from threading import Lock
from typing import Any

from service.log.conformance.store import Place
from service.log.open import open_log, opened_copy
from service.log.port import Appended, Destroying, Key, Pending
from service.log.recorder import KeyRow
from service.log.verbatim import Entry
from service.mirror.lines import CaughtUp, Sent, entry_line, key_line, read_key_line, read_line

OF_THE_SOURCE = ("append", "now", "leap", "clock_leap", "lost")


class MirroredLog:
    """Appends to the source, has the mirror follow, and answers everything else from the mirror."""

    def __init__(self, place: Place, clock: Callable[[], datetime], **opening: Any) -> None:
        self._resources = ExitStack()
        self._following = Lock()
        self._source = open_log(place.directory, None, clock, **opening)
        self._resources.callback(self._source.close)
        mirror = opened_copy(place.directory / "mirror", None, self._source.secret, continuing=True)
        self._copy = self._resources.enter_context(mirror)
        if not self._copy.finished:
            self._copy.finish()
        self._follow()

    def append(
        self, batch: Sequence[Pending], keys: Sequence[Key] = (), *, idempotent: bool = False
    ) -> Appended:
        appended = self._source.append(batch, keys, idempotent=idempotent)
        self._follow()
        return appended

    def close(self) -> None:
        self._resources.close()

    @property
    def destroying(self) -> Destroying:
        """That of the mirror, which destroys what its source redacts."""
        return self._copy.log.destroying

    @destroying.setter
    def destroying(self, call: Destroying) -> None:
        self._copy.log.destroying = call

    def __getattr__(self, name: str) -> Any:
        return getattr(self._source if name in OF_THE_SOURCE else self._copy.log, name)

    def _follow(self) -> None:
        """Send the mirror what the source has stored since, as lines."""
        with self._following, self._source.snapshot() as stored:
            while entries := stored.entries(self._copy.tip.position):
                named = stored.keys_of(self._copy.tip.position, entries[-1].position)
                sent = [
                    _received(each, [key for key in named if key[1] == each[0]]) for each in entries
                ]
                self._copy.take([each.entry for each in sent], [k for each in sent for k in each.keys])
            last = ""
            while late := stored.keys(last):
                self._copy.take([], [_received_key(key) for key in late])
                last = late[-1][0]


def _received(entry: Entry, keys: Sequence[KeyRow]) -> Sent:
    line = read_line(entry_line(entry, keys).rstrip())
    assert isinstance(line, Sent)
    return line


def _received_key(key: KeyRow) -> KeyRow:
    line = read_key_line(key_line(key).rstrip())
    assert not isinstance(line, CaughtUp)
    return line
