"""What is read from a text: proposals, and the numbers that are none."""

from dataclasses import dataclass

from domain.reading.known import Candidate
from domain.reading.relays import Link
from domain.vocabulary import Quantity, Quote, Stance, Status


@dataclass(frozen=True, slots=True)
class Proposal:
    """A claim that a text seems to make: what is missing, the text or the log does not say."""

    quote: Quote
    why: tuple[str, ...]
    indicator: str | None = None
    originator: str | None = None
    spokesperson: str | None = None
    stated_at: str | None = None
    period: str | None = None
    status: Status = "reported"
    quantity: Quantity | None = None
    stance: Stance | None = None
    counted: str = ""
    """The words for what is counted, as the text has them."""
    indicators: tuple[Candidate, ...] = ()
    originators: tuple[Candidate, ...] = ()
    links: tuple[Link, ...] = ()
    ticked: bool = False


@dataclass(frozen=True, slots=True)
class NotAFigure:
    """A number that is not proposed, why, and the quantity that it is if it is one."""

    quote: Quote
    why: str
    quantity: Quantity | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """Everything that is read from a text, in its order."""

    proposals: tuple[Proposal, ...]
    not_figures: tuple[NotAFigure, ...]
