"""Runs a coroutine in a thread of its own: in that of the caller another loop may be running."""

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any, TypeVar

T = TypeVar("T")


@contextmanager
def started(main: Coroutine[Any, Any, T]) -> Iterator[Future[T]]:
    """Run a coroutine until the block ends; what it then has not done it does no more."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="mirror", daemon=True)
    thread.start()
    done = asyncio.run_coroutine_threadsafe(main, loop)
    try:
        yield done
    finally:
        done.cancel()
        asyncio.run_coroutine_threadsafe(_settled(loop), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def waited_for(main: Coroutine[Any, Any, T]) -> T:
    """What a coroutine returns or raises."""
    with started(main) as done:
        return done.result()


async def _settled(loop: asyncio.AbstractEventLoop) -> None:
    """Wait until what was cancelled has ended."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    await asyncio.gather(*others, return_exceptions=True)
    await loop.shutdown_asyncgens()
