"""The reference of the command line: every verb with its arguments and options, from the program."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from typer.main import get_command

from service.cli.app import app
from tests.reference.markdown import code, table

SHARED: Mapping[str, str] = {
    "--data": "the directory of the log; `INTELLOG_DATA`, or `data`, unless given",
    "--url": "the address of a running server, instead of `--data`",
    "--json": "print JSON, one object a line, instead of a table",
}
"""The options that most commands have, explained once."""
ABOUT = """# Command line

Every command of `intellog`, made from the program; `intellog COMMAND --help` prints the same. Each
works on a directory or on a running server. The status is 0, 1 where something was refused, or 2
where the command itself is wrong; errors are one line on standard error.

| most commands take | meaning |
|---|---|
"""


def commands() -> str:
    """Every command, in the order of the help."""
    lines = [ABOUT + "\n".join(f"| {code(name)} | {meaning} |" for name, meaning in SHARED.items()), ""]
    root = get_command(app)
    context: Any = root.context_class(root, info_name="intellog")
    for name, command in root.commands.items():  # type: ignore[attr-defined]
        for path, each in _commands(name, command):
            lines += [f"## intellog {path}", "", *_command(each, path, context)]
    return "\n".join(lines).rstrip() + "\n"


def _commands(name: str, command: Any) -> Iterator[tuple[str, Any]]:
    if not hasattr(command, "commands"):
        yield name, command
    for below, each in getattr(command, "commands", {}).items():
        yield f"{name} {below}", each


def _command(command: Any, path: str, context: Any) -> list[str]:
    here = command.context_class(command, info_name=path, parent=context)
    records = [each.get_help_record(here) for each in command.params]
    rows = [
        (code(names), meaning)
        for names, meaning in filter(None, records)
        if names.split(" ")[0] not in SHARED
    ]
    usage = re.sub(r"\s+", " ", command.get_usage(here)).removeprefix("Usage: ")
    return [
        str(command.help).strip(),
        "",
        "```sh",
        usage,
        "```",
        "",
        *table(("option", "meaning"), rows),
    ]
