"""Sums and differences of figures in decimal arithmetic: 0.1 + 0.2 is 0.3."""

from collections.abc import Iterable
from decimal import Decimal


def total(values: Iterable[float]) -> float:
    """The sum of some figures; a whole number where all of them are."""
    exact = [value if isinstance(value, int) else _whole_or_decimal(value) for value in values]
    if all(isinstance(value, int) for value in exact):
        return sum(value for value in exact if isinstance(value, int))
    return float(sum(Decimal(value) for value in exact))


def difference(one: float, other: float) -> float:
    """One figure less another."""
    return total((one, -other))


def _whole_or_decimal(value: float) -> int | Decimal:
    return int(value) if value.is_integer() else Decimal(repr(value))
