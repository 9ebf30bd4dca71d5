"""What becomes of rows: lines of an import, each with the rows it was made of, or refusals."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pydantic import BaseModel
from pydantic_core import to_json
from typing_extensions import TypedDict

from domain.errors import Fault
from service.interop.tables.cells import Row, Unfit
from service.interop.tables.columns import Columns
from service.interop.tables.filling import Fields, columns_at

SAME_REPORT = "same-report"
"""The code of a row that is right itself and refused because another row of its report is not."""


class RefusedRow(TypedDict):
    """A row that was refused: in which column and for which value, if for one; why."""

    row: int
    column: str | None
    value: str | None
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refused row with its cells, and why."""

    row: Row
    unfit: Unfit

    def body(self) -> RefusedRow:
        """The refusal as it is sent."""
        return {
            "row": self.row.number,
            "column": self.unfit.column,
            "value": self.unfit.value,
            "code": self.unfit.code,
            "message": self.unfit.message,
        }


@dataclass(frozen=True, slots=True)
class Origin:
    """What a claim was made of: a row, a rule of the mapping, and a column if the rule is for each."""

    row: Row
    rule: BaseModel
    each: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A line of an import: its command, the rows that it was made of, and what its claims were made of.

    `rule` is that of the command itself, to find the columns of its fields.
    """

    name: str
    command: Fields
    rule: BaseModel | None = None
    rows: Sequence[Row] = ()
    claims: Sequence[Origin] = ()

    def body(self) -> dict[str, Fields]:
        """The line as JSON has it."""
        return {self.name: self.command}

    def ndjson(self) -> bytes:
        """The line as it is sent."""
        return to_json(self.body()) + b"\n"

    def refusals(
        self, columns: Columns, code: str, detail: str, faults: Sequence[Fault]
    ) -> Iterator[Refusal]:
        """The rows of a line that was refused: those that its faults point to, and the others.

        Row 0 stands for the mapping, where that alone made the line.
        """
        found = dict[int, Unfit]()
        for fault in faults:
            row, unfit = self._placed(columns, code, fault)
            if row is not None:
                found.setdefault(row.number, unfit)
        if not self.rows:
            yield Refusal(Row(0, ()), Unfit(code, f"{self.name} of the mapping: {detail}"))
        first = min(found, default=None)
        for row in self.rows:
            if row.number in found:
                yield Refusal(row, found[row.number])
            elif first is not None:
                yield Refusal(row, neighbour(first))
            else:
                yield Refusal(row, Unfit(code, detail))

    def _placed(self, columns: Columns, code: str, fault: Fault) -> tuple[Row | None, Unfit]:
        """The row that a fault is about, if it is about one, and the fault as one of its column."""
        path = [step for step in fault.pointer.split("/")[1:] if step != self.name]
        row, rule, each = None, self.rule, None
        if path[:1] == ["claims"] and len(path) > 1 and int(path[1]) < len(self.claims):
            origin = self.claims[int(path[1])]
            row, rule, each, path = origin.row, origin.rule, origin.each, path[2:]
        elif len(self.rows) == 1:
            row = self.rows[0]
        field = f"{'.'.join(path)}: {fault.message}" if path else fault.message
        column = next(iter(columns_at(rule, path, each)), None) if rule is not None and path else None
        return row, Unfit(code, field, *(columns.shown(row, column) if row else (None, None)))


def neighbour(row: int) -> Unfit:
    """Why a row is refused that is right itself."""
    return Unfit(SAME_REPORT, f"is in one report with row {row}, which is refused; fix that")
