"""Room for logs to check, beside what a service keeps there."""

from pathlib import Path

from service.log.conformance.sqlite_place import sqlite_backend
from service.log.conformance.store import Backend
from service.log.open import BadAddress, check_address


def backend_at(directory: Path, address: str | None, events: int) -> Backend:
    """Logs in a database if there is an address, otherwise on the file system of a directory.

    `events` is their number in the check for gaps. Raises `BadAddress`, and `LogUnavailable` if the
    database does not answer or has no room.
    """
    if address is None:
        return sqlite_backend(directory, events=events)
    check_address(address)
    try:
        from service.log.conformance.postgres_place import postgres_backend
    except ImportError:
        raise BadAddress("PostgreSQL needs a driver: pip install 'intellog[postgres]'") from None
    try:
        return postgres_backend(address, events=events)
    except ValueError as unreadable:
        raise BadAddress(str(unreadable)) from None
