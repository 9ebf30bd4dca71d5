"""Bulletins of our own writing with all that is to be read from them, one file each in `bulletins`."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from domain.reading.proposal import Draft, NotAFigure, Proposal
from domain.vocabulary import Quantity

FOLDER = Path(__file__).parent / "bulletins"
RULE = "\n----\n"


@dataclass(frozen=True)
class Bulletin:
    """A text with its day, and what is read from it, a line each."""

    name: str
    published: date
    text: str
    expected: list[str]


def bulletins() -> list[Bulletin]:
    """All of them, by name."""
    return [_read(path) for path in sorted(FOLDER.glob("*.txt"))]


def _read(path: Path) -> Bulletin:
    published, text, expected = path.read_text("utf-8").split(RULE)
    return Bulletin(path.stem, date.fromisoformat(published.strip()), text, expected.splitlines())


def lines(draft: Draft) -> Iterator[str]:
    """What was read, as the files of bulletins have it."""
    yield from map(_claim_line, draft.proposals)
    yield from map(_not_line, draft.not_figures)


def _claim_line(made: Proposal) -> str:
    said = f"{'+' if made.ticked else '-'} {made.quote.exact!r}: "
    said += _quantity(made.quantity) if made.quantity else _stance(made)
    fields = {
        "of": made.indicator,
        "by": made.originator,
        "through": made.spokesperson,
        "on": made.stated_at,
        "in": made.period,
        "from": " ".join(link.claim for link in made.links) or None,
    }
    named = [f"{name} {value}" for name, value in fields.items() if value]
    sums = [why.removeprefix("sum: ") for why in made.why if why.startswith("sum: ")]
    return "; ".join([said, made.status, *named, *sums])


def _stance(made: Proposal) -> str:
    return "asserted" if made.stance and made.stance.asserts else "denied"


def _quantity(quantity: Quantity) -> str:
    given = {"low": quantity.low, "best": quantity.best, "high": quantity.high}
    numbers = [f"{name} {value}" for name, value in given.items() if value is not None]
    return " ".join([quantity.qualifier, *numbers])


def _not_line(other: NotAFigure) -> str:
    return f"x {other.quote.exact!r} {other.why}"
