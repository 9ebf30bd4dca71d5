"""Transfers commands and events between files or standard streams and a log."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, Literal

import httpx2
from pydantic_core import from_json, to_json
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

from domain.events import OperationEvent
from service.api.import_stream import Counts, DoneLine, FailedLine
from service.cli.client import USAGE, body_of, fail, lines
from service.interop.export import command_line
from service.streams.upcasters import read_event


def send_import(
    client: httpx2.Client, body: IO[bytes], name: str, *, quiet: bool
) -> DoneLine | FailedLine:
    """Import a file; print refused lines on standard error as they arrive; return the last line."""
    last: DoneLine | FailedLine | None = None
    headers = {"Content-Type": "application/x-ndjson"}
    with progress_bar(quiet=quiet) as progress:
        task = progress.add_task(f"importing {name}", total=None)
        with client.stream("POST", "/v1/import", content=chunks(body), headers=headers) as answer:
            if answer.is_error:
                body_of(answer)
            for sent in _until_cut_off(answer):
                if "line" in sent:
                    detail = sent["refused"]["detail"]
                    print(f"{name}, line {sent['line']}: {detail}", file=sys.stderr)
                elif "progress" in sent:
                    progress.update(task, completed=sent["progress"]["lines"])
                else:
                    last = sent
    if last is None:
        fail("the import was interrupted; run it again: no line is imported twice")
    if last["done"] is False:
        print(f"intellog: {last['failed']['detail']}", file=sys.stderr)
    return last


def _until_cut_off(answer: httpx2.Response) -> Iterator[Any]:
    """The lines of an answer, decoded, as far as they came."""
    with suppress(httpx2.RemoteProtocolError, ValueError):
        for line in lines(answer):
            yield from_json(line)


def import_summary(last: Counts) -> str:
    """The result of an import in one line."""
    counts = f"{last['accepted']:,} accepted, {last['duplicates']:,} duplicates"
    return f"{counts}, {last['refused']:,} refused; position {last['position']:,}"


def as_command(line: bytes) -> bytes:
    """The import line of the command that would record this event again, none for an operator's act."""
    _, event = read_event(line)
    return b"" if isinstance(event, OperationEvent) else to_json(command_line(event)) + b"\n"


def progress_bar(*, quiet: bool) -> Progress:
    """A progress bar on standard error; disabled with `quiet` and if that is not a terminal."""
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description} {task.completed:,.0f}"),
        BarColumn(bar_width=20),
        TimeRemainingColumn(),
        transient=True,
        disable=quiet or not sys.stderr.isatty(),
        console=Console(stderr=True),
    )


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
