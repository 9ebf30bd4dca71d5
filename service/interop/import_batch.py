"""A batch of import lines read into requests; a known key is a duplicate before any other check."""

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, field

from domain.errors import Refused
from service.http.problems import Problem
from service.interop.import_lines import Content, RawLine, content_of
from service.write.decisions import WriteRequest


@dataclass(frozen=True, slots=True)
class LineRequest:
    """A line that holds a command: its number, the name of its command, and the request."""

    number: int
    name: str
    request: WriteRequest


@dataclass(frozen=True, slots=True)
class UnreadableLine:
    """A line that cannot be read; it is a duplicate all the same if its own key turns out known."""

    number: int
    key: str | None
    error: Exception


@dataclass(slots=True)
class LineBatch:
    """Lines that have been read, up to number `last`."""

    last: int
    requests: list[LineRequest] = field(default_factory=list)
    unreadable: list[UnreadableLine] = field(default_factory=list)
    duplicates: int = 0


@dataclass(frozen=True, slots=True)
class LineReader:
    """Reads lines for one actor.

    `limit` is the largest line in bytes. `occurrence` counts a content and returns which time it came.
    `known` returns those of some keys that the log has seen.
    """

    actor: str
    limit: int
    occurrence: Callable[[bytes], int]
    known: Callable[[Sequence[str]], Container[str]]

    def read(self, lines: Sequence[RawLine]) -> LineBatch:
        """Read lines, in order, into requests."""
        batch, keyed = LineBatch(lines[-1].number), list[tuple[int, str, Content]]()
        for line in lines:
            try:
                content = content_of(line, self.limit)
            except (Refused, Problem) as error:
                batch.unreadable.append(UnreadableLine(line.number, None, error))
            else:
                keyed.append((line.number, self._key(content), content))
        known = self.known([key for _, key, _ in keyed])
        for number, key, content in keyed:
            if key in known:
                batch.duplicates += 1
            else:
                self._read_command(batch, number, key, content)
        return batch

    def _read_command(self, batch: LineBatch, number: int, key: str, content: Content) -> None:
        try:
            name, command = content.command()
        except Refused as error:
            batch.unreadable.append(UnreadableLine(number, content.own_key and key, error))
        else:
            batch.requests.append(LineRequest(number, name, WriteRequest(command, self.actor, key=key)))

    def _key(self, content: Content) -> str:
        """A line's key: its own, or its canonical content and which occurrence of it this is."""
        if content.own_key is not None:
            return f"import-key:{self.actor}:{content.own_key}"
        digest = content.digest
        return f"import:{self.actor}:{digest.hex()}:{self.occurrence(digest)}"
