"""Sums and differences of figures as they are written: 0.1 + 0.2 is 0.3."""

from collections.abc import Iterable
from decimal import Context, Decimal

_EXACT = Context(prec=1_400)
"""As many digits as the sum of any two floats can have."""

_WHOLE_UP_TO = 2**53
"""Whole numbers up to here are exact as floats; JSON readers everywhere keep them."""


def total(values: Iterable[float]) -> float:
    """The sum of some figures; a whole number where it is one."""
    found, rest = 0, Decimal(0)
    for value in values:
        if is_whole(value):
            found += int(value)
        else:
            rest = exact_sum(rest, exact(value))
    if not rest and abs(found) <= _WHOLE_UP_TO:
        return found
    return inexact(exact_sum(Decimal(found), rest))


def difference(value: float, less: float) -> float:
    """A decimal figure less another."""
    return total((value, -less))


def share(part: float, whole: float) -> float | None:
    """A figure as a share of another one.

    None where that is 0, or so near to 0 that the share is beyond what JSON readers everywhere keep.
    """
    if not whole:
        return None
    found = exact(part) / exact(whole)
    return float(found) if abs(found) <= _WHOLE_UP_TO else None


def exact(value: float) -> Decimal:
    """A figure as the decimal number that it is written as."""
    return Decimal(int(value)) if is_whole(value) else Decimal(repr(value))


def is_whole(value: float) -> bool:
    """Whether a figure is a whole number, exactly."""
    return isinstance(value, int) or (abs(value) <= _WHOLE_UP_TO and value.is_integer())


def exact_sum(one: Decimal, other: Decimal) -> Decimal:
    """The sum of two decimal numbers, without rounding or needless zeros."""
    return _EXACT.normalize(_EXACT.add(one, other))


def inexact(value: Decimal) -> float:
    """A decimal number as a figure: whole where floats are exact, else the nearest float."""
    whole = abs(value) <= _WHOLE_UP_TO and value == value.to_integral_value()
    return int(value) if whole else float(value)
