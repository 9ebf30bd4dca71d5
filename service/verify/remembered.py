"""The last checkpoint of each log that we verified: so a rollback or another history is noticed.

A file for each log, in `~/.local/state/intellog/verified` unless XDG_STATE_HOME names another place.
"""

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

from service.log.private import write_durably
from service.proof.checkpoint import Checkpoint
from service.proof.keys import PublicKey
from service.verify.trust import read_checkpoint, stated_keys
from service.verify.verdicts import CannotRead, NotVerified

_LONGEST_NAME = 120


@dataclass(frozen=True)
class Remembered:
    """What is known of a log: its last checkpoint as a signed note, and the keys that signed it.

    `log` is the public id of the log, where it was known.
    """

    note: bytes
    checkpoint: Checkpoint
    keys: list[PublicKey]
    log: str | None = None


def default_directory() -> Path:
    """Return where checkpoints are remembered."""
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(state) / "intellog" / "verified"


def file_of(origin: str, directory: Path) -> Path:
    """Return the file for a log by its name."""
    name = quote(origin, safe="")
    if len(name) > _LONGEST_NAME:
        name = sha256(origin.encode()).hexdigest()
    return directory / f"{name}.json"


def recall(path: Path) -> Remembered | None:
    """Read what is remembered in a file, None if there is none; raises CannotRead."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise CannotRead(f"{path} cannot be read: {error.strerror}") from None
    try:
        members = json.loads(content)
        note = str(members["checkpoint"]).encode()
        _, checkpoint = read_checkpoint(note, str(path))
        keys, log = stated_keys(map(str, members["keys"])), members.get("log")
        return Remembered(note, checkpoint, keys, None if log is None else str(log))
    except (ValueError, KeyError, TypeError, NotVerified):
        raise CannotRead(
            f"{path} is not what a verification remembers; restore it, or name another with --known"
        ) from None


def recall_log(log: str, directory: Path) -> Path | None:
    """Return the file that remembers the log with this id, whatever its name."""
    for path in sorted(directory.glob("*.json")):
        found = recall(path)
        if found is not None and found.log == log:
            return path
    return None


def remember(path: Path, note: bytes, keys: Iterable[PublicKey], log: str | None) -> None:
    """Write what was verified; raises CannotRead where that cannot be written."""
    members = {"log": log, "keys": [each.written() for each in keys], "checkpoint": note.decode()}
    _write(path, (json.dumps(members, indent=1) + "\n").encode())


def keep_other(path: Path, note: bytes) -> Path:
    """Keep a checkpoint that contradicts what is remembered, beside it, as evidence."""
    other = path.with_name(f"{path.stem}.other-{sha256(note).hexdigest()[:12]}.note")
    _write(other, note)
    return other


def _write(path: Path, content: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_durably(path, content)
    except OSError as error:
        raise CannotRead(f"{path} cannot be written: {error.strerror}") from None
