"""The file of a private key: one line, for its owner alone (0600, in a directory that is 0700)."""

import os
import stat
from pathlib import Path

from service.log.private import DIRECTORY, FILE, private_directory, write_durably
from service.proof.errors import Malformed
from service.proof.keys import PrivateKey, private_key_of

MOST_BYTES = 10_000
_WRITING, _ANYTHING = 0o022, 0o077


class KeyUnusable(Exception):
    """The file of a key cannot be used; the message says which file, why and what to do."""


def read_key(path: Path) -> PrivateKey:
    """Read a key; raises KeyUnusable where others than its owner may read or replace it."""
    try:
        _refuse_open(path.parent, _WRITING, DIRECTORY)
        _refuse_open(path, _ANYTHING, FILE)
        content = path.read_bytes()[: MOST_BYTES + 1]
    except OSError as error:
        raise KeyUnusable(f"{path} cannot be read: {error.strerror}") from error
    try:
        return private_key_of(content.decode().removesuffix("\n"))
    except UnicodeDecodeError:
        raise KeyUnusable(f"{path} holds no key: it is not text") from None
    except Malformed as error:
        raise KeyUnusable(f"{path} holds no key: {error}") from None


def write_key(path: Path, key: PrivateKey) -> None:
    """Write a new key, durably; raises KeyUnusable where there is a file already."""
    private_directory(path.parent)
    if path.exists():
        raise KeyUnusable(f"{path} exists; a key is never written over")
    write_durably(path, f"{key.written()}\n".encode())


def _refuse_open(path: Path, rights: int, mode: int) -> None:
    """Raise KeyUnusable where others than the owner have one of these rights to a file or directory."""
    found = stat.S_IMODE(path.stat().st_mode)
    if os.name == "posix" and found & rights:
        raise KeyUnusable(
            f"others may use {path}, whose mode is {found:o}, and may have the key: make a new key, "
            f"or run `chmod {mode:o} {path}` if you know that nobody has read or changed it"
        )
