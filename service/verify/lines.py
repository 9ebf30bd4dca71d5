"""Events with their salts as a server sends them, back to the bytes that were committed to.

{"position":12,"salt":"<hex>",<the stored event without its first brace>
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from hashlib import sha256
from typing import NamedTuple

from pydantic_core import from_json

from service.log.hashes import COMMIT
from service.tree.entry import TreeEntry
from service.verify.bodies import MISMATCH, REDACTION, Event, Gone, Lost, misdated
from service.verify.server import Server
from service.verify.verdicts import CannotRead, Finding, at

_EVENT = re.compile(rb'\{"position":([1-9][0-9]{0,18}),(?:"salt":(?:"([0-9a-f]{64})"|null),)?')
_REDACTED = re.compile(rb',"redacted":true\}\Z')
_CAUGHT_UP = b'{"caught_up":'


class Line(NamedTuple):
    """An event as it was sent; `salt` and `body` are None where it is not shown as it was stored.

    `lost` is what is left of a redacted one.
    """

    position: int
    salt: bytes | None
    body: bytes | None
    lost: Lost | None = None


def sent_lines(server: Server, size: int) -> Iterator[Line]:
    """Yield the events before a size that a reader may see, in order.

    Raises CannotRead if the answer was cut.
    """
    return _lines(server, {"before": str(size + 1)})


def later_redactions(server: Server, size: int) -> Iterator[Line]:
    """Yield the redactions that are recorded after the first `size` events, as `sent_lines` does."""
    return _lines(server, {"after": str(size), "type": REDACTION})


def _lines(server: Server, asked: Mapping[str, str]) -> Iterator[Line]:
    for line in server.lines("/v1/events", {"salts": "true", **asked}):
        if line.startswith(_CAUGHT_UP):
            return
        if (found := _EVENT.match(line)) is None:
            raise CannotRead(f"/v1/events of the server sent what is no event: {line[:80]!r}")
        position, salt = int(found[1]), found[2]
        if salt is None:
            yield Line(position, None, None, _lost(line))
        else:
            body = b"{" + line[found.end() :]
            yield Line(position, bytes.fromhex(salt.decode()), body)
    raise CannotRead("/v1/events of the server was cut; run this again")


def _lost(line: bytes) -> Lost | None:
    """What a line says of a redacted event, None if it is no such line."""
    if _REDACTED.search(line) is None:
        return None
    try:
        members = from_json(line)
        place = int(members["position"]), str(members["type"]), str(members["stream"])
        return Lost(*place, int(members["version"]))
    except (ValueError, KeyError, TypeError):
        raise CannotRead(f"/v1/events of the server sent what is no event: {line[:80]!r}") from None


def stored_body(body: bytes) -> bytes:
    """Return the stored bytes of an event, given as they are or as a server sends them."""
    line = body.rstrip(b"\r\n")
    found = _EVENT.match(line)
    return line if found is None else b"{" + line[found.end() :]


class Sent:
    """Events that were sent, compared with what the published entries commit to.

    `everything`: the reader may see all of the log, so that what is not sent is withheld from it.
    `later` sends the redactions after these events, which no checkpoint covers yet.
    """

    def __init__(
        self,
        lines: Iterator[Line],
        *,
        everything: bool,
        later: Callable[[], Iterable[Line]] = tuple,
    ) -> None:
        self.gone = Gone()
        self.bodies = self.withheld = 0
        self.findings: list[Finding] = []
        self._lines, self._everything, self._later = lines, everything, later
        self._next = next(lines, None)

    def take(self, entry: TreeEntry) -> Event | Lost | None:
        """Compare the next entry with what was sent of it; return the event if it was shown whole."""
        position = entry.index + 1
        while self._next is not None and self._next.position < position:
            self._next = next(self._lines, None)
        line = self._next
        if line is None or line.position != position:
            self._missing(position, "it was not sent, although this reader may see everything")
            return None
        if line.lost is not None:
            self.gone.positions.append(position)
            return line.lost
        if line.salt is None or line.body is None:
            self._missing(position, "it was sent without its salt")
            return None
        return self._compared(Event(position, line.body), line.salt, entry)

    @property
    def is_over(self) -> bool:
        """Whether nothing more is sent to a reader who may not see everything."""
        return self._next is None and not self._everything

    def end(self) -> list[Finding]:
        """Return what is wrong. Of an event that is gone, a reader may not see why."""
        if self.gone.withheld():  # a redaction may be newer than the checkpoint
            for line in self._later():
                if line.body is not None:
                    self.gone.note(Event(line.position, line.body))
        gone = self.gone.withheld()
        if self._everything:
            return [*self.findings, *gone]
        self.withheld += len(gone)
        return self.findings

    def _missing(self, position: int, what: str) -> None:
        if self._everything:
            self.findings.append(Finding("body-withheld", at(position), what, position))
        else:
            self.withheld += 1

    def _compared(self, event: Event, salt: bytes, entry: TreeEntry) -> Event | None:
        if sha256(COMMIT + salt + event.body).digest() != entry.commitment:
            self.findings.append(Finding("body-altered", at(event.position), MISMATCH, event.position))
            return None
        self.bodies += 1
        self.gone.note(event)
        if wrong := misdated(event, entry.recorded_at):
            self.findings.append(wrong)
        return event
