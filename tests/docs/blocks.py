"""What a page of the documents has a reader run: its commands and programs, with what they print.

A fenced block `console` holds commands: lines that begin with `$ `, each with its output below it. A
command goes on while a quote or a here-document is open, or a line ends in a backslash. Blocks `python`
are parts of one program; a block `text` directly below one is what it prints. No other block is run.
"""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from markdown_it import MarkdownIt
from markdown_it.token import Token


@dataclass(frozen=True, slots=True)
class Step:
    """One command, or one part of the program: where it is and what it should print.

    `output` is None where the page does not show it.
    """

    kind: Literal["command", "program"]
    line: int
    source: str
    output: str | None


def steps(page: str) -> list[Step]:
    """What a page has its reader run, in order."""
    tokens = [token for token in MarkdownIt("commonmark").parse(page) if token.nesting >= 0]
    return [
        step for block, below in pairwise([*tokens, Token("", "", 0)]) for step in _of(block, below)
    ]


def _of(block: Token, below: Token) -> Iterator[Step]:
    if block.type != "fence" or block.map is None:
        return
    first = block.map[0] + 2
    if block.info == "console":
        yield from _commands(block.content, first)
    elif block.info == "python":
        output = below.content if below.type == "fence" and below.info == "text" else None
        yield Step("program", first, block.content, output)


def _commands(block: str, first: int) -> Iterator[Step]:
    lines = block.splitlines()
    starts = [n for n, line in enumerate(lines) if line.startswith("$ ")]
    if starts[:1] != [0]:
        raise ValueError(f"line {first}: a console block begins with a command, as in '$ ls'")
    here = 0
    while here < len(lines):
        end = _end(lines, here)
        following = next((n for n in starts if n >= end), len(lines))
        source = "\n".join([lines[here][2:], *lines[here + 1 : end]])
        yield Step("command", first + here, source, "\n".join(lines[end:following]))
        here = following


def _end(lines: list[str], start: int) -> int:
    """The line after the command that begins on a line."""
    for end in range(start + 1, len(lines) + 1):
        if _complete("\n".join([lines[start][2:], *lines[start + 1 : end]])):
            return end
    return len(lines)


def _complete(command: str) -> bool:
    inserted = re.search(r"<<'?(\w+)'?", command)
    if inserted and "\n" in command:
        return command.endswith(f"\n{inserted[1]}")
    if inserted or command.endswith("\\"):
        return False
    try:
        shlex.split(command)
    except ValueError:
        return False
    return True
