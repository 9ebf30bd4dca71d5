"""Transfers commands and events between files or standard streams and a log."""

import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from io import BufferedReader
from pathlib import Path
from typing import IO, Any, Literal

from pydantic_core import from_json, to_json

from domain.events import EventRedacted, OperationEvent
from service.cli.client import USAGE, fail
from service.cli.output import harmless, progress_bar, warn
from service.client import Client, ImportFailed
from service.client.transfers import download
from service.interop.export import CommandLines
from service.interop.import_spool import RefusedLine
from service.interop.import_tally import Counts, DoneLine, FailedLine
from service.interop.stix.bundles import STIX_TYPE
from service.interop.stix.inbound.outcome import ObjectLine
from service.streams.upcasters import read_event

Update = Callable[..., None]
"""Moves the progress bar: `completed`, `total`."""


@dataclass(frozen=True, slots=True)
class Sending:
    """What an import sends, and what is done with each line that is refused.

    `lines` may move the progress bar itself; if it does not, the answer does. `name` is that of the
    import, to which lines that came under another name are not known. A `dry_run` writes nothing. Of a
    STIX bundle, `told` hears what became of each object.
    """

    lines: Callable[[Update], Iterator[bytes]]
    refused: Callable[[RefusedLine], None]
    name: str | None = None
    dry_run: bool = False
    media_type: str = "application/x-ndjson"
    told: Callable[[ObjectLine], None] = lambda line: None


def send_file(
    client: Client, body: IO[bytes], file: str, *, quiet: bool, **how: Any
) -> DoneLine | FailedLine:
    """Import a file of lines; print refused ones on standard error as they arrive."""

    def refused(line: RefusedLine) -> None:
        warn(f"{file}, line {line['line']}: {line['refused']['detail']}")

    return send_import(client, Sending(lambda update: chunks(body), refused, **how), file, quiet=quiet)


def send_bundle(
    client: Client, body: IO[bytes], file: str, *, quiet: bool, **how: Any
) -> tuple[DoneLine | FailedLine, list[ObjectLine]]:
    """Import a STIX bundle; name on standard error what is left out, and what is refused."""
    objects = list[ObjectLine]()

    def told(line: ObjectLine) -> None:
        objects.append(line)
        if line["became"] == "left-out":
            warn(f"{file}: {line['object']} is left out: {line['why']}")

    def refused(line: RefusedLine) -> None:
        of = next((each["object"] for each in objects if line["line"] in each["lines"]), "an object")
        warn(f"{file}: {of}: {line['refused']['detail']}")

    sending = Sending(lambda update: chunks(body), refused, media_type=STIX_TYPE, told=told, **how)
    return send_import(client, sending, file, quiet=quiet), objects


def is_bundle(body: IO[bytes]) -> bool:
    """Whether a file begins as a STIX bundle; nothing of it is read."""
    begin = body.peek(4_096)[:4_096] if isinstance(body, BufferedReader) else b""
    return _BUNDLE.search(begin) is not None


_BUNDLE = re.compile(rb'\A(?:\xef\xbb\xbf)?\s*\{[^{}\[\]]*"type"\s*:\s*"bundle"')


def send_import(client: Client, sending: Sending, file: str, *, quiet: bool) -> DoneLine | FailedLine:
    """Import lines; return the last line of the answer."""
    with progress_bar(quiet=quiet) as progress:
        task = progress.add_task(f"importing {harmless(file)}", total=None)

        def heard(line: Any) -> None:
            if "progress" in line:
                progress.update(task, completed=line["progress"]["lines"])
            elif "object" in line:
                sending.told(line)
            else:
                sending.refused(line)

        content = sending.lines(partial(progress.update, task))
        how = {"name": sending.name, "dry_run": sending.dry_run, "media_type": sending.media_type}
        last = _tally(client, content, heard=heard, **how)
    for each in last.get("superseded", ()):
        warn(
            f"{file}, line {each['line']}: is known since position {each['position']} and no longer in "
            "force; to record it once more, import it under a --name of its own"
        )
    if last["done"] is False:
        warn(f"intellog: {last['failed']['detail']}")
    return last


def _tally(client: Client, content: Iterator[bytes], **how: Any) -> DoneLine | FailedLine:
    try:
        return client.import_(content, **how).tally
    except ImportFailed as failed:
        return failed.tally


def import_summary(last: Counts) -> str:
    """The result of an import in one line."""
    counts = f"{last['accepted']:,} accepted, {last['duplicates']:,} duplicates"
    tried = "dry run: " if last.get("dry_run") else ""
    return f"{tried}{counts}, {last['refused']:,} refused; position {last['position']:,}"


def as_command(line: bytes, exported: CommandLines) -> bytes:
    """The import line of the command that would record this event again.

    There is none for an operator's act, nor for what was redacted and what says so.

    It says at which position the event is, by which the same log knows it. `exported` has made the
    lines of the events before.
    """
    members = from_json(line)
    if "redacted" in members:
        return b""
    _, event = read_event(line)
    if isinstance(event, OperationEvent | EventRedacted):
        return b""
    return to_json({"position": members["position"], **exported.line(event)}) + b"\n"


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


def save(client: Client, path: str, file: str, query: Mapping[str, str] | None = None) -> None:
    """Write what an address answers to a file, which is left alone where the answer is a refusal."""
    parts = client.iterate(download(path, query or {}))
    first = next(parts, b"")
    with open_output(file) as target:
        target.write(first)
        for part in parts:
            target.write(part)


def _open(file: str, mode: Literal["rb", "wb"]) -> IO[bytes]:
    try:
        return Path(file).open(mode)
    except OSError as error:
        fail(f"{file}: {(error.strerror or 'cannot be opened').lower()}", USAGE)


def chunks(body: IO[bytes]) -> Iterator[bytes]:
    """The content in chunks, so that a file of any size needs little memory."""
    while chunk := body.read(65_536):
        yield chunk
