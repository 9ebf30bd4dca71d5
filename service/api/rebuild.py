"""Rebuilding the views while they are in use: start, progress, cancel, roll back."""

import asyncio
from datetime import UTC, datetime

import anyio.to_thread
from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response
from typing_extensions import TypedDict

from domain.near import did_you_mean, nearest
from domain.times import show_instant
from projections.catalogue import CATALOGUE
from service.http.bodies import refuse_body
from service.http.parameters import parameters
from service.http.preconditions import conditional, tagged
from service.http.problem_kinds import CONDITIONAL, READ
from service.http.problems import Problem
from service.http.routing import JSON, Endpoint, Operation, Shape
from service.service import Service
from service.views.job import Kind, Rebuild, State, Step
from service.views.kept import kept_in
from service.views.room import room_for

REBUILD = "/v1/projections/{name}/rebuild"
ROLL_BACK = f"{REBUILD}/roll-back"


class RebuildJob(TypedDict):
    """A rebuild or a roll back, running or ended; `rate` is events per second.

    `seconds_left` is null while it is unknown. `differs` names the projections of which the views that
    were in use had other rows, at the same position; `not_compared` those of which too many rows are
    still to be built, or that could not be read. The views that were replaced can be put back until
    `kept_until`. New views take about `bytes_needed`, of `bytes_free`.
    """

    kind: Kind
    projection: str
    rebuilds: list[str]
    state: State
    step: Step | None
    done: int
    total: int
    rate: float
    seconds: float
    seconds_left: float | None
    differs: list[str]
    not_compared: list[str]
    kept_until: str | None
    bytes_needed: int | None
    bytes_free: int | None
    error: str | None


def operations(service: Service) -> list[Operation]:
    """The operations on the job that replaces the views."""
    job = {JSON: Shape(RebuildJob)}
    changing = ("not-found", "cross-origin", "log-unavailable", "log-damaged")
    return [
        Operation(
            *("POST", REBUILD, _start(service)),
            name="rebuild",
            summary="Rebuild the views from the log, while they are in use.",
            tag="operations",
            returns={202: job},
            problems=(*changing, "rebuild-running", "no-room"),
            role="admin",
            at_writer=False,
        ),
        Operation(
            *("GET", REBUILD, _progress(service)),
            name="progress",
            summary="The progress of the last rebuild or roll back.",
            tag="operations",
            returns={200: job},
            problems=(*READ, *CONDITIONAL),
            tagged=True,
            role="admin",
        ),
        Operation(
            *("DELETE", REBUILD, _cancel(service)),
            name="cancel_rebuild",
            summary="Cancel the rebuild or roll back that is running; the views in use stay.",
            tag="operations",
            returns={200: job, 202: job},
            problems=(*changing, "nothing-running"),
            role="admin",
            at_writer=False,
        ),
        Operation(
            *("POST", ROLL_BACK, _roll_back(service)),
            name="roll_back",
            summary="Put back the views that the last rebuild replaced.",
            tag="operations",
            returns={202: job},
            problems=(*changing, "rebuild-running", "nothing-kept"),
            role="admin",
            at_writer=False,
        ),
    ]


def _start(service: Service) -> Endpoint:
    async def rebuild(request: Request) -> Response:
        name = _projection_named(request)
        refuse_body(request, "a rebuild takes none")
        _require_free(service, "rebuild")
        room = await anyio.to_thread.run_sync(room_for, service.views)
        if room.short:
            raise Problem(
                "no-room",
                f"new views take about {room.needed:,} bytes beside those in use, and {room.free:,} are"
                " free where the data is",
            )
        return await _started(service, "rebuild", name)

    return rebuild


def _roll_back(service: Service) -> Endpoint:
    async def roll_back(request: Request) -> Response:
        name = _projection_named(request)
        refuse_body(request, "a roll back takes none")
        _require_free(service, "roll-back")
        if kept_in(service.views.directory) is None:
            raise Problem("nothing-kept", "no views are kept that could be put back")
        return await _started(service, "roll-back", name)

    return roll_back


def _progress(service: Service) -> Endpoint:
    async def progress(request: Request) -> Response:
        name = _projection_named(request)
        job = service.follower.rebuild
        if job is None:
            raise Problem("not-found", "no rebuild was requested since the service started")
        return conditional(request, tagged(await _answer(service, job, name)))

    return progress


def _cancel(service: Service) -> Endpoint:
    async def cancel(request: Request) -> Response:
        name = _projection_named(request)
        refuse_body(request, "the address says it all")
        job = service.follower.rebuild
        if job is None or not job.running:
            raise Problem("nothing-running", "no rebuild and no roll back is running")
        service.follower.cancel_rebuild()
        await _ended(service, job)
        return await _answer(service, job, name, 202 if job.running else 200)

    return cancel


def _require_free(service: Service, kind: Kind) -> None:
    """Raise `Problem` while a job of the other kind is running; the same kind is the same job."""
    job = service.follower.rebuild
    if job is not None and job.running and job.kind != kind:
        raise Problem("rebuild-running", f"a {job.kind} is running")


async def _started(service: Service, kind: Kind, name: str) -> Response:
    job = service.follower.start_rebuild(kind)
    return await _answer(service, job, name, 202, {"Location": REBUILD.format(name=name)})


async def _ended(service: Service, job: Rebuild) -> None:
    """Wait for a job to end, for as long as a read waits for the views."""
    loop, ended = asyncio.get_running_loop(), asyncio.Event()

    def look() -> None:
        if not job.running and not loop.is_closed():
            loop.call_soon_threadsafe(ended.set)

    service.follower.listen(look)
    try:
        look()
        async with asyncio.timeout(service.settings.patience):
            await ended.wait()
    except TimeoutError:
        return
    finally:
        service.follower.unlisten(look)


async def _answer(
    service: Service, job: Rebuild, name: str, status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    body = await anyio.to_thread.run_sync(_job, service, job, name)
    return Response(to_json(body), status, headers, JSON)


def _projection_named(request: Request) -> str:
    name: str = request.path_params["name"]
    parameters(request)
    names = [each.name for each in CATALOGUE]
    if name not in names:
        hint = did_you_mean(nearest(name, names), f"; there are {', '.join(names)}")
        raise Problem("not-found", f"there is no projection '{name[:60]}'{hint}")
    return name


def _job(service: Service, job: Rebuild, name: str) -> RebuildJob:
    kept, room = kept_in(service.views.directory), room_for(service.views)
    left = job.seconds_left
    return {
        "kind": job.kind,
        "projection": name,
        "rebuilds": [each.name for each in CATALOGUE],
        "state": job.state,
        "step": job.step,
        "done": job.done,
        "total": job.total,
        "rate": round(job.rate, 1),
        "seconds": round(job.seconds, 1),
        "seconds_left": None if left is None else round(left, 1),
        "differs": job.differs,
        "not_compared": job.not_compared,
        "kept_until": None if kept is None else show_instant(datetime.fromtimestamp(kept.until, UTC)),
        "bytes_needed": room.needed,
        "bytes_free": room.free,
        "error": job.error,
    }
