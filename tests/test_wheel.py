"""A wheel holds the whole program: it is built, installed and used outside the project."""

import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from service import __version__
from tests.http_spec import report
from tests.places import LONG, ROOT
from tests.processes import PATIENCE

LEFT_OUT = (".git", ".venv", "data", "build", "mutants", "*.egg-info", "__pycache__", ".*_cache")
PACKAGES = ("domain", "projections", "service", "seeds")
CLAIM = {
    "indicator": "dprk-killed",
    "originator": "nis",
    "period": "2026-03-02",
    "status": "estimated",
    "quantity": {"best": 2_345},
}
PIPX, UVX = shutil.which("pipx"), shutil.which("uvx")


def run(*words: object, cwd: Path, **variables: str) -> str:
    """What a command prints; it must succeed, and finds nothing of the project but what it is given."""
    kept = {name: text for name, text in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [str(word) for word in words],
        cwd=cwd,
        env={**kept, **variables},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of the project as it stands, built from a copy without a network."""
    copy, out = (tmp_path_factory.mktemp(name) for name in ("project", "wheel"))
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(*LEFT_OUT), dirs_exist_ok=True)
    pip = (sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation")
    run(*pip, "--no-index", "--wheel-dir", out, copy, cwd=out)
    [built] = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def program(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program installed from the wheel: in an environment that has only what the wheel needs.

    The libraries are those of this environment; nothing of the project is reached through them.
    """
    folder = tmp_path_factory.mktemp("installed")
    run(sys.executable, "-m", "venv", "--without-pip", folder / "env", cwd=folder)
    python = folder / "env" / "bin" / "python"
    pip = (sys.executable, "-m", "pip", "--python", python, "install", "--quiet")
    run(*pip, "--no-deps", "--no-index", wheel, cwd=folder)
    packages = run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder)
    libraries = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    Path(packages.strip(), "libraries.pth").write_text("\n".join(sorted(libraries)))
    return folder / "env" / "bin" / "intellog"


@contextmanager
def demo(program: Path, cwd: Path) -> Iterator[str]:
    """The example story, served by an installed program on a free port."""
    command = [str(program), "demo", "--data", "demo", "--port", "0"]
    kept = {name: text for name, text in os.environ.items() if name != "PYTHONPATH"}
    with subprocess.Popen(command, cwd=cwd, stdout=subprocess.PIPE, text=True, env=kept) as process:
        try:
            assert process.stdout is not None
            yield next(line.split()[-2] for line in process.stdout if " at http" in line).rstrip(".")
        finally:
            process.terminate()
            process.communicate(timeout=PATIENCE)


def test_the_wheel_has_every_file_of_the_program_and_no_test(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    ours = {
        str(path.relative_to(ROOT))
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and path.name != "README.md"
    }
    assert ours - names == set()
    assert not any(name.startswith(("tests/", "requirements/")) for name in names)


def test_the_program_runs_the_demo_outside_the_project(program: Path, tmp_path: Path) -> None:
    assert run(program, "--version", cwd=tmp_path) == f"intellog {__version__}\n"
    python = program.with_name("python")
    where = run(python, "-c", "import service, seeds; print(service.__file__)", cwd=tmp_path)
    assert str(ROOT) not in where
    with demo(program, tmp_path) as url:
        page = httpx2.get(f"{url}/estimates/dprk-killed", headers={"Accept": "text/html"}, timeout=60)
        assert page.status_code == 200 and "North Korean" in page.text
        assert httpx2.get(f"{url}/static/style.css").status_code == 200
        filed = httpx2.post(f"{url}/v1/reports", json=report("wire-1", CLAIM).body, timeout=60)
        assert filed.status_code == 201, filed.text
        shown = run(program, "report", "wire-1", "--url", url, cwd=tmp_path)
        assert "2,345" in shown
        assert "did you mean dprk-killed" in _refused(program, "estimate", "dprk-kiled", "--url", url)


def _refused(program: Path, *words: str) -> str:
    done = subprocess.run([str(program), *words], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    return done.stderr


def _needs(tool: str | None, name: str) -> str:
    if tool is None:
        pytest.skip(f"{name} is not installed")
    if not LONG:
        pytest.skip(f"installs every library with {name}: set INTELLOG_TEST_LONG=1")
    return tool


def test_pipx_installs_the_wheel(wheel: Path, tmp_path: Path) -> None:
    pipx = _needs(PIPX, "pipx")
    places = {"PIPX_HOME": str(tmp_path / "home"), "PIPX_BIN_DIR": str(tmp_path / "bin")}
    run(pipx, "install", wheel, cwd=tmp_path, **places)
    program = tmp_path / "bin" / "intellog"
    assert run(program, "--version", cwd=tmp_path) == f"intellog {__version__}\n"
    with demo(program, tmp_path) as url:
        assert httpx2.get(f"{url}/v1/estimates/dprk-killed", timeout=60).json()["best"] == 2_000


def test_uvx_runs_the_wheel(wheel: Path, tmp_path: Path) -> None:
    uvx = _needs(UVX, "uvx")
    said = run(uvx, "--from", wheel, "intellog", "--version", cwd=tmp_path)
    assert said == f"intellog {__version__}\n"
