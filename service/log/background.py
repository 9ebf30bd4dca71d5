"""What is done to a log in the background: it is checked, slowly, again and again, and what is redacted
is destroyed where that was not done at once."""

import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from service.log.port import EventLog, LogUnavailable

PAUSE_SECONDS = 0.01
"""Rest after each step, which takes about 2 ms."""
AGAIN_SECONDS = 6 * 3_600.0
"""Time between two checks of everything."""
NICENESS = 10
RETRY_SECONDS = 1.0
"""Rest before what a reader has kept in the file is destroyed once more."""
AWAY_SECONDS = 30.0
"""The same where the store does not answer, or refuses."""

_logger = logging.getLogger(__name__)


@contextmanager
def checked_in_background(log: EventLog, again: float = AGAIN_SECONDS) -> Iterator[None]:
    """Check a log while the block runs; damage that is found is `log.damage` and a line of the log.

    What is found once stays so, and nothing is checked after it. `again` is in seconds.
    """
    stopping = threading.Event()
    arguments = log, stopping, again
    thread = threading.Thread(target=_check, args=arguments, name="log check", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join()


@contextmanager
def destroyed_in_background(log: EventLog) -> Iterator[None]:
    """Destroy what is redacted and was not destroyed yet, while the block runs."""
    stopping = threading.Event()
    thread = threading.Thread(target=_destroy, args=(log, stopping), name="destruction", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        log.undestroyed.set()
        thread.join()


def _destroy(log: EventLog, stopping: threading.Event) -> None:
    pause = 0.0
    while not stopping.wait(pause):
        log.undestroyed.wait()
        if stopping.is_set():
            return
        try:
            pause = 0.0 if log.destroy() else RETRY_SECONDS
        except LogUnavailable as error:
            pause = AWAY_SECONDS
            _logger.error("what is redacted cannot be destroyed yet: %s", error)


def _check(log: EventLog, stopping: threading.Event, again: float) -> None:
    if hasattr(os, "setpriority"):
        with suppress(OSError):  # a thread of its own has a priority of its own on Linux alone
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
    while not stopping.is_set():
        with suppress(LogUnavailable):  # what is not there cannot be checked, and appends say so
            for found in log.check(lambda: stopping.wait(PAUSE_SECONDS)):
                _logger.error("%s", found)
        if log.damage is not None:
            return
        stopping.wait(again)
