"""Files that nobody but their owner may read: 0600, in a directory that is 0700."""

import logging
import os
import stat
from pathlib import Path

DIRECTORY, FILE = 0o700, 0o600

_logger = logging.getLogger(__name__)


def private_directory(directory: Path, *files: str) -> None:
    """Create a directory for its owner alone; take away what others may do there and in these files."""
    directory.mkdir(mode=DIRECTORY, parents=True, exist_ok=True)
    _restrict(directory, DIRECTORY)
    for name in files:
        if (directory / name).exists():
            _restrict(directory / name, FILE)


def create_private(path: Path) -> None:
    """Create an empty file for its owner alone, if it does not exist."""
    os.close(os.open(path, os.O_CREAT | os.O_WRONLY, FILE))


def write_durably(path: Path, content: bytes) -> None:
    """Write a new file for its owner alone; it is whole and on the disk when this returns."""
    unfinished = path.with_name(f"{path.name}.new")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, FILE)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(descriptor)
    unfinished.replace(path)
    sync_directory(path.parent)


def sync_directory(directory: Path) -> None:
    """Make the names of new files durable, where the system can."""
    if os.name != "posix":
        return
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _restrict(path: Path, mode: int) -> None:
    if os.name != "posix":
        return
    found = path.stat()
    rights = stat.S_IMODE(found.st_mode)
    # A directory that is everybody's, as /tmp is, or another user's stays as it is.
    if not rights & 0o077 or rights & stat.S_ISVTX or found.st_uid != os.geteuid():
        return
    path.chmod(rights & mode)
    _logger.warning("others had access to %s; its mode was %o and is %o", path, rights, rights & mode)
