"""Opening a log: an address names a PostgreSQL database, without one it is a file in a directory."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import datetime
from pathlib import Path

from service.log.lock import hold
from service.log.port import EventLog
from service.log.sqlite import open_sqlite_log, read_sqlite_log


class BadAddress(ValueError):
    """The address names no log that this program can open; the message never repeats it."""


@contextmanager
def opened_log(
    directory: Path, address: str | None, clock: Callable[[], datetime]
) -> Iterator[EventLog]:
    """Open a log for writing and close it; the directory is locked meanwhile, wherever the log is.

    Raises `BadAddress`, `LogLocked` where another process writes the log, and `LogUnavailable` where
    the store does not answer.
    """
    with ExitStack() as resources:
        if address is None:
            yield resources.enter_context(closing(open_sqlite_log(directory, clock)))
            return
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        resources.callback(hold(directory).release)
        yield resources.enter_context(closing(_postgres_log(address, clock)))


def read_log(directory: Path, address: str | None) -> EventLog:
    """Open a log for reading that another process may be writing; raises `LogUnavailable`."""
    if address is None:
        return read_sqlite_log(directory)
    from service.log.postgres import read_postgres_log

    return read_postgres_log(address)


def _postgres_log(address: str, clock: Callable[[], datetime]) -> EventLog:
    try:
        # Imported here because a log in a file needs no driver.
        from service.log.postgres import open_postgres_log
    except ImportError:
        raise BadAddress("PostgreSQL needs a driver: pip install 'intellog[postgres]'") from None
    try:
        return open_postgres_log(address, clock)
    except ValueError as unreadable:
        raise BadAddress(str(unreadable)) from None
