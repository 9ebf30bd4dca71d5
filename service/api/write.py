"""Writing over HTTP: every POST, PUT and DELETE becomes one command and returns where it stands."""

from dataclasses import dataclass
from typing import Annotated, Literal, NotRequired

from pydantic import Field
from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response
from typing_extensions import TypedDict

from domain.commands import (
    MOST_CLAIMS,
    CiteFigure,
    CloseCitation,
    Command,
    CorrectReport,
    DefineIndicator,
    DeskCommand,
    DisputeClaim,
    FileReport,
    GradeClaim,
    GradeSource,
    HoldReport,
    LinkClaim,
    MarkReport,
    RecordAssessment,
    RedactReport,
    RegisterSource,
    ReleaseReport,
    UnlinkClaim,
    WithdrawReport,
)
from domain.stream_names import split_stream
from domain.times import show_instant
from domain.vocabulary import claim_id
from projections.answers.values import Instant
from service.access.principal import Role
from service.acts.acts import ACTS
from service.dry_run import DryRunAnswer
from service.http.admission import principal_of
from service.http.bodies import has_body, parse, parsed, read_body, refuse_body
from service.http.lookups import claim_named
from service.http.parameters import Asked, parameters
from service.http.preconditions import conditions_of, version_tag
from service.http.problem_kinds import WRITTEN
from service.http.problems import Problem
from service.http.questions import Questions
from service.http.routing import JSON, Body, Endpoint, Operation, Shape, header
from service.http.submit import committed, tried
from service.service import Service
from service.write.decisions import Outcome, WriteRequest, digest_of

LONGEST_KEY = 255


class Written(TypedDict):
    """Where a command stands in the log; of a report, the ids of its claims as well."""

    id: str
    version: int
    position: int
    recorded_at: Instant
    claims: NotRequired[Annotated[list[str], Field(max_length=MOST_CLAIMS)]]


@dataclass(frozen=True, slots=True)
class Write:
    """An address that is written to, and its command.

    One that says everything by its address needs no `body`.
    """

    method: str
    path: str
    command: type[DeskCommand]
    body: Literal["required", "optional", "none"] = "required"
    problems: tuple[str, ...] = ()

    @property
    def field(self) -> str | None:
        """The command's field that the address gives."""
        return ACTS[self.command].field

    @property
    def role(self) -> Role:
        """The role that it takes."""
        return ACTS[self.command].role


_LINKS = ("link-to-self", "link-to-later", "link-cycle")
WRITES: tuple[Write, ...] = (
    Write("POST", "/v1/reports", FileReport, problems=_LINKS),
    Write("PUT", "/v1/indicators/{id}", DefineIndicator, problems=("measure-fixed",)),
    Write("PUT", "/v1/sources/{id}", RegisterSource),
    Write("POST", "/v1/sources/{id}/grades", GradeSource),
    Write("POST", "/v1/reports/{id}/corrections", CorrectReport, problems=_LINKS),
    Write("POST", "/v1/reports/{id}/withdrawal", WithdrawReport),
    Write("POST", "/v1/reports/{id}/redaction", RedactReport),
    Write("POST", "/v1/reports/{id}/hold", HoldReport, "optional"),
    Write("POST", "/v1/reports/{id}/release", ReleaseReport, "optional"),
    Write("POST", "/v1/reports/{id}/marking", MarkReport),
    Write("POST", "/v1/claims/{report}/{n}/grades", GradeClaim),
    Write("POST", "/v1/claims/{report}/{n}/links", LinkClaim, problems=_LINKS),
    Write("POST", "/v1/claims/{report}/{n}/disputes", DisputeClaim, problems=("id-taken",)),
    Write("POST", "/v1/indicators/{id}/assessments", RecordAssessment),
    Write("POST", "/v1/citations", CiteFigure, problems=("id-taken",)),
    Write("DELETE", "/v1/citations/{id}", CloseCitation, "none"),
    Write("DELETE", "/v1/claims/{report}/{n}/links/{parent}/{m}", UnlinkClaim, "none"),
)
"""Every command by its address."""


