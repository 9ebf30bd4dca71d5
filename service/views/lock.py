"""The lock of the views of a directory: one projector at a time, also across a crash of the service.

A projector that outlives its service finishes its batch and ends. The next service waits for it, or
two processes would write the same file.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from service.log.port import LogLocked

WAIT_SECONDS = 30.0


@contextmanager
def views_locked(directory: Path, seconds: float = WAIT_SECONDS) -> Iterator[None]:
    """Hold the lock for the length of a block; raises LogLocked if it does not become free in time."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = FileLock(directory / "views.lock", mode=0o600, thread_local=False)
    try:
        lock.acquire(timeout=seconds)
    except Timeout:
        raise LogLocked(
            f"a projector of an earlier service still writes the views in {directory};"
            " wait for it to end, or end it: its process is named service.views.projector"
        ) from None
    try:
        yield
    finally:
        lock.release()
