"""What an import must remember until it ends, kept on disk so that memory stays constant."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from pydantic_core import to_json
from typing_extensions import TypedDict

from domain.matters import Matter
from service.http.problems import Problem, ProblemBody, problem_body

PAGE = 4_096
"""Bytes of a page of a temporary database."""
AT_ONCE = 500
"""Number of contents that are looked up with one statement."""
MOST_SUPERSEDED = 100
"""Maximum number of superseded lines that are named."""
_TABLES = """
CREATE TABLE seen (line BLOB PRIMARY KEY, n INTEGER) WITHOUT ROWID;
CREATE TABLE refused (line INTEGER PRIMARY KEY, answer BLOB);
CREATE TABLE superseded (matter BLOB PRIMARY KEY, line INTEGER, position INTEGER) WITHOUT ROWID;
BEGIN;
"""


class RefusedLine(TypedDict):
    """A line that was refused, and why; the lines around it are not affected."""

    line: int
    refused: ProblemBody


class SupersededLine(TypedDict):
    """A duplicate whose act, first recorded at or before `position`, is no longer in force."""

    line: int
    position: int


class Spool:
    """What was seen of each line, in a private temporary file; raises `Problem` if it has no room."""

    def __init__(self, most_bytes: int) -> None:
        self._db = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._superseded = 0
        with _room():
            self._db.execute(f"PRAGMA max_page_count = {most_bytes // PAGE}")
            self._db.executescript(_TABLES)

    def occurrences(self, digests: Sequence[bytes]) -> list[int]:
        """Count lines of these contents, in order; return of each how many there were by then."""
        counts, each = dict.fromkeys(digests, 0), list[int]()
        contents = list(counts)
        with _room():
            for start in range(0, len(contents), AT_ONCE):
                some = contents[start : start + AT_ONCE]
                places = ",".join("?" * len(some))
                seen = f"SELECT line, n FROM seen WHERE line IN ({places})"
                counts.update(self._db.execute(seen, some))
            for digest in digests:
                counts[digest] += 1
                each.append(counts[digest])
            self._db.executemany("INSERT OR REPLACE INTO seen VALUES (?, ?)", counts.items())
        return each

    def refuse(self, line: int, problem: Problem) -> None:
        """Keep a refusal until the end."""
        answer: RefusedLine = {"line": line, "refused": problem_body(problem)}
        self._run("INSERT INTO refused VALUES (?, ?)", line, to_json(answer) + b"\n")

    def refusals(self, chunk_bytes: int = 65_536) -> Iterator[bytes]:
        """The refusals as NDJSON, by line, in chunks."""
        chunk = bytearray()
        with _room():
            for (answer,) in self._db.execute("SELECT answer FROM refused ORDER BY line"):
                chunk += answer
                if len(chunk) > chunk_bytes:
                    yield bytes(chunk)
                    chunk.clear()
        if chunk:
            yield bytes(chunk)

    def supersede(self, matter: Matter, line: SupersededLine) -> None:
        """Keep that the act of a line is no longer in force, unless a later line settles its matter."""
        row = (to_json(matter), line["line"], line["position"])
        self._run("INSERT OR REPLACE INTO superseded VALUES (?, ?, ?)", *row)
        self._superseded += 1

    def settle(self, matter: Matter) -> None:
        """Forget what was superseded in a matter: a line of this import has the last word."""
        if self._superseded:
            self._run("DELETE FROM superseded WHERE matter = ?", to_json(matter))

    def superseded(self) -> list[SupersededLine]:
        """The first superseded lines."""
        rows = self._run("SELECT line, position FROM superseded ORDER BY line LIMIT ?", MOST_SUPERSEDED)
        return [{"line": line, "position": position} for line, position in rows]

    def close(self) -> None:
        """Delete everything."""
        self._db.close()

    def _run(self, statement: str, *values: Any) -> Sequence[Any]:
        with _room():
            return self._db.execute(statement, values).fetchall()


@contextmanager
def _room() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise Problem(
            "no-room", f"what an import keeps on disk (in TMPDIR) has no room: {error}"
        ) from None
