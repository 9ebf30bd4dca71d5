"""News sentences of our own writing with the quantities that they name, for counting what is found."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from domain.reading.dates import dates_of
from domain.reading.figure import Figure
from domain.reading.figures import figures_of
from domain.reading.sentences import sentences_of

FILE = Path(__file__).with_suffix(".txt")
PUBLISHED = date(2025, 6, 26)


@dataclass(frozen=True)
class Score:
    """How many quantities there are, were found, and are right by their numbers, and by all."""

    wanted: int
    found: int
    right: int
    qualified: int

    @property
    def precision(self) -> float:
        """The share of what was found that is there."""
        return self.right / self.found

    @property
    def recall(self) -> float:
        """The share of what is there that was found."""
        return self.right / self.wanted

    @property
    def f1(self) -> float:
        """The harmonic mean of both."""
        return 2 * self.right / (self.wanted + self.found)

    @property
    def qualifiers(self) -> float:
        """The share of those with the right numbers that have the right qualifier as well."""
        return self.qualified / self.right


def sentences() -> list[tuple[str, list[str]]]:
    """Each sentence with its quantities: a qualifier and numbers."""
    lines = FILE.read_text("utf-8").splitlines()
    return [
        (text, [each for each in wanted.strip().split("; ") if each])
        for text, wanted in zip(lines[::2], lines[1::2], strict=True)
    ]


def quantities(text: str) -> Iterator[str]:
    """The quantities that are found in a text, money, ages and lengths of time among them."""
    for sentence in sentences_of(text):
        for found in figures_of(sentence.tokens, dates_of(sentence.tokens, PUBLISHED)):
            if isinstance(found, Figure):
                numbers = (f"{float(x):.9g}" if x.denominator > 1 else str(x) for x in found.numbers)
                yield " ".join([found.qualifier, *numbers])


def score() -> Score:
    """What is found in all sentences against what is there."""
    wanted, found = Counter[tuple[int, str]](), Counter[tuple[int, str]]()
    for i, (text, there) in enumerate(sentences()):
        wanted.update((i, each) for each in there)
        found.update((i, each) for each in quantities(text))
    right = _numbers(wanted) & _numbers(found)
    return Score(wanted.total(), found.total(), right.total(), (wanted & found).total())


def _numbers(counted: Counter[tuple[int, str]]) -> Counter[tuple[int, str]]:
    """The same without the qualifiers."""
    bare = Counter[tuple[int, str]]()
    for (i, quantity), n in counted.items():
        bare[i, quantity.partition(" ")[2]] += n
    return bare
