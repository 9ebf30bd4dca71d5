"""What the log knows that a text may speak of: indicators, sources, and what was claimed lately."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from domain.vocabulary import Measure, Qualifier


@dataclass(frozen=True, slots=True)
class KnownIndicator:
    """An indicator, with the words by which a text speaks of it."""

    id: str
    title: str
    terms: Sequence[str] = ()
    unit: str = ""
    measure: Measure = "stock"
    plans_for: str | None = None


@dataclass(frozen=True, slots=True)
class KnownSource:
    """A source, with the other names that it has in texts."""

    id: str
    name: str = ""
    aliases: Sequence[str] = ()
    speaks_for: str | None = None
    person: bool = False


@dataclass(frozen=True, slots=True)
class KnownClaim:
    """A claim of the log that a figure of the text may have been taken from."""

    id: str
    indicator: str
    originator: str
    stated_on: date
    low: float | None = None
    best: float | None = None
    high: float | None = None
    qualifier: Qualifier | None = None


ClaimsOn = Callable[[str], Sequence[KnownClaim]]
"""The claims on an indicator that were stated lately."""


def no_claims(indicator: str) -> Sequence[KnownClaim]:
    """Those of a log that has none."""
    return ()


@dataclass(frozen=True, slots=True)
class Known:
    """What the log knows."""

    indicators: Sequence[KnownIndicator] = ()
    sources: Sequence[KnownSource] = ()
    claims_on: ClaimsOn = no_claims


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something of the log, or a `new` source, that words of the text may mean; a score up to 1."""

    id: str
    name: str
    score: float
    new: bool = False
