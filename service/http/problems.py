"""Problem details (RFC 9457): the one table from codes to HTTP, and nothing else maps them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic_core import to_json
from starlette.responses import Response

from domain.errors import Fault, Refused
from service.log.port import LogUnavailable
from service.write.decisions import KeyReused
from service.write.writer import Overloaded


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of problem: its HTTP status, its title, what causes it and what cures it."""

    status: int
    title: str
    cause: str
    cure: str


PROBLEMS: Mapping[str, Kind] = {
    "invalid": Kind(
        422,
        "The body does not fit",
        "A field is missing, unknown, of the wrong type, or breaks a rule of its own.",
        "Mend what `errors` names; each entry has a JSON pointer into the body.",
    ),
    "unknown-indicator": Kind(
        422,
        "No such indicator",
        "A claim or a definition names an indicator that is not defined.",
        "Define it first, or use one of the near ids that the detail names.",
    ),
    "unknown-claim": Kind(
        422,
        "No such claim",
        "A link or an assessment names a claim that was never filed.",
        "File the report that the claim is in first.",
    ),
    "link-to-self": Kind(
        422,
        "A claim derived from itself",
        "A claim's link names the claim itself.",
        "Leave the link out, or name the claim that the figure came from.",
    ),
    "link-to-later": Kind(
        422,
        "A claim derived from a later one",
        "The claim named was stated on a later UTC day than the one derived from it.",
        "Check both `stated_at`; turn the link round if it is the other way.",
    ),
    "link-cycle": Kind(
        422,
        "Links go round in a circle",
        "The claim named is itself derived, directly or not, from this one.",
        "Unlink the wrong one of the links first.",
    ),
    "not-found": Kind(
        404,
        "Not there",
        "The address, or the report, claim, source or indicator that it names, does not exist at "
        "the times asked.",
        "Check the id and the times; lists name what is there.",
    ),
    "id-taken": Kind(
        409,
        "The id is taken",
        "A report of this id is there already with other content.",
        "Choose another id, or correct the report that is there.",
    ),
    "report-withdrawn": Kind(
        409,
        "The report is withdrawn",
        "A withdrawn report takes no further command.",
        "File a new report.",
    ),
    "measure-fixed": Kind(
        409,
        "Measure and unit are fixed",
        "The indicator has claims or an assessment, whose figures another measure or unit would make "
        "wrong.",
        "Define another indicator.",
    ),
    "key-reused": Kind(
        409,
        "The idempotency key was used before",
        "An earlier request with this `Idempotency-Key` asked for something else.",
        "Choose a new key for every new request; repeat a key only with the same request.",
    ),
    "stale-version": Kind(
        412,
        "Changed in the meantime",
        "`If-Match` names a version that is not the current one; `current_version` is.",
        "Read it again, and repeat the change if it still makes sense.",
    ),
    "unknown-parameter": Kind(
        422,
        "Unknown query parameter",
        "A query parameter is not one of this address, so its wish would have been ignored.",
        "Check its spelling against the ones that the detail names.",
    ),
    "bad-parameter": Kind(
        422,
        "A query parameter cannot be read",
        "A query parameter or a header has a value of the wrong form, or is given twice.",
        "Mend the one that the detail names.",
    ),
    "bad-cursor": Kind(
        422,
        "The cursor does not fit",
        "The cursor is not one that this list gave, or its other parameters were changed.",
        "Begin again without a cursor.",
    ),
    "too-large": Kind(
        413,
        "The body is too large",
        "The body, or one line of an import, exceeds the limit that the detail names.",
        "Split it; many reports are sent by import, one a line.",
    ),
    "wrong-media-type": Kind(
        415,
        "Wrong media type",
        "The `Content-Type` is not the one that this address takes, or the body is compressed.",
        "Send what the detail names, without `Content-Encoding`.",
    ),
    "method-not-allowed": Kind(
        405,
        "Not this method",
        "The address exists, but not with this method.",
        "Use one of the methods in the `Allow` header.",
    ),
    "not-acceptable": Kind(
        406,
        "None of these forms",
        "The `Accept` header names no form that this address gives.",
        "Accept one of the media types that the detail names.",
    ),
    "cross-origin": Kind(
        403,
        "Not from another page",
        "A change came from a web page of another origin, as its `Origin` header says.",
        "Make the change from this service's own pages, or by a program, which sends no `Origin`.",
    ),
    "host-not-allowed": Kind(
        421,
        "Not this host",
        "The `Host` header does not name this machine; a page elsewhere may be reaching in.",
        "Use localhost, 127.0.0.1 or [::1].",
    ),
    "not-caught-up": Kind(
        503,
        "Not there yet",
        "The views have not reached the position asked for in time.",
        "Try again after `Retry-After`; /readyz says how far they are.",
    ),
    "overloaded": Kind(
        503,
        "Too much at once",
        "More commands wait than can be taken.",
        "Nothing was written; try again after `Retry-After`.",
    ),
    "log-unavailable": Kind(
        503,
        "The log does not answer",
        "The store under the log failed or took too long.",
        "Try again after `Retry-After`; retrying the same request is safe.",
    ),
    "internal": Kind(
        500,
        "A mistake of the program",
        "Something happened that should not.",
        "Nothing was acknowledged; report it with the time of the request.",
    ),
}

