"""What a measurement gives: rows of figures beside their limits, slopes, peers."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One piece of work, ours beside its limit in the same run.

    `ratio` is written so that more is better, and reached when it is at least `must`.
    """

    name: str
    ours: float
    limit: float
    unit: str
    ratio: float
    must: float
    size: str

    @property
    def reached(self) -> bool:
        """Whether the ratio is what was asked."""
        return self.ratio >= self.must


def rate(name: str, ours: float, limit: float, unit: str, must: float, size: str) -> Row:
    """A row whose figures are better the higher they are, such as posts a second."""
    return Row(name, ours, limit, unit, ours / limit, must, size)


def cost(name: str, ours: float, limit: float, unit: str, at_most: float, size: str) -> Row:
    """A row whose figures are better the lower they are, ours at most so many times the limit."""
    return Row(name, ours, limit, unit, limit / ours, 1 / at_most, size)


@dataclass(frozen=True, slots=True)
class Slope:
    """How the cost of one piece of work grows with the number of claims in the log."""

    name: str
    unit: str
    at: dict[int, float]
    """Cost by number of claims."""


@dataclass(frozen=True, slots=True)
class Peer:
    """What another event store does with the same events at the same durability."""

    name: str
    version: str
    work: str
    rate: float
    unit: str
    gives: str
    lacks: str
