"""The last visit of a browser to the board: a position in a cookie, and nothing about the visitor.

The value is `log.since.seen.minute`: the id of the log, the position that this visit is compared with,
the position of the latest page, and the minute of it since 1970. A page more than half an hour after
the one before it begins another visit, which is compared with where the one before ended.
"""

import re
from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request

COOKIE = "intellog_visit"
MINUTES = 30
"""Minutes without a page after which a visit is over."""
_DAYS = 400
_VALUE = re.compile(r"([0-9a-f]{1,64})\.([0-9]{1,16})\.([0-9]{1,16})\.([0-9]{1,12})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Visit:
    """A visit to the board of a log: the position that it is compared with, and that of its page."""

    log: str
    since: int
    seen: int
    minute: int

    def cookie(self, *, secure: bool) -> str:
        """The header that keeps it in the browser."""
        text = f"{self.log}.{self.since}.{self.seen}.{self.minute}"
        more = "; Secure" if secure else ""
        return f"{COOKIE}={text}; Path=/; HttpOnly; SameSite=Lax; Max-Age={_DAYS * 86_400}{more}"


def visit_of(request: Request, log: str, position: int, now: datetime) -> Visit:
    """The visit that a page at a position belongs to; the first one is compared with its own start."""
    minute = int(now.timestamp()) // 60
    before = _kept(request.cookies.get(COOKIE, ""), log)
    if before is None or before.seen > position:
        return Visit(log, position, position, minute)
    over = not 0 <= minute - before.minute <= MINUTES
    return Visit(log, before.seen if over else before.since, position, minute)


def _kept(text: str, log: str) -> Visit | None:
    """The visit that a cookie keeps, if it was to this log."""
    found = _VALUE.fullmatch(text)
    if found is None or found[1] != log or int(found[2]) > int(found[3]):
        return None
    return Visit(log, *map(int, found.groups()[1:]))
