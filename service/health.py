"""Whether the service can be relied on now: the log can be written, and the views move."""

import os
import tempfile

from typing_extensions import TypedDict

from service.log.port import LogUnavailable
from service.service import Service
from service.views.follower import BATCH

PROBE_BYTES = 65_536


class Readiness(TypedDict):
    """Whether the log can be written and the views are close to its head, and where both stand.

    `error` says what is wrong; `lag_seconds` is the age of the oldest event that is not in the views.
    """

    ready: bool
    head: int
    position: int
    error: str | None
    lag_seconds: float


def readiness(service: Service) -> Readiness:
    """Whether the service is ready; tries to write where the last append failed."""
    head, position = service.log.head(), service.follower.position
    service.follower.lag.arrived(head)
    error = _log_error(service) or _views_error(service)
    return {
        "ready": error is None and head - position <= BATCH,
        "head": head,
        "position": position,
        "error": error,
        "lag_seconds": round(service.follower.lag.seconds(), 3),
    }


def _log_error(service: Service) -> str | None:
    """Why nothing can be written, None if it can."""
    if service.damage is not None:
        return service.damage
    if not service.writer.alive:
        return "the writer has stopped; restart the service"
    if service.writer.failure is None:
        return service.log.clock_leap
    failure = _probe(service)
    if failure is None:
        service.writer.failure = None
    return failure


def _probe(service: Service) -> str | None:
    """Why a write fails that changes nothing in the log: it fills a small file and removes it."""
    try:
        with tempfile.TemporaryFile(dir=service.settings.data) as file:
            file.write(bytes(PROBE_BYTES))
            file.flush()
            os.fsync(file.fileno())
        service.log.append([])
    except (OSError, LogUnavailable) as error:
        return f"the log cannot be written: {error}"
    return None


def _views_error(service: Service) -> str | None:
    """Why the views do not move, None if they do."""
    follower, still = service.follower, service.follower.lag.still()
    stopped = service.views.file.condemned or follower.error
    if stopped is None and still > service.settings.stall:
        return f"the views have not moved for {still:.0f} s although events wait for them"
    return stopped
