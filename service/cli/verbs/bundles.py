"""A report with all that proves it, in one file to hand on."""

from pathlib import Path
from typing import Annotated

import typer

from service.cli.client import Target, client_of, fail, reason_of
from service.cli.options import DEFAULT_DATA, Data, Url
from service.cli.output import say


def bundle(
    report: Annotated[str, typer.Argument(metavar="REPORT", help="Id of a report.")],
    to: Annotated[
        Path | None, typer.Option("--to", metavar="FILE", help="The file; by default REPORT.zip.")
    ] = None,
    data: Data = DEFAULT_DATA,
    url: Url = None,
) -> None:
    """Write a report to a ZIP file, with its events, their proofs, and three ways to check them."""
    file = to or Path(f"{report}.zip")
    with client_of(Target(data, url)) as client:
        content = client.bundle(report)
    try:
        file.write_bytes(content)
    except OSError as error:
        fail(f"{file}: {reason_of(error)}")
    say(f"{file}: {len(content):,} bytes; its README.txt says how to check it")
