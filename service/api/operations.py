"""How the service itself is doing: health, readiness, metrics, projections and their rebuild."""

from collections.abc import Mapping
from functools import partial
from typing import Any, Literal

import anyio.to_thread
from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response
from typing_extensions import TypedDict

from projections.catalogue import CATALOGUE
from projections.tables.projection import known_digest
from projections.tables.sight import UNRESTRICTED
from service.access.principal import Principal, Role
from service.health import Readiness, readiness
from service.http.admission import PRINCIPAL
from service.http.paging import page
from service.http.parameters import SIGHT, TIMES, Asked, parameters
from service.http.preconditions import conditional, tagged
from service.http.problem_kinds import CONDITIONAL, READ
from service.http.problems import Problem
from service.http.questions import Questions
from service.http.routing import JSON, Endpoint, Operation, Shape
from service.http.times import caught_up, standing
from service.metrics.exposition import exposition
from service.metrics.state import registry_of
from service.service import Service
from service.views.history import position_of

METRICS = (
    "text/plain; version=0.0.4; charset=utf-8",
    "text/plain",  # of version 1.0.0, for those who name it
    "application/openmetrics-text",
)


class Health(TypedDict):
    """The process answers."""

    status: Literal["ok"]


class Ready(TypedDict):
    """The service is ready; an admin is told more."""

    ready: Literal[True]


class ProjectionItem(TypedDict):
    """Where a projection stands, and the digest of its state.

    The digest is null while very many rows of the projection are still to be built.
    """

    name: str
    version: int
    position: int
    lag_events: int
    lag_seconds: float
    digest: str | None
    error: str | None


def operations(service: Service, questions: Questions) -> list[Operation]:
    """The operations for whoever runs the service."""
    return [
        _get("/healthz", _healthz, "Whether the process answers.", {JSON: Shape(Health)}, role=None),
        _get(
            "/readyz",
            _readyz(service),
            "Whether the log answers and the views are up to date.",
            {JSON: Shape(Readiness | Ready)},
            problems=("clock-leap",),
            role=None,
        ),
        _get(
            "/metrics",
            _metrics(service),
            "Figures for a monitor, in the format of Prometheus.",
            dict.fromkeys(METRICS, Shape(str)),
        ),
        _get(
            "/v1/projections",
            _projections(service, questions),
            "Where each projection stands, and the digest of its state.",
            {JSON: Shape(ProjectionItem, "page")},
            TIMES,
        ),
    ]


def _get(
    path: str,
    endpoint: Endpoint,
    summary: str,
    content: Mapping[str, Shape],
    query: tuple[str, ...] = (),
    problems: tuple[str, ...] = (),
    role: Role | None = "admin",
) -> Operation:
    return Operation(
        "GET",
        path,
        endpoint,
        name=endpoint.__name__,
        summary=summary,
        tag="operations",
        query=query,
        returns={200: content},
        problems=(*READ, *problems, *(CONDITIONAL if path.startswith("/v1/") else ())),
        tagged=path.startswith("/v1/"),
        role=role,
    )


async def _healthz(request: Request) -> Response:
    parameters(request)
    health: Health = {"status": "ok"}
    return _json(health)


def _readyz(service: Service) -> Endpoint:
    async def readyz(request: Request) -> Response:
        parameters(request)
        state = await anyio.to_thread.run_sync(readiness, service)
        if not _is_admin(request):
            return _status_only(service, ready=state["ready"])
        if not state["ready"]:
            raise Problem(_unready_code(service), _behind(state), **state)
        return _json(state)

    return readyz


def _is_admin(request: Request) -> bool:
    principal: Principal | None = request.scope.get(PRINCIPAL)
    return principal is not None and principal.may("admin")


def _status_only(service: Service, *, ready: bool) -> Response:
    """Whether the service is ready, and nothing of what is in its log."""
    if not ready:
        raise Problem(_unready_code(service), "the service is not ready", ready=False)
    status: Ready = {"ready": True}
    return _json(status)


def _metrics(service: Service) -> Endpoint:
    registry = registry_of(service)

    async def metrics(request: Request) -> Response:
        parameters(request)
        accepted = request.headers.get("accept", "")
        body, media_type = await anyio.to_thread.run_sync(exposition, registry, accepted)
        return Response(body, 200, {"Content-Type": media_type})

    return metrics


def _projections(service: Service, questions: Questions) -> Endpoint:
    async def projections(request: Request) -> Response:
        asked = parameters(request, *TIMES)
        await caught_up(service, asked)
        find = partial(_listed, service, request, asked)
        found = await questions.answer(request, "/v1/projections", find)
        return conditional(request, tagged(found))

    return projections


def _json(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(to_json(body), status, headers, JSON)


def _unready_code(service: Service) -> str:
    """The code for a service that is not ready: which of its parts is the reason."""
    if service.damage is not None:
        return "log-damaged"
    if service.node.followed is not None:
        silent = service.node.heard_seconds > service.settings.stall
        return "log-unavailable" if silent else "not-caught-up"
    if service.log.clock_leap is not None:
        return "clock-leap"
    return "not-caught-up" if service.writer.failure is None else "log-unavailable"


def _behind(state: Readiness) -> str:
    detail = f"the views stand at position {state['position']}, the log at {state['head']}"
    return f"{detail}: {state['error']}" if state["error"] else detail


def _listed(service: Service, request: Request, asked: Asked) -> Response:
    # A digest is over all rows, whoever asks for it.
    with standing(service, {**asked, SIGHT: UNRESTRICTED}) as here:
        position = position_of(here.db)
        head = max(service.node.head(service.log), position)
        service.follower.lag.arrived(head)
        items: list[ProjectionItem] = [
            {
                "name": each.name,
                "version": each.version,
                "position": position,
                "lag_events": head - position,
                "lag_seconds": round(service.follower.lag.seconds(), 3),
                "digest": known_digest(each, here.db),
                "error": service.follower.error,
            }
            for each in CATALOGUE
        ]
        return page(service, request, items, None, here.echo)
