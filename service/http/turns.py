"""Heavy work in threads, a few at a time: it neither stops the other requests nor adds up in memory."""

from collections.abc import Callable
from dataclasses import dataclass
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
    """What heavy work returns, or raises, done in a thread once it is its turn."""
    done = await anyio.to_thread.run_sync(_outcome, partial(work, *args, **kwargs), limiter=_limiter())
    try:
        if isinstance(done, _Failed):
            raise done.error
        return done
    finally:
        del done


@dataclass(frozen=True, slots=True)
class _Failed:
    """What was raised in a thread.

    It is handed over as a value and without its trace: the two would hold each other, and with them
    all that was at work, until the interpreter looks for such cycles.
    """

    error: Exception


def _outcome(work: Callable[[], Result]) -> Result | _Failed:
    try:
        return work()
    except Exception as error:
        return _Failed(without_origin(error))


def without_origin(error: Exception) -> Exception:
    """An error without its trace and what it was raised from, which may be as large as the body."""
    error.__context__ = error.__cause__ = None
    return error.with_traceback(None)


def _limiter() -> anyio.CapacityLimiter:
    try:
        return _turns.get()
    except LookupError:
        limiter = anyio.CapacityLimiter(AT_ONCE)
        _turns.set(limiter)
        return limiter
