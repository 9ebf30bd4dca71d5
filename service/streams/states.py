"""Streams folded to states; those used most recently are kept in memory, up to a number of bytes."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from domain.events import ClaimDisputed, Destroyed, Event, ReportCorrected, ReportFiled
from domain.streams.decider import State, evolve, fold, initial
from service.log.port import Consulted, Pending, Stored
from service.streams.upcasters import event_of

MOST_BYTES = 32 * 1_048_576
"""Maximum size of the states kept in memory, as `grown` estimates it."""
EMPTY = 1_000
"""Bytes that a state takes, whatever happened in it."""
EXPANSION = 8
"""How often the bytes of an event a state takes: measured at 10 for a report of one short claim, 8 for
one of a hundred, 1.3 for one that is mostly text."""
_ADDING = {kind.TYPE for kind in (ReportFiled, ReportCorrected, ClaimDisputed)}
"""Types of events that a state keeps whole; of others it keeps the last one, or a word of it."""


class _Kept(NamedTuple):
    state: State
    size: int


class States:
    """The states of a log's streams, read when needed. Not safe for use by two threads."""

    def __init__(self, log: Consulted, most_bytes: int = MOST_BYTES) -> None:
        self._log = log
        self._most_bytes = most_bytes
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self.size = 0
        """Bytes that the kept states take, as `grown` estimates them."""

    def __len__(self) -> int:
        """Number of states that are kept."""
        return len(self._kept)

    def load(self, stream: str) -> State:
        """The state of a stream as stored."""
        kept = self._kept.get(stream)
        if kept is None:
            kept = _folded(stream, self._log.stream(stream))
            self._keep(stream, kept)
        else:
            self._kept.move_to_end(stream)
        return kept.state

    def expect(self, streams: Iterable[str]) -> None:
        """Find out with one query which of these streams are new; those are not read later."""
        unread = {stream for stream in streams if stream not in self._kept}
        for stream, version in self._log.heads(unread).items() if unread else ():
            if version == 0:
                self._keep(stream, _Kept(initial(stream), EMPTY))

    def after(self, stored: Stored, event: Event | Destroyed) -> State:
        """The state of a stream after a stored event, which is kept."""
        state, size = self._before(stored)
        state = evolve(state, event)
        self._keep(stored.stream, _Kept(state, size + grown(stored.type, stored.body)))
        return state

    def _before(self, stored: Stored) -> _Kept:
        """The state of a stream before a stored event."""
        if stored.version == 1:
            return _Kept(initial(stored.stream), EMPTY)
        kept = self._kept.get(stored.stream)
        if kept is not None and kept.state.version == stored.version - 1:
            return kept
        return _folded(stored.stream, self._log.stream(stored.stream)[: stored.version - 1])

    def advance(self, states: Mapping[str, State], stored: Iterable[Pending]) -> None:
        """Replace the states of streams by those after events which are stored by now.

        A state that was dropped in the meantime stays so: its size is not known any more.
        """
        more = dict.fromkeys(states, 0)
        for event in stored:
            more[event.stream] += grown(event.type, event.data)
        for stream, state in states.items():
            before = self._kept.get(stream)
            if before is not None:
                self._keep(stream, _Kept(state, before.size + more[stream]))

    def forget(self) -> None:
        """Drop all states: they may not be what is stored."""
        self._kept.clear()
        self.size = 0

    def _keep(self, stream: str, kept: _Kept) -> None:
        """Keep a state, and drop the oldest ones where all together are too large."""
        before = self._kept.pop(stream, None)
        self.size += kept.size - (before.size if before else 0)
        self._kept[stream] = kept
        while self.size > self._most_bytes and len(self._kept) > 1:
            _, oldest = self._kept.popitem(last=False)
            self.size -= oldest.size


def grown(kind: str, data: bytes) -> int:
    """Bytes by which an event of a type makes a state larger: an estimate from its stored size."""
    return EXPANSION * len(data) if kind in _ADDING else 0


def _folded(stream: str, stored: Sequence[Stored]) -> _Kept:
    state = fold(stream, map(event_of, stored))
    return _Kept(state, EMPTY + sum(grown(each.type, each.body) for each in stored))
