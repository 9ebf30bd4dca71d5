"""What every process of the program sets for itself when it starts: logging, garbage collection.

There are two kinds of process: the command line, which also serves, and the projector.
"""

import gc
import logging
import os
from collections.abc import Mapping
from contextvars import ContextVar

from service.log_lines import REQUEST_ID, REQUESTS, formatter_of, logs_requests

__all__ = ["REQUEST_ID", "TRACE", "collect_rarely", "set_up_process"]

GC_THRESHOLDS = (200_000, 20, 50)
TRACE: ContextVar[object] = ContextVar("trace", default=None)
"""The trace that the request belongs to, where there are traces."""


def set_up_process(environment: Mapping[str, str] = os.environ) -> None:
    """Log warnings and who comes in to standard error, one line each; collect garbage rarely.

    Raises `BadLogSetting`.
    """
    handler = logging.StreamHandler()
    handler.setFormatter(formatter_of(environment))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    logging.getLogger("intellog.security").setLevel(logging.INFO)
    logging.getLogger(REQUESTS).setLevel(
        logging.INFO if logs_requests(environment) else logging.WARNING
    )
    collect_rarely()


def collect_rarely() -> None:
    """Exempt the objects that exist now from garbage collection, and check the others less often.

    The program allocates much and leaves few reference cycles: none for a write, a refusal, a page, a
    stream or a connection (`tests/garbage.py` has what depends on it). With the default thresholds, the
    collector checks the states and answers kept in memory after every 700 allocations, which takes a
    third of the time of an import.
    """
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)
