"""Moving commands and events in and out of a log."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, get_args

import typer
from pydantic_core import to_json

from service.cli.client import REFUSED, USAGE, Target, client_of, fail
from service.cli.offline import event_lines, is_read_only, settings_of
from service.cli.options import DEFAULT_DATA, Data, Json, Url
from service.cli.output import harmless_json, say, say_json
from service.cli.tables_in import Rows, TableFile, rows_summary, table_file
from service.cli.transfer import (
    as_command,
    import_summary,
    is_bundle,
    open_input,
    open_output,
    save,
    send_bundle,
    send_file,
)
from service.interop.export import CommandLines
from service.interop.import_tally import DoneLine, FailedLine
from service.interop.stix.inbound.outcome import Became, ObjectLine


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
    stix: Annotated[
        bool, typer.Option("--stix", help="The file is a STIX 2.1 bundle; most are recognised.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Import commands, a table by a mapping, or STIX; what was imported before is skipped."""
    if mapping is None:
        _refuse_without_map(preview=preview, refused=refused, sheet=sheet)
        how: dict[str, Any] = {"name": name, "dry_run": dry_run}
        with open_input(file) as body, client_of(Target(data, url), create=True) as client:
            if stix or is_bundle(body):
                last, objects = send_bundle(client, body, file, quiet=as_json, **how)
                _say_objects(objects, as_json)
            else:
                last = send_file(client, body, file, quiet=as_json, **how)
        _say_result(last, None, as_json)
        return
    if stix:
        fail("--stix is about a bundle, --map about a table; give one of them", USAGE)
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


def _say_objects(objects: Sequence[ObjectLine], as_json: bool) -> None:
    """Say what became of the objects of a bundle: each, or how many of what."""
    if as_json:
        for each in objects:
            say_json(each)
        return
    counts = Counter(each["became"] for each in objects)
    say(f"{len(objects):,} objects: " + ", ".join(f"{counts[each]:,} {each}" for each in _BECAME))


_BECAME: tuple[Became, ...] = get_args(Became)


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
    stix: Annotated[
        bool, typer.Option("--stix", help="Write a STIX 2.1 bundle, with estimates as notes.")
    ] = False,
) -> None:
    """Export the log as commands that `import` accepts, one per line, or as STIX."""
    if stix:
        if events:
            fail("--stix and --events are two forms; give one of them", USAGE)
        with client_of(Target(data, url)) as client:
            save(client, "/v1/stix", output)
        return
    settings, exported = settings_of(data), CommandLines()
    if url is None and is_read_only(settings):
        with open_output(output) as target:
            for line in event_lines(settings):
                target.write((line if events else as_command(line, exported)) + b"\n")
        return
    with client_of(Target(data, url)) as client, open_output(output) as target:
        for event in client.events():
            line = to_json(event)
            target.write(harmless_json(line + b"\n" if events else as_command(line, exported)))
