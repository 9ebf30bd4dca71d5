"""What every process of the program sets for itself when it starts: logging, garbage collection.

There are two kinds of process: the command line, which also serves, and the projector.
"""

import gc
import logging
import time
from contextvars import ContextVar

GC_THRESHOLDS = (50_000, 20, 50)
REQUEST_ID: ContextVar[str] = ContextVar("request_id", default="-")
"""The id of the request that is being answered, for log lines."""


def set_up_process() -> None:
    """Log warnings and who comes in to standard error, one line each; collect garbage rarely."""
    handler = logging.StreamHandler()
    handler.setFormatter(LineFormatter())
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    logging.getLogger("intellog.security").setLevel(logging.INFO)
    collect_rarely()


class LineFormatter(logging.Formatter):
    """A log line: UTC time, level, the id of the request or `-`, logger and message."""

    converter = staticmethod(time.gmtime)

    def __init__(self) -> None:
        form = "%(asctime)s.%(msecs)03dZ %(levelname)s %(request)s %(name)s: %(message)s"
        super().__init__(form, "%Y-%m-%dT%H:%M:%S")

    def format(self, record: logging.LogRecord) -> str:
        """The line; a traceback, if there is one, follows it."""
        record.request = REQUEST_ID.get()
        return super().format(record)


def collect_rarely() -> None:
    """Exempt the objects that exist now from garbage collection, and check the others less often.

    The program allocates much and leaves few reference cycles. With the default thresholds, the
    collector checks the states and answers kept in memory after every 700 allocations, which takes a
    third of the time of an import.
    """
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)
