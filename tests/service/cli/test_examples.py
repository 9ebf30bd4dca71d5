"""The help: every verb is in a section and has examples, which fit a terminal and work on the demo."""

import os
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from service import __version__
from service.cli.app import app
from service.cli.examples import EXAMPLES
from service.cli.sections import SECTIONS
from tests.service.cli.test_cli import started

ROOT: Any = typer.main.get_command(app)
TYPED = [(verb, example) for verb, examples in EXAMPLES.items() for example in examples]
FILES = {
    "post",
    "attach",
    "propose",
    "import",
    "evidence",
    "token",
    "verify",
    "bundle",
    "key",
    "webhook",
    "serve",
    "demo",
    "mcp",
    "sql",
    "uncite",
    "citation",
    "check",
    "migrate",
    "check-store",
    "export",
    "mirror",
    "promote",
    "backup",
    "restore",
    "move",
}
"""Verbs whose examples name what the demo lacks, a file of a user say: they are read, not run."""
READS = {*SECTIONS["Ask for figures"], *SECTIONS["Find what was reported"], "rebuild"}
READS |= {"proof", "checkpoints"}


def commands(group: Any, *first: str) -> Iterator[tuple[str, Any]]:
    """Every verb with the command that runs it."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, *first, name)
        else:
            yield " ".join((*first, name)), command


ALL = dict(commands(ROOT))


def shown(*words: str, columns: int = 80) -> Result:
    """Run the program in a terminal of 80 columns."""
    return CliRunner(env={"COLUMNS": str(columns)}).invoke(app, [*words])


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the example story."""
    with started("demo", "--data", tmp_path_factory.mktemp("demo") / "log", "--port", "0") as (_, url):
        yield url


def words_of(example: str) -> list[str]:
    """What a shell makes of an example, up to where it redirects or pipes."""
    words = shlex.split(example.replace("\\\n", " "))
    ends = [n for n, word in enumerate(words) if word in ("<", ">", "|")]
    return words[: ends[0]] if ends else words


def test_the_program_says_its_version() -> None:
    assert shown("--version").output == f"intellog {__version__}\n"


def test_each_verb_is_in_one_section_and_has_an_example() -> None:
    listed = [verb for verbs in SECTIONS.values() for verb in verbs]
    assert sorted(listed) == sorted(ROOT.commands)
    assert {*EXAMPLES} == {*ALL}


def test_the_list_of_verbs_fits_80_columns_and_cuts_no_sentence() -> None:
    lines = shown("--help").output.splitlines()
    assert max(map(len, lines)) <= 80 and not any(line.endswith("...") for line in lines[1:])
    titles = [line[:-1] for line in lines if line.endswith(":") and line[0] != " "]
    assert titles == ["Options", *SECTIONS]


@pytest.mark.parametrize("verb", EXAMPLES)
def test_the_help_of_a_verb_shows_its_examples_in_80_columns(verb: str) -> None:
    text = shown(*verb.split(), "--help").output
    assert max(map(len, text.splitlines())) <= 80
    for example in EXAMPLES[verb]:
        assert f"intellog {example.partition(chr(10))[0]}" in text


@pytest.mark.parametrize(("verb", "example"), TYPED)
def test_an_example_is_read_as_its_verb_reads_it(verb: str, example: str) -> None:
    words = words_of(example)
    assert words[: len(verb.split())] == verb.split()
    ALL[verb].make_context(verb, words[len(verb.split()) :], resilient_parsing=False)


@pytest.mark.parametrize(
    ("verb", "example"), [each for each in TYPED if each[0].split()[0] not in FILES]
)
def test_an_example_works_on_the_demo(demo: str, verb: str, example: str) -> None:
    words = [word for word in words_of(example) if word != "http://127.0.0.1:8000" and word != "--url"]
    if verb not in READS:  # what writes is tried, so that each finds the story as it is
        words = [*words, "--dry-run"] if "--dry-run" not in words else words
    done = shown(*words, "--url", demo)
    assert done.exit_code == 0, done.output
    assert done.output.strip()


def test_no_example_names_a_place_of_this_machine() -> None:
    assert not any(str(Path.home()) in text or os.getcwd() in text for _, text in TYPED)
