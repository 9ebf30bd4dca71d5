"""The lock of a data directory, so that only one process at a time writes there."""

from pathlib import Path

from filelock import FileLock, Timeout

from service.log.port import LogLocked
from service.log.private import FILE as PRIVATE

LOCK = "log.lock"


def lock_directory(directory: Path) -> FileLock:
    """Lock a directory for this process until the returned lock is released.

    Raises LogLocked if it is locked already, by this process or another.
    """
    # Not thread-local, because any thread may close the log and release the lock.
    lock = FileLock(directory / LOCK, mode=PRIVATE, thread_local=False)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        raise LogLocked(
            f"another process writes the log in {directory};"
            f" a running server is reached with --url {_server_url(directory)}".rstrip()
        ) from None
    return lock


def _server_url(directory: Path) -> str:
    try:
        return (directory / "server.url").read_text("utf-8").strip()
    except (OSError, ValueError):
        return ""
