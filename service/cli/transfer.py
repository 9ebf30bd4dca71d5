"""Moving commands and events between files, standard streams and a log."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Literal

from pydantic_core import from_json, to_json
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

from service.cli.client import USAGE, answered, fail, lines
from service.interop.export import command_line
from service.streams.upcasters import read_event


def send(client: Any, body: IO[bytes], name: str, *, quiet: bool) -> dict[str, Any]:
    """Send an import; refusals go to standard error as they come, the count is the answer."""
    last: dict[str, Any] = {}
    headers = {"Content-Type": "application/x-ndjson"}
    with progress_bar(quiet=quiet) as progress:
        task = progress.add_task(f"importing {name}", total=None)
        with client.stream("POST", "/v1/import", content=chunks(body), headers=headers) as answer:
            if answer.is_error:
                answered(answer)
            for line in lines(answer):
                last = from_json(line)
                if "refused" in last and "line" in last:
                    detail = last["refused"]["detail"]
                    print(f"{name}, line {last['line']}: {detail}", file=sys.stderr)
                elif "progress" in last:
                    progress.update(task, completed=last["progress"]["lines"])
    if "done" not in last:
        fail("the import broke off; send it again, nothing is taken twice")
    if not last["done"]:
        print(f"intellog: {last['failed']['detail']}", file=sys.stderr)
    return last


def counted(last: dict[str, Any]) -> str:
    """What became of an import, in one line."""
    counts = ", ".join(f"{last[name]:,} {name}" for name in ("accepted", "duplicates", "refused"))
    return f"{counts}; position {last['position']:,}"


def as_command(event: bytes) -> bytes:
    """The import line that makes an event again; the event is a line of `/v1/events`."""
    return to_json(command_line(read_event(event)[1]))


def progress_bar(*, quiet: bool) -> Progress:
    """A bar on standard error, for people who watch; nothing for programs."""
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
def reading(file: str) -> Iterator[IO[bytes]]:
    """A file, or standard input for `-`."""
    if file == "-":
        yield sys.stdin.buffer
        return
    with _opened(file, "rb") as source:
        yield source


@contextmanager
def writing(file: str) -> Iterator[IO[bytes]]:
    """A file, or standard output for `-`."""
    if file == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    with _opened(file, "wb") as target:
        yield target


def _opened(file: str, mode: Literal["rb", "wb"]) -> IO[bytes]:
    try:
        return Path(file).open(mode)
    except OSError as error:
        fail(f"{file}: {(error.strerror or 'cannot be opened').lower()}", USAGE)


def chunks(body: IO[bytes]) -> Iterator[bytes]:
    """A body in pieces, so that no length of it fills the memory."""
    while chunk := body.read(65_536):
        yield chunk
