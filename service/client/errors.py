"""What calls of the client raise: one tree; a refusal bears the problem code of the server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pydantic_core import from_json

if TYPE_CHECKING:
    from service.client.answers import DoneLine, FailedLine, FaultBody, ProblemBody
    from service.client.exchange import Answer


class IntellogError(Exception):
    """Anything that a call of the client raises by itself."""


class Unreachable(IntellogError):
    """No answer came, however often it was safe to ask; `reason` is that of the connection.

    `sent` says whether anything of the request may have arrived.
    """

    def __init__(self, url: str, reason: str, *, sent: bool = True) -> None:
        super().__init__(f"{url}: {reason}")
        self.reason, self.sent = reason, sent


class Cut(Unreachable):
    """An answer broke off before its end and could not be resumed; `received` items had come."""

    def __init__(self, url: str, reason: str, received: int = 0) -> None:
        super().__init__(url, reason)
        self.received = received


class MissingPandas(IntellogError):
    """Frames were asked for, and pandas is not installed."""


class Refused(IntellogError):
    """The server refused a request, which then changed nothing (RFC 9457).

    `code` is the last part of the problem's type, empty where something else than intellog answered;
    `errors` lists the faults of a body; `members` has what this problem says beyond that, such as
    `current_version`; `retry_after` is in seconds.
    """

    def __init__(self, body: ProblemBody, retry_after: float | None = None) -> None:
        super().__init__(body["detail"])
        self.code: str = body["type"].removeprefix("/problems/")
        self.title: str = body["title"]
        self.status: int = body["status"]
        self.detail: str = body["detail"]
        self.errors: list[FaultBody] = body.get("errors", [])
        self.members: Mapping[str, Any] = {
            name: value for name, value in body.items() if name not in _EVERYWHERE
        }
        self.retry_after = retry_after


_EVERYWHERE = ("type", "title", "status", "detail", "errors")


class NotFound(Refused):
    """What was named is not there at the times asked, or not for this caller (404)."""


class Invalid(Refused):
    """A field or parameter does not fit; `errors` says which (422)."""


class Conflict(Refused):
    """What stands in the log is against it: a taken id, a withdrawn report, a reused key (409)."""


class OtherHistory(Conflict):
    """The position to go on from is not one of this log: it is another one, or lost its tail."""


class Stale(Refused):
    """`if_match` or `if_none_match` did not hold: it changed in the meantime (412)."""


class Unauthenticated(Refused):
    """The token is missing, unknown, expired or revoked (401)."""


class Forbidden(Refused):
    """It takes a higher role or clearance (403)."""


class Unavailable(Refused):
    """The server cannot answer now; it was asked again as long as that was safe and of use (5xx)."""


class ImportFailed(Unavailable):
    """An import ended before its last line; `tally` counts what was recorded until then."""

    def __init__(self, body: ProblemBody, tally: FailedLine | DoneLine) -> None:
        super().__init__(body)
        self.tally = tally


BY_CODE: Mapping[str, type[Refused]] = {"other-history": OtherHistory, "beyond-head": OtherHistory}
BY_STATUS: Mapping[int, type[Refused]] = {
    401: Unauthenticated,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    412: Stale,
    422: Invalid,
}


def refusal(answer: Answer) -> Refused:
    """The exception that an answer with an error status amounts to."""
    body = _problem(answer)
    code, status = body["type"].removeprefix("/problems/"), body["status"]
    kind = BY_CODE.get(code) or BY_STATUS.get(status) or (Unavailable if status >= 500 else Refused)
    return kind(body, answer.retry_after)


def _problem(answer: Answer) -> ProblemBody:
    """The problem in an answer; one of our own where a proxy or something else answered."""
    detail = f"the server returned status {answer.status}"
    try:
        said = from_json(answer.content)
    except ValueError:
        said = {}
    if not isinstance(said, dict) or not isinstance(said.get("detail"), str):
        said = {"detail": detail}
    unnamed = {"type": "", "title": "Not an answer of intellog"}
    body: ProblemBody = {**unnamed, **said, "status": answer.status}  # type: ignore[typeddict-item]
    return body
