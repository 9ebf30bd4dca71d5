"""The documents come with the program: they are found in a checkout and where a wheel puts them."""

import subprocess
import sys
from pathlib import Path

import pytest

from service.web.docs.folder import INSTALLED, documents
from tests.places import DOCS, ROOT

INSTALLER = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
LISTED = "from service.web.docs.folder import documents; print(*documents(), sep='\\n')"


def test_a_checkout_has_its_own() -> None:
    assert documents()["README.md"] == DOCS / "README.md"
    assert "pictures/board.png" in documents()
    assert not [name for name in documents() if name.startswith(("/", ".."))]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel of a copy of the project, so that nothing is built in the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    listed = ["git", "-C", str(ROOT), "ls-files", "-co", "--exclude-standard", "-z"]
    try:
        names = subprocess.run(listed, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("what belongs to the project is known to git alone")
    for name in filter(None, names.split("\0")):
        if (ROOT / name).is_file():
            copy = folder / "project" / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes((ROOT / name).read_bytes())
    build = ["wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", folder, folder / "project"]
    subprocess.run([*INSTALLER, *map(str, build)], check=True, timeout=300)
    [made] = folder.glob("*.whl")
    return made


@pytest.mark.parametrize("way", ["--prefix", "--target"])
def test_an_installation_has_all_that_the_checkout_has(wheel: Path, tmp_path: Path, way: str) -> None:
    place = tmp_path / "place"
    install = ["install", "--no-deps", "--ignore-installed", "--no-warn-script-location", way]
    subprocess.run([*INSTALLER, *install, str(place), str(wheel)], check=True, timeout=300)
    [init] = place.rglob("service/__init__.py")
    assert (place / INSTALLED / "README.md").is_file()
    done = subprocess.run(
        [sys.executable, "-c", LISTED],
        cwd=tmp_path,
        env={"PYTHONPATH": str(init.parents[1])},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == list(documents())
