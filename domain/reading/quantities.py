"""Figures of a text as the quantities of claims, and in words."""

from fractions import Fraction

from domain.estimates.figures import number_text
from domain.reading.figure import Figure
from domain.reading.qualifiers import number_of
from domain.vocabulary import Quantity


def quantity_of(figure: Figure) -> Quantity:
    """A figure as a claim has it; a share is in percent, and a fraction in whole percent."""
    scale = 100 if figure.unit == "fraction" else 1

    def number(value: Fraction | None) -> int | float | None:
        if value is None:
            return None
        return number_of(Fraction(round(value * scale)) if scale > 1 else value)

    low, best, high = map(number, (figure.low, figure.best, figure.high))
    return Quantity(low=low, best=best, high=high, qualifier=figure.qualifier)


def quantity_text(quantity: Quantity) -> str:
    """A quantity in words: `about 6,000`, `range 10,000 to 12,000`."""
    numbers = [x for x in (quantity.low, quantity.best, quantity.high) if x is not None]
    return " ".join([quantity.qualifier, " to ".join(map(number_text, numbers))]).strip()
