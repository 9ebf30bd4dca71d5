"""What tests of one database share: a small log, and what must not be done to it."""

from datetime import UTC, datetime

from service.log.conformance.append_only import FORBIDDEN as FORBIDDEN
from service.log.conformance.append_only import FORBIDDEN_OF_TREE as FORBIDDEN_OF_TREE
from service.log.conformance.append_only import (
    append_three_events_and_a_key as append_three_events_and_a_key,
)
from service.log.conformance.append_only import redaction as redaction
from service.log.conformance.database import TABLES as TABLES
from service.log.conformance.database import Rows as Rows
from service.log.port import Pending


def noon() -> datetime:
    """The clock of a log that is not about time."""
    return datetime(2024, 5, 1, 12, tzinfo=UTC)


def event(stream: str, version: int = 1, type: str = "Noted", data: bytes = b"{}") -> Pending:
    """An event that says nothing."""
    return Pending(f"{stream}/{version}", type, 1, stream, version, "alice", data)
