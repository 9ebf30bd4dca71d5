"""Events for a log under check, and how a careful caller reads them back."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from service.log.conformance.findings import same
from service.log.envelope import decode_envelope
from service.log.port import EventLog, Pending, Stored

MANY = 1_000_000


def event(stream: str = "report:a", version: int = 1, **changes: Any) -> Pending:
    """An event whose id says its place."""
    made = Pending(
        id=f"{stream}/{version}",
        type="ReportFiled",
        v=1,
        stream=stream,
        version=version,
        actor="alice",
        data=b'{"n":%d}' % version,
    )
    return made._replace(**changes)


def events(stream: str, *versions: int, **changes: Any) -> list[Pending]:
    """Events of one stream."""
    return [event(stream, version, **changes) for version in versions]


def ids(stored: Sequence[Stored]) -> list[str]:
    """The ids of stored events."""
    return [decode_envelope(each.body).id for each in stored]


def positions(stored: Sequence[Stored]) -> list[int]:
    """The positions of stored events."""
    return [each.position for each in stored]


def read(
    log: EventLog,
    after: int = 0,
    limit: int = MANY,
    types: Sequence[str] = (),
    until: int | None = None,
) -> list[Stored]:
    """Read forward until there are `limit` events or no more: one call may return fewer."""
    found: list[Stored] = []
    while len(found) < limit:
        batch = log.read(found[-1].position if found else after, limit - len(found), types, until)
        if not batch:
            break
        found += batch
    return found


def read_back(log: EventLog, before: int, limit: int) -> list[Stored]:
    """Read backward in the same way."""
    found: list[Stored] = []
    while len(found) < limit:
        batch = log.read_back(found[-1].position if found else before, limit - len(found))
        if not batch:
            break
        found += batch
    return found


@contextmanager
def unchanged(what: str, log: EventLog, *names: str) -> Iterator[None]:
    """Nothing that happens inside reaches the log, nor the keys of these names."""
    before = log.head(), read(log), log.stored_keys(names)
    yield
    same(f"the log after {what}", (log.head(), read(log), log.stored_keys(names)), before)
