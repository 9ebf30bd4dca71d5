"""A batch of import lines read into requests, and the one rule for which lines were imported before.

A line with a `key` of its own is taken once. Any other is known by its content and by which time the
content comes in its import; an import with a name counts for itself, all without one count as one.
So a file sent again adds nothing, whether it was cut in the middle, has grown, or had a line fixed; and
whoever means the same act once more (a grade B, after a C that took its place) imports it under another
name. Of a file without a name nobody can tell which of the two is meant. To take it again would undo
what was recorded since, each time that a file is retried; to keep it out loses nothing, if it is said:
a known line whose act is no longer in force is named at the end (`superseded`), unless a later line of
the same import took its place.

A line that says at which position it was exported is known where the log has the same fact there, so
that a log takes nothing from an export of its own.

A known line is a duplicate before any other check.
"""

import hashlib
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from domain.commands import FileReport
from domain.errors import Refused
from domain.events import EventRedacted, OperationEvent
from domain.matters import Matter, matter
from service.access.principal import Principal
from service.http.problems import Problem
from service.http.turns import without_origin
from service.interop.export import lines_of
from service.interop.import_lines import Content, RawLine, canonical, content_of
from service.log.port import Consulted
from service.streams.upcasters import read_event
from service.write.decisions import WriteRequest

_FILES = b'{"%b":' % FileReport.NAME.encode()
"""The beginning of the canonical form of a filing, which stays for good: known, it needs no reading."""


class LineRequest(NamedTuple):
    """A line that holds a command: its number, the name and the matter of its command, the request."""

    number: int
    name: str
    matter: Matter | None
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
    """Reads the lines of an import for one principal.

    `name` is that of the import, if it has one, `limit` the largest line in bytes. `occurrences`
    counts contents, in order, and returns which time each of them came.
    """

    log: Consulted
    principal: Principal
    name: str | None
    limit: int
    occurrences: Callable[[Sequence[bytes]], Sequence[int]]

    def read(self, lines: Sequence[RawLine]) -> LineBatch:
        """Read lines, in order, into requests."""
        batch, read = LineBatch(lines[-1].number), list[tuple[int, Content]]()
        for line in lines:
            try:
                read.append((line.number, content_of(line, self.limit)))
            except (Refused, Problem) as error:
                batch.unreadable.append(UnreadableLine(line.number, None, without_origin(error)))
        contents = [content for _, content in read]
        names = self._keys(contents)
        known = self.log.stored_keys([key for keys in names for key in keys])
        here = self._recorded(contents)
        for (number, content), keys in zip(read, names, strict=True):
            key = next((each for each in keys if each in known), keys[0]) if known else keys[0]
            filed = key in known and content.canonical.startswith(_FILES)
            if filed or (here and content.canonical in here.get(content.position, ())):
                batch.duplicates += 1
            else:
                self._read_command(batch, number, key, content, known)
        return batch

    def _read_command(
        self, batch: LineBatch, number: int, key: str, content: Content, known: Container[str]
    ) -> None:
        try:
            name, command = content.command()
        except Refused as error:
            if key in known:
                batch.duplicates += 1
            else:
                own = key if content.own_key is not None else None
                batch.unreadable.append(UnreadableLine(number, own, without_origin(error)))
            return
        settled = matter(command)
        if key in known and settled is None:
            batch.duplicates += 1
            return
        request = WriteRequest(
            command,
            self.principal.subject,
            key=key,
            asks_force=settled is not None,
            size=len(content.text),
            clearance=self.principal.clearance,
        )
        batch.requests.append(LineRequest(number, name, settled, request))

    def _keys(self, contents: Sequence[Content]) -> list[tuple[str, ...]]:
        """The names of each line's key: its own, or its canonical content and which occurrence this is.

        The content is hashed with the secret of the log, so that a key does not tell what a short line
        said. The second name is that of logs of before, which hold the hash alone.
        """
        digests = [content.digest for content in contents if content.own_key is None]
        counted = zip(digests, self.occurrences(digests), strict=True)
        begin, secret = self._begin(), self.log.secret
        names = list[tuple[str, ...]]()
        for content in contents:
            if content.own_key is not None:
                names.append((f"import-key:{self.principal.subject}:{content.own_key}",))
                continue
            digest, n = next(counted)
            keyed = content.keyed(secret)
            names.append((f"{begin}:{keyed.hex()}:{n}", f"{begin}:{digest.hex()}:{n}"))
        return names

    def _begin(self) -> str:
        """How the names of keys begin: with who imports, and under which name if there is one."""
        if self.name is None:
            return f"import:{self.principal.subject}"
        named = hashlib.blake2b(self.name.encode(), digest_size=16).hexdigest()
        return f"import-named:{self.principal.subject}:{named}"

    def _recorded(self, contents: Sequence[Content]) -> dict[int | None, set[bytes]]:
        """What the log has, as the content of a line, at each position that a line names."""
        named = sorted({each.position for each in contents if each.position is not None})
        events = {
            stored.position: read_event(stored.body)[1]
            for stored in (self.log.at(named) if named else ())
            if stored.body
        }
        return {
            position: {canonical(line) for line in lines_of(event)}
            for position, event in events.items()
            if not isinstance(event, OperationEvent | EventRedacted)
        }
