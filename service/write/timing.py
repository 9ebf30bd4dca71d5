"""When a batch of commands waited, was decided and was stored, for metrics and traces."""

from collections.abc import Callable, Sequence
from typing import NamedTuple


class Ordered(NamedTuple):
    """When requests were queued, in nanoseconds of a monotonic clock, and the trace they belong to."""

    queued: int
    trace: object


class Written(NamedTuple):
    """What became of a batch; times in nanoseconds of a monotonic clock.

    `begun` is when the writer took it from the queue, `done` when it was stored or had `failed`.
    `events` were stored of it.
    """

    orders: Sequence[Ordered]
    begun: int
    done: int
    commands: int
    events: int
    failed: bool


Observer = Callable[[Written], None]
"""Is told of each batch by the writer's thread, before the answers are delivered; must not raise."""
