"""The store: files by the SHA-256 of their bytes, in the data directory beside the log.

evidence/ab/abcdef...          a file, which no other content ever replaces
evidence/ab/abcdef....senders  who has sent it
evidence/ab/abcdef....altered  what was found in its place, once it was sent again
evidence/incoming/             what is on its way
"""

import hashlib
import logging
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BufferedReader
from pathlib import Path
from threading import Lock
from typing import Literal
from uuid import uuid4

from service.evidence.errors import EvidenceRefused, storing
from service.evidence.incoming import Incoming
from service.evidence.senders import add_sender, copy_list, listed_senders
from service.log.private import private_directory, sync_directory

FOLDER, INCOMING = "evidence", "incoming"
NAME = re.compile(r"[0-9a-f]{64}")
"""How a file is called."""
CHUNK_BYTES = 1_048_576
Presence = Literal["stored", "altered"]
_OPENING = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
"""Neither follow a link nor wait for the other end of a pipe."""
_Mark = tuple[int, ...]
_logger = logging.getLogger("intellog.evidence")


class EvidenceStore:
    """The files of one data directory, of which one may have a number of bytes.

    One that `keeps` files should have all; that of a node has none but what an operator put there.
    """

    def __init__(self, data: Path, limit: int, *, keeps: bool = True) -> None:
        self.folder = data / FOLDER
        self.keeps = keeps
        self._limit = limit
        self._keeping = Lock()
        self._altered = dict[str, _Mark]()
        """What was read and found altered, as it was then."""

    def clear_incoming(self) -> None:
        """Delete what was on its way when the program ended."""
        with suppress(OSError):
            for left in (self.folder / INCOMING).iterdir():
                left.unlink()

    @contextmanager
    def incoming(self) -> Iterator[Incoming]:
        """A file to be received; what is not kept when the block ends is gone."""
        place = self.folder / INCOMING
        with storing():
            private_directory(self.folder)
            private_directory(place)
        coming = Incoming(place / uuid4().hex, self._limit)
        try:
            yield coming
        finally:
            coming.discard()

    def keep(self, coming: Incoming, sender: str | None) -> None:
        """Keep a whole file, and who has sent it; the same whether it is there already or not.

        Without a sender it is for everybody, as one that an operator puts there.
        """
        coming.finish()
        path = self.path(coming.sha256)
        with self._keeping, storing():
            private_directory(path.parent)
            if sender is not None:
                add_sender(path, sender)
            _settle(coming, path)
            sync_directory(path.parent)
            sync_directory(self.folder)

    def adopt(self, other: "EvidenceStore", sha256: str) -> bool:
        """Keep a file of another store with the list of its senders; whether it had to be written.

        Raises `EvidenceRefused` if it is altered there. What is altered here is set aside.
        """
        path = self.path(sha256)
        with storing():
            private_directory(self.folder)
            private_directory(path.parent)
            copy_list(other.path(sha256), path)
            if os.path.lexists(path) and _hash_of(path) == sha256:
                return False
        file = other.opened(sha256)
        if file is None:
            return False  # deleted meanwhile
        with file, self.incoming() as coming:
            while chunk := file.read(CHUNK_BYTES):
                coming.write(chunk)
            coming.finish()
            with self._keeping, storing():
                _settle(coming, path)
                sync_directory(path.parent)
                sync_directory(self.folder)
        return True

    def presence(self, sha256: str, size: int | None = None) -> Presence | None:
        """Whether a file is there and altered, as far as that is seen without reading it.

        `size` is what it should have. None where there is no such file.
        """
        try:
            found = self.path(sha256).lstat()
        except OSError:
            return None
        whole = stat.S_ISREG(found.st_mode) and size in (None, found.st_size)
        return "stored" if whole and self._altered.get(sha256) != _mark(found) else "altered"

    def size(self, sha256: str) -> int | None:
        """The bytes of a file that is there."""
        try:
            return self.path(sha256).lstat().st_size
        except OSError:
            return None

    def opened(self, sha256: str) -> BufferedReader | None:
        """A file, read whole and found to be what it is named by; None where there is none.

        Raises `EvidenceRefused` if it is altered: then nobody gets any of it.
        """
        with storing():
            file = _open(self.path(sha256))
            if file is None:
                return None
            found = os.fstat(file.fileno())
            if stat.S_ISREG(found.st_mode) and _digest(file) == sha256:
                file.seek(0)
                return file
            file.close()
        if self._altered.get(sha256) != _mark(found):
            _logger.error("the file %s is altered: restore it from a backup", self.path(sha256))
        self._altered[sha256] = _mark(found)
        raise altered(sha256)

    def senders(self, sha256: str) -> frozenset[str] | None:
        """Those who have sent a file; None for a file that the operator put there, for everybody."""
        path = self.path(sha256)
        known = listed_senders(path)
        return frozenset() if known is None and not os.path.lexists(path) else known

    def path(self, sha256: str) -> Path:
        """Where a file is, or would be."""
        assert NAME.fullmatch(sha256), "only a hash names a file"
        return self.folder / sha256[:2] / sha256


def _settle(coming: Incoming, path: Path) -> None:
    """Move a file to where it stays, unless it is there; what is altered there is set aside.

    One file is read either way, so that the time says nothing of what is there.
    """
    there = os.path.lexists(path)
    intact = _hash_of(path if there else coming.path) == coming.sha256
    if there and intact:
        os.utime(path)  # whoever sent it again is about to name it
        return
    if there:
        path.replace(path.with_name(f"{path.name}.altered"))
    elif not intact:
        raise OSError("the disk does not return what was written")
    coming.path.rename(path)


def altered(sha256: str) -> EvidenceRefused:
    """The refusal of a file that is not what it is named by."""
    return EvidenceRefused(
        "evidence-altered",
        f"the stored file {sha256} no longer has that hash, so it is not served; restore it from a"
        " backup, or send the true one again",
    )


def _open(path: Path) -> BufferedReader | None:
    """A file open for reading; a link counts as altered."""
    try:
        return os.fdopen(os.open(path, _OPENING), "rb")
    except FileNotFoundError:
        return None
    except OSError:
        if path.is_symlink() or path.is_dir():
            raise altered(path.name) from None
        raise


def _hash_of(path: Path) -> str | None:
    """The hash of a regular file; None for anything else."""
    if not stat.S_ISREG(path.lstat().st_mode):
        return None
    with path.open("rb") as file:
        return _digest(file)


def _digest(file: BufferedReader) -> str:
    return hashlib.file_digest(file, "sha256").hexdigest()


def _mark(found: os.stat_result) -> _Mark:
    """By what one sees that a file is still as it was."""
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
