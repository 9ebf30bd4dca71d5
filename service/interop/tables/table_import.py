"""The import of an uploaded table: its rows become lines of the ordinary import, written or tried."""

import io
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import IO

from pydantic_core import from_json

from service.http.problems import ProblemBody
from service.http.turns import in_turn
from service.interop.import_run import Chunks, ImportRun, Order
from service.interop.import_tally import DoneLine, FailedLine
from service.interop.tables.lines import Line, Refusal, RefusedRow
from service.interop.tables.mapping import Mapping
from service.interop.tables.preview import MOST_REFUSED
from service.interop.tables.readers import UNPACKED_BYTES
from service.interop.tables.reading import converted, refused_rows
from service.interop.tables.refused import write_refused
from service.service import Service

CHUNK = 262_144
"""Bytes of lines that are made at a time."""
MOST_RETURNED = 1_000_000
"""Maximum number of characters of refused rows that are returned as a table."""


@dataclass(slots=True)
class TableImport:
    """What became of a table: of its lines, and of its rows.

    `refused` are the first refused rows, `table` as many as fit, as CSV; `whole` says if that is all.
    """

    counts: DoneLine | FailedLine | None = None
    rows: int = 0
    left_out: int = 0
    refused_rows: int = 0
    refused: list[RefusedRow] = field(default_factory=list)
    table: str = ""
    whole: bool = True


async def import_table(
    service: Service, order: Order, mapping: Mapping, file: IO[bytes]
) -> TableImport:
    """Import a table or, as a dry run, try it; raises `Refused` if it does not fit the mapping."""
    result, refused_lines = TableImport(), dict[int, ProblemBody]()

    async def heard(body: bytes, more: bool) -> None:
        for line in body.splitlines():
            told = from_json(line)
            if "line" in told:
                refused_lines[told["line"]] = told["refused"]
            elif "done" in told:
                result.counts = told

    with ExitStack() as resources:
        opening = converted(mapping, file, UNPACKED_BYTES)
        conversion = await in_turn(resources.enter_context, opening)
        run = ImportRun(service, order, heard)
        try:
            await run.complete(_chunks(conversion.lines()))
        finally:
            run.close()
        result.rows, result.left_out = conversion.rows, conversion.skipped
    await in_turn(_bring_back, result, refused_lines, mapping, file)
    return result


async def _chunks(lines: Iterator[Line | Refusal]) -> Chunks:
    while (chunk := await in_turn(_next_chunk, lines)) is not None:
        yield chunk


def _next_chunk(lines: Iterator[Line | Refusal]) -> bytes | None:
    """The next lines as a body; None at the end."""
    chunk = bytearray()
    for each in lines:
        if isinstance(each, Line):
            chunk += each.ndjson()
        if len(chunk) > CHUNK:
            break
    return bytes(chunk) or None


def _bring_back(
    result: TableImport, refused_lines: dict[int, ProblemBody], mapping: Mapping, file: IO[bytes]
) -> None:
    """Read the table once more for the rows that were refused."""
    with converted(mapping, file, UNPACKED_BYTES) as conversion:
        out = io.StringIO()

        def counted() -> Iterator[Refusal]:
            for refusal in refused_rows(conversion, refused_lines):
                result.refused_rows += 1
                if len(result.refused) < MOST_REFUSED:
                    result.refused.append(refusal.body())
                result.whole = result.whole and out.tell() < MOST_RETURNED
                if result.whole:
                    yield refusal

        write_refused(out, mapping.table, conversion.columns.names, counted())
        result.table = out.getvalue()
