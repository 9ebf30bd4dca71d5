"""A small signed log, and what somebody who may write to its file can do to it."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2

from domain.times import show_instant
from service.log.hashes import EMPTY, commitment, digest_after
from service.log.port import EventLog
from service.log.subtrees import completed
from service.proof.checkpoint import Checkpoint, signed_checkpoint
from service.proof.keys import PrivateKey, new_key
from service.service import opened
from service.settings import Settings
from service.tree.entry import TreeEntry
from service.verify.directory import verify_file
from service.verify.report import LogReport
from service.verify.stored import StoredFile
from service.verify.trust import Trust
from tests.places import SEEDS
from tests.service.api.schema_check import running

ORIGIN = "log.example/story"
SIZES = (40, 100, 200)
"""Sizes at which the log was signed, beside that at its end."""
_MORE = 30
"""Number of indicators after the seeds, so that a tile is complete."""


@dataclass
class Tampered:
    """The file of a log in memory, without its guards, and the key that signed it."""

    db: sqlite3.Connection
    key: PrivateKey
    size: int

    def verified(self, known: Path | None = None) -> LogReport:
        """What a verification says that knows the key."""
        return verify_file(StoredFile(self.db), Trust([self.key.public], "given"), known)

    def found(self, known: Path | None = None) -> tuple[int, str, int | None, str]:
        """Exit status, code and position of the finding that decides, and its line."""
        report = self.verified(known)
        decisive = next(each for each in report["findings"] if each["code"] == report["verdict"])
        return report["status"], decisive["code"], decisive["position"], decisive["line"]

    @contextmanager
    def done(self, *statements: str) -> Iterator["Tampered"]:
        """Do something to the file, and take it back in the end."""
        self.db.execute("SAVEPOINT before")
        try:
            for statement in statements:
                self.db.execute(statement)
            yield self
        finally:
            self.db.execute("ROLLBACK TO before")
            self.db.execute("RELEASE before")

    def body(self, position: int) -> bytes:
        """The stored bytes of an event."""
        query = "SELECT state FROM stored_events WHERE position = ?"
        return bytes(self.db.execute(query, (position,)).fetchone()[0])

    def rewrite(self, position: int, body: bytes, recorded_at: str | None = None) -> None:
        """Replace an event by another one, with the commitment that it needs."""
        salt = bytes(range(32))
        self.db.execute("UPDATE stored_events SET state = ? WHERE position = ?", (body, position))
        self.db.execute(
            "UPDATE entries SET salt = ?, commitment = ?, recorded_at = COALESCE(?, recorded_at)"
            " WHERE position = ?",
            (salt, commitment(salt, body), recorded_at, position),
        )

    def rehash(self) -> None:
        """Compute every index, running digest and stored hash again, as if nothing had happened."""
        rows = self.db.execute(
            "SELECT position, recorded_at, commitment FROM entries ORDER BY position"
        ).fetchall()
        digest, leaves = EMPTY, []
        for index, (position, recorded_at, committed) in enumerate(rows):
            digest = digest_after(digest, committed)
            leaves.append(TreeEntry(index, recorded_at, committed).leaf())
            self.db.execute(
                "UPDATE entries SET idx = ?, digest = ? WHERE position = ?", (index, digest, position)
            )
        self.db.execute("DELETE FROM subtrees")
        some = completed(0, leaves, lambda level, first, end: [])
        self.db.executemany("INSERT INTO subtrees VALUES (?, ?, ?)", some)

    def make_room(self, position: int, by: int) -> None:
        """Move all from a position on up or down."""
        for table in ("stored_events", "entries"):
            self.db.execute(
                f"UPDATE {table} SET position = -position - ? WHERE position >= ?", (by, position)
            )
            self.db.execute(f"UPDATE {table} SET position = -position WHERE position < 0")


def sign(log: EventLog, key: PrivateKey, size: int) -> None:
    """Store a signed checkpoint of this size."""
    note = signed_checkpoint(Checkpoint(key.name, size, log.tree.root(size)), [key])
    log.tree.add_checkpoint(size, note, show_instant(log.now()))


def write_story(directory: Path, key: PrivateKey) -> int:
    """Write the seeds and some more into a directory, sign it at several sizes, return the last."""
    headers = {"Content-Type": "application/x-ndjson"}
    with opened(Settings(data=directory)) as service, running(service) as http:
        for seed in sorted(SEEDS.glob("*.ndjson")):
            answer = http.post("/v1/import", content=seed.read_bytes(), headers=headers)
            assert b'"refused":0' in answer.content
        for n in range(_MORE):
            _define(http, f"filler-{n}")
        size = service.log.head()
        for each in (*SIZES, size):
            sign(service.log, key, each)
    return size


def _define(http: httpx2.Client, id: str) -> None:
    body = {"title": id.title(), "measure": "stock"}
    answer = http.put(f"/v1/indicators/{id}", json=body)
    assert answer.status_code == 201, answer.text


@contextmanager
def tampered(directory: Path, key: PrivateKey, size: int) -> Iterator[Tampered]:
    """The log of a directory in memory, without its guards."""
    with closing(sqlite3.connect(directory / "log.sqlite")) as stored:
        db = sqlite3.connect(":memory:", isolation_level=None)
        stored.backup(db)
    with closing(db):
        disarm(db)
        yield Tampered(db, key, size)


def disarm(db: sqlite3.Connection) -> None:
    """Take the guards away, and what keeps an index from standing twice for a moment."""
    triggers = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    for (name,) in db.execute(triggers).fetchall():
        db.execute(f"DROP TRIGGER {name}")
    for table in ("stored_events", "entries"):
        rows = db.execute(f"SELECT * FROM {table}").fetchall()
        columns = [row[1] for row in db.execute(f"PRAGMA table_info({table})")]
        typed = ", ".join("position INTEGER PRIMARY KEY" if c == "position" else c for c in columns)
        db.execute("PRAGMA writable_schema = OFF")
        db.execute("DROP VIEW IF EXISTS redactions")
        db.execute(f"DROP TABLE {table}")
        db.execute(f"CREATE TABLE {table} ({typed})")
        places = ", ".join("?" * len(columns))
        db.executemany(f"INSERT INTO {table} VALUES ({places})", rows)


def key_of_tests() -> PrivateKey:
    """The key that signs the log of the tests."""
    return new_key(ORIGIN)
