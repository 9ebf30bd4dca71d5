"""Stored events as projections receive them: decoded, and report events with their report's state."""

from collections.abc import Iterable, Iterator, Sequence

from domain.events import Event, ReportEvent
from domain.streams.report_state import Report
from domain.times import to_micros
from projections.tables.projection import Recorded
from service.log.port import EventLog, Stored
from service.streams.states import States
from service.streams.upcasters import read_event

MOST_BYTES = 16 * 1_048_576
"""Maximum size of the states that a reader keeps in memory."""


class Reader:
    """Turns stored events into recorded ones: decoded, and report events with their report's state."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self._states = States(log, MOST_BYTES)

    def recorded(self, stored: Sequence[Stored]) -> list[Recorded]:
        """The events of a batch, in order, decoded at once."""
        return list(self.iter_recorded(stored))

    def iter_recorded(self, stored: Iterable[Stored]) -> Iterator[Recorded]:
        """The events of a batch, in order, each decoded when it is requested."""
        return map(self._recorded, stored)

    def _recorded(self, stored: Stored) -> Recorded:
        envelope, event = read_event(stored.body)
        state: Report | None = None
        if isinstance(event, ReportEvent):
            state = self._state_after(stored, event)
        return Recorded(
            stored.position,
            stored.type,
            stored.stream,
            stored.version,
            to_micros(envelope.recorded_at),
            envelope.actor,
            event,
            state,
        )

    def _state_after(self, stored: Stored, event: Event) -> Report:
        state = self._states.after(stored, event)
        assert isinstance(state, Report)
        return state
