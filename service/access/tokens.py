"""Tokens: who holds which, and whether a text that somebody sends is one of them.

A token is `intellog_<id>_<secret>`. Its secret is 256 random bits, so that nobody can guess it from
its hash, however fast that is computed; the hash is keyed, so that the file alone does not even show
whether a text is a token. Every check asks the database whether another process has changed it.
"""

import hmac
import re
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, NamedTuple

from pydantic import ValidationError

from domain.commands import IssueToken
from domain.near import did_you_mean, nearest
from domain.times import show_instant
from domain.vocabulary import MARKINGS, ROLES, Marking, Role
from service.access.principal import Principal
from service.access.sessions import Sessions
from service.access.token_rows import COLUMNS, Known, Reason, Token, read_known, shown, token_of
from service.access.token_store import connected, failures_named, settled, unavailable, writing
from service.access.uses import Uses

ID_BYTES, SECRET_BYTES = 6, 32
_FORM = re.compile("intellog_([0-9a-f]{12})_[A-Za-z0-9_-]{43}")

Act = Literal["issued", "revoked"]
_WORDS: Mapping[str, Sequence[str]] = {"role": ROLES, "clearance": MARKINGS}
"""The words that a field of a token takes."""


class BadToken(ValueError):
    """A token that cannot be issued; the message says what is wrong."""


class Refusal(NamedTuple):
    """Why a text is not accepted as a token, and the id that it names, for the security log."""

    reason: Reason
    id: str | None = None


class Unrecorded(NamedTuple):
    """What happened to a token, and is not in the log yet; `by` is who did it."""

    token: Token
    act: Act
    by: str


_FLAGS = {"issued": "issue_recorded", "revoked": "revocation_recorded"}


