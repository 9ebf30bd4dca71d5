"""Streams folded to states; those used most recently are kept in memory."""

from collections import OrderedDict
from collections.abc import Iterable

from domain.streams.decider import State, fold, initial
from domain.streams.report_state import Filed
from service.log.port import EventLog
from service.streams.upcasters import read_event

KEPT = 50_000
"""Maximum size of the states kept in memory, in the units of `size_of`."""


class States:
    """The states of a log's streams, read when needed. Not safe for use by two threads."""

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
        """Find out with one query which of these streams are new; those are not read later."""
        unread = {stream for stream in streams if stream not in self._states}
        for stream, version in self._log.heads(unread).items() if unread else ():
            if version == 0:
                self.keep(stream, initial(stream))

    def at(self, stream: str, version: int) -> State:
        """The state of a stream after its first `version` events."""
        if version == 0:
            return initial(stream)
        state = self._states.get(stream)
        if state is None or state.version != version:
            stored = self._log.stream(stream)[:version]
            state = fold(stream, (read_event(each.body)[1] for each in stored))
        return state

    def keep(self, stream: str, state: State) -> None:
        """Keep the state of a stream whose last event is stored; may drop the oldest states."""
        self._size += size_of(state) - size_of(self._states.pop(stream, None))
        self._states[stream] = state
        while self._size > self._kept and len(self._states) > 1:
            _, oldest = self._states.popitem(last=False)
            self._size -= size_of(oldest)

    def forget(self) -> None:
        """Drop all states: they may not be what is stored."""
        self._states.clear()
        self._size = 0


def size_of(state: State | None) -> int:
    """The size of a state: 1 and, for a report, the number of claims in all its versions."""
    if state is None:
        return 0
    return 1 + (sum(len(v.claims) for v in state.versions) if isinstance(state, Filed) else 0)
