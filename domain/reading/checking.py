"""Claims that somebody else proposes, tried against the text that they are said to rest on."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from domain.reading.dates import dates_of
from domain.reading.figure import Figure
from domain.reading.figures import figures_of
from domain.reading.quantities import quantity_of, quantity_text
from domain.reading.quotes import Searched
from domain.reading.tokens import tokens_of
from domain.vocabulary import Quantity, Statement

Code = Literal[
    "no-quote",
    "quote-not-found",
    "figure-not-in-quote",
    "unknown-indicator",
    "unknown-originator",
    "unknown-spokesperson",
    "unknown-claim",
]
_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Doubt:
    """What is wrong with a proposed claim: a code, the field, and one line that says what to do."""

    code: Code
    field: str
    detail: str


def doubts_of(text: Searched, claim: Statement) -> Iterator[Doubt]:
    """What the text does not bear out: the quoted words, and the figure in them."""
    if claim.quote is None:
        yield Doubt("no-quote", "quote", "is missing; quote the words of the text that say it")
        return
    exact = claim.quote.exact
    if text.place(claim.quote) is None:
        shown = exact if len(exact) <= _SHOWN else f"{exact[:_SHOWN]}..."
        yield Doubt(
            "quote-not-found", "quote", f"the text has no words {shown!r}; quote it to the letter"
        )
    if claim.quantity is not None:
        yield from _figure_doubts(exact, claim.quantity)


def _figure_doubts(exact: str, quantity: Quantity) -> Iterator[Doubt]:
    said = quantities_in(exact)
    if quantity in said or quantity.qualifier == "unknown":
        return
    named = " and ".join(map(quantity_text, said)) or "no figure"
    detail = (
        f"{quantity_text(quantity)} is not in the quoted words, which say {named}; give what they say"
    )
    yield Doubt("figure-not-in-quote", "quantity", detail)


def quantities_in(words: str) -> list[Quantity]:
    """Every quantity that some words name, money and lengths of time among them."""
    tokens = tokens_of(words)
    found = figures_of(tokens, dates_of(tokens, None))
    return [quantity_of(each) for each in found if isinstance(each, Figure)]
