"""Problem details (RFC 9457): every exception becomes a problem here, and nowhere else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Unpack

from pydantic_core import to_json
from starlette.responses import Response
from typing_extensions import TypedDict

from domain.errors import Fault, Refused
from projections.answers.values import Instant
from service.access.principal import Role
from service.access.token_store import TokensUnavailable
from service.evidence.errors import EvidenceRefused
from service.http.noted import see_problem
from service.http.problem_kinds import PROBLEMS, Kind
from service.log.port import ClockLeap, LogDamaged, LogUnavailable, NotTheWriter
from service.nodes.node import Role as NodeRole
from service.views.faults import ViewsUnusable
from service.webhooks.store import WebhooksUnavailable
from service.write.decisions import KeyReused
from service.write.writer import Overloaded

MEDIA_TYPE = "application/problem+json"


class FaultBody(TypedDict):
    """One fault in a body: its JSON pointer (RFC 6901) and what is wrong there."""

    pointer: str
    message: str


class RedactionBody(TypedDict):
    """How a report was redacted: the event that records it, and the positions of what is destroyed."""

    report: str
    position: int
    recorded_at: Instant
    actor: str
    reason: str
    authority: str
    destroyed: list[int]


class ProblemMembers(TypedDict, total=False):
    """What some problems say beyond what all do."""

    errors: list[FaultBody]
    current_version: int
    parameter: str
    ready: bool
    head: int
    position: int
    error: str | None
    lag_seconds: float
    role: Role | NodeRole
    writer: str | None
    heard_seconds: float
    size: int
    location: str
    redaction: RedactionBody


class ProblemBody(ProblemMembers):
    """What went wrong (RFC 9457); `type` is the address of its explanation."""

    type: str
    title: str
    status: int
    detail: str


@dataclass(frozen=True, slots=True)
class Near:
    """The names of things of one kind that may have been meant; `parameter` is what named another."""

    what: str
    names: tuple[str, ...]
    parameter: str | None = None


class Problem(Exception):
    """Something is wrong with a request, found before a command was made of it."""

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        retry_after: int = 1,
        near: Near | None = None,
        **members: Unpack[ProblemMembers],
    ) -> None:
        super().__init__(detail)
        self.near = near
        """What may have been meant, for a page to lead there."""
        self.code = code
        self.detail = " ".join(detail.splitlines())  # one line, whatever part of the request it quotes
        self.members = members
        self.retry_after = retry_after
        """Seconds after which the request may be sent again, where that can help."""

    @property
    def kind(self) -> Kind:
        """Its status, title, cause and cure."""
        return PROBLEMS[self.code]


def problem_of(error: Exception) -> Problem:
    """The problem that an exception amounts to; an unexpected one is internal."""
    match error:
        case Problem():
            return error
        case Refused():
            return _of_refusal(error)
        case EvidenceRefused():
            return Problem(error.code, str(error))
        case KeyReused():
            return Problem("key-reused", str(error))
        case Overloaded():
            return Problem("overloaded", str(error))
        case TokensUnavailable():
            return Problem("tokens-unavailable", str(error))
        case WebhooksUnavailable():
            return Problem("webhooks-unavailable", str(error))
        case ViewsUnusable():
            return Problem("not-caught-up", str(error))
        case LogDamaged():
            return Problem("log-damaged", str(error))
        case NotTheWriter():
            return Problem("no-writer", str(error))
        case ClockLeap():
            return Problem("clock-leap", str(error))
        case LogUnavailable() | TimeoutError():
            return Problem("log-unavailable", str(error) or "the log took too long to answer")
        case _:
            return Problem("internal", "something went wrong here; nothing was acknowledged")


def shown_problem(error: Exception) -> Problem:
    """The problem that a page shows in its own words, noted as what the request was answered with."""
    problem = problem_of(error)
    see_problem(problem.code)
    return problem


def _of_refusal(refused: Refused) -> Problem:
    members: ProblemMembers = {}
    if refused.faults:
        members["errors"] = fault_bodies(refused.faults)
    if refused.version is not None:
        members["current_version"] = refused.version
    return Problem(refused.code, refused.detail, **members)


def fault_bodies(faults: Sequence[Fault]) -> list[FaultBody]:
    """The `errors` member of a problem."""
    return [{"pointer": fault.pointer, "message": fault.message} for fault in faults]


def problem_body(problem: Problem) -> ProblemBody:
    """The body of a problem."""
    kind = problem.kind
    return {
        "type": f"/problems/{problem.code}",
        "title": kind.title,
        "status": kind.status,
        "detail": problem.detail,
        **problem.members,
    }


def problem_headers(problem: Problem) -> dict[str, str]:
    """What the headers of an answer say of its problem."""
    headers = dict[str, str]()
    if problem.kind.status in (429, 503):
        headers["Retry-After"] = str(problem.retry_after)
    if "location" in problem.members:
        headers["Location"] = problem.members["location"]
    if problem.kind.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if "current_version" in problem.members:
        headers["ETag"] = f'"{problem.members["current_version"]}"'
    if problem.kind.status == 416:
        headers["Content-Range"] = f"bytes */{problem.members['size']}"
    return headers


def problem_response(problem: Problem, headers: Mapping[str, str] | None = None) -> Response:
    """The HTTP answer to a problem."""
    see_problem(problem.code)
    more = {**(headers or {}), **problem_headers(problem)}
    return Response(to_json(problem_body(problem)), problem.kind.status, more, MEDIA_TYPE)
