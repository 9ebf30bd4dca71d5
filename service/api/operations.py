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
from projections.tables.projection import state_digest
from projections.tables.sight import UNRESTRICTED
from service.access.principal import Principal, Role
from service.health import Readiness, readiness
from service.http.admission import PRINCIPAL
from service.http.bodies import refuse_body
from service.http.paging import page
from service.http.parameters import SIGHT, TIMES, Asked, parameters
from service.http.preconditions import conditional, tagged
from service.http.problem_kinds import CONDITIONAL, READ
from service.http.problems import Problem
from service.http.questions import Questions
from service.http.routing import JSON, Endpoint, Operation, Shape
from service.http.times import caught_up, standing
from service.service import Service
from service.views.history import position_of
from service.views.progress import Rebuild

METRICS = "text/plain; version=0.0.4; charset=utf-8"


class Health(TypedDict):
    """The process answers."""

    status: Literal["ok"]


class Ready(TypedDict):
    """The service is ready; an admin is told more."""

    ready: Literal[True]


class ProjectionItem(TypedDict):
    """Where a projection stands, and the digest of its state."""

    name: str
    version: int
    position: int
    lag_events: int
    lag_seconds: float
    digest: str
    error: str | None


class RebuildJob(TypedDict):
    """A rebuild, running or finished; `rate` is events per second."""

    projection: str
    rebuilds: list[str]
    state: str
    done: int
    total: int
    rate: float
    seconds_left: float | None
    error: str | None


def operations(service: Service, questions: Questions) -> list[Operation]:
    """The operations for whoever runs the service."""
    rebuild, job = "/v1/projections/{name}/rebuild", {JSON: Shape(RebuildJob)}
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
            {METRICS: Shape(str)},
        ),
        _get(
            "/v1/projections",
            _projections(service, questions),
            "Where each projection stands, and the digest of its state.",
            {JSON: Shape(ProjectionItem, "page")},
            TIMES,
        ),
        Operation(
            "POST",
            rebuild,
            _start_rebuild(service),
            name="rebuild",
            summary="Rebuild the views from the log.",
            tag="operations",
            returns={202: job},
            problems=("not-found", "cross-origin", "log-unavailable", "log-damaged"),
            role="admin",
        ),
        _get(rebuild, _rebuild(service), "The progress of the last rebuild.", job),
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
    async def metrics(request: Request) -> Response:
        parameters(request)
        state = await anyio.to_thread.run_sync(readiness, service)
        return Response(_gauges(state), media_type=METRICS)

    return metrics


def _projections(service: Service, questions: Questions) -> Endpoint:
    async def projections(request: Request) -> Response:
        asked = parameters(request, *TIMES)
        await caught_up(service, asked)
        find = partial(_listed, service, request, asked)
        found = await questions.answer(request, "/v1/projections", find)
        return conditional(request, tagged(found))

    return projections


def _start_rebuild(service: Service) -> Endpoint:
    async def rebuild(request: Request) -> Response:
        name = _projection_named(request)
        refuse_body(request, "a rebuild takes none")
        job = _job(service.follower.start_rebuild(), name)
        return _json(job, 202, {"Location": f"/v1/projections/{name}/rebuild"})

    return rebuild


def _rebuild(service: Service) -> Endpoint:
    async def progress(request: Request) -> Response:
        name = _projection_named(request)
        if service.follower.rebuild is None:
            raise Problem("not-found", "no rebuild was requested since the service started")
        return conditional(request, tagged(_json(_job(service.follower.rebuild, name))))

    return progress


def _json(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(to_json(body), status, headers, JSON)


def _projection_named(request: Request) -> str:
    name: str = request.path_params["name"]
    parameters(request)
    names = [each.name for each in CATALOGUE]
    if name not in names:
        raise Problem(
            "not-found", f"there is no projection '{name[:60]}'; there are {', '.join(names)}"
        )
    return name


def _unready_code(service: Service) -> str:
    """The code for a service that is not ready: which of its parts is the reason."""
    if service.damage is not None:
        return "log-damaged"
    if service.log.clock_leap is not None:
        return "clock-leap"
    return "not-caught-up" if service.writer.failure is None else "log-unavailable"


def _behind(state: Readiness) -> str:
    detail = f"the views stand at position {state['position']}, the log at {state['head']}"
    return f"{detail}: {state['error']}" if state["error"] else detail


def _gauges(state: Readiness) -> str:
    figures = {
        "intellog_log_head": (state["head"], "Last position in the log."),
        "intellog_views_position": (state["position"], "Position that the views have reached."),
        "intellog_views_lag_events": (
            state["head"] - state["position"],
            "Events in the log that the views do not hold yet.",
        ),
        "intellog_views_lag_seconds": (
            state["lag_seconds"],
            "Age of the oldest event that the views do not hold yet.",
        ),
        "intellog_ready": (int(state["ready"]), "1 while the views are up to date with the log."),
    }
    return "".join(
        f"# HELP {name} {what}\n# TYPE {name} gauge\n{name} {value}\n"
        for name, (value, what) in figures.items()
    )


def _listed(service: Service, request: Request, asked: Asked) -> Response:
    # A digest is over all rows, whoever asks for it.
    with standing(service, {**asked, SIGHT: UNRESTRICTED}) as here:
        position, head = position_of(here.db), service.log.head()
        service.follower.lag.arrived(head)
        items: list[ProjectionItem] = [
            {
                "name": each.name,
                "version": each.version,
                "position": position,
                "lag_events": head - position,
                "lag_seconds": round(service.follower.lag.seconds(), 3),
                "digest": state_digest(each, here.db),
                "error": service.follower.error,
            }
            for each in CATALOGUE
        ]
        return page(service, request, items, None, here.echo)


def _job(job: Rebuild, name: str) -> RebuildJob:
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
