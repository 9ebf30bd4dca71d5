"""Sessions of browsers: a random text in a cookie stands for the principal that logged in."""

import hmac
import re
import secrets
import sqlite3
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

from service.access.principal import Principal
from service.access.token_store import failures_named, writing

TEXT_BYTES = 32
_FORM = re.compile("[A-Za-z0-9_-]{43}")


class Sessions:
    """The sessions in the file of the tokens; whether a session's token is accepted is told there."""

    def __init__(self, path: Path, db: sqlite3.Connection, lock: threading.Lock, key: bytes) -> None:
        self._path, self._db, self._lock, self._key = path, db, lock, key

    def open(self, principal: Principal, seconds: float, now: datetime) -> str:
        """Begin a session, and forget those that have ended; return its text."""
        text = secrets.token_urlsafe(TEXT_BYTES)
        end = now + timedelta(seconds=seconds)
        if principal.expires_at is not None:
            end = min(end, principal.expires_at)
        who = principal.id, principal.subject, principal.role, principal.clearance
        with writing(self._path) as db:
            db.execute("DELETE FROM sessions WHERE ends <= ?", (now.timestamp(),))
            db.execute(
                "INSERT INTO sessions (hash, token, subject, role, clearance, ends)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (self._hash(text), *who, int(end.timestamp())),
            )
        return text

    def principal(self, text: str) -> Principal | None:
        """Who logged in, until when; None if there is no such session."""
        if not _FORM.fullmatch(text):
            return None
        with failures_named(self._path), self._lock:
            row = self._db.execute(
                "SELECT token, subject, role, clearance, ends FROM sessions WHERE hash = ?",
                (self._hash(text),),
            ).fetchone()
        if row is None:
            return None
        token, subject, role, clearance, ends = row
        return Principal(subject, role, clearance, token, datetime.fromtimestamp(ends, UTC))

    def close(self, text: str) -> None:
        """Forget a session."""
        with writing(self._path) as db:
            db.execute("DELETE FROM sessions WHERE hash = ?", (self._hash(text),))

    def _hash(self, text: str) -> bytes:
        return hmac.digest(self._key, b"session " + text.encode(), "sha256")
