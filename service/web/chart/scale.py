"""Scales: the coordinate of a moment or a figure in the chart."""

from collections.abc import Sequence
from dataclasses import dataclass

_FAR_FROM_ZERO, _LEAST_RANGE, _HEADROOM = 0.7, 0.001, 1.2


@dataclass(frozen=True, slots=True)
class Scale:
    """Maps a range of moments or figures linearly to a range of coordinates."""

    low: float
    high: float
    start: float
    end: float

    def place(self, value: float) -> float:
        """The coordinate of a value; a value outside the range gets the nearer end."""
        share = (value - self.low) / (self.high - self.low)
        return self.start + min(1.0, max(0.0, share)) * (self.end - self.start)


def number_range(numbers: Sequence[float]) -> tuple[float, float]:
    """Return both ends of a number axis: from 0 unless all numbers are far from it, with headroom."""
    least, largest = min(numbers), max(numbers)
    bottom, upper = min(least, 0.0), max(largest, 0.0)
    if _FAR_FROM_ZERO * largest < least < largest:
        # At least a hundredth of the largest number, otherwise labels would need all their digits.
        bottom = least - max(largest - least, largest / 100) / 4
    elif least < 0:
        bottom -= (upper - least) / 10
    height = max(upper - bottom, _LEAST_RANGE) if upper > bottom else 1.0
    return bottom, bottom + height * _HEADROOM
