"""A table read once to be imported, and once more for the rows of the lines that the log refused."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import IO

from domain.errors import Fault
from service.http.problems import ProblemBody
from service.interop.tables import mapping as mappings
from service.interop.tables.conversion import Conversion
from service.interop.tables.lines import Refusal
from service.interop.tables.readers import open_table


@contextmanager
def converted(
    mapping: mappings.Mapping, file: IO[bytes], most_bytes: int | None = None
) -> Iterator[Conversion]:
    """The conversion of a table; raises `Refused` if the table or the mapping does not fit."""
    with open_table(file, mapping.table, most_bytes) as table:
        yield Conversion(mapping, table)


def refused_rows(conversion: Conversion, refused_lines: Mapping[int, ProblemBody]) -> Iterator[Refusal]:
    """Every refused row of a table, in its order: those that made no line, and those whose line, by its
    number in the import, was refused."""
    number = 0
    for each in conversion.lines():
        if isinstance(each, Refusal):
            yield each
            continue
        number += 1
        if (problem := refused_lines.get(number)) is not None:
            code = problem["type"].rpartition("/")[2]
            faults = [Fault(e["pointer"], e["message"]) for e in problem.get("errors", ())]
            yield from each.refusals(conversion.columns, code, problem["detail"], faults)
