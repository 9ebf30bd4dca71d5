"""Verifies a log in the background: a thread that checks everything once, slowly, after the start."""

import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from service.log.port import EventLog, LogUnavailable

PAUSE_SECONDS = 0.01
"""Rest after each step, which takes about 2 ms."""
NICENESS = 10

_logger = logging.getLogger(__name__)


@contextmanager
def checked_in_background(log: EventLog) -> Iterator[None]:
    """Check a log while the block runs; damage that is found is `log.damage` and a line of the log."""
    stopping = threading.Event()
    thread = threading.Thread(target=_check, args=(log, stopping), name="log check", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join()


def _check(log: EventLog, stopping: threading.Event) -> None:
    if hasattr(os, "setpriority"):
        with suppress(OSError):  # a thread of its own has a priority of its own on Linux alone
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
    with suppress(LogUnavailable):  # what is not there cannot be checked, and appends say so
        for found in log.check(lambda: stopping.wait(PAUSE_SECONDS)):
            _logger.error("%s", found)
