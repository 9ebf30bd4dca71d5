"""What a cell is compared with: a text in which `*` stands for any characters."""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from service.interop.tables.cells import text_of
from service.interop.tables.templates import Look

MOST_STARS = 3
"""Maximum number of `*` in a pattern: each multiplies what a comparison may cost."""
Condition = Mapping[str, Sequence[str]]
"""By column, the patterns of which one must match; all columns must."""


def matcher(patterns: Sequence[str]) -> Callable[[str], str | None]:
    """A function that returns the first pattern that a text matches, an exact one before others."""
    exact = {pattern for pattern in patterns if "*" not in pattern}
    loose = [(pattern, _compiled(pattern)) for pattern in patterns if "*" in pattern]

    @lru_cache(maxsize=1_024)
    def match(text: str) -> str | None:
        if text in exact:
            return text
        return next((pattern for pattern, each in loose if each.fullmatch(text)), None)

    return match


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(".*?".join(map(re.escape, pattern.split("*"))), re.DOTALL)


Test = Callable[[Look], bool]


def any_of(conditions: Sequence[Condition]) -> Test:
    """Whether a row meets one of these conditions at least."""
    tests = [[(column, matcher(wanted)) for column, wanted in each.items()] for each in conditions]

    def met(look: Look) -> bool:
        return any(all(_matches(look, *each) for each in test) for test in tests)

    return met


def _matches(look: Look, column: str, match: Callable[[str], str | None]) -> bool:
    cell = look(column)
    return match("" if cell is None else text_of(cell)) is not None
