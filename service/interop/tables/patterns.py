"""What a cell is compared with: a text in which `*` stands for any characters."""

from collections.abc import Callable, Mapping, Sequence

from service.interop.tables.cells import remembered, text_of
from service.interop.tables.templates import Look

Condition = Mapping[str, Sequence[str]]
"""By column, the patterns of which one must match; all columns must."""


def matcher(patterns: Sequence[str]) -> Callable[[str], str | None]:
    """A function that returns the first pattern that a text matches, an exact one before others."""
    exact = {pattern for pattern in patterns if "*" not in pattern}
    loose = [(pattern, pattern.split("*")) for pattern in patterns if "*" in pattern]

    def match(text: str) -> str | None:
        if text in exact:
            return text
        return next((pattern for pattern, parts in loose if _has_parts(text, parts)), None)

    return remembered(match)


def _has_parts(text: str, parts: Sequence[str]) -> bool:
    """Whether a text consists of these parts in order, with anything between them."""
    first, *inner, last = parts
    if not text.startswith(first):
        return False
    at = len(first)
    for part in inner:
        at = text.find(part, at)
        if at < 0:
            return False
        at += len(part)
    return len(text) - at >= len(last) and text.endswith(last)


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
