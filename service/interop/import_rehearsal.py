"""A rehearsal of an import: its commands are decided as usual, batch after batch, and never stored.

What was decided so far is kept beside the log, in a private temporary file, so that memory stays
constant for any number of commands.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from service.http.problems import Problem
from service.log.envelope import encode
from service.log.port import Appended, Consulted, Key, Pending, Stored
from service.streams.states import States
from service.write.decisions import Batch, Decisions, Outcome, WriteRequest
from service.write.known_names import Suggest

Answer = Outcome | Exception
_UNSTORED = 2**52
"""Positions of what is not in the log lie above this; none of them leaves the rehearsal."""
_PAGE = 4_096
_TABLES = """
CREATE TABLE events (position INTEGER PRIMARY KEY, type, stream, version INTEGER, body BLOB);
CREATE INDEX of_stream ON events (stream, version);
CREATE TABLE keys (name TEXT PRIMARY KEY, position INTEGER, digest BLOB) WITHOUT ROWID;
BEGIN;
"""


class RehearsedLog:
    """A log with what was decided after it; raises `Problem` where there is no room for that."""

    def __init__(self, log: Consulted, most_bytes: int) -> None:
        self._log = log
        self.secret = log.secret
        self._db = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._db.execute(f"PRAGMA max_page_count = {most_bytes // _PAGE}")
        self._db.executescript(_TABLES)
        self._head = _UNSTORED

    def close(self) -> None:
        """Forget everything that was decided."""
        self._db.close()

    def append(self, batch: Sequence[Pending], keys: Sequence[Key]) -> Appended:
        """Keep what a batch decided."""
        at, positions = self.now(), dict[tuple[str, int], int]()
        with _room():
            for each in batch:
                self._head += 1
                positions[each.stream, each.version] = self._head
                row = (self._head, each.type, each.stream, each.version, encode(each, at))
                self._db.execute("INSERT INTO events VALUES (?, ?, ?, ?, ?)", row)
            for key in keys:
                of = key.of if isinstance(key.of, int) else positions[key.of.stream, key.of.version]
                found = (key.name, of, key.digest)
                self._db.execute("INSERT OR IGNORE INTO keys VALUES (?, ?, ?)", found)
        return Appended([*positions.values()], at)

    # What is consulted.

    def now(self) -> datetime:
        return self._log.now()

    def head(self) -> int:
        return self._log.head()

    def at(self, positions: Sequence[int]) -> list[Stored]:
        found = {each.position: each for each in self._log.at([p for p in positions if p <= _UNSTORED])}
        for position in positions:
            if position > _UNSTORED:
                found |= {each.position: each for each in self._events("position = ?", position)}
        return [found[position] for position in positions if position in found]

    def stream(self, stream: str, after_version: int = 0) -> list[Stored]:
        decided = self._events("stream = ? AND version > ?", stream, after_version)
        stored = self._log.stream(stream, after_version)
        if not decided:
            return stored
        # What others have stored since then was not there when this was decided.
        return [*(each for each in stored if each.version < decided[0].version), *decided]

    def heads(self, streams: Iterable[str]) -> dict[str, int]:
        found = self._log.heads(streams := [*streams])
        for stream in streams:
            last = "SELECT max(version) FROM events WHERE stream = ?"
            [(version,)] = self._db.execute(last, (stream,)).fetchall()
            found[stream] = found[stream] if version is None else version
        return found

    def key(self, name: str) -> tuple[int, bytes] | None:
        return self.stored_keys([name]).get(name)

    def stored_keys(self, names: Sequence[str]) -> dict[str, tuple[int, bytes]]:
        found = self._log.stored_keys(names)
        for name in names:
            row = self._db.execute("SELECT position, digest FROM keys WHERE name = ?", (name,))
            found.update((name, kept) for kept in row)
        return found

    def _events(self, where: str, *values: object) -> list[Stored]:
        selected = f"SELECT position, type, stream, version, body FROM events WHERE {where} ORDER BY 1"
        return [Stored(*row) for row in self._db.execute(selected, values)]


class Rehearsal:
    """Decides commands in order and keeps what they would add; used by one thread at a time."""

    def __init__(self, log: Consulted, suggest: Suggest, most_bytes: int) -> None:
        self.log = RehearsedLog(log, most_bytes)
        self._decisions = Decisions(self.log, lambda: "rehearsed", suggest)
        self._states = States(self.log)

    def answers(self, requests: Sequence[WriteRequest]) -> list[Answer]:
        """An answer for each request, as if all before were written."""
        batch = self._decisions.decide(requests, self._states)
        self._keep(batch)
        head = self.log.head()
        for outcome in batch.outcomes:
            if isinstance(outcome, Outcome):
                outcome.position = min(outcome.position, head)
        return batch.outcomes

    def _keep(self, batch: Batch) -> None:
        batch.settle(self.log.append([*batch.pending.values()], [*batch.new_keys.values()]))
        self._states.advance(batch.states, batch.pending.values())

    def close(self) -> None:
        """Forget everything that was decided."""
        self.log.close()


@contextmanager
def _room() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        message = f"what a dry run keeps on disk (in TMPDIR) has no room: {error}"
        raise Problem("no-room", message) from None
