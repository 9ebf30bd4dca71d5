"""Sums and differences of figures as they are written: 0.1 + 0.2 is 0.3."""

from collections.abc import Iterable
from decimal import Context, Decimal

_EXACT = Context(prec=1_400)
"""As many digits as the sum of any two floats can have."""


def total(values: Iterable[float]) -> float:
    """The sum of some figures; a whole number where it is one."""
    found, rest = 0, Decimal(0)
    for value in values:
        if isinstance(value, int) or value.is_integer():
            found += int(value)
        else:
            rest = exact_sum(rest, exact(value))
    return inexact(exact_sum(Decimal(found), rest)) if rest else found


def difference(value: float, less: float) -> float:
    """A decimal figure less another."""
    return total((value, -less))


def exact(value: float) -> Decimal:
    """A figure as the decimal number that it is written as."""
    whole = isinstance(value, int) or value.is_integer()
    return Decimal(int(value)) if whole else Decimal(repr(value))


def exact_sum(one: Decimal, other: Decimal) -> Decimal:
    """The sum of two decimal numbers, without rounding or needless zeros."""
    return _EXACT.normalize(_EXACT.add(one, other))


def inexact(value: Decimal) -> float:
    """A decimal number as a figure: whole where it is, else the nearest float."""
    return int(value) if value == value.to_integral_value() else float(value)
