"""Transfers commands and events between files or standard streams and a log."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any, Literal

import httpx2
from pydantic_core import from_json, to_json

from domain.events import OperationEvent
from service.cli.client import USAGE, body_of, fail, lines
from service.cli.output import harmless, progress_bar, warn
from service.interop.export import CommandLines
from service.interop.import_spool import RefusedLine
from service.interop.import_tally import Counts, DoneLine, FailedLine
from service.streams.upcasters import read_event

Update = Callable[..., None]
"""Moves the progress bar: `completed`, `total`."""


@dataclass(frozen=True, slots=True)
class Sending:
    """What an import sends, and what is done with each line that is refused.

    `lines` may move the progress bar itself; if it does not, the answer does. `name` is that of the
    import, to which lines that came under another name are not known. A `dry_run` writes nothing.
    """

    lines: Callable[[Update], Iterator[bytes]]
    refused: Callable[[RefusedLine], None]
    name: str | None = None
    dry_run: bool = False

    @property
    def query(self) -> dict[str, str]:
        """The parameters of the request."""
        named = {} if self.name is None else {"name": self.name}
        return {**named, "dry_run": "true"} if self.dry_run else named


def send_file(
    client: httpx2.Client, body: IO[bytes], file: str, *, quiet: bool, **how: Any
) -> DoneLine | FailedLine:
    """Import a file of lines; print refused ones on standard error as they arrive."""

    def refused(line: RefusedLine) -> None:
        warn(f"{file}, line {line['line']}: {line['refused']['detail']}")

    return send_import(client, Sending(lambda update: chunks(body), refused, **how), file, quiet=quiet)


def send_import(
    client: httpx2.Client, sending: Sending, file: str, *, quiet: bool
) -> DoneLine | FailedLine:
    """Import lines; return the last line of the answer."""
    last: DoneLine | FailedLine | None = None
    headers = {"Content-Type": "application/x-ndjson"}
    with progress_bar(quiet=quiet) as progress:
        task = progress.add_task(f"importing {harmless(file)}", total=None)
        content = sending.lines(partial(progress.update, task))
        # A connection that breaks leaves the import without its last line, whoever notices it first.
        with (
            suppress(httpx2.ReadError, httpx2.WriteError, httpx2.RemoteProtocolError),
            client.stream(
                "POST", "/v1/import", params=sending.query, content=content, headers=headers
            ) as answer,
        ):
            if answer.is_error:
                body_of(answer)
            for sent in _until_cut_off(answer):
                if "line" in sent:
                    sending.refused(sent)
                elif "progress" in sent:
                    progress.update(task, completed=sent["progress"]["lines"])
                else:
                    last = sent
    if last is None:
        fail("the import was interrupted; run it again: no line is imported twice")
    for each in last.get("superseded", ()):
        warn(
            f"{file}, line {each['line']}: is known since position {each['position']} and no longer in "
            "force; to record it once more, import it under a --name of its own"
        )
    if last["done"] is False:
        warn(f"intellog: {last['failed']['detail']}")
    return last


def _until_cut_off(answer: httpx2.Response) -> Iterator[Any]:
    """The lines of an answer, decoded, as far as they came."""
    with suppress(httpx2.RemoteProtocolError, ValueError):
        for line in lines(answer):
            yield from_json(line)


def import_summary(last: Counts) -> str:
    """The result of an import in one line."""
    counts = f"{last['accepted']:,} accepted, {last['duplicates']:,} duplicates"
    tried = "dry run: " if last.get("dry_run") else ""
    return f"{tried}{counts}, {last['refused']:,} refused; position {last['position']:,}"


def as_command(line: bytes, exported: CommandLines) -> bytes:
    """The import line of the command that would record this event again, none for an operator's act.

    It says at which position the event is, by which the same log knows it. `exported` has made the
    lines of the events before.
    """
    _, event = read_event(line)
    if isinstance(event, OperationEvent):
        return b""
    return to_json({"position": from_json(line)["position"], **exported.line(event)}) + b"\n"


@contextmanager
def open_input(file: str) -> Iterator[IO[bytes]]:
    """A file open for reading, or standard input for `-`."""
    if file == "-":
        yield sys.stdin.buffer
        return
    with _open(file, "rb") as source:
        yield source


@contextmanager
def open_output(file: str) -> Iterator[IO[bytes]]:
    """A file open for writing, or standard output for `-`."""
    if file == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    with _open(file, "wb") as target:
        yield target


def _open(file: str, mode: Literal["rb", "wb"]) -> IO[bytes]:
    try:
        return Path(file).open(mode)
    except OSError as error:
        fail(f"{file}: {(error.strerror or 'cannot be opened').lower()}", USAGE)


def chunks(body: IO[bytes]) -> Iterator[bytes]:
    """The content in chunks, so that a file of any size needs little memory."""
    while chunk := body.read(65_536):
        yield chunk
