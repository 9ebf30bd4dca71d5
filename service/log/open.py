"""Opens a log on its backend: PostgreSQL if there is an address, otherwise a file in the directory."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Unpack
from urllib.parse import urlsplit

from typing_extensions import TypedDict

from service.log.background import checked_in_background
from service.log.event_log import RecordedLog
from service.log.guard import FILE as GUARD
from service.log.guard import Guard, refuse_other
from service.log.hashes import log_id
from service.log.lock import LOCK, lock_directory
from service.log.mirror_note import refuse_mirror
from service.log.port import EventLog, LogUnavailable
from service.log.private import private_directory
from service.log.recorder import Recorder
from service.log.sqlite import FILES, open_sqlite_copy, open_sqlite_log, read_sqlite_log
from service.log.stamps import uptime
from service.log.verbatim import Copy

NO_DRIVER = "PostgreSQL needs a driver: pip install 'intellog[postgres]'"


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

    Raises `BadAddress`, `LogLocked` if another process writes the log or it is a mirror, `LogLost` if
    it has lost what it acknowledged, and `LogUnavailable` if the store does not answer.
    """
    refuse_mirror(directory)
    with _opened(directory, address, clock, opening) as log:
        yield log


@contextmanager
def opened_promoted(
    directory: Path, clock: Callable[[], datetime], **opening: Unpack[Opening]
) -> Iterator[EventLog]:
    """Open a mirror for writing, which is being made a log of its own; raises as `opened_log`."""
    with _opened(directory, None, clock, opening) as log:
        yield log


@contextmanager
def _opened(
    directory: Path, address: str | None, clock: Callable[[], datetime], opening: Opening
) -> Iterator[EventLog]:
    with ExitStack() as resources:
        if address is not None:
            with _usable(directory):
                private_directory(directory, LOCK, GUARD)
            resources.callback(lock_directory(directory).release)
        log = resources.enter_context(closing(open_log(directory, address, clock, **opening)))
        resources.enter_context(checked_in_background(log))
        yield log


@contextmanager
def opened_copy(
    directory: Path,
    address: str | None,
    secret: bytes,
    *,
    continuing: bool = False,
    locked: bool = False,
) -> Iterator[Copy[Any]]:
    """Open a copy of the log that has this secret, empty or begun before, for writing, and lock it.

    A finished copy is taken on if `continuing`. `locked`: this process holds the lock of the directory.
    Raises `CopyRefused` if something else is there.
    """
    guard = Guard(directory, log_id(secret), uptime)
    with ExitStack() as resources:
        with _usable(directory):
            private_directory(directory, *FILES)
        if not locked:
            resources.callback(lock_directory(directory).release)
        refuse_other(directory, log_id(secret))
        store = _store(directory, address, secret, resources, continuing=continuing)
        yield Copy(*store, guard.advance, store[1].answering)


def open_log(
    directory: Path,
    address: str | None,
    clock: Callable[[], datetime],
    **opening: Unpack[Opening],
) -> EventLog:
    """Open a log for writing, without a check in the background; raises as `opened_log` does.

    The directory of a log in a database is not locked: its lock is in the database.
    """
    if address is None:
        return open_sqlite_log(directory, clock, **opening)
    return _postgres_log(address, clock, directory, opening)


def read_log(directory: Path, address: str | None) -> EventLog:
    """Open a log for reading while another process may write it.

    Raises `BadAddress` and `LogUnavailable`.
    """
    if address is None:
        return read_sqlite_log(directory)
    with _driver():
        from service.log.postgres import read_postgres_log

        return read_postgres_log(address)


def migrate(address: str, role: str | None = None) -> str:
    """Prepare a database for a log, as the owner of its tables; return what was done, in a line.

    Creates the tables, or upgrades them, and lets `role` select and insert there and do nothing
    else. Doing it again changes nothing. Raises `BadAddress`, `LogLocked` if a process writes a log
    whose tables must change, and `LogUnavailable`.
    """
    check_address(address)
    with _driver():
        from service.log.postgres import migrate_postgres_log

        done = migrate_postgres_log(address, role)
    where = f"in {done.place}, schema {done.schema}, version {done.version}"
    if done.before is None:
        said = f"created the tables of a log {where}"
    elif done.before < done.version:
        said = f"upgraded the log {where} (it was {done.before})"
    else:
        said = f"the tables of the log {where}, are as they should be"
    return (
        said
        if role is None
        else f"{said}; the role {role} may select, insert, and destroy what was redacted, nothing else"
    )


def told_of_commits(address: str, heard: Callable[[], None]) -> AbstractContextManager[None]:
    """Call `heard` soon after each commit by another process, where the database says so."""
    from service.log.postgres import told_of_commits

    return told_of_commits(address, heard)


def place_of(directory: Path, address: str | None) -> str:
    """Return where a log is, for people: its directory, or host and database without a password."""
    if address is None:
        return str(directory)
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def _store(
    directory: Path, address: str | None, secret: bytes, resources: ExitStack, *, continuing: bool
) -> tuple[Recorder[Any], RecordedLog[Any]]:
    if address is None:
        return open_sqlite_copy(directory, secret, resources, continuing=continuing)
    try:
        from service.log.postgres import open_postgres_copy
    except ImportError:
        raise BadAddress(NO_DRIVER) from None
    try:
        return open_postgres_copy(address, secret, resources, continuing=continuing)
    except ValueError as unreadable:
        raise BadAddress(str(unreadable)) from None


@contextmanager
def _usable(directory: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise LogUnavailable(f"{directory}: {error.strerror or error}") from error


def _postgres_log(
    address: str, clock: Callable[[], datetime], directory: Path, opening: Opening
) -> EventLog:
    with _driver():
        from service.log.postgres import open_postgres_log

        return open_postgres_log(address, clock, directory, **opening)


@contextmanager
def _driver() -> Iterator[None]:
    """Import the driver within, because a log in a file works without it."""
    try:
        yield
    except ImportError:
        raise BadAddress(NO_DRIVER) from None
    except ValueError as unreadable:
        raise BadAddress(str(unreadable)) from None
