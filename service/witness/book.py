"""What this witness has cosigned last of each log: in a file, on the disk before anybody is told."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock
from typing_extensions import TypedDict

from service.log.private import FILE as PRIVATE
from service.log.private import private_directory, write_durably
from service.proof.checkpoint import Checkpoint, checkpoint_of
from service.proof.errors import Malformed
from service.proof.note import parse_note

FILE = "witnessed.json"
LOCK_SECONDS = 10
_VERSION = 1


class Seen(TypedDict):
    """What is known of one log.

    `note` is the checkpoint that was cosigned last, as the log signed it, and `cosigned_at` when.
    `conflict` is evidence that the log shows two histories: the first two checkpoints of one size that
    it has signed with different roots.
    """

    note: str
    cosigned_at: str
    conflict: list[str] | None


class BookUnusable(Exception):
    """The file cannot be read or written; without it nothing may be cosigned."""


def checkpoint_in(note: str) -> Checkpoint:
    """Read the checkpoint of a note that was kept."""
    return checkpoint_of(parse_note(note.encode()).text)


class Book:
    """The file; one thread at a time may use it, and hold it for what it reads and then writes.

    A file that was lost means that nothing was ever cosigned, so it belongs to the key: whoever moves
    one moves both.
    """

    def __init__(self, directory: Path) -> None:
        self._path = directory / FILE

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the file against other processes: a writer that was deposed may not know it yet."""
        lock = FileLock(self._path.with_suffix(".lock"), mode=PRIVATE, timeout=LOCK_SECONDS)
        try:
            private_directory(self._path.parent)
            lock.acquire()
        except OSError as error:
            why = error.strerror or str(error)
            raise BookUnusable(f"{self._path} cannot be held: {why}") from error
        try:
            yield
        finally:
            lock.release()

    def logs(self) -> dict[str, Seen]:
        """Read what is known, by origin; raises BookUnusable."""
        try:
            found = json.loads(self._path.read_bytes())
            return {origin: _seen(origin, each) for origin, each in found["logs"].items()}
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise BookUnusable(f"{self._path} cannot be read: {error.strerror}") from error
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise BookUnusable(
                f"{self._path} is damaged; restore it from a backup, or make a new witness key"
            ) from error

    def keep(self, logs: Mapping[str, Seen]) -> None:
        """Write what is known; it is on the disk when this returns. Raises BookUnusable."""
        content = json.dumps({"v": _VERSION, "logs": logs}, ensure_ascii=False, indent=1)
        try:
            write_durably(self._path, f"{content}\n".encode())
        except OSError as error:
            raise BookUnusable(f"{self._path} cannot be written: {error.strerror}") from error


def _seen(origin: str, given: Any) -> Seen:
    if checkpoint_in(given["note"]).origin != origin:
        raise Malformed(f"the checkpoint of {origin} is of another log")
    conflict = given["conflict"] and [str(note) for note in given["conflict"]]
    return {"note": given["note"], "cosigned_at": str(given["cosigned_at"]), "conflict": conflict}
