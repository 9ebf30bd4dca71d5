"""Names that a caller may have meant, for hints in refusals."""

from collections.abc import Callable, Iterable
from difflib import get_close_matches
from itertools import islice

_MOST = 3
_LEAST_LIKENESS = 0.5


def _anybody(name: str) -> bool:
    return True


def nearest(name: str, names: Iterable[str], shown: Callable[[str], bool] = _anybody) -> list[str]:
    """At most three of the `names` that may be `shown` and look most like `name`, best first.

    One that may not be shown takes no place of the three.
    """
    known = list(names)
    alike = get_close_matches(name, known, n=max(1, len(known)), cutoff=_LEAST_LIKENESS)
    return list(islice(filter(shown, alike), _MOST))


def did_you_mean(near: Iterable[str], otherwise: str = "") -> str:
    """A hint that names what may have been meant, to end a sentence with; else `otherwise`."""
    names = " or ".join(near)
    return f"; did you mean {names}?" if names else otherwise
