"""The README's commands, run against the demo, print what the README says they print."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.places import ROOT
from tests.service.cli.test_cli import started

README = (ROOT / "README.md").read_text("utf-8")
EXAMPLES = re.findall(r"^\$ (.+)\n((?:(?!\$ |```).*\n)*)", README, re.MULTILINE)


def _steady(text: str) -> str:
    """Text without what differs from run to run: stamps and the ids of events."""
    text = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "<stamp>", text)
    text = re.sub(r"[0-9a-f]{32}", "<id>", text)
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def test_every_example_prints_what_it_says(tmp_path: Path) -> None:
    if not shutil.which("curl"):
        pytest.skip("curl, which the README's examples use, is not on this machine")
    assert len(EXAMPLES) == 4
    with started("demo", "--data", tmp_path / "demo", "--port", "0") as (_, url):
        for command, output in EXAMPLES:
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
