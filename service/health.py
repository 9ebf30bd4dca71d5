"""Whether the service can be relied on now: the log can be written, and the views move.

Views that are behind and move are no reason not to be ready: whoever asks is told how far they are
behind. Views that cannot be read at all are one, also while they are rebuilt; but those of another
version, of which nothing is wrong, keep nobody from writing while new ones are built.
"""

import os
import tempfile

from typing_extensions import TypedDict

from service.log.port import LogUnavailable
from service.nodes.node import Role
from service.service import Service
from service.views.current import EMPTY, condemned_for

PROBE_BYTES = 65_536


class Readiness(TypedDict):
    """Whether the log can be written and the views move, and where both stand.

    `error` says what is wrong, also where it does not keep the service from being ready (yet);
    `lag_seconds` is the age of the oldest event that is not in the views. `role` is that of this node;
    `writer` is the address of the node that takes writes, where that is another one and known, and
    `heard_seconds` for how long the log that is followed has not answered.
    """

    ready: bool
    head: int
    position: int
    error: str | None
    lag_seconds: float
    role: Role
    writer: str | None
    heard_seconds: float


def readiness(service: Service) -> Readiness:
    """Whether the service is ready; tries to write where the last append failed."""
    position, node = service.follower.position, service.node
    head = node.head(service.log)
    service.follower.lag.arrived(head)
    unwritable = log_error(service) if node.followed is None else _following_error(service)
    stuck = _views_error(service)
    return {
        "ready": unwritable is None and stuck is None,
        "head": max(head, position),
        "position": position,
        "error": unwritable or stuck or service.follower.error or _hindered(service),
        "lag_seconds": round(service.follower.lag.seconds(), 3),
        "role": node.role,
        "writer": node.writer,
        "heard_seconds": round(node.heard_seconds, 3),
    }


def _hindered(service: Service) -> str | None:
    """Why a standby would not take over, or the log is not signed: no reason not to be ready."""
    failure = None if service.publisher is None else service.publisher.failure
    unsigned = None if failure is None else f"the log is not signed: {failure}"
    return service.node.hindrance() or unsigned


def _following_error(service: Service) -> str | None:
    """Why what this node answers may be out of date without its saying so, None if it is not."""
    followed = service.node.followed
    assert followed is not None
    if service.damage is not None:
        return service.damage
    if followed.stopped is not None:
        return followed.stopped
    if followed.heard_seconds > service.settings.stall:
        why = f": {followed.silence}" if followed.silence else ""
        return f"what the log has is not known for {followed.heard_seconds:.0f} s{why}"
    # Views that are ahead of the last look are so for a moment; those of a log that fell back stay so.
    if followed.head() < service.follower.position:
        return service.follower.error or followed.missing_end
    return None


def log_error(service: Service) -> str | None:
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
    """Why the views cannot be read or do not move, None if they do or nothing waits for them."""
    if service.views.file.condemned == condemned_for(EMPTY):  # as of views that move from the start
        return service.follower.error
    if service.views.file.condemned is not None:
        return service.views.file.condemned
    still = service.follower.lag.still()
    if still <= service.settings.stall:
        return None
    waiting = f"the views have not moved for {still:.0f} s although events wait for them"
    error = service.follower.error
    return waiting if error is None else f"{waiting}: {error}"
