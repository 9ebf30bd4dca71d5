"""Heavy work in threads, a few at a time: it neither stops the other requests nor adds up in memory."""

from collections.abc import Callable
from functools import partial
from typing import ParamSpec, TypeVar

import anyio
import anyio.to_thread
from anyio.lowlevel import RunVar

AT_ONCE = 2
"""How many large bodies, or batches of import lines, are parsed at the same time."""

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")
_turns: RunVar[anyio.CapacityLimiter] = RunVar("turns")


async def in_turn(
    work: Callable[Parameters, Result], *args: Parameters.args, **kwargs: Parameters.kwargs
) -> Result:
    """What heavy work returns, done in a thread once it is its turn."""
    return await anyio.to_thread.run_sync(partial(work, *args, **kwargs), limiter=_limiter())


def _limiter() -> anyio.CapacityLimiter:
    try:
        return _turns.get()
    except LookupError:
        limiter = anyio.CapacityLimiter(AT_ONCE)
        _turns.set(limiter)
        return limiter
