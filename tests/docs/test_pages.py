"""Every command and program on a page of the documents prints what the page shows, on a fresh demo.

A page that says so, in a line that readers do not see, has an empty log of its own instead.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.blocks import steps
from tests.docs.forks import forking
from tests.docs.session import run_page
from tests.places import DOCS, ROOT
from tests.service.cli.test_cli import started

PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
EMPTY = "[//]: # (on an empty log)"
RUNNING = [page for page in PAGES if steps(page.read_text("utf-8"))]


@pytest.fixture(scope="session")
def intellog(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The text of a file that runs the program in a fork of a process that has loaded it."""
    with forking(tmp_path_factory.mktemp("forks")) as text:
        yield text


@pytest.mark.parametrize("path", RUNNING, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_page_prints_what_it_shows(path: Path, tmp_path: Path, intellog: str) -> None:
    if not shutil.which("curl"):
        pytest.skip("curl, which the pages use, is not installed")
    text = path.read_text("utf-8")
    verb = "serve" if EMPTY in text.splitlines() else "demo"
    with started(verb, "--data", tmp_path / "log", "--port", "0") as (_, url):
        run_page(str(path.relative_to(ROOT)), text, tmp_path / "work", url, intellog)


def test_the_first_page_has_commands() -> None:
    assert PAGES[0] in RUNNING