class TokenFile:
    """The tokens and sessions of a data directory; for use by any thread.

    What another process writes is noticed within `lag` seconds, what this one does at once.

    Every method may raise `TokensUnavailable`.
    """

    def __init__(self, directory: Path, clock: Callable[[], datetime], lag: float = 0.0) -> None:
        self._path, self._key = settled(directory)
        self._clock = clock
        self._nobody = secrets.token_bytes(32)
        self._lock = threading.Lock()
        with failures_named(self._path):
            self._db = connected(self._path)
        self._lag, self._looked = lag, float("-inf")
        self._version = -1
        self._cache = Known({}, False)
        self._uses = Uses(self._write_uses)
        self._sessions = Sessions(self._path, self._db, self._lock, self._key)

    def close(self) -> None:
        """Write the times of last use, and close the file."""
        self._uses.close()
        with self._lock:
            self._db.close()

    # Issuing and revoking.

    def issue(
        self,
        subject: str,
        role: Role,
        clearance: Marking,
        expires_at: datetime | None,
        note: str,
        by: str,
    ) -> tuple[Token, str]:
        """Make a token; return it and the text that its holder sends. Raises `BadToken`."""
        id = secrets.token_hex(ID_BYTES)
        text = f"intellog_{id}_{secrets.token_urlsafe(SECRET_BYTES)}"
        now = self._clock()
        asked = _checked(
            token=id, subject=subject, role=role, clearance=clearance, expires_at=expires_at, note=note
        )
        if asked.expires_at is not None and asked.expires_at <= now:
            raise BadToken(f"expires_at: {show_instant(asked.expires_at)} is not in the future")
        with writing(self._path) as db:
            db.execute(
                "INSERT INTO tokens (id, hash, subject, role, clearance, created_at, created_by,"
                " expires_at, note) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    id,
                    self._hash(text),
                    asked.subject,
                    asked.role,
                    asked.clearance,
                    show_instant(now),
                    by,
                    shown(asked.expires_at),
                    asked.note,
                ),
            )
        return self._known(at_once=True).entries[id].token, text

    def revoke(self, id: str, by: str) -> Token | None:
        """Accept a token no longer, nor any session begun with it; None if there is no such token."""
        with writing(self._path) as db:
            db.execute(
                "UPDATE tokens SET revoked_at = ?, revoked_by = ? WHERE id = ? AND revoked_at IS NULL",
                (show_instant(self._clock()), by, id),
            )
        entry = self._known(at_once=True).entries.get(id)
        return entry.token if entry else None

    def learn(self, text: str, principal: Principal) -> None:
        """Keep a token that the writer of the log accepts; its issue is in the log."""
        id, now = token_id(text), show_instant(self._clock())
        who = principal.subject, principal.role, principal.clearance
        with writing(self._path) as db:
            db.execute(
                "INSERT OR REPLACE INTO tokens (id, hash, subject, role, clearance, created_at,"
                " created_by, expires_at, note, issue_recorded) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 1)",
                (id, self._hash(text), *who, now, "writer", shown(principal.expires_at), ""),
            )
        self._known(at_once=True)

    def end(self, id: str) -> None:
        """Accept a token no longer whose revocation is in the log."""
        with writing(self._path) as db:
            db.execute(
                "UPDATE tokens SET revoked_at = ?, revoked_by = ?, revocation_recorded = 1"
                " WHERE id = ? AND revoked_at IS NULL",
                (show_instant(self._clock()), "log", id),
            )
        self._known(at_once=True)

    def tokens(self) -> list[Token]:
        """All tokens, the oldest first."""
        return [entry.token for entry in self._known().entries.values()]

    @property
    def any(self) -> bool:
        """Whether there is any token, revoked or not: whether access is controlled."""
        return bool(self._known().entries)

    # Checking.

    def principal(self, text: str) -> Principal | None:
        """Who holds this token; None if it is not accepted."""
        found = self.judged(text)
        return found if isinstance(found, Principal) else None

    def judged(self, text: str) -> Principal | Refusal:
        """Who holds this token, or why it is not accepted.

        An unknown id takes the same steps as a wrong secret.
        """
        form = _FORM.fullmatch(text)
        if form is None:
            return Refusal("malformed")
        id = form[1]
        entry = self._known().entries.get(id)
        expected = self._nobody if entry is None else entry.hash
        if not hmac.compare_digest(self._hash(text), expected) or entry is None:
            return Refusal("unknown" if entry is None else "wrong-secret", id)
        now = self._clock()
        if reason := entry.token.unusable(now):
            return Refusal(reason, id)
        if not entry.recorded:
            return Refusal("unrecorded", id)
        self._uses.note(id, now)
        return entry.principal

    def valid(self, id: str) -> bool:
        """Whether the token with this id is still accepted."""
        entry = self._known().entries.get(id)
        return entry is not None and entry.token.unusable(self._clock()) is None

    def holds(self, principal: Principal) -> bool:
        """Whether a principal is still who it was: its time has not passed, its token is accepted."""
        return self._holds(principal, self._clock())

    def comes_again(self, principal: Principal) -> bool:
        """Whether a principal still is who it was; if so, its token is used once more."""
        now = self._clock()
        if not self._holds(principal, now):
            return False
        if principal.id is not None:
            self._uses.note(principal.id, now)
        return True

    def _holds(self, principal: Principal, now: datetime) -> bool:
        if principal.expires_at is not None and principal.expires_at <= now:
            return False
        if principal.id is None:
            return True
        entry = self._known().entries.get(principal.id)
        return entry is not None and entry.token.unusable(now) is None

    # Sessions of browsers.

    def open_session(self, principal: Principal, seconds: float) -> str:
        """Begin a session; it ends after some seconds, or with the principal's token."""
        return self._sessions.open(principal, seconds, self._clock())

    def session(self, text: str) -> Principal | None:
        """Whose session this is; None if it is none, or has ended."""
        principal = self._sessions.principal(text)
        return principal if principal is not None and self.comes_again(principal) else None

    def close_session(self, text: str) -> None:
        """End a session, if it is one."""
        self._sessions.close(text)

    # What the log must know.

    @property
    def pending(self) -> bool:
        """Whether the log lacks any act: see `unrecorded`."""
        return self._known().pending

    def unrecorded(self) -> list[Unrecorded]:
        """What happened to tokens and is not in the log yet, in order."""
        acts = list[Unrecorded]()
        with failures_named(self._path), self._lock:
            rows = self._db.execute(
                f"SELECT {', '.join(COLUMNS)}, issue_recorded, revocation_recorded"
                " FROM tokens ORDER BY rowid"
            ).fetchall()
        for *columns, issued, revoked in rows:
            token = token_of(columns)
            if not issued:
                acts.append(Unrecorded(token, "issued", token.created_by))
            if token.revoked_by is not None and not revoked:
                acts.append(Unrecorded(token, "revoked", token.revoked_by))
        return acts

    def recorded(self, acts: Sequence[Unrecorded]) -> None:
        """Note that these acts are in the log: from now on a token that was issued is accepted."""
        with writing(self._path) as db:
            for act in acts:
                db.execute(f"UPDATE tokens SET {_FLAGS[act.act]} = 1 WHERE id = ?", (act.token.id,))
        self._known(at_once=True)

    def note_uses(self) -> None:
        """Write the times of last use now; a thread does so every minute."""
        self._uses.flush()

    def _known(self, *, at_once: bool = False) -> Known:
        """The tokens as they are now: read again if any connection but our own has committed."""
        looked = time.monotonic()
        if looked - self._looked < self._lag and not at_once:
            return self._cache
        with self._lock:
            try:
                [version] = self._db.execute("PRAGMA data_version").fetchone()
                if version != self._version:
                    self._cache = read_known(self._db)
                    self._version = version
                self._looked = looked
            except sqlite3.Error as error:
                raise unavailable(self._path, error) from error
            return self._cache

    def _hash(self, text: str) -> bytes:
        return hmac.digest(self._key, text.encode(), "sha256")

    def _write_uses(self, latest: Mapping[str, datetime]) -> None:
        with writing(self._path) as db:
            db.executemany(
                "UPDATE tokens SET last_used_at = ? WHERE id = ?",
                [(show_instant(moment), id) for id, moment in latest.items()],
            )


def token_id(text: str) -> str:
    """The id in the text of a token, empty if it is none."""
    form = _FORM.fullmatch(text)
    return form[1] if form else ""


def _checked(**given: Any) -> IssueToken:
    try:
        return IssueToken(**given)
    except ValidationError as invalid:
        fault = invalid.errors(include_url=False, include_input=False)[0]
        field = ".".join(map(str, fault["loc"]))
        near = nearest(str(given[field]), _WORDS[field])[:1] if field in _WORDS else []
        raise BadToken(f"{field}: {fault['msg']}{did_you_mean(near)}") from None
