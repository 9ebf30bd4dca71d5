"""Moving commands and events in and out of a log."""

from pathlib import Path
from typing import Annotated

import typer
from pydantic_core import to_json

from service.cli.client import REFUSED, USAGE, Target, client_of, fail, streamed
from service.cli.offline import event_lines, is_read_only, settings_of
from service.cli.options import DEFAULT_DATA, Data, Json, Url
from service.cli.output import harmless_json, say, say_json
from service.cli.tables_in import Rows, TableFile, rows_summary, table_file
from service.cli.transfer import (
    as_command,
    import_summary,
    open_input,
    open_output,
    send_file,
)
from service.interop.export import CommandLines
from service.interop.import_tally import DoneLine, FailedLine


def import_(
    file: Annotated[
        str,
        typer.Argument(
            help="File with one command per line as JSON, or with a table; - for standard input."
        ),
    ],
    data: Data = DEFAULT_DATA,
    url: Url = None,
    name: Annotated[
        str | None,
        typer.Option(help="Name of the import; lines imported under another name are not known to it."),
    ] = None,
    mapping: Annotated[
        Path | None,
        typer.Option("--map", help="Mapping of a table (CSV, XLSX, ODS) to commands, in TOML."),
    ] = None,
    preview: Annotated[
        int | None,
        typer.Option(min=0, help="Print the first commands of a table and its refused rows; no more."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Report what would be taken and refused; write nothing.")
    ] = False,
    refused: Annotated[
        Path | None,
        typer.Option(help="File to write refused rows of a table to, with reasons, as CSV."),
    ] = None,
    sheet: Annotated[
        str | None, typer.Option(help="Sheet of a workbook; by default the first.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Import commands from a file, or a table by a mapping; lines imported before are skipped."""
    if mapping is None:
        _refuse_without_map(preview=preview, refused=refused, sheet=sheet)
        with open_input(file) as body, client_of(Target(data, url), create=True) as client:
            last = send_file(client, body, file, quiet=as_json, name=name, dry_run=dry_run)
        _say_result(last, None, as_json)
        return
    with table_file(file, mapping, refused, sheet) as table:
        if preview is not None:
            _say_preview(table, preview, as_json)
            return
        with client_of(Target(data, url), create=True) as client:
            last = table.send(client, quiet=as_json, name=name, dry_run=dry_run)
    _say_result(last, table.rows, as_json)


def _refuse_without_map(**given: object) -> None:
    """Refuse options that say something about a table."""
    for name, value in given.items():
        if value is not None:
            fail(f"--{name} is about a table, which needs --map FILE.toml", USAGE)


def _say_result(last: DoneLine | FailedLine, rows: Rows | None, as_json: bool) -> None:
    if as_json:
        say_json({**last, **(rows or {})})
    else:
        say(import_summary(last) + (f"; {rows_summary(rows)}" if rows else ""))
    if last["refused"] or not last["done"] or (rows and rows["refused_rows"]):
        raise typer.Exit(REFUSED)


def _say_preview(table: TableFile, most: int, as_json: bool) -> None:
    for command in table.preview(most):
        say_json(command)
    if as_json:
        say_json(table.rows)
    else:
        say(rows_summary(table.rows))
    if table.rows["refused_rows"]:
        raise typer.Exit(REFUSED)


def export(
    data: Data = DEFAULT_DATA,
    url: Url = None,
    output: Annotated[
        str, typer.Option("--output", "-o", help="File to write; - for standard output.")
    ] = "-",
    events: Annotated[
        bool, typer.Option("--events", help="Write the stored events instead of commands.")
    ] = False,
) -> None:
    """Export the log as commands that `import` accepts, one per line."""
    settings, exported = settings_of(data), CommandLines()
    if url is None and is_read_only(settings):
        with open_output(output) as target:
            for line in event_lines(settings):
                target.write((line if events else as_command(line, exported)) + b"\n")
        return
    with client_of(Target(data, url)) as client, open_output(output) as target:
        for line, event in streamed(client, "/v1/events"):
            written = to_json(event) + b"\n" if events else as_command(line, exported)
            target.write(harmless_json(written))
