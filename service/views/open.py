"""A directory of views follows one log: what another log left there is no view of this one."""

import hashlib
from pathlib import Path

from service.log.port import EventLog
from service.views.store import POINTER, Views


def views_of(log: EventLog, directory: Path) -> Views:
    """Open the views of a log in a directory; they begin anew where they are not of this log.

    They are not when another log's name stands beside them, or when they are ahead of the log, as
    after it came back from a backup.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    told, name = directory / "views.of", _name(log)
    if _read(told) != name:
        # In this order: stopped in between, it begins anew the next time as well.
        (directory / POINTER).unlink(missing_ok=True)
        fresh = told.with_suffix(".new")
        fresh.write_text(name, "utf-8")
        fresh.replace(told)
    views = Views(directory)
    if views.file.position() > log.head():
        views.swap(views.new_file())
    return views


def _name(log: EventLog) -> str:
    """Give a log a name that tells nothing of its secret."""
    return hashlib.sha256(b"intellog views of " + log.secret).hexdigest()


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, ValueError):
        return ""
