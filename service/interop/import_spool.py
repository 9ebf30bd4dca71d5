"""What an import must remember until it ends, kept on disk so that memory stays constant."""

import sqlite3
from collections.abc import Iterator

from pydantic_core import to_json
from typing_extensions import TypedDict

from service.http.problems import Problem, ProblemBody, problem_body


class RefusedLine(TypedDict):
    """A line that was refused, and why; the lines around it are not affected."""

    line: int
    refused: ProblemBody


class Spool:
    """How often each line occurred and which lines were refused, in a private temporary file."""

    def __init__(self) -> None:
        self._db = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._db.execute("CREATE TABLE seen (line BLOB PRIMARY KEY, n INTEGER) WITHOUT ROWID")
        self._db.execute("CREATE TABLE refused (line INTEGER PRIMARY KEY, answer BLOB)")
        self._db.execute("BEGIN")

    def occurrence(self, digest: bytes) -> int:
        """Count one more line of this content; return how many there were, this one included."""
        row = self._db.execute(
            "INSERT INTO seen VALUES (?, 1) ON CONFLICT DO UPDATE SET n = n + 1 RETURNING n",
            (digest,),
        ).fetchone()
        return int(row[0])

    def refuse(self, line: int, problem: Problem) -> None:
        """Keep a refusal until the end."""
        answer: RefusedLine = {"line": line, "refused": problem_body(problem)}
        self._db.execute("INSERT INTO refused VALUES (?, ?)", (line, to_json(answer) + b"\n"))

    def refusals(self, chunk_bytes: int = 65_536) -> Iterator[bytes]:
        """The refusals as NDJSON, by line, in chunks."""
        chunk = bytearray()
        for (answer,) in self._db.execute("SELECT answer FROM refused ORDER BY line"):
            chunk += answer
            if len(chunk) > chunk_bytes:
                yield bytes(chunk)
                chunk.clear()
        if chunk:
            yield bytes(chunk)

    def close(self) -> None:
        """Delete everything."""
        self._db.close()
