"""The selected events of the log, a batch at a time, and all of them as NDJSON."""

from collections.abc import Iterator
from sys import maxsize

from projections.answers.selection import Selection, positions
from service.http.parameters import Asked
from service.http.streaming import StreamCut, caught_up_line
from service.http.times import standing
from service.log.packed import PAGE
from service.log.port import Lines, LogUnavailable, Stored
from service.query.cleared_events import seen_events
from service.query.salted_events import salted
from service.service import Service

CHUNK = PAGE
"""Maximum number of events of a batch."""


def all_lines(service: Service, asked: Asked, selection: Selection, after: int) -> Iterator[bytes]:
    """All remaining events as NDJSON, then the position that this reaches."""
    with standing(service, asked, events=True) as here:
        until = min(asked.get("before", here.as_of.position + 1) - 1, here.as_of.position)
    left, salts = asked.get("limit", maxsize), asked.get("salts") == "true"
    whole = selection.everything and not salts
    while left > 0 and after < until:
        most = min(left, CHUNK)
        found = _stored_lines(service, after, most, until) if whole else None
        found = found or _seen_lines(service, selection, after, most, until, salts=salts)
        left, after = left - found.events, found.last
        if found.sent:
            yield found.sent
    yield caught_up_line(after)


def _stored_lines(service: Service, after: int, limit: int, until: int) -> Lines | None:
    """The next events of the log as they are stored; None while one of them may be redacted."""
    _refuse_stopping(service)
    if service.log.undestroyed.is_set():
        return None
    found = service.log.lines(after, limit, until)
    if not found.events:
        raise _lacking(after, until)
    # Read first: what is redacted after this was not when they were read.
    return None if service.log.undestroyed.is_set() else found


def _seen_lines(
    service: Service, selection: Selection, after: int, limit: int, until: int, *, salts: bool
) -> Lines:
    """The next selected events as their reader sees them; `until` is the last if there are no more."""
    batch = next(batches(service, selection, after, until), [])[:limit]
    sent = salted(service.log, batch) if salts else (each.wire() for each in batch)
    return Lines(b"\n".join([*sent, b""]), len(batch), batch[-1].position if batch else until)


def batches(service: Service, selection: Selection, after: int, until: int) -> Iterator[list[Stored]]:
    """The selected events after one position up to another, a batch at a time.

    Raises `StreamCut` when the service stops, `LogUnavailable` where the log lacks one of them.
    """
    while after < until:
        _refuse_stopping(service)
        batch, whole = _batch(service, selection, after, until)
        if not whole:
            raise _lacking(after, until)
        if not batch:
            return
        yield batch
        after = batch[-1].position


def _refuse_stopping(service: Service) -> None:
    if service.stopping.is_set():
        raise StreamCut


def _lacking(after: int, until: int) -> LogUnavailable:
    return LogUnavailable(f"the log lacks events after position {after}, before {until + 1}")


def _batch(service: Service, selection: Selection, after: int, until: int) -> tuple[list[Stored], bool]:
    """The next selected events, and whether the log has all of them."""
    if selection.everything:
        batch = service.log.read(after=after, limit=CHUNK, until=until)
        if not service.log.undestroyed.is_set():
            return batch, bool(batch)
        with service.views.reading(selection.sight) as db:
            return seen_events(db, batch), bool(batch)
    with service.views.reading(selection.sight) as db:
        found = positions(db, selection, after, until + 1, CHUNK)
        batch = service.log.at(found)
        return seen_events(db, batch), len(batch) == len(found)
