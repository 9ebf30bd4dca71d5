"""The options and arguments that several verbs share."""

import os
from pathlib import Path
from typing import Annotated

import typer

DEFAULT_DATA = Path(os.environ.get("INTELLOG_DATA", "data"))
Data = Annotated[Path, typer.Option("--data", help="Directory of the log.")]
Url = Annotated[str | None, typer.Option("--url", help="URL of a running server, instead of --data.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Indicator = Annotated[str, typer.Argument(help="Id of an indicator.")]
KnownAt = Annotated[
    str | None, typer.Option("--known-at", help="As known then: time, date or position.")
]
PublishedBy = Annotated[
    str | None, typer.Option("--published-by", help="As published by then: time or date.")
]
ValidAt = Annotated[
    str | None, typer.Option("--valid-at", help="Only figures for days up to this date.")
]
Cohort = Annotated[str | None, typer.Option("--cohort", help="Only this cohort.")]
Period = Annotated[str | None, typer.Option("--period", help="Only this period, as EDTF.")]
Originator = Annotated[
    str | None, typer.Option("--originator", help="Only the figures of this originator.")
]
After = Annotated[int | None, typer.Option("--after", help="Only events after this position.")]
Until = Annotated[
    int | None, typer.Option("--until", help="Only events up to this position, inclusive.")
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Write nothing; print what would be recorded and change.")
]
IfMatch = Annotated[
    str | None,
    typer.Option(
        "--if-match", help="Only if the report, source or indicator is still at this version."
    ),
]
