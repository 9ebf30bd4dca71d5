"""The options and arguments that several verbs share."""

import os
from pathlib import Path
from typing import Annotated

import typer

DEFAULT_DATA = Path(os.environ.get("INTELLOG_DATA", "data"))
Data = Annotated[Path, typer.Option("--data", help="Directory of the log.")]
Url = Annotated[str | None, typer.Option("--url", help="URL of a running server, instead of --data.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Write nothing; print what would be recorded and change.")
]
IfMatch = Annotated[
    str | None,
    typer.Option(
        "--if-match", help="Only if the report, source or indicator is still at this version."
    ),
]
