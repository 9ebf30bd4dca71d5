"""One process at a time works in a data directory."""

from pathlib import Path

from filelock import FileLock, Timeout

from service.log.port import LogLocked


def hold(directory: Path) -> FileLock:
    """Take a directory for this process, until the lock is released.

    Raises LogLocked where it is taken already, in this process or another.
    """
    # Not thread-local: whichever thread closes the log lets go of it.
    lock = FileLock(directory / "log.lock", thread_local=False)
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
