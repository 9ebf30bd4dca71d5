"""Filing reports, and what is done to them afterwards."""

from typing import Annotated

import typer

from domain.commands import (
    CorrectReport,
    FileReport,
    HoldReport,
    MarkReport,
    RedactReport,
    ReleaseReport,
    WithdrawReport,
)
from service.cli.acts import Verb, writing
from service.cli.client import Target, client_of
from service.cli.options import DEFAULT_DATA, Data, Json, Url
from service.cli.output import say, say_json
from service.cli.transfer import open_input
from service.client.exchange import decoded
from service.client.intents import CREATED, Intent, answered


def post(
    file: Annotated[str, typer.Argument(help="File with a report as JSON; - for standard input.")],
    data: Data = DEFAULT_DATA,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """File a report."""
    with open_input(file) as body, client_of(Target(data, url), create=True) as client:
        answer = client.ask(answered(Intent(FileReport.NAME, {}, body=body.read())))
        written = decoded(answer)
    if as_json:
        say_json(written)
        return
    what = "filed" if answer.status == CREATED else "already filed:"
    say(f"{what} {written['id']} at position {written['position']}")


correct = writing(
    "REPORT",
    Verb(CorrectReport),
    doc="Correct a report: where we mistyped (record), or where its publisher corrected it.",
    note=" What is not given stays.",
)
withdraw = writing("REPORT", Verb(WithdrawReport))
redact = writing("REPORT", Verb(RedactReport))
hold = writing("REPORT", Verb(HoldReport))
release = writing("REPORT", Verb(ReleaseReport))
mark = writing("REPORT", Verb(MarkReport))
