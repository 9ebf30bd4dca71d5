"""Templates: a text with `{column}` in it, filled from the cells of a row.

`{column|filter|...}` changes what is put in; `{{` and `}}` stand for braces.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from unicodedata import combining, normalize

from domain.near import did_you_mean, nearest
from domain.vocabulary import composed
from service.http.faults import quoted
from service.interop.tables.cells import Cell, Unfit, text_of

_PARTS = re.compile(r"\{\{|\}\}|\{[^{}]*\}|[{}]")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
Look = Callable[[str], Cell | None]
"""Returns what is in a column of the row, None where it is missing; raises `Unfit`."""


class BadTemplate(ValueError):
    """A template that cannot be read; the message names the cure."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A place in a template that is filled from a column, through filters."""

    column: str
    filters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Template:
    """A text with slots; one that is a single slot without filters keeps the cell as it is."""

    parts: tuple[str | Slot, ...]
    only: str | None = field(init=False)
    """The column that it consists of, if it is one and nothing else."""

    def __post_init__(self) -> None:
        slots = [part for part in self.parts if isinstance(part, Slot) and not part.filters]
        only = slots[0].column if len(self.parts) == len(slots) == 1 else None
        object.__setattr__(self, "only", only)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that it is filled from."""
        return tuple(part.column for part in self.parts if isinstance(part, Slot))

    def text(self, look: Look) -> str | None:
        """The text with all slots filled; None where a column is missing. Raises `Unfit`."""
        if self.only is not None:
            cell = look(self.only)
            return None if cell is None else text_of(cell)
        filled = list[str]()
        for part in self.parts:
            if isinstance(part, str):
                filled.append(part)
                continue
            cell = look(part.column)
            if cell is None:
                return None
            filled.append(_through(part, text_of(cell)))
        return "".join(filled)


def template_of(text: str) -> Template:
    """Read a template; raises `BadTemplate`."""
    parts, end = list[str | Slot](), 0
    for match in _PARTS.finditer(text):
        parts.append(text[end : match.start()])
        parts.append(_part(match[0], text))
        end = match.end()
    parts.append(text[end:])
    return Template(_joined(parts))


def _part(found: str, text: str) -> str | Slot:
    if found in ("{{", "}}"):
        return found[0]
    if len(found) < 3:
        raise BadTemplate(
            f"{quoted(text)} has a brace without a column; write {{column}}, or {{{{ for {{"
        )
    name, *filters = (each.strip() for each in found[1:-1].split("|"))
    for each in filters:
        if each not in FILTERS:
            hint = did_you_mean(nearest(each, FILTERS)[:1], f"; they are {', '.join(FILTERS)}")
            raise BadTemplate(f"{quoted(text)}: {quoted(each)} is no filter{hint}")
    return Slot(column_name(name), tuple(filters))


def _joined(parts: list[str | Slot]) -> tuple[str | Slot, ...]:
    """The parts, neighbouring texts made one and empty ones left out."""
    joined = list[str | Slot]()
    for part in parts:
        if isinstance(part, str) and joined and isinstance(joined[-1], str):
            joined[-1] += part
        elif part != "":
            joined.append(part)
    return tuple(joined)


def column_name(text: str) -> str:
    """The name of a column, in which spaces of any kind and number count as one."""
    return composed(" ".join(text.split()))


def _through(slot: Slot, text: str) -> str:
    for name in slot.filters:
        try:
            text = FILTERS[name](text)
        except ValueError as error:
            raise Unfit("invalid", str(error), slot.column, text) from None
    return text


@lru_cache(maxsize=4_096)
def slug(text: str) -> str:
    """An id made of a text: its letters a to z, digits and dots, everything between them a hyphen."""
    plain = "".join(letter for letter in normalize("NFKD", text) if not combining(letter))
    made = re.sub(r"[^a-z0-9.]+", "-", plain.lower()).strip("-.")
    if not made:
        raise ValueError("has no letter a to z and no digit to make an id of; map its values to ids")
    return made


def _cut(size: int) -> Callable[[str], str]:
    def cut(text: str) -> str:
        if not _DAY.match(text):
            raise ValueError("is not a date; set how it is written as column.NAME.date")
        return text[:size]

    return cut


FILTERS: Mapping[str, Callable[[str], str]] = {
    "slug": slug,
    "lower": str.lower,
    "upper": str.upper,
    "day": _cut(10),
    "month": _cut(7),
    "year": _cut(4),
}


def constant(value: Cell) -> Template:
    """A template that is always the same."""
    return Template((text_of(value),))
