"""Writing over HTTP: every POST, PUT and DELETE becomes one command and answers where it stands."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import APIRouter
from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response

from domain.commands import (
    Command,
    CorrectReport,
    DefineIndicator,
    FileReport,
    GradeClaim,
    GradeSource,
    HoldReport,
    LinkClaim,
    MarkReport,
    RegisterSource,
    ReleaseReport,
    UnlinkClaim,
    WithdrawReport,
)
from domain.errors import Refused
from domain.times import show_instant
from domain.vocabulary import claim_id
from service.api.asking import parameters
from service.api.bodies import parse, read_body
from service.api.openapi import body_of
from service.api.problems import Problem
from service.core import Service
from service.deciding import KeyReused, Outcome, digest_of
from service.deciding import Request as Order
from service.log.port import LogUnavailable
from service.writer import Overloaded

LONGEST_KEY = 255
ERRORS = (Problem, Refused, KeyReused, Overloaded, LogUnavailable, TimeoutError)
"""What a request may fail with, beside mistakes of ours."""
Endpoint = Callable[[Request], Awaitable[Response]]

WRITES: tuple[tuple[str, str, type[Command], str | None], ...] = (
    ("PUT", "/v1/indicators/{id}", DefineIndicator, "id"),
    ("PUT", "/v1/sources/{id}", RegisterSource, "id"),
    ("POST", "/v1/sources/{id}/grades", GradeSource, "source"),
    ("POST", "/v1/reports", FileReport, None),
    ("POST", "/v1/reports/{id}/corrections", CorrectReport, "report"),
    ("POST", "/v1/reports/{id}/withdrawal", WithdrawReport, "report"),
    ("POST", "/v1/reports/{id}/hold", HoldReport, "report"),
    ("POST", "/v1/reports/{id}/release", ReleaseReport, "report"),
    ("POST", "/v1/reports/{id}/marking", MarkReport, "report"),
    ("POST", "/v1/claims/{report}/{n}/grades", GradeClaim, "claim"),
    ("POST", "/v1/claims/{report}/{n}/links", LinkClaim, "claim"),
)
"""Method, address, command, and the field of the command that the address gives."""


def routes(service: Service) -> APIRouter:
    """The writing half of the interface."""
    router = APIRouter(tags=["writing"])
    for method, path, kind, field in WRITES:
        router.add_api_route(
            path,
            _endpoint(service, kind, field),
            methods=[method],
            name=kind.__name__,
            summary=(kind.__doc__ or "").partition("\n")[0],
            openapi_extra=body_of(kind, field),
        )
    router.add_api_route(
        "/v1/claims/{report}/{n}/links/{parent}/{m}",
        _unlink(service),
        methods=["DELETE"],
        name="UnlinkClaim",
        summary=(UnlinkClaim.__doc__ or "").partition("\n")[0],
        openapi_extra=body_of(None, None, "reason"),
    )
    return router


def _endpoint(service: Service, kind: type[Command], field: str | None) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        parameters(request)
        body = await _body(request, service, kind)
        path = {field: _named_by(request)} if field else None
        return await perform(service, request, parse(kind, body, path))

    return endpoint


async def _body(request: Request, service: Service, kind: type[Command]) -> bytes:
    optional = kind in (HoldReport, ReleaseReport)
    if optional and request.headers.get("content-length", "0") == "0" and not _chunked(request):
        return b"{}"
    return await read_body(request, service.settings.body_limit)


def _chunked(request: Request) -> bool:
    return "transfer-encoding" in request.headers


def _unlink(service: Service) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        asked = parameters(request, "reason")
        names = request.path_params
        command = {
            "claim": _named_by(request),
            "derived_from": f"{names['parent']}/{names['m']}",
            "reason": asked.get("reason", ""),
        }
        return await perform(service, request, parse(UnlinkClaim, to_json(command)))

    return endpoint


def _named_by(request: Request) -> str:
    names = request.path_params
    return f"{names['report']}/{names['n']}" if "report" in names else str(names["id"])


async def perform(service: Service, request: Request, command: Command) -> Response:
    """Give a command to the writer, and answer when it is durable or refused."""
    key, actor = _idempotency_key(request), service.settings.actor
    order = Order(
        command,
        actor,
        if_match=_if_match(request),
        key=f"key:{actor}:{key}" if key else None,
        digest=digest_of(command) if key else b"",
    )
    waiting = asyncio.wrap_future(service.writer.submit([order]))
    async with asyncio.timeout(service.settings.write_patience):
        answer = (await asyncio.shield(waiting))[0]
    if isinstance(answer, Exception):
        raise answer
    return _written(answer)


def _written(outcome: Outcome) -> Response:
    family, _, name = outcome.stream.partition(":")
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
    status = 201 if outcome.new else 200
    return Response(to_json(body), status, headers, "application/json")


def _idempotency_key(request: Request) -> str | None:
    key = request.headers.get("idempotency-key")
    if key is not None and not (0 < len(key) <= LONGEST_KEY and key.isprintable()):
        raise Problem(
            "bad-parameter", f"Idempotency-Key: must have 1 to {LONGEST_KEY} printable characters"
        )
    return key


def _if_match(request: Request) -> int | None:
    """The version that `If-Match` names: `"3"`; `*` matches whatever is there."""
    given = request.headers.get("if-match")
    if given is None or given.strip() == "*":
        return None
    text = given.strip().removeprefix("W/").strip('"')
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise Problem("bad-parameter", f'If-Match: {given[:60]!r} is no version; send the ETag, "3"')
    return int(text)
