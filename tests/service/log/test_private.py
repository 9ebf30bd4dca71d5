"""Nobody but their owner reads the files of a log; what may only be read is read."""

import logging
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from service.log.open import opened_log
from service.log.sqlite import open_sqlite_log
from tests.places import ROOT
from tests.service.log.append_only import append_three_events_and_a_key, event, noon
from tests.service.log.postgres_server import NOBODY, Server

posix = pytest.mark.skipif(os.name != "posix", reason="the modes of files are those of POSIX")


def modes(directory: Path) -> dict[str, int]:
    found = {path.name: stat.S_IMODE(path.stat().st_mode) for path in directory.iterdir()}
    return {**found, ".": stat.S_IMODE(directory.stat().st_mode)}


@posix
def test_a_new_log_is_its_owners_alone(tmp_path: Path) -> None:
    with closing(open_sqlite_log(tmp_path / "log", noon)) as log:
        log.append([event("a")])
        found = modes(tmp_path / "log")
    assert found.pop(".") == 0o700
    files = {"log.sqlite", "log.sqlite-wal", "log.sqlite-shm", "log.lock", "log.head", "secret"}
    assert found == dict.fromkeys(files, 0o600)


@posix
def test_a_log_that_others_could_read_is_closed_to_them(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    directory = tmp_path / "log"
    open_sqlite_log(directory, noon).close()
    directory.chmod(0o755)
    for path in directory.iterdir():
        path.chmod(0o644)
    with caplog.at_level(logging.WARNING), opened_log(directory, None, noon):
        found = modes(directory)
    assert found.pop(".") == 0o700
    assert set(found.values()) == {0o600}
    assert f"others had access to {directory}; its mode was 755 and is 700" in caplog.messages


@posix
def test_the_directory_beside_a_database_is_its_owners_alone(tmp_path: Path, postgres: Server) -> None:
    (tmp_path / "log").mkdir(mode=0o755)
    with opened_log(tmp_path / "log", postgres.fresh(), noon) as log:
        log.append([event("a")])
        assert modes(tmp_path / "log") == {".": 0o700, "log.lock": 0o600, "log.head": 0o600}


PROGRAM = """
import os, sys
from service.cli.app import main
user = int(sys.argv.pop(1))
if user:  # root may write everywhere; another user need not reach what is imported above
    os.setgid(user)
    os.setuid(user)
sys.argv[0] = "intellog"
main()
"""


def without_writing(directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command over a directory that it may read and not write."""
    user = 0
    for path in [*directory.iterdir(), directory]:
        path.chmod(0o500 if path.is_dir() else 0o400)
        if os.geteuid() == 0:
            user = NOBODY
            shutil.chown(path, NOBODY)
    try:
        command = [sys.executable, "-c", PROGRAM, str(user), *arguments, "--data", str(directory)]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    finally:
        directory.chmod(0o700)


@pytest.fixture
def reachable() -> Iterator[Path]:
    """A directory that any user can reach; those of pytest are closed to others."""
    with TemporaryDirectory(prefix="intellog-") as name:
        yield Path(name)


@posix
@pytest.mark.parametrize("closed", [True, False], ids=["closed", "killed"])
def test_a_directory_that_cannot_be_written_is_exported_and_checked(
    reachable: Path, closed: bool
) -> None:
    source, directory = reachable / "source", reachable / "log"
    reachable.chmod(0o755)
    with closing(open_sqlite_log(source, noon)) as log:
        append_three_events_and_a_key(log)
        if closed:
            log.close()
        directory.mkdir()
        for name in "log.sqlite", "log.sqlite-wal", "log.head", "secret":
            if (source / name).exists():
                shutil.copyfile(source / name, directory / name)
    before = sorted(path.name for path in directory.iterdir())
    exported = without_writing(directory, "export", "--events")
    assert exported.stderr == ""
    assert exported.stdout.count("\n") == 3
    checked = without_writing(directory, "check")
    assert (checked.stdout, checked.returncode) == ("checked 3 events: no damage\n", 0)
    assert sorted(path.name for path in directory.iterdir()) == before
