"""The sum of figures that come and go: what `added` makes of those that are there."""

from decimal import Decimal

from domain.arithmetic import exact, exact_sum, inexact
from domain.estimates.figures import UNKNOWN, Figure


class RunningSum:
    """A sum that costs nothing more for the figures that stay."""

    def __init__(self) -> None:
        self._count = self._unknown = 0
        self._best, self._low, self._high = _Bound(), _Bound(), _Bound()

    def add(self, figure: Figure, sign: int = 1) -> None:
        """Add a figure; with `sign` -1 take one away that was added."""
        self._count += sign
        self._unknown += sign * (not figure.known)
        self._best.add(figure.best, sign)
        self._low.add(figure.low, sign)
        self._high.add(figure.high, sign)

    @property
    def figure(self) -> Figure:
        """The sum: a bound missing in one figure is missing in it, an unknown one leaves it unknown."""
        if not self._count or self._unknown:
            return UNKNOWN
        return Figure(self._best.total, self._low.total, self._high.total)


class _Bound:
    def __init__(self) -> None:
        self._missing = 0
        self._sum = Decimal(0)

    def add(self, value: float | None, sign: int) -> None:
        if value is None:
            self._missing += sign
        else:
            self._sum = exact_sum(self._sum, sign * exact(value))

    @property
    def total(self) -> float | None:
        return None if self._missing else inexact(self._sum)
