"""What the file knows of each token, and how a token is listed."""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any, Literal, NamedTuple, cast

from typing_extensions import TypedDict

from domain.times import parse_instant, show_instant
from domain.vocabulary import Marking, Role
from service.access.principal import Principal

Reason = Literal["malformed", "unknown", "wrong-secret", "revoked", "expired", "unrecorded"]
"""Why a text is not accepted as a token."""


class TokenAnswer(TypedDict):
    """A token as it is listed: all but its secret."""

    id: str
    subject: str
    role: Role
    clearance: Marking
    created_at: str
    created_by: str
    expires_at: str | None
    revoked_at: str | None
    revoked_by: str | None
    last_used_at: str | None
    note: str


class IssuedTokenAnswer(TokenAnswer):
    """A token that was just issued; `token` is what its holder sends, and is not shown again."""

    token: str


@dataclass(frozen=True, slots=True)
class Token:
    """What is known of a token; its secret is not."""

    id: str
    subject: str
    role: Role
    clearance: Marking
    created_at: datetime
    created_by: str
    expires_at: datetime | None
    revoked_at: datetime | None
    revoked_by: str | None
    last_used_at: datetime | None
    note: str

    def answer(self) -> TokenAnswer:
        """The token as it is listed."""
        return cast(TokenAnswer, {name: shown(value) for name, value in asdict(self).items()})

    def unusable(self, now: datetime) -> Reason | None:
        """Why the token is not accepted; None if it is."""
        if self.revoked_at is not None:
            return "revoked"
        if self.expires_at is not None and self.expires_at <= now:
            return "expired"
        return None


class Entry(NamedTuple):
    """A token with what checking it takes; `recorded` is whether the log knows of its issue."""

    token: Token
    hash: bytes
    principal: Principal
    recorded: bool


class Known(NamedTuple):
    """All tokens as of one version of the file, and whether the log lacks any act on them."""

    entries: Mapping[str, Entry]
    pending: bool


COLUMNS = [field.name for field in fields(Token)]
_TIMES = {"created_at", "expires_at", "revoked_at", "last_used_at"}


def read_known(db: sqlite3.Connection) -> Known:
    """Read all tokens, the oldest first."""
    rows = db.execute(
        f"SELECT {', '.join(COLUMNS)}, hash, issue_recorded, revocation_recorded"
        " FROM tokens ORDER BY rowid"
    )
    entries, pending = dict[str, Entry](), False
    for *columns, hash, issued, revoked in rows:
        token = token_of(columns)
        principal = Principal(token.subject, token.role, token.clearance, token.id, token.expires_at)
        entries[token.id] = Entry(token, hash, principal, bool(issued))
        pending |= not issued or (token.revoked_at is not None and not revoked)
    return Known(entries, pending)


def token_of(columns: Sequence[Any]) -> Token:
    """A token from the values of `COLUMNS`."""
    given = dict(zip(COLUMNS, columns, strict=True))
    times = {name: parse_instant(given[name]) for name in _TIMES if given[name] is not None}
    return Token(**{**given, **times})


def shown(value: Any) -> Any:
    """A value as it is stored and listed: times as text."""
    return show_instant(value) if isinstance(value, datetime) else value
