"""What an error of SQLite says about a view file: that it is damaged, or cannot be used for now."""

import sqlite3
from pathlib import Path


class ViewsUnusable(Exception):
    """The views cannot be read now; the message says why. Asking again later is safe."""


_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT}
_UNREADABLE = {sqlite3.SQLITE_IOERR_READ, sqlite3.SQLITE_IOERR_SHORT_READ}
_BUSY = {
    *(sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR),
    *(sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_PROTOCOL),
}


def is_damage(error: BaseException, path: Path) -> bool:
    """Whether an error shows that the file at a path is not as it was written, or is gone."""
    if not isinstance(error, sqlite3.DatabaseError):
        return False
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:  # raised by the module itself, which decodes text
        return "decode" in str(error)
    if code & 0xFF in _DAMAGED or code in _UNREADABLE:
        return True
    # A file without our tables is another file, or one whose schema is damaged.
    gone = code & 0xFF == sqlite3.SQLITE_CANTOPEN and not path.exists()
    return gone or str(error).startswith("no such ")


def is_busy(error: BaseException) -> bool:
    """Whether an error will pass: the file is locked, the disk is full, files cannot be opened."""
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in _BUSY
