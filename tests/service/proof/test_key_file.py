"""The file of a key: nobody but its owner has ever been able to read it."""

import os
import stat
from pathlib import Path

import pytest

from service.proof.key_file import KeyUnusable, read_key, write_key
from tests.service.proof.logs import ORIGIN, key

KEY = key(ORIGIN)
posix = pytest.mark.skipif(os.name != "posix", reason="the modes of files are those of POSIX")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keys" / "signing.key"


def test_a_key_is_kept(path: Path) -> None:
    write_key(path, KEY)
    assert read_key(path).written() == KEY.written()
    assert path.read_text() == f"{KEY.written()}\n"


@posix
def test_its_file_and_directory_are_its_owners_alone(path: Path) -> None:
    write_key(path, KEY)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_key_is_never_written_over(path: Path) -> None:
    write_key(path, KEY)
    with pytest.raises(KeyUnusable, match="never written over"):
        write_key(path, key(ORIGIN, 2))
    assert read_key(path).public == KEY.public


@posix
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o601, 0o644])
def test_a_key_that_others_may_use_is_refused_with_what_to_do(path: Path, mode: int) -> None:
    write_key(path, KEY)
    path.chmod(mode)
    with pytest.raises(KeyUnusable, match=f"mode is {mode:o}.* make a new key, or run `chmod 600 "):
        read_key(path)


@posix
def test_so_is_one_that_others_may_replace(path: Path) -> None:
    write_key(path, KEY)
    path.parent.chmod(0o770)
    with pytest.raises(KeyUnusable, match="run `chmod 700 "):
        read_key(path)
    path.parent.chmod(0o755)
    assert read_key(path).public == KEY.public


@pytest.mark.parametrize("content", [b"", b"\n", b"secret", b"\xff", KEY.written().encode()[:-2]])
def test_what_holds_no_key_is_named(path: Path, content: bytes) -> None:
    write_key(path, KEY)
    path.write_bytes(content)
    with pytest.raises(KeyUnusable, match=r"signing\.key holds no key"):
        read_key(path)


def test_so_is_a_file_that_is_not_there(path: Path) -> None:
    with pytest.raises(KeyUnusable, match="cannot be read"):
        read_key(path)
