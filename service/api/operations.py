"""How the service itself is doing: health, readiness, metrics, projections and their rebuild."""

from typing import Any

import anyio.to_thread
from fastapi import APIRouter
from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response

from domain.times import to_micros
from projections.catalogue import CATALOGUE
from projections.tables.journal import recorded_at
from projections.tables.projection import state_digest
from service.api.openapi import PROBLEM, query_of
from service.http.bodies import refuse_body
from service.http.parameters import TIMES, Asked, caught_up, parameters, standing
from service.http.problems import Problem
from service.http.routing import plain_router
from service.log.envelope import decode_envelope
from service.query.standpoint import Standpoint
from service.service import Service
from service.views.follower import BATCH
from service.views.progress import Rebuild


def routes(service: Service) -> APIRouter:
    """The operator's half of the interface."""
    router = plain_router(tags=["operations"], responses={**PROBLEM})

    @router.get("/healthz", summary="Whether the process answers.")
    async def healthz(request: Request) -> Response:
        parameters(request)
        return _json({"status": "ok"})

    @router.get("/readyz", summary="Whether the log answers and the views are up with it.")
    async def readyz(request: Request) -> Response:
        parameters(request)
        body = _readiness(service)
        if not body["ready"]:
            raise Problem("not-caught-up", _behind(body), **body)
        return _json(body)

    @router.get("/metrics", summary="Figures for a monitor, as Prometheus reads them.")
    async def metrics(request: Request) -> Response:
        parameters(request)
        return Response(_metrics(service), media_type="text/plain; version=0.0.4")

    @router.get(
        "/v1/projections",
        summary="Where each projection stands, and the digest of its state.",
        openapi_extra=query_of("/v1/projections", *TIMES),
    )
    async def projections(request: Request) -> Response:
        asked = parameters(request, *TIMES)
        await caught_up(service, asked)
        return await anyio.to_thread.run_sync(_projections, service, asked)

    path = "/v1/projections/{name}/rebuild"

    @router.post(path, summary="Build the views anew from the log.", openapi_extra=query_of(path))
    async def rebuild(request: Request) -> Response:
        name = request.path_params["name"]
        parameters(request)
        refuse_body(request, "a rebuild takes nothing")
        _check_name(name)
        job = _job(service.follower.start_rebuild(), name)
        return _json(job, 202, {"Location": f"/v1/projections/{name}/rebuild"})

    @router.get(path, summary="How far the last rebuild is.", openapi_extra=query_of(path))
    async def progress(request: Request) -> Response:
        name = request.path_params["name"]
        parameters(request)
        _check_name(name)
        if service.follower.rebuild is None:
            raise Problem("not-found", "no rebuild was asked for since the service started")
        return _json(_job(service.follower.rebuild, name))

    return router


def _json(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(to_json(body), status, headers, "application/json")


def _check_name(name: str) -> None:
    names = [each.name for each in CATALOGUE]
    if name not in names:
        raise Problem("not-found", f"there is no projection '{name[:60]}'; {', '.join(names)} are")


def _readiness(service: Service) -> dict[str, Any]:
    head, position = service.log.head(), service.follower.position
    error = service.follower.error
    ready = error is None and head - position <= BATCH
    return {"ready": ready, "head": head, "position": position, "error": error}


def _behind(state: dict[str, Any]) -> str:
    detail = f"the views stand at position {state['position']}, the log at {state['head']}"
    return f"{detail}: {state['error']}" if state["error"] else detail


def _metrics(service: Service) -> str:
    state = _readiness(service)
    figures = {
        "intellog_log_head": (state["head"], "Last position in the log."),
        "intellog_views_position": (state["position"], "Position that the views stand at."),
        "intellog_views_lag_events": (
            state["head"] - state["position"],
            "Events in the log that the views do not hold yet.",
        ),
        "intellog_ready": (int(state["ready"]), "1 where the views are up with the log."),
    }
    return "".join(
        f"# HELP {name} {what}\n# TYPE {name} gauge\n{name} {value}\n"
        for name, (value, what) in figures.items()
    )


def _projections(service: Service, asked: Asked) -> Response:
    with standing(service, asked) as here:
        position = here.db.execute("SELECT min(position) FROM tracking").fetchone()[0]
        head = service.log.head()
        items = [
            {
                "name": each.name,
                "version": each.version,
                "position": position,
                "lag_events": head - position,
                "lag_seconds": _lag_seconds(service, here, position, head),
                "digest": state_digest(each, here.db),
                "error": service.follower.error,
            }
            for each in CATALOGUE
        ]
        return _json({"items": items, "next_cursor": None, "as_of": here.echo})


def _lag_seconds(service: Service, here: Standpoint, position: int, head: int) -> float:
    """How much older the last event in the views is than the last in the log."""
    if position == head:
        return 0.0
    newest = service.log.at([head])
    stamp = to_micros(decode_envelope(newest[0].body).recorded_at) if newest else 0
    return (stamp - (recorded_at(here.db, position) or stamp)) / 1e6


def _job(job: Rebuild, name: str) -> dict[str, Any]:
    return {
        "projection": name,
        "rebuilds": [each.name for each in CATALOGUE],
        "state": job.state,
        "done": job.done,
        "total": job.total,
        "rate": round(job.rate, 1),
        "seconds_left": None if job.seconds_left is None else round(job.seconds_left, 1),
        "error": job.error,
    }
