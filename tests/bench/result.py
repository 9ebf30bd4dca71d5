"""Results of a measurement: rows with figures and their limits, slopes, what others do."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One piece of work, with our figure and the limit from the same run.

    A higher `ratio` is better; its target is `must`, or none is set where that is 0.
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
        """Whether the ratio is at least its target."""
        return self.ratio >= self.must

    @property
    def target(self) -> str:
        """The target in print."""
        return f"{self.must:.2f}" if self.must else "-"


def rate(name: str, ours: float, limit: float, unit: str, must: float, size: str) -> Row:
    """A row for which higher figures are better, such as posts per second."""
    return Row(name, ours, limit, unit, ours / limit, must, size)


def cost(name: str, ours: float, limit: float, unit: str, at_most: float, size: str) -> Row:
    """A row for which lower figures are better; `at_most` is the target of ours by the limit."""
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
    """The rate of another program, or of ours beside it, in the same work with the same durability."""

    name: str
    version: str
    work: str
    rate: float
    unit: str
    gives: str
    lacks: str
