"""Files that reports rest on: attached, read, and checked against their hashes."""

import time
from typing import IO, Annotated

import typer

from service.api.evidence import StoredEvidence
from service.cli.act_words import written_line
from service.cli.client import REFUSED, USAGE, Target, client_of, fail
from service.cli.completion import completion
from service.cli.offline import evidence_findings, settings_of, stored_log
from service.cli.options import DEFAULT_DATA, Data, IfMatch, Json, Url
from service.cli.output import say, say_json
from service.cli.transfer import open_input, open_output
from service.client import Client, commands
from service.client.exchange import decoded
from service.client.intents import CREATED, Conditions, answered
from service.evidence.checking import sweep as sweep_found
from service.evidence.media_types import ANY

evidence_app = typer.Typer(
    help="Read and check the files that reports rest on; `attach` adds one.", no_args_is_help=True
)
DAY_SECONDS = 86_400
Sha256 = Annotated[str, typer.Argument(metavar="SHA256", help="SHA-256 of the file.")]

Output = Annotated[str, typer.Option("--output", "-o", help="File to write; - for standard output.")]


def attach(
    report: Annotated[
        str,
        typer.Argument(metavar="REPORT", help="Id of a report.", autocompletion=completion("report")),
    ],
    file: Annotated[str, typer.Argument(metavar="FILE", help="The copy of it that was saved.")],
    reason: Annotated[str, typer.Option("--reason", help="Why.")] = "a copy of the report is stored",
    data: Data = DEFAULT_DATA,
    url: Url = None,
    if_match: IfMatch = None,
    as_json: Json = False,
) -> None:
    """Attach a file to a report: store it, and correct our record so that it names it."""
    with open_input(file) as source, client_of(Target(data, url)) as client:
        copy = _stored(client, source, file)
        given: Conditions = {} if if_match is None else {"if_match": if_match}
        provenance = {"evidence": copy}
        intent = commands.correct_report(
            report, kind="record", reason=reason, provenance=provenance, **given
        )
        answer = client.ask(answered(intent))
        written = decoded(answer)
    if as_json:
        say_json({**written, "evidence": copy})
        return
    done = f"report {report} rests on {copy['sha256']} ({copy['media_type']})"
    say(written_line(written, done, answer.status == CREATED))
    if answer.status == CREATED:
        say(f"to take it back: intellog correct {report}, with the copy that it named before")


def _stored(client: Client, source: IO[bytes], file: str) -> StoredEvidence:
    """Store a file; what a report says of it."""
    if not source.seekable():
        fail(f"{file}: is read twice, once for its hash; give a file", USAGE)
    return client.store_evidence(source, media_type=ANY)


@evidence_app.command("get")
def get(
    sha256: Sha256,
    output: Annotated[
        str, typer.Option("--output", "-o", help="File to write; - for standard output.")
    ],
    data: Data = DEFAULT_DATA,
    url: Url = None,
) -> None:
    """Write a stored file, and check that it is the one that was named."""
    with client_of(Target(data, url)) as client, client.evidence(sha256) as parts:
        first = next(parts, b"")  # what is refused leaves no file
        with open_output(output) as target:
            target.write(first)
            target.writelines(parts)


@evidence_app.command("check")
def check(data: Data = DEFAULT_DATA) -> None:
    """Verify every stored file; list what is missing, altered, or what no report rests on."""
    settings, wrong, idle = settings_of(data), 0, 0
    with stored_log(settings) as log:
        for found in evidence_findings(log, settings):
            say(found.line)
            wrong += found.what != "unreferenced"
            idle += found.what == "unreferenced"
    say(f"checked the evidence: {f'problems: {wrong:,}' if wrong else 'no damage'}")
    if idle:
        say(f"no report rests on {idle:,} files; intellog evidence sweep deletes old ones")
    if wrong:
        raise typer.Exit(REFUSED)


@evidence_app.command("sweep")
def sweep(
    days: Annotated[int, typer.Option("--days", min=1, help="Only files sent this long ago.")] = 30,
    data: Data = DEFAULT_DATA,
) -> None:
    """Delete stored files that no report rests on."""
    settings, before = settings_of(data), time.time() - days * DAY_SECONDS
    deleted = 0
    with stored_log(settings) as log:
        for found in evidence_findings(log, settings):
            if sweep_found(found, before):
                deleted += 1
                say(f"deleted {found.path.name}")
    say(f"deleted {deleted:,} files that no report rests on")
