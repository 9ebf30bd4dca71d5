"""Which events are redacted, by the events that record it: whether or not their bytes are gone yet."""

from domain.events import Destroyed, EventRedacted
from service.log.port import EventLog
from service.streams.upcasters import read_event


class Redactions:
    """What a log's redactions say, by the position that each names. Not safe for use by two threads."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self._read_to = 0
        self._by_position: dict[int, Destroyed] = {}

    def look(self) -> None:
        """Read what was recorded since."""
        for stored in self._log.redactions(self._read_to):
            self._read_to = stored.position
            envelope, event = read_event(stored.body)
            if isinstance(event, EventRedacted) and event.position < stored.position:
                destroyed = Destroyed(
                    report=event.report,
                    redaction=event,
                    position=stored.position,
                    at=envelope.recorded_at,
                    by=envelope.actor,
                )
                self._by_position.setdefault(event.position, destroyed)

    def of(self, position: int) -> Destroyed | None:
        """What is known of the event at a position, if it is redacted; None if nothing says so."""
        return self._by_position.get(position)
