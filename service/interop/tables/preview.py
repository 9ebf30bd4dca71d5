"""What a table would come to under a mapping: its columns, first commands, counts and refused rows."""

from collections.abc import Callable
from typing import Annotated, NotRequired

from pydantic import Field
from pydantic_core import to_json
from typing_extensions import TypedDict

from service.interop.import_tally import DoneLine, FailedLine
from service.interop.tables.conversion import Conversion
from service.interop.tables.lines import Refusal, RefusedRow
from service.interop.tables.readers import MOST_COLUMNS

FIRST = 20
FIRST_BYTES = 262_144
"""Maximum number of commands that are shown, and of their bytes."""
MOST_REFUSED = 100
"""Maximum number of refused rows that are shown."""
Command = dict[str, object]
"""A line of an import, in the shape of its command."""


class TablePreview(TypedDict):
    """A table under a mapping.

    `unused` are the columns that the mapping does not name. `commands` counts what the rows become,
    `claims` what the reports among that claim; `left_out` counts the rows that the mapping skips.
    `first` are the first commands, `refused` the first refused rows. `dry_run` is what importing would
    come to, where that was asked.
    """

    columns: Annotated[list[str], Field(max_length=MOST_COLUMNS)]
    unused: Annotated[list[str], Field(max_length=MOST_COLUMNS)]
    rows: int
    left_out: int
    commands: int
    claims: int
    first: Annotated[list[Command], Field(max_length=FIRST)]
    refused_rows: int
    refused: Annotated[list[RefusedRow], Field(max_length=MOST_REFUSED)]
    dry_run: NotRequired[DoneLine | FailedLine]


def preview_of(conversion: Conversion, check: Callable[[], None]) -> TablePreview:
    """Read all rows; `check` is called between them, and raises to end that."""
    found: TablePreview = {
        "columns": [name for name in conversion.columns.names if name],
        "unused": conversion.columns.unused,
        "rows": 0,
        "left_out": 0,
        "commands": 0,
        "claims": 0,
        "first": [],
        "refused_rows": 0,
        "refused": [],
    }
    room = FIRST_BYTES
    for each in conversion.lines():
        check()
        if isinstance(each, Refusal):
            found["refused_rows"] += 1
            if len(found["refused"]) < MOST_REFUSED:
                found["refused"].append(each.body())
            continue
        found["commands"] += 1
        found["claims"] += len(each.claims)
        if len(found["first"]) < FIRST and room > 0:
            found["first"].append({each.name: each.command})
            room -= len(to_json(each.command))
    found["rows"], found["left_out"] = conversion.rows, conversion.skipped
    return found
