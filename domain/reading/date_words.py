"""What date expressions are read with: a sentence, and the day to which they are relative."""

from dataclasses import dataclass, replace
from datetime import date

from domain.reading.calendar import Stretch
from domain.reading.number_words import MONTHS, ORDINAL_ENDS, UNITS
from domain.reading.tokens import Tokens, lower_at, text_at, touching


@dataclass(frozen=True, slots=True)
class Found:
    """What a rule has found: its days, if they can be said, and the token after it."""

    after: int
    stretch: Stretch | None


@dataclass(frozen=True, slots=True)
class Near:
    """A sentence, the day on which it was published, and whether it speaks of what is to come."""

    tokens: Tokens
    published: date | None
    ahead: bool

    def month(self, i: int) -> tuple[int, int] | None:
        """The month named at token i, and the token after it."""
        word = text_at(self.tokens, i)
        if word.lower() not in MONTHS or not word[0].isupper():
            return None
        dotted = text_at(self.tokens, i + 1) == "." and touching(self.tokens, i + 1) and len(word) <= 4
        return MONTHS[word.lower()], i + 1 + dotted

    def year(self, i: int) -> tuple[int | None, int]:
        """The year at token i, behind a comma or `of` as well, and the token after it."""
        at = i + (text_at(self.tokens, i) in (",", "of"))
        text = text_at(self.tokens, at)
        if not is_year(text) or (
            touching(self.tokens, at + 1) and text_at(self.tokens, at + 1) in "s%"
        ):
            return None, i
        return int(text), at + 1

    def nearest_year(self, month: int) -> int | None:
        """The year of a month that is named without one: the last, or of a plan the next."""
        if self.published is None:
            return None
        year, now = self.published.year, self.published.month
        if self.ahead:
            return year + 1 if month < now - 1 else year
        return year - 1 if month > now else year

    def day_number(self, i: int) -> tuple[int | None, int]:
        """The day of a month at token i, `5` or `5th`, and the token after it."""
        text, at = text_at(self.tokens, i), i + 1
        if not (text.isascii() and text.isdigit() and len(text) <= 2 and 1 <= int(text) <= 31):
            return None, i
        if touching(self.tokens, at) and lower_at(self.tokens, at) in ORDINAL_ENDS:
            at += 1
        return int(text), at

    def day_numbers(self, i: int) -> tuple[tuple[int, int] | None, int]:
        """A day of a month, or two: `5`, `5th`, `5-7`, `5 to 7`, `5 and 7`."""
        first, at = self.day_number(i)
        if first is None:
            return None, i
        if text_at(self.tokens, at) in ("-", "\u2013", "to", "and", "through"):
            last, after = self.day_number(at + 1)
            if last is not None and last > first:
                return (first, last), after
        return (first, first), at

    def small(self, i: int) -> tuple[int | None, int]:
        """A small number at token i, and the token after it."""
        text = lower_at(self.tokens, i)
        if text in UNITS:
            return UNITS[text], i + 1
        if text.isascii() and text.isdigit() and len(text) <= 3:
            return int(text), i + 1
        return None, i


def is_year(text: str) -> bool:
    """Whether some text is the digits of a year."""
    return len(text) == 4 and text.isascii() and text.isdigit() and 1800 <= int(text) < 2100


def guessed(stretch: Stretch | None) -> Stretch | None:
    """A stretch with the mark that its year was not in the text."""
    return None if stretch is None else replace(stretch, guessed=True)
