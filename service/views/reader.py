"""Stored events as projections receive them: decoded, and report events with their report's state.

An event that was redacted is read as `Destroyed` from the moment that the log records it, whether its
bytes are there still or not: so views that are built then never hold them, and are the same everywhere.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from domain.events import Destroyed, Event, EventRedacted, ReportEvent
from domain.stream_names import split_stream
from domain.streams.report_state import Redacted, Report
from domain.times import to_micros
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


class Reader:
    """Turns stored events into recorded ones: decoded, and report events with their report's state."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self._states = States(log, MOST_BYTES)
        self._redactions = Redactions(log)

    def recorded(self, stored: Sequence[Stored]) -> list[Recorded]:
        """The events of a batch, in order, decoded at once."""
        return list(self.iter_recorded(stored))

    def iter_recorded(self, stored: Iterable[Stored]) -> Iterator[Recorded]:
        """The events of a batch, in order, each decoded when it is requested."""
        self._redactions.look()
        return map(self._recorded, stored)

    def _recorded(self, stored: Stored) -> Recorded:
        destroyed = self._redactions.of(stored.position)
        if destroyed is not None or not stored.body:
            return self._destroyed(stored, destroyed)
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
