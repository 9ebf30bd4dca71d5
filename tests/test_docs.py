"""What the documents say of the code is true: its map, the files and names, and the recipes."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from projections.catalogue import CATALOGUE
from tests.places import DOCS, ROOT

TEXT = (DOCS / "architecture.md").read_text("utf-8")
PACKAGES = ("domain", "projections", "service")
ROWS = re.findall(r"^\| `([^`]+)` \|(.*)", TEXT, re.MULTILINE)
PROMISES = (ROOT / "SECURITY.md").read_text("utf-8")
FILES = sorted(set(re.findall(r"`((?:domain|projections|service|tests)/[\w./]+)`", TEXT + PROMISES)))
NAMES = sorted(set(re.findall(r"`(\w+)` in `([\w/]+\.py)`", TEXT)))
DIFFS = re.findall(r"^```diff\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)


def test_the_map_lists_every_folder() -> None:
    folders = {p for name in PACKAGES for p in (ROOT / name).rglob("__init__.py")}
    found = {str(path.parent.relative_to(ROOT)) for path in folders}
    assert {name for name, _ in ROWS if name.startswith(PACKAGES)} == found


@pytest.mark.parametrize("path", FILES)
def test_every_file_it_names_exists(path: str) -> None:
    assert (ROOT / path).exists()


@pytest.mark.parametrize(("name", "path"), NAMES)
def test_every_name_is_defined_where_it_says(name: str, path: str) -> None:
    defined = rf"^(?:async )?(?:def|class) {name}\b|^{name}\b.* = "
    assert re.search(defined, (ROOT / path).read_text("utf-8"), re.MULTILINE)


def test_projections_are_listed_in_their_order_with_what_they_read() -> None:
    names = [each.name for each in CATALOGUE]
    listed = [(name, tuple(re.findall(r"`(\w+)`", rest))) for name, rest in ROWS if name in names]
    assert listed == [(each.name, each.reads) for each in CATALOGUE]


def hunks(diff: str) -> Iterator[tuple[str, str, str]]:
    """The changes of a diff: file, text before and text after."""
    for part in re.split(r"^--- ", diff, flags=re.MULTILINE)[1:]:
        path, *changes = re.split(r"^@@\n", part, flags=re.MULTILINE)
        for change in changes:
            lines = change.splitlines(keepends=True)
            before = "".join(line[1:] for line in lines if line[0] == " ")
            yield path.strip(), before, "".join(line[1:] for line in lines)


PROGRAM = """
import sys
from pathlib import Path
from service.server import running
from service.service import opened
from service.settings import Settings

def report(name, best):
    said = {"period": "2025-01-01", "quantity": {"best": best}}
    claim = {"indicator": "killed", "originator": name, **said}
    return {"id": name, "publisher": name, "published_at": "2025-01-02", "claims": [claim]}

with opened(Settings(data=Path(sys.argv[1]))) as service, running(service) as client:
    definition = {"title": "Killed", "measure": "cumulative"}
    client.put("/v1/indicators/killed", json=definition).raise_for_status()
    for each in report("one", 2000), report("two", 1500):
        client.post("/v1/reports", json=each).raise_for_status()
    body = client.get("/v1/estimates/killed", params={"policy": "midpoint/1"}).raise_for_status().json()
    print(body["best"], body["policy"])
    print([flag["claims"] for flag in body["flags"] if flag["code"] == "round-figure"])
    board = client.get("/v1/estimates", params={"flag": "round-figure"}).raise_for_status().json()
    print([item["indicator"] for item in board["items"]])
"""


def test_the_recipes_for_a_policy_and_a_flag_work(tmp_path: Path) -> None:
    for name in PACKAGES:
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    assert len(DIFFS) == 2
    for path, before, after in (hunk for diff in DIFFS for hunk in hunks(diff)):
        file = tmp_path / path
        text = file.read_text("utf-8")
        assert text.count(before) == 1, f"{path} has not one place for:\n{before}"
        file.write_text(text.replace(before, after), "utf-8")
    command = [sys.executable, "-c", PROGRAM, str(tmp_path / "log")]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.stdout.splitlines() == ["1750 midpoint/1", "[['one/1']]", "['killed']"], done.stderr
