"""What every process of the program sets for itself when it starts: logging, garbage collection.

There are two kinds of process: the command line, which also serves, and the projector.
"""

import gc
import logging

GC_THRESHOLDS = (50_000, 20, 50)


def set_up_process() -> None:
    """Log warnings to standard error, one line each, and collect garbage rarely."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    collect_rarely()


def collect_rarely() -> None:
    """Exempt the objects that exist now from garbage collection, and check the others less often.

    The program allocates much and leaves few reference cycles. With the default thresholds, the
    collector checks the states and answers kept in memory after every 700 allocations, which takes a
    third of the time of an import.
    """
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)
