"""Streams folded to states, the lately used ones kept."""

from collections import OrderedDict
from collections.abc import Iterable

from domain.events import Event, IndicatorEvent, ReportEvent, SourceEvent
from domain.streams import indicator, report_state, source
from domain.streams.indicator import Indicator
from domain.streams.report_state import Filed, Report, Unfiled
from domain.streams.source import Source
from service.log.port import EventLog
from service.streams.upcasters import read_event

State = Report | Source | Indicator
KEPT = 50_000
"""So many events and claims are kept in memory, whatever streams they belong to."""


def initial(stream: str) -> State:
    """The state of a stream without events."""
    match stream.partition(":")[0]:
        case "report":
            return Unfiled()
        case "source":
            return Source()
        case _:
            return Indicator()


def evolve(state: State, event: Event) -> State:
    """The state of a stream after one more of its events."""
    if isinstance(event, ReportEvent):
        assert isinstance(state, Report)
        return report_state.evolve(state, event)
    if isinstance(event, SourceEvent):
        assert isinstance(state, Source)
        return source.evolve(state, event)
    assert isinstance(event, IndicatorEvent) and isinstance(state, Indicator)
    return indicator.evolve(state, event)


def fold(stream: str, events: Iterable[Event]) -> State:
    """The state that a stream's events make."""
    state = initial(stream)
    for event in events:
        state = evolve(state, event)
    return state


class States:
    """The states of a log's streams, read when needed; not for use by two threads."""

    def __init__(self, log: EventLog, kept: int = KEPT) -> None:
        self._log = log
        self._kept = kept
        self._states: OrderedDict[str, State] = OrderedDict()
        self._size = 0

    def load(self, stream: str) -> State:
        """The state of a stream as stored."""
        state = self._states.get(stream)
        if state is not None:
            self._states.move_to_end(stream)
            return state
        stored = self._log.stream(stream)
        state = fold(stream, (read_event(each.body)[1] for each in stored))
        self.keep(stream, state)
        return state

    def expect(self, streams: Iterable[str]) -> None:
        """Find out at once which of many streams are new, so that these need not be read."""
        unread = {stream for stream in streams if stream not in self._states}
        for stream, version in self._log.heads(unread).items() if unread else ():
            if version == 0:
                self.keep(stream, initial(stream))

    def at(self, stream: str, version: int) -> State:
        """The state of a stream after so many of its events."""
        if version == 0:
            return initial(stream)
        state = self._states.get(stream)
        if state is None or state.version != version:
            stored = self._log.stream(stream)[:version]
            state = fold(stream, (read_event(each.body)[1] for each in stored))
        return state

    def keep(self, stream: str, state: State) -> None:
        """Remember the state of a stream after an event that is stored now."""
        self._size += size_of(state) - size_of(self._states.pop(stream, None))
        self._states[stream] = state
        while self._size > self._kept and len(self._states) > 1:
            _, oldest = self._states.popitem(last=False)
            self._size -= size_of(oldest)

    def forget(self) -> None:
        """Read everything anew: what was remembered may not be what is stored."""
        self._states.clear()
        self._size = 0


def size_of(state: State | None) -> int:
    """How much a state holds: 1 and, for a report, the claims of each of its versions."""
    if state is None:
        return 0
    return 1 + (sum(len(v.claims) for v in state.versions) if isinstance(state, Filed) else 0)
