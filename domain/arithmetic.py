"""Sums and differences of figures as they are written: 0.1 + 0.2 is 0.3."""

from collections.abc import Iterable
from decimal import Context, Decimal

_EXACT = Context(prec=1_000)  # enough digits for any sum of floats
_WHOLE_BELOW = 2.0**53  # whole numbers below are added without an error


def total(values: Iterable[float]) -> float:
    """The sum of decimal figures, in any order the same; 0 without any, infinite beyond all floats."""
    given = list(values)
    if all(map(_is_whole, given)) and sum(map(abs, given)) < _WHOLE_BELOW:
        return sum(given)
    exact = Decimal()
    for value in given:
        exact = _EXACT.add(exact, Decimal(repr(value)))
    return float(exact)


def difference(value: float, less: float) -> float:
    """A decimal figure less another."""
    return total((value, -less))


def _is_whole(value: float) -> bool:
    return float(value).is_integer()
