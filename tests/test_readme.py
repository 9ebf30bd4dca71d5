"""The commands of the README, run against the demo, print what the README shows."""

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.places import ROOT
from tests.service.cli.test_cli import started

README = (ROOT / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"^```console\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def _examples() -> Iterator[tuple[str, str]]:
    """Each command with its output; a command ends with the first line that closes its quotes."""
    for block in BLOCKS:
        for example in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            lines = example.splitlines()
            ends = next(n for n in range(1, len(lines) + 1) if _complete("\n".join(lines[:n])))
            yield "\n".join(lines[:ends]), "\n".join(lines[ends:])


def _complete(command: str) -> bool:
    try:
        shlex.split(command)
    except ValueError:
        return False
    return True


def _steady(text: str) -> str:
    """Text without what differs from run to run: timestamps and the ids of events."""
    text = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "<stamp>", text)
    text = re.sub(r"[0-9a-f]{32}", "<id>", text)
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def test_every_example_prints_what_the_readme_shows(tmp_path: Path) -> None:
    if not shutil.which("curl"):
        pytest.skip("curl, which the examples of the README use, is not installed")
    examples = list(_examples())
    assert len(examples) == 4
    with started("demo", "--data", tmp_path / "demo", "--port", "0") as (_, url):
        for command, output in examples:
            here = command.replace("http://127.0.0.1:8000", url).replace(
                ".venv/bin/intellog", f"{sys.executable} -m service.cli"
            )
            done = subprocess.run(
                ["bash", "-c", here], capture_output=True, text=True, check=True, cwd=ROOT
            )
            assert _steady(done.stdout) == _steady(output), command


@pytest.mark.parametrize("target", re.findall(r"^make ([a-z]+)", README, re.MULTILINE))
def test_every_make_target_it_names_exists(target: str) -> None:
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)


@pytest.mark.parametrize("path", re.findall(r"\]\(([^)#:]+)\)", README))
def test_every_file_it_links_exists(path: str) -> None:
    assert (ROOT / path).exists()
