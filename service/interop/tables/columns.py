"""The columns of a table as a mapping names them: what is in one, read by its rules."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from domain.errors import Fault, Refused
from domain.near import did_you_mean, nearest
from service.interop.tables.cells import (
    MOST_SHOWN,
    Cell,
    Row,
    Unfit,
    day_of,
    number_of,
    remembered,
    text_of,
)
from service.interop.tables.mapping import BESIDE, ColumnRule, Mapping, TableRules
from service.interop.tables.patterns import matcher
from service.interop.tables.templates import Look

SKIP = "skip"
"""The code of a value for which the mapping leaves the row out."""
MOST_HINTED = 1_000
"""Maximum number of names that are compared with one that is not there."""
_PLAIN = ColumnRule.model_validate({})
Read = Callable[[Cell], Cell | None]


@dataclass(frozen=True, slots=True)
class Column:
    """A column: where it is, how its cells are read, and how numbers are written in it."""

    name: str
    index: int
    read: Read
    number: Callable[[Cell], int | float]


class Columns:
    """The columns of one table under a mapping; raises `Refused` if it names one that is not there."""

    def __init__(self, names: Sequence[str], mapping: Mapping, wanted: Iterable[str]) -> None:
        self.names = tuple(names)
        self._mapping = mapping
        self._found = dict[str, Column]()
        faults = [why for name in dict.fromkeys(wanted) if (why := self._resolve(name))]
        if faults:
            faults[0] += self._hint(faults[0])
            more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
            pointed = [Fault("/table", why) for why in faults]
            raise Refused("invalid", f"the table {faults[0]}{more}", pointed)

    @property
    def unused(self) -> list[str]:
        """The columns of the table that the mapping does not name."""
        used = {column.index for column in self._found.values()}
        return [name for n, name in enumerate(self.names) if name and n not in used]

    def shown(self, row: Row, name: str | None) -> tuple[str | None, str | None]:
        """A column of a row as a refusal names it: its name, and what is in it as it came."""
        if name not in self._found:
            return None, None
        return name, text_of(row.cells[self._found[name].index])

    def look(self, row: Row) -> Look:
        """A function that looks into a row."""
        return lambda name: self.value(row, name)

    def value(self, row: Row, name: str) -> Cell | None:
        """What is in a column of a row, None where it is missing; raises `Unfit`."""
        column = self._found[name]
        cell = row.cells[column.index]
        try:
            return column.read(cell)
        except Unfit as unfit:
            raise placed(unfit, name, cell) from None

    def number(self, row: Row, name: str) -> int | float | None:
        """The number in a column of a row, None where it is missing; raises `Unfit`."""
        found = self.value(row, name)
        if found is None:
            return None
        try:
            return self._found[name].number(found)
        except Unfit as unfit:
            raise placed(unfit, name, found) from None

    def _hint(self, fault: str) -> str:
        """Which column may have been meant."""
        if not fault.startswith("has no column"):
            return ""
        known = [name for name in self.names if name]
        shown = f"; it has {', '.join(known[:20])}{', ...' if len(known) > 20 else ''}"
        return did_you_mean(nearest(fault.split("'")[1], known[:MOST_HINTED]), shown)

    def _resolve(self, name: str) -> str | None:
        """Find a column; return what is wrong if it cannot be found."""
        if name in BESIDE:
            return None
        rule = self._mapping.column.get(name, _PLAIN)
        place = rule.from_ or name
        at = [n for n, each in enumerate(self.names) if each == place]
        if len(at) > 1:
            which = f"the {at[0] + 1}. and the {at[1] + 1}."
            return f"has {len(at)} columns '{place[:100]}' ({which}); give them table.names"
        if not at:
            return f"has no column '{place[:100]}'"
        rules = self._mapping.table
        self._found[name] = Column(name, at[0], _reader(rule, rules), _number_reader(rule, rules))
        return None


def placed(unfit: Unfit, column: str, cell: Cell) -> Unfit:
    """The same with its column and value, where it has none yet."""
    if unfit.column is not None:
        return unfit
    return Unfit(unfit.code, unfit.message, column, text_of(cell))


def _number_reader(rule: ColumnRule, table: TableRules) -> Callable[[Cell], int | float]:
    decimal = rule.decimal or table.decimal
    thousands = table.thousands if rule.thousands is None else rule.thousands
    if decimal == thousands:
        thousands = ""
    return lambda cell: number_of(cell, decimal, thousands, rule.times)


def _reader(rule: ColumnRule, table: TableRules) -> Read:
    """A function that reads the cells of a column."""
    missing = matcher(table.missing if rule.missing is None else rule.missing)
    mapped = _map_reader(rule) if rule.map else None
    if mapped is None and rule.date is None and rule.default is None:

        def plain(cell: Cell) -> Cell | None:
            _check_text(cell)
            return None if missing(text_of(cell)) is not None else cell

        return plain

    def read(cell: Cell) -> Cell | None:
        _check_text(cell)
        text = text_of(cell)
        if missing(text) is not None:
            return rule.default
        if rule.date is not None:
            return day_of(cell, rule.date, rule.zone)
        return mapped(text) if mapped is not None else cell

    return remembered(read)


def _map_reader(rule: ColumnRule) -> Callable[[str], str | None]:
    match, names = matcher([*rule.map]), [*rule.map][:MOST_HINTED]

    @remembered
    def hint(text: str) -> str:
        return did_you_mean(nearest(text[:MOST_SHOWN], names))

    def mapped(text: str) -> str | None:
        pattern = match(text)
        if pattern is not None:
            return rule.map[pattern]
        if rule.default is not None:
            return rule.default
        if rule.unmapped == "keep":
            return text
        code = SKIP if rule.unmapped == "skip" else "unmapped"
        raise Unfit(code, f"is not in the map of this column{hint(text)}")

    return mapped


def _check_text(cell: Cell) -> None:
    """Refuse text that was not read as it was written; raises `Unfit`."""
    if not isinstance(cell, str) or (cell.isascii() and "\0" not in cell):
        return
    if "\0" in cell:
        raise Unfit("not-text", "holds a NUL character: not a table, or in another table.encoding")
    try:
        cell.encode()
    except UnicodeEncodeError:
        why = "holds bytes that are not of table.encoding; set it, for example to cp1252"
        raise Unfit("not-text", why) from None


def digest_of(row: Row) -> str:
    """A short hash of what is in a row, the same in any format that it comes in."""
    told = "\x1f".join(text_of(cell) for cell in row.cells)
    return hashlib.blake2b(told.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
