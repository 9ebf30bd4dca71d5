"""Messages between a process and a child that it started: values of Python behind their length.

They are marshalled, which is how fast it gets: both ends are the same program, and nobody else writes.
"""

import marshal
import os
import select
from collections.abc import Callable
from contextlib import suppress
from typing import Any

_LENGTH = 8
_PART = 2**20
LOOK_SECONDS = 0.1
"""How often who waits for the other end asks whether to go on."""


class Ended(Exception):
    """The other end is closed."""


class Frames:
    """Two ends of pipes: messages are read from one and written to the other.

    `proceed` is called now and then while neither is possible; what it raises ends the waiting.
    """

    def __init__(self, source: int, sink: int, proceed: Callable[[], None] = lambda: None) -> None:
        self._source, self._sink, self._proceed = source, sink, proceed
        for each in (source, sink):
            os.set_blocking(each, False)
            _widen(each)

    def write(self, message: Any) -> None:
        """Write a message; raises `Ended`."""
        body = marshal.dumps(message)
        left = memoryview(len(body).to_bytes(_LENGTH) + body)
        while left:
            self._wait(self._sink, select.POLLOUT)
            try:
                left = left[os.write(self._sink, left[:_PART]) :]
            except BlockingIOError:
                continue
            except OSError as error:
                raise Ended from error

    def read(self) -> Any:
        """Read the next message; raises `Ended`."""
        length = int.from_bytes(self._read(_LENGTH))
        return marshal.loads(self._read(length))

    def is_there(self) -> bool:
        """Whether the next message has begun to arrive, or none will."""
        return bool(_poll(self._source, select.POLLIN, 0.0))

    def _read(self, length: int) -> bytearray:
        found = bytearray()
        while len(found) < length:
            self._wait(self._source, select.POLLIN)
            try:
                part = os.read(self._source, min(length - len(found), _PART))
            except BlockingIOError:
                continue
            if not part:
                raise Ended
            found += part
        return found

    def _wait(self, end: int, event: int) -> None:
        self._proceed()
        while not _poll(end, event, LOOK_SECONDS):
            self._proceed()


def _widen(end: int) -> None:
    """Have a pipe hold more, where the system can: each part is one more change of processes."""
    with suppress(ImportError, AttributeError, OSError):
        import fcntl

        fcntl.fcntl(end, fcntl.F_SETPIPE_SZ, _PART)


def _poll(end: int, event: int, seconds: float) -> list[tuple[int, int]]:
    poll = select.poll()
    poll.register(end, event)
    return poll.poll(seconds * 1_000)
