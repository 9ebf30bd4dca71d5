"""All that commands print: data stands there as it is, and does nothing to the terminal.

Control characters, which may be the start of an escape sequence, and those that turn the direction of
text are written as `\\u001b`. In JSON that is the same value. Nothing in data is markup.
"""

import re
import sys
from collections.abc import Callable
from typing import Any

from pydantic_core import to_json
from rich.console import Console, RenderableType
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

_HARMFUL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
_PERHAPS = re.compile(
    rb"[\x00-\x09\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xd8\x9c|\xe2\x80[\x8e\x8f\xa8-\xae]|\xe2\x81"
)
"""What each harmful character contains in UTF-8; few lines have any of it."""
_console = Console(highlight=False, soft_wrap=False, markup=False, emoji=False)


def harmless(text: str) -> str:
    """A text in which nothing acts on a terminal; only line ends and tabs stay."""
    return _HARMFUL.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def harmless_json(line: bytes) -> bytes:
    """The same JSON, in which nothing acts on a terminal."""
    return harmless(line.decode()).encode() if _PERHAPS.search(line) else line


def harmless_data(value: Any) -> Any:
    """Decoded JSON, in whose texts nothing acts on a terminal."""
    match value:
        case str():
            return harmless(value)
        case list():
            return [harmless_data(each) for each in value]
        case dict():
            return {harmless(name): harmless_data(each) for name, each in value.items()}
        case _:
            return value


def say(text: str) -> None:
    """Print text on standard output."""
    print(harmless(text), flush=True)


def say_json(value: Any) -> None:
    """Print a value, or JSON that is encoded already, as one line on standard output."""
    line = value if isinstance(value, bytes) else to_json(value)
    print(harmless_json(line).decode(), flush=True)


def warn(text: str) -> None:
    """Print one line on standard error."""
    print(harmless(" ".join(text.split())), file=sys.stderr)


def show(data: Any, layout: Callable[[Any], RenderableType]) -> None:
    """Print decoded JSON in a layout for people."""
    _console.print(layout(harmless_data(data)))


def show_line(data: Any, layout: Callable[[Any], str]) -> None:
    """Print decoded JSON in one line, cut to the width of the terminal."""
    _console.print(layout(harmless_data(data)), no_wrap=True, overflow="ellipsis")


def progress_bar(*, quiet: bool) -> Progress:
    """A progress bar on standard error; disabled with `quiet` and if that is not a terminal."""
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description} {task.completed:,.0f}", markup=False),
        BarColumn(bar_width=20),
        TimeRemainingColumn(),
        transient=True,
        disable=quiet or not sys.stderr.isatty(),
        console=Console(stderr=True, markup=False, emoji=False),
    )
