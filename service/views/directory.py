"""The directory of the views of one log; views that another log left there are discarded."""

import hashlib
from pathlib import Path

from service.log.port import EventLog
from service.views.store import POINTER, Views


def open_views(log: EventLog, directory: Path) -> Views:
    """Open the views of a log in a directory; start with empty ones if those there do not belong to it.

    They do not if the file `views.of` names another log, or if they are ahead of the log, as they
    are after the log was restored from a backup.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    owner_file, owner = directory / "views.of", _fingerprint(log)
    if _text(owner_file) != owner:
        # The pointer first: if the process dies in between, the next start discards the views too.
        (directory / POINTER).unlink(missing_ok=True)
        fresh = owner_file.with_suffix(".new")
        fresh.write_text(owner, "utf-8")
        fresh.replace(owner_file)
    views = Views(directory)
    if views.file.position() > log.head():
        views.swap(views.new_file())
    return views


def _fingerprint(log: EventLog) -> str:
    """A name of the log that does not reveal its secret."""
    return hashlib.sha256(b"intellog views of " + log.secret).hexdigest()


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, ValueError):
        return ""
