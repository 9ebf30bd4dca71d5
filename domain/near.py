"""Names that a caller may have meant, for hints in refusals."""

from collections.abc import Callable, Iterable
from difflib import get_close_matches
from itertools import islice

_MOST = 3
_LEAST_LIKENESS = 0.5
_LIKE_A_SLIP = 0.8
"""Likeness from which one name may be another one with a slip of the pen."""
_END = 3
"""Number of letters that a name and its misspelling share at one of their ends."""


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


class Lookalikes:
    """Names among which misspellings of a name are found without comparing it with all of them."""

    def __init__(self, names: Iterable[str]) -> None:
        self._by_end = dict[str, list[str]]()
        for name in names:
            for end in _ends(name):
                self._by_end.setdefault(end, []).append(name)

    def of(self, name: str) -> list[str]:
        """At most three names of which one may be a misspelling, most alike first."""
        alike = {each for end in _ends(name) for each in self._by_end.get(end, ())} - {name}
        return get_close_matches(name, sorted(alike), n=_MOST, cutoff=_LIKE_A_SLIP)


def _ends(name: str) -> tuple[str, str]:
    return f"{name[:_END]}*", f"*{name[-_END:]}"
