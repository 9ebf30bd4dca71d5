"""Writing over HTTP: every POST, PUT and DELETE becomes one command and answers where it stands."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Literal

import anyio.to_thread
from fastapi import APIRouter
from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response

from domain.commands import (
    Command,
    CorrectReport,
    DefineIndicator,
    DisputeClaim,
    FileReport,
    GradeClaim,
    GradeSource,
    HoldReport,
    LinkClaim,
    MarkReport,
    RecordAssessment,
    RegisterSource,
    ReleaseReport,
    UnlinkClaim,
    WithdrawReport,
)
from domain.errors import Refused
from domain.stream_names import split_stream
from domain.times import show_instant
from domain.vocabulary import claim_id
from service.api.import_stream import MEDIA_TYPE, Import
from service.api.openapi import PROBLEM, body_of, lines_of, query_of
from service.dry_run import foresee
from service.http.bodies import has_body, parse, read_body, refuse_body
from service.http.parameters import Asked, caught_up, parameters
from service.http.problems import Problem
from service.http.routing import header, plain_router
from service.log.port import LogUnavailable
from service.service import Service
from service.write.decisions import KeyReused, Outcome, digest_of
from service.write.decisions import Request as Order
from service.write.writer import Answers, Overloaded

LONGEST_KEY = 255
ERRORS = (Problem, Refused, KeyReused, Overloaded, LogUnavailable, TimeoutError)
"""What a request may fail with, beside mistakes of ours."""
Endpoint = Callable[[Request], Awaitable[Response]]

WRITES: tuple[tuple[str, str, type[Command], str | None], ...] = (
    ("POST", "/v1/reports", FileReport, None),
    ("PUT", "/v1/indicators/{id}", DefineIndicator, "id"),
    ("PUT", "/v1/sources/{id}", RegisterSource, "id"),
    ("POST", "/v1/sources/{id}/grades", GradeSource, "source"),
    ("POST", "/v1/reports/{id}/corrections", CorrectReport, "report"),
    ("POST", "/v1/reports/{id}/withdrawal", WithdrawReport, "report"),
    ("POST", "/v1/reports/{id}/hold", HoldReport, "report"),
    ("POST", "/v1/reports/{id}/release", ReleaseReport, "report"),
    ("POST", "/v1/reports/{id}/marking", MarkReport, "report"),
    ("POST", "/v1/claims/{report}/{n}/grades", GradeClaim, "claim"),
    ("POST", "/v1/claims/{report}/{n}/links", LinkClaim, "claim"),
    ("POST", "/v1/claims/{report}/{n}/disputes", DisputeClaim, "claim"),
    ("POST", "/v1/indicators/{id}/assessments", RecordAssessment, "indicator"),
)
"""Method, address, command, and the field of the command that the address gives."""
UNLINK = "/v1/claims/{report}/{n}/links/{parent}/{m}"
OPTIONAL = (HoldReport, ReleaseReport)
"""Commands that say all by their address: their body may be left out."""
WRITTEN: dict[int | str, dict[str, Any]] = {
    200: {"description": "Done; or it was there already, with its original position."},
    201: {"description": "Recorded, at the position answered."},
}


def routes(service: Service) -> APIRouter:
    """The writing half of the interface."""
    router = plain_router(tags=["writing"], responses={**PROBLEM})
    for method, path, kind, field in WRITES:
        router.add_api_route(
            path,
            _endpoint(service, kind, field),
            methods=[method],
            name=kind.__name__,
            summary=(kind.__doc__ or "").partition("\n")[0],
            responses=WRITTEN,
            openapi_extra=body_of(path, kind, field, required=kind not in OPTIONAL),
        )
    router.add_api_route(
        UNLINK,
        _unlink(service),
        methods=["DELETE"],
        name="UnlinkClaim",
        summary=(UnlinkClaim.__doc__ or "").partition("\n")[0],
        openapi_extra=query_of(UNLINK, "reason", "dry_run", changes=True),
    )
    router.add_api_route(
        "/v1/import",
        _import(service),
        methods=["POST"],
        name="Import",
        summary="Take one command a line, any number of them, and answer while they come.",
        openapi_extra=lines_of(),
        responses={200: {"content": {MEDIA_TYPE: {"schema": {"type": "string"}}}}},
    )
    return router


def _endpoint(service: Service, kind: type[Command], field: str | None) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        asked = parameters(request, "dry_run")
        body = await _body(request, service, kind)
        path = {field: _named_by(request)} if field else None
        return await _perform(service, request, asked, parse(kind, body, path))

    return endpoint


async def _body(request: Request, service: Service, kind: type[Command]) -> bytes:
    if kind in OPTIONAL and not has_body(request):
        return b"{}"
    return await read_body(request, service.settings.body_limit)


def _import(service: Service) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        return Import(service)

    return endpoint


def _unlink(service: Service) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        asked = parameters(request, "reason", "dry_run")
        refuse_body(request, "give the reason as ?reason=")
        names = request.path_params
        path = {"claim": _named_by(request), "derived_from": f"{names['parent']}/{names['m']}"}
        reason = to_json({"reason": asked.get("reason", "")})
        return await _perform(service, request, asked, parse(UnlinkClaim, reason, path))

    return endpoint


def _named_by(request: Request) -> str:
    names = request.path_params
    return f"{names['report']}/{names['n']}" if "report" in names else str(names["id"])


async def _perform(service: Service, request: Request, asked: Asked, command: Command) -> Response:
    """Give a command to the writer, and answer when it is durable or refused; or only try it."""
    if asked.get("dry_run") == "true":
        order = Order(command, service.settings.actor, if_match=_if_match(request))
        return _json(await tried(service, order))
    key, actor = _idempotency_key(request), service.settings.actor
    order = Order(
        command,
        actor,
        if_match=_if_match(request),
        key=f"key:{actor}:{key}" if key else None,
        digest=digest_of(command) if key else b"",
    )
    return _written(request.method, await committed(service, order))


async def tried(service: Service, order: Order) -> dict[str, Any]:
    """What an order would change, once the views hold all that is written; raises any of `ERRORS`."""
    await caught_up(service, {"min_position": service.log.head()})
    return await anyio.to_thread.run_sync(foresee, service, order)


async def committed(service: Service, order: Order) -> Outcome:
    """Give an order to the writer and wait until it is durable; raises any of `ERRORS`."""
    loop = asyncio.get_running_loop()
    answered: asyncio.Future[Answers] = loop.create_future()

    def deliver(answers: Answers) -> None:
        with suppress(RuntimeError):  # of a loop that was closed meanwhile nobody waits
            loop.call_soon_threadsafe(_hand_over, answered, answers)

    service.writer.order([order], deliver)
    async with asyncio.timeout(service.settings.write_patience):
        answers = await answered
    answer = answers if isinstance(answers, Exception) else answers[0]
    if isinstance(answer, Exception):
        raise answer
    return answer


def _hand_over(answered: "asyncio.Future[Answers]", answers: Answers) -> None:
    if not answered.done():  # else whoever waited has given up; what is written stays written
        answered.set_result(answers)


def _json(body: dict[str, Any]) -> Response:
    return Response(to_json(body), 200, None, "application/json")


def _written(method: str, outcome: Outcome) -> Response:
    family, name = split_stream(outcome.stream)
    assert outcome.recorded_at is not None
    body: dict[str, Any] = {
        "id": name,
        "version": outcome.version,
        "position": outcome.position,
        "recorded_at": show_instant(outcome.recorded_at),
    }
    if outcome.claims:
        body["claims"] = [claim_id(name, n) for n in outcome.claims]
    headers = {"ETag": f'"{outcome.version}"', "Location": f"/v1/{family}s/{name}"}
    # Whatever adds to the log makes something; but a PUT only what was not there (RFC 9110, 9.3.4).
    made = outcome.new and (method != "PUT" or outcome.version == 1)
    status = 201 if made else 200
    return Response(to_json(body), status, headers, "application/json")


def _idempotency_key(request: Request) -> str | None:
    key = header(request.scope, b"idempotency-key")
    if key is not None and not (0 < len(key) <= LONGEST_KEY and key.isprintable()):
        raise Problem(
            "bad-parameter", f"Idempotency-Key: must have 1 to {LONGEST_KEY} printable characters"
        )
    return key


def _if_match(request: Request) -> int | Literal["*"] | None:
    """The version that `If-Match` names: `"3"`; `*` is whatever is there, but not nothing."""
    given = header(request.scope, b"if-match")
    if given is None:
        return None
    if given.strip() == "*":
        return "*"
    text = given.strip().removeprefix("W/").strip('"')
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise Problem("bad-parameter", f'If-Match: {given[:60]!r} is no version; send the ETag, "3"')
    return int(text)
