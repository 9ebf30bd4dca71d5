"""Who came in, who was refused, which tokens were made and revoked: one JSON object a line.

No function takes a token, a cookie or a header: only names and ids, so that no line holds a secret.
What a caller chose (a subject, an address, a path without its query) is cut to a bounded length, and
JSON keeps it within its line.
"""

import json
import logging
import re
from datetime import UTC, datetime
from logging import INFO, WARNING
from typing import Literal

from service.access.principal import Principal
from service.access.token_rows import Token
from service.process import REQUEST_ID

_logger = logging.getLogger("intellog.security")
_TOKEN = re.compile(r"(intellog_[0-9a-f]{12}_)[\w-]+")
LONGEST = 200
"""Characters of a value that a line holds at most."""

Way = Literal["login", "bearer", "session", "feed"]
"""How somebody said who he is."""


def logged_in(principal: Principal, address: str) -> None:
    """Somebody began a session."""
    _write(INFO, "login", address, **_who(principal))


def logged_out(principal: Principal, address: str) -> None:
    """Somebody ended a session."""
    _write(INFO, "logout", address, **_who(principal))


def not_recognised(way: Way, reason: str, address: str, id: str | None = None) -> None:
    """Nobody knows who this is; `id` is that of the token that was shown, as far as it has one."""
    _write(WARNING, "not-recognised", address, way=way, reason=reason, token=id)


def slowed_down(address: str, seconds: float) -> None:
    """An address tries again too soon after failed logins."""
    _write(WARNING, "login-delayed", address, seconds=round(seconds, 3))


def forbidden(principal: Principal, needed: str, method: str, path: str, address: str) -> None:
    """Somebody asked for what takes a higher role; `path` is without its query."""
    asked = f"{method} {path}"
    _write(WARNING, "forbidden", address, **_who(principal), needed=needed, asked=asked)


def limited(principal: Principal, limit: str, address: str) -> None:
    """Somebody asked for more than a limit allows."""
    _write(WARNING, "limited", address, **_who(principal), limit=limit)


def token_issued(token: Token, by: str, address: str) -> None:
    """A token was made."""
    made = {"role": token.role, "clearance": token.clearance, "by": by}
    _write(INFO, "token-issued", address, token=token.id, subject=token.subject, **made)


def token_revoked(token: Token, by: str, address: str) -> None:
    """A token was revoked."""
    _write(INFO, "token-revoked", address, token=token.id, subject=token.subject, by=by)


def issuer_unreachable(reason: str, address: str) -> None:
    """The keys of the identity provider cannot be had, so that nobody can come in by it."""
    _write(WARNING, "issuer-unreachable", address, reason=reason)


def _who(principal: Principal) -> dict[str, str | None]:
    return {"subject": principal.subject, "role": principal.role, "token": principal.id}


def _write(level: int, what: str, address: str, **details: str | float | None) -> None:
    time = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    known = {name: _cut(value) for name, value in details.items() if value is not None}
    line = {"time": time, "what": what, "address": _cut(address), "request": REQUEST_ID.get(), **known}
    _logger.log(level, "%s", json.dumps(line), extra={"details": line})


def _cut(value: str | float) -> str | float:
    """A value of bounded length; of a token that somebody put into an address, only its id."""
    return _TOKEN.sub(r"\1...", value)[:LONGEST] if isinstance(value, str) else value
