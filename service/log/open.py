"""Opens a log on its backend: PostgreSQL if there is an address, otherwise a file in the directory."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Unpack
from urllib.parse import urlsplit

from typing_extensions import TypedDict

from service.log.background import checked_in_background
from service.log.guard import FILE as GUARD
from service.log.lock import LOCK, lock_directory
from service.log.port import EventLog, LogUnavailable
from service.log.private import private_directory
from service.log.sqlite import open_sqlite_log, read_sqlite_log


class BadAddress(ValueError):
    """The address is not that of a log that this program can open; the message never repeats it."""


def check_address(address: str) -> None:
    """Raise `BadAddress` if an address does not have the form that its backend needs."""
    # An unencoded @ or / in a password would make the rest of it a host, which messages print.
    try:
        parts = urlsplit(address)
    except ValueError:
        parts = urlsplit("")
    rest = parts.path + parts.query + parts.fragment
    known = parts.scheme in ("postgresql", "postgres")
    if not known or parts.netloc.count("@") > 1 or "@" in rest or parts.fragment:
        raise BadAddress(
            "must have the form postgresql://user:password@host:port/database;"
            " percent-encode any of :/?#@ in the password"
        )


class Opening(TypedDict, total=False):
    """How a log is opened for writing.

    `monotonic` returns the seconds that have passed; `accept_loss` goes on without events that were
    acknowledged and are gone, `accept_clock` with a clock that leaps.
    """

    monotonic: Callable[[], float]
    accept_loss: bool
    accept_clock: bool


@contextmanager
def opened_log(
    directory: Path,
    address: str | None,
    clock: Callable[[], datetime],
    **opening: Unpack[Opening],
) -> Iterator[EventLog]:
    """Open a log for writing, lock the directory meanwhile (on every backend), and close both.

    Raises `BadAddress`, `LogLocked` if another process writes the log, `LogLost` if it has lost what it
    acknowledged, and `LogUnavailable` if the store does not answer.
    """
    with ExitStack() as resources:
        if address is None:
            log: EventLog = open_sqlite_log(directory, clock, **opening)
        else:
            with _usable(directory):
                private_directory(directory, LOCK, GUARD)
            resources.callback(lock_directory(directory).release)
            log = _postgres_log(address, clock, directory, opening)
        resources.enter_context(closing(log))
        resources.enter_context(checked_in_background(log))
        yield log


def read_log(directory: Path, address: str | None) -> EventLog:
    """Open a log for reading while another process may write it; raises `LogUnavailable`."""
    if address is None:
        return read_sqlite_log(directory)
    from service.log.postgres import read_postgres_log

    return read_postgres_log(address)


@contextmanager
def _usable(directory: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise LogUnavailable(f"{directory}: {error.strerror or error}") from error


def _postgres_log(
    address: str, clock: Callable[[], datetime], directory: Path, opening: Opening
) -> EventLog:
    try:
        # Imported here because a log in a file works without the driver.
        from service.log.postgres import open_postgres_log
    except ImportError:
        raise BadAddress("PostgreSQL needs a driver: pip install 'intellog[postgres]'") from None
    try:
        return open_postgres_log(address, clock, directory, **opening)
    except ValueError as unreadable:
        raise BadAddress(str(unreadable)) from None
