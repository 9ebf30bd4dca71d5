"""Moving commands and events in and out of a log."""

from typing import Annotated

import typer
from pydantic_core import to_json

from service.cli.client import REFUSED, Target, client_of, streamed
from service.cli.offline import event_lines, is_read_only, settings_of
from service.cli.options import DEFAULT_DATA, Data, Json, Url
from service.cli.output import harmless_json, say, say_json
from service.cli.transfer import (
    as_command,
    import_summary,
    open_input,
    open_output,
    send_import,
)
from service.interop.export import CommandLines


def import_(
    file: Annotated[
        str, typer.Argument(help="File with one command per line as JSON; - for standard input.")
    ],
    data: Data = DEFAULT_DATA,
    url: Url = None,
    name: Annotated[
        str | None,
        typer.Option(help="Name of the import; lines imported under another name are not known to it."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Import commands from a file; lines imported before are skipped."""
    with open_input(file) as body, client_of(Target(data, url), create=True) as client:
        last = send_import(client, body, file, quiet=as_json, name=name)
    if as_json:
        say_json(last)
    else:
        say(import_summary(last))
    if last["refused"] or not last["done"]:
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
