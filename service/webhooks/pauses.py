"""How long a webhook waits after attempts that failed."""

LONGEST = 3_600.0
"""Seconds between two attempts, at most."""


def pause_after(failures: int, first: float, chance: float) -> float:
    """Seconds to wait after so many failed attempts: twice as long each time, spread by chance.

    `first` is the pause after the first of them; `chance` lies between 0 and 1, and takes up to a
    quarter off, so that targets that failed together are not tried together.
    """
    doubled = first * 2.0 ** min(failures - 1, 30)
    return float(min(doubled, LONGEST)) * (1 - chance / 4)