MEDIA_TYPE = "application/problem+json"


class Problem(Exception):
    """Something wrong with a request, found before any command was given."""

    def __init__(self, code: str, detail: str, **members: Any) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = " ".join(detail.splitlines())  # one line, whatever of the request it quotes
        self.members = members


def problem_of(error: Exception) -> Problem:
    """The problem that an exception is; unknown ones are ours."""
    match error:
        case Problem():
            return error
        case Refused():
            return _of_refusal(error)
        case KeyReused():
            return Problem("key-reused", str(error))
        case Overloaded():
            return Problem("overloaded", str(error))
        case LogUnavailable() | TimeoutError():
            return Problem("log-unavailable", str(error) or "the log took too long to answer")
        case _:
            return Problem("internal", "something went wrong here; nothing was acknowledged")


def _of_refusal(refused: Refused) -> Problem:
    members: dict[str, Any] = {}
    if refused.faults:
        members["errors"] = faults_as_json(refused.faults)
    if refused.version is not None:
        members["current_version"] = refused.version
    return Problem(refused.code, refused.detail, **members)


def faults_as_json(faults: Sequence[Fault]) -> list[dict[str, str]]:
    """The `errors` member of a problem."""
    return [{"pointer": fault.pointer, "message": fault.message} for fault in faults]


def as_json(problem: Problem) -> dict[str, Any]:
    """The body of a problem."""
    kind = PROBLEMS[problem.code]
    return {
        "type": f"/problems/{problem.code}",
        "title": kind.title,
        "status": kind.status,
        "detail": problem.detail,
        **problem.members,
    }


def response(problem: Problem, headers: Mapping[str, str] | None = None) -> Response:
    """The HTTP answer to a problem."""
    kind = PROBLEMS[problem.code]
    more = dict(headers or {})
    if kind.status == 503:
        more["Retry-After"] = "1"
    if "current_version" in problem.members:
        more["ETag"] = f'"{problem.members["current_version"]}"'
    return Response(to_json(as_json(problem)), kind.status, more, MEDIA_TYPE)


def documentation() -> str:
    """Every problem code with status, cause and cure, as a page in Markdown."""
    lines = [
        "# Problems",
        "",
        "What is refused is answered with `application/problem+json` (RFC 9457) and changes "
        "nothing. Its `type` is the address of its code below; `detail` says what is wrong this "
        "time; `errors`, for a body, names each fault with a JSON pointer.",
        "",
    ]
    for code, kind in PROBLEMS.items():
        lines += [f"## /problems/{code}", "", f"**{kind.status} {kind.title}.**"]
        lines += [f"{kind.cause}", "", f"*What to do:* {kind.cure}", ""]
    return "\n".join(lines)
