"""How many examples a property is tried with: few in the usual run, all of them in the long one."""

from hypothesis import settings

from tests.places import LONG

SHARE = 4
"""The usual run tries one example in so many; CI runs ten thousand tests and has to end."""
FEWEST = 10


def examples(most: int) -> settings:
    """A number of examples to try: `most` in the long run, a share of it in the usual one."""
    return settings(max_examples=most if LONG else max(FEWEST, most // SHARE))


def load_profile() -> None:
    """Have Hypothesis try the same examples each time in the usual run, and new ones in the long run.

    Never on the clock, so that the usual run fails for a change and for nothing else.
    """
    settings.register_profile("usual", derandomize=True, deadline=None, max_examples=100 // SHARE)
    settings.register_profile("long", derandomize=False, deadline=None)
    settings.load_profile("long" if LONG else "usual")
