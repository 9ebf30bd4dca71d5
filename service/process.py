"""How often a process looks for garbage in cycles: seldom, because it makes little of it."""

import gc

THRESHOLDS = (50_000, 20, 50)


def collect_seldom() -> None:
    """Leave alone what is there by now, and look through the rest less often.

    Much is allocated and nearly all of it goes when nobody names it any more. Looking through the
    states and answers kept in memory after every 700 objects costs an import a third of its time.
    """
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
