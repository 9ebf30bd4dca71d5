"""A number in a sentence: a quantity, or a part of something else."""

from dataclasses import dataclass
from fractions import Fraction

from domain.reading.units import Sort
from domain.vocabulary import Qualifier


@dataclass(frozen=True, slots=True)
class Figure:
    """A quantity: the tokens from `first` up to, not with, `after` that say it, and what they say."""

    first: int
    after: int
    low: Fraction | None
    best: Fraction | None
    high: Fraction | None
    qualifier: Qualifier
    sort: Sort = "count"
    unit: str = ""
    because: str = ""
    """Why it is no figure of a log: it is money, an age, a length of time."""
    earlier: bool = False
    """Whether it has become another: 5 in `rose from 5 to 7`."""

    @property
    def numbers(self) -> tuple[Fraction, ...]:
        """The numbers that it names."""
        return tuple(x for x in (self.low, self.best, self.high) if x is not None)


@dataclass(frozen=True, slots=True)
class NoFigure:
    """A number that counts nothing: the tokens of what it is a part of, and why."""

    first: int
    after: int
    because: str


Found = Figure | NoFigure
