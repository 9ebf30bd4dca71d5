"""The note in a directory whose log is a mirror of another: nobody else may write such a log."""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from service.log.port import LogLocked, LogUnavailable
from service.log.private import sync_directory, write_durably

FILE = "mirror.json"


@dataclass(frozen=True, slots=True)
class MirrorNote:
    """What a mirror is of, and how far it has got.

    `head` is the last position that the source is known to have had. At `caught_up_at` the mirror held
    all its events, at `keys_at` all its keys as well. `loss` is what its promotion accepts, once that
    has begun.
    """

    source: str
    head: int = 0
    caught_up_at: str | None = None
    keys_at: str | None = None
    loss: Mapping[str, Any] | None = None


def mirror_note(directory: Path) -> MirrorNote | None:
    """The note in a directory, None if its log is no mirror; raises LogUnavailable."""
    try:
        content = (directory / FILE).read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    with suppress(ValueError, TypeError):
        return MirrorNote(**json.loads(content))
    raise LogUnavailable(f"{directory / FILE} cannot be read; it says of what this log is a mirror")


def keep_note(directory: Path, note: MirrorNote) -> None:
    """Write the note; it is on the disk when this returns."""
    write_durably(directory / FILE, json.dumps(asdict(note)).encode())


def remove_note(directory: Path) -> None:
    """Make the log of a directory one of its own."""
    (directory / FILE).unlink(missing_ok=True)
    sync_directory(directory)


def refuse_mirror(directory: Path) -> None:
    """Raise LogLocked for a directory whose log is a mirror."""
    note = mirror_note(directory)
    if note is not None:
        raise LogLocked(
            f"the log in {directory} is a mirror of {note.source}, and only its source is written to;"
            f" make it a log of its own with: intellog promote --data {directory}"
        )
