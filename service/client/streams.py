"""Streams: events and replays, read on after a cut from where they broke off.

An item is handed over once, in order. The log that a stream began with is named in each further
request, so that no other one can go on in its place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic_core import from_json

from service.client.errors import Cut, Unreachable
from service.client.exchange import (
    Answer,
    Call,
    Chunk,
    Emit,
    Lost,
    Open,
    Program,
    Session,
    Tries,
    Wait,
    reached,
)
from service.client.plans import Many, Notes

NDJSON, SSE = "application/x-ndjson", "text/event-stream"
LOG = "intellog-log"
Heard = Callable[[str, int], None]
"""Receives what a live stream says beside events: `caught-up`, `marking-changed` or `resumed`."""
Message = tuple[str, int, Any]
"""`item` with its position and itself; else what is said, the position, and whether it is the end."""


@dataclass(frozen=True, slots=True)
class Stream:
    """How a stream is asked for and read on.

    Of one whose items are `shared`, several may have one position; the `key` tells them apart.
    """

    path: str
    query: Mapping[str, str]
    limit: int | None = None
    live: bool = False
    heard: Heard | None = None
    shared: Callable[[Any], str] | None = None
    paced: bool = False


@dataclass(slots=True)
class Progress:
    """How far a stream has come, through however many connections."""

    stream: Stream
    notes: Notes
    tries: Tries
    log: str | None = None
    received: int = 0
    told: bool = False
    last: set[str] = field(default_factory=set)

    def call(self, session: Session) -> Call:
        """The request for what has not been handed over yet."""
        stream, position = self.stream, self.notes.position
        query = dict(stream.query)
        if position is not None:
            query["after"] = str(position - 1 if stream.shared else position)
        if stream.limit is not None:
            query["limit"] = str(stream.limit - self.received)
        headers = {"Accept": SSE if stream.live else NDJSON}
        if self.log is not None:
            headers["Intellog-Log"] = self.log
        call = Call("GET", stream.path, query, headers, waits=True, paced=stream.paced)
        return replace(call, query=session.placed(call))

    def began(self, answer: Answer) -> bool:
        """Note the log of a first answer; whether this is a further one."""
        again, self.log = self.log is not None, answer.headers.get(LOG, self.log)
        return again

    def is_new(self, position: int, item: Any) -> bool:
        """Whether an item has not been handed over; note that it is."""
        shared, before = self.stream.shared, self.notes.position
        if shared is not None:
            key = shared(item)
            if position == before and key in self.last:
                return False
            self.last = {*self.last, key} if position == before else {key}
        self.notes.position = position
        self.received += 1
        return True

    def say(self, what: str, position: int) -> None:
        """Pass on what is said beside items; of being caught up only the first time."""
        if what == "caught-up":
            self.notes.position = max(position, self.notes.position or 0)
            if self.told:
                return
            self.told = True
        if self.stream.heard is not None:
            self.stream.heard(what, position)


def streamed(stream: Stream) -> Many[Any]:
    """The items of a stream up to its end; a live one ends only where its query says so.

    Raises `Cut` where a stream broke off and cannot be resumed in time, `OtherHistory` where the log
    behind the address is another one.
    """

    def program(session: Session, notes: Notes) -> Program[None]:
        progress = Progress(stream, notes, session.patience.tries())
        while stream.limit is None or progress.received < stream.limit:
            try:
                call = progress.call(session)
                answer = yield from reached(session, call, Open, progress.tries)
            except Unreachable as error:
                if progress.log is None:
                    raise
                raise _cut(session, progress) from error
            if answer.status == 204:
                return
            if progress.began(answer):
                progress.say("resumed", notes.position or 0)
            if (yield from _delivered(progress)):
                return
            pause = progress.tries.pause()
            if pause is None:
                raise _cut(session, progress)
            yield Wait(pause)

    return Many(program)


def _cut(session: Session, progress: Progress) -> Cut:
    lines = f"the answer was cut off after {progress.received:,} lines"
    return Cut(session.url, f"{lines}: it is not the whole; run this again", progress.received)


def _delivered(progress: Progress) -> Program[bool]:
    """Hand over what one connection brings; whether it came to the end of the stream."""
    messages = _Events() if progress.stream.live else _Lines()
    while True:
        chunk: bytes | Lost | None = yield Chunk()
        if chunk is None or isinstance(chunk, Lost):
            return False
        try:
            completed = list(messages.of(chunk))
        except (ValueError, KeyError):  # not what we send: something between us broke it
            return False
        for what, position, item in completed:
            progress.tries.begin()
            if what == "item":
                if progress.is_new(position, item):
                    yield Emit(item)
                continue
            progress.say(what, position)
            if item:
                return True


class _Lines:
    """The objects of a stream of lines; only a line feed ends one."""

    def __init__(self) -> None:
        self._rest = b""

    def lines(self, chunk: bytes) -> list[bytes]:
        """The lines that a chunk completes."""
        *ended, self._rest = (self._rest + chunk).split(b"\n")
        return ended

    def of(self, chunk: bytes) -> Iterator[Message]:
        """What a chunk completes."""
        for line in self.lines(chunk):
            item = from_json(line)
            if "caught_up" in item:
                yield "caught-up", item["caught_up"], True
            else:
                yield "item", item["position"], item


class _Events:
    """The messages of a stream of server-sent events."""

    def __init__(self) -> None:
        self._lines = _Lines()
        self._fields: dict[bytes, bytes] = {}

    def of(self, chunk: bytes) -> Iterator[Message]:
        """What a chunk completes."""
        for line in self._lines.lines(chunk):
            name, _, value = line.removesuffix(b"\r").partition(b":")
            if name:  # a line that begins with a colon is a comment, which keeps a connection alive
                self._fields[name] = value.removeprefix(b" ")
            elif not value and self._fields:
                fields, self._fields = self._fields, {}
                yield _message(fields)


def _message(fields: Mapping[bytes, bytes]) -> Message:
    data, what = from_json(fields[b"data"]), fields.get(b"event", b"").decode()
    if what in ("caught-up", "marking-changed"):
        return what, data["position"], what == "caught-up" and b"id" in fields
    return "item", data["position"], data
