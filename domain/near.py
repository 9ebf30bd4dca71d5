"""Names that a caller may have meant, for hints in refusals."""

from collections.abc import Iterable
from difflib import get_close_matches

_MOST = 3
_LEAST_LIKENESS = 0.5


def nearest(name: str, names: Iterable[str]) -> list[str]:
    """At most three of `names` that look most like `name`, the most alike first."""
    return get_close_matches(name, names, n=_MOST, cutoff=_LEAST_LIKENESS)


def did_you_mean(near: Iterable[str], otherwise: str = "") -> str:
    """A hint that names what may have been meant, to end a sentence with; else `otherwise`."""
    names = " or ".join(near)
    return f"; did you mean {names}?" if names else otherwise
