"""Stored events as projections receive them: decoded, and report events with their report's state.

An event that was redacted is read as `Destroyed` from the moment that the log records it, whether its
bytes are there still or not: so views that are built then never hold them, and are the same everywhere.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from domain.events import Destroyed, Event, EventRedacted, ReportEvent
from domain.stream_names import split_stream
from domain.streams.decider import evolve, initial
from domain.streams.report_state import Redacted, Report
from domain.times import to_micros
from projections.tables.filing import Filing, Prepared, filed_as
from projections.tables.projection import Recorded
from service.log.port import EventLog, Stored
from service.streams.redactions import Redactions
from service.streams.states import States
from service.streams.upcasters import read_event

MOST_BYTES = 1_048_576
"""Maximum size of the states that a reader keeps in memory: those of about a hundred reports.

What follows a report at all mostly does so at once or days later. Keeping more costs a rebuild more
than it saves: nearly every state is kept to be dropped, which is slow once no cache has it.
"""
Found = tuple[int, str, tuple[Any, ...]]
"""When the event that files a report was recorded, in microseconds, by whom, and its `Filing`."""
Filed = Mapping[int, Found]
"""By position."""
NONE_FILED: Filed = {}


def filed_in(body: bytes) -> Found:
    """What the stored bytes of an event come to that files a report."""
    envelope, event = read_event(body)
    state = evolve(initial(envelope.stream), event)
    assert isinstance(state, Report)
    return to_micros(envelope.recorded_at), envelope.actor, tuple(filed_as(event, state))


class Reader:
    """Turns stored events into recorded ones: decoded, and report events with their report's state."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self._states = States(log, MOST_BYTES)
        self._redactions = Redactions(log)

    def recorded(self, stored: Sequence[Stored]) -> list[Recorded]:
        """The events of a batch, in order, decoded at once."""
        return list(self.iter_recorded(stored))

    def iter_recorded(self, stored: Iterable[Stored], filed: Filed = NONE_FILED) -> Iterator[Recorded]:
        """The events of a batch, in order, each decoded when it is requested.

        Those of which `filed` has what they come to are decoded only if somebody needs more of them.
        """
        self._redactions.look()
        return (self._recorded(each, filed) for each in stored)

    def _recorded(self, stored: Stored, filed: Filed) -> Recorded:
        destroyed = self._redactions.of(stored.position)
        if destroyed is not None or not stored.body:
            return self._destroyed(stored, destroyed)
        found = filed.get(stored.position)
        if found is not None:
            recorded_at, actor, filing = found
            place = stored.position, stored.type, stored.stream, stored.version
            filing = Filing._make(filing)
            return Prepared(place, recorded_at, actor, filing, partial(self._decoded, stored))
        return self._decoded(stored)

    def _decoded(self, stored: Stored) -> Recorded:
        envelope, event = read_event(stored.body)
        return Recorded(
            stored.position,
            stored.type,
            stored.stream,
            stored.version,
            to_micros(envelope.recorded_at),
            envelope.actor,
            event,
            self._state_after(stored, event) if isinstance(event, ReportEvent) else None,
        )

    def _destroyed(self, stored: Stored, destroyed: Destroyed | None) -> Recorded:
        """A redacted event: its place is left, and when it was recorded."""
        [entry] = self._log.tree.entries(stored.position - 1, 1)
        name = split_stream(stored.stream)[1]
        return Recorded(
            stored.position,
            stored.type,
            stored.stream,
            stored.version,
            to_micros(datetime.fromisoformat(entry.recorded_at)),
            "",
            destroyed or Destroyed(report=name),
            Redacted(stored.version, name),
        )

    def _state_after(self, stored: Stored, event: Event) -> Report:
        if isinstance(event, EventRedacted):
            return Redacted(stored.version, event.report, (event,))
        state = self._states.after(stored, event)
        assert isinstance(state, Report)
        return state