def operations(service: Service, questions: Questions) -> list[Operation]:
    """The operations that write one command."""
    return [_operation(service, questions, write) for write in WRITES]


def _operation(service: Service, questions: Questions, write: Write) -> Operation:
    reads_body = write.body != "none"
    written, foreseen = {JSON: Shape(Written)}, {JSON: Shape(Written | DryRunAnswer)}
    return Operation(
        write.method,
        write.path,
        (_with_body if reads_body else _without_body)(service, questions, write),
        name=write.command.__name__,
        summary=(write.command.__doc__ or "").partition("\n")[0],
        tag="writing",
        query=("dry_run",) if reads_body else ("reason", "dry_run"),
        body=Body(write.command, write.field, write.body == "required") if reads_body else None,
        changes=True,
        returns={200: foreseen, 201: written},
        problems=(*WRITTEN, *write.problems),
        role=write.role,
    )


def _with_body(service: Service, questions: Questions, write: Write) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        asked = parameters(request, "dry_run")
        if write.body == "optional" and not has_body(request):
            body = b"{}"
        else:
            body = await read_body(request, service.settings.body_limit)
        path = {write.field: _named_by(request)} if write.field else None
        command = await parsed(write.command, body, path)
        return await _perform(service, questions, request, asked, command, len(body))

    return endpoint


def _without_body(service: Service, questions: Questions, write: Write) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        asked = parameters(request, "reason", "dry_run")
        refuse_body(request, "give the reason as ?reason=")
        names = request.path_params
        path = {write.field: _named_by(request)} if write.field else {}
        if "parent" in names:
            path["derived_from"] = f"{names['parent']}/{names['m']}"
        reason = to_json({"reason": asked.get("reason", "")})
        command = parse(write.command, reason, path)
        return await _perform(service, questions, request, asked, command, len(reason))

    return endpoint


def _named_by(request: Request) -> str:
    names = request.path_params
    return claim_named(request) if "report" in names else str(names["id"])


async def _perform(
    service: Service,
    questions: Questions,
    request: Request,
    asked: Asked,
    command: Command,
    size: int,
) -> Response:
    """Submit a command and answer when it is durable or refused; or only try it."""
    asked_of = conditions_of(request)
    principal = principal_of(request)
    actor, clearance = principal.subject, principal.clearance
    if asked.get("dry_run") == "true":
        matching = asked_of.if_match, asked_of.if_none_match
        order = WriteRequest(command, actor, *matching, clearance=clearance)
        return Response(to_json(await tried(service, questions, request, order)), 200, None, JSON)
    key = _idempotency_key(request)
    order = WriteRequest(
        command,
        actor,
        asked_of.if_match,
        asked_of.if_none_match,
        key=f"key:{actor}:{key}" if key else None,
        digest=digest_of(command) if key else b"",
        size=size,
        clearance=clearance,
    )
    return _answer(request.method, await committed(service, order))


def _answer(method: str, outcome: Outcome) -> Response:
    family, name = split_stream(outcome.stream)
    assert outcome.recorded_at is not None
    body: Written = {
        "id": name,
        "version": outcome.version,
        "position": outcome.position,
        "recorded_at": show_instant(outcome.recorded_at),
    }
    if outcome.claims:
        body["claims"] = [claim_id(name, n) for n in outcome.claims]
    headers = {"ETag": version_tag(outcome.version), "Location": f"/v1/{family}s/{name}"}
    # Whatever adds to the log creates something, but a PUT only where nothing was (RFC 9110, 9.3.4).
    created = outcome.new and (method != "PUT" or outcome.version == 1)
    return Response(to_json(body), 201 if created else 200, headers, JSON)


def _idempotency_key(request: Request) -> str | None:
    key = header(request.scope, b"idempotency-key")
    if key is not None and not (0 < len(key) <= LONGEST_KEY and key.isprintable()):
        raise Problem(
            "bad-parameter", f"Idempotency-Key: must have 1 to {LONGEST_KEY} printable characters"
        )
    return key
