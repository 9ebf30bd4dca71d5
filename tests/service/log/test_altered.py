"""What is altered in a database past its guards is damage, which a check of the log names."""

import sqlite3
from base64 import b64encode
from collections.abc import Iterator

import pytest

from service.log.conformance.append_only import append_three_events_and_a_key
from service.log.conformance.database import TABLES, Database
from service.log.conformance.store import Store, empty_store
from service.log.conformance.trees import AT, note, singles
from service.log.port import LogDamaged
from tests.service.log.append_only import event
from tests.service.log.test_conformance import BACKENDS

MISMATCH = "at position 2: the stored event does not match its hash"
COLUMNS = "at position 2: the stored event is listed under another type, stream or version"
MISSING = "at position 2: the event that was stored there is missing"
ALTERED = (
    ("UPDATE stored_events SET state = BODY WHERE position = 2", MISMATCH),
    ("UPDATE stored_events SET state = NULL WHERE position = 2", MISMATCH),
    (
        "UPDATE stored_events SET state = NULL WHERE position = 2;"
        " UPDATE entries SET salt = NULL WHERE position = 2",
        "at position 2: its bytes are gone, and no event records a redaction",
    ),
    ("UPDATE stored_events SET originator_id = 'z' WHERE position = 2", COLUMNS),
    ("UPDATE stored_events SET originator_version = 7 WHERE position = 2", COLUMNS),
    ("UPDATE stored_events SET topic = 'Other' WHERE position = 2", COLUMNS),
    ("DELETE FROM stored_events WHERE position = 2", MISSING),
    ("DELETE FROM entries WHERE position = 2", MISSING),
    ("DELETE FROM stored_events WHERE position = 3", "the last event is at position 2, the last hash"),
    ("UPDATE entries SET salt = SALT WHERE position = 2", MISMATCH),
    ("UPDATE entries SET salt = NULL WHERE position = 2", MISMATCH),
    ("UPDATE entries SET commitment = SALT WHERE position = 2", MISMATCH),
    ("UPDATE entries SET digest = SALT WHERE position = 2", "at position 2: the running digest"),
    ("UPDATE entries SET digest = NULL WHERE position = 2", "at position 2: the running digest"),
    (
        "UPDATE entries SET recorded_at = '2024-05-01T12:00:01Z' WHERE position = 2",
        "at position 2: its stored time is 2024-05-01T12:00:01Z, and the stored event has",
    ),
    (
        "UPDATE entries SET recorded_at = NULL WHERE position = 2",
        "at position 2: its stored time is no",
    ),
    ("UPDATE entries SET idx = 77 WHERE position = 2", "at position 2: its index is 77"),
    ("UPDATE marks SET position = 2", "the stored key 'm' does not match its checksum"),
    ("UPDATE marks SET digest = SALT", "the stored key 'm' does not match its checksum"),
    ("UPDATE marks SET name = 'n'", "the stored key 'n' does not match its checksum"),
)
"""Changes that only somebody without the guards can make, and what a check says of them."""


@pytest.fixture(params=["sqlite", "postgres"])
def empty(request: pytest.FixtureRequest) -> Iterator[Store]:
    with empty_store(BACKENDS[request.param](request)) as store:
        yield store


@pytest.fixture
def store(empty: Store) -> Store:
    """A log of three events and a key."""
    append_three_events_and_a_key(empty.log)
    return empty


OF_TREE = (
    (
        "UPDATE subtrees SET hash = HASH WHERE n = 1",
        "at position 512: the stored hash of tile 1 of level 1 does not fit the entries",
    ),
    ("DELETE FROM subtrees WHERE n = 1", "at position 512: the hash of tile 1 of level 1 is missing"),
    ("INSERT INTO subtrees VALUES (1, 5, HASH)", "there are hashes of level 1 beyond the entries"),
    ("INSERT INTO subtrees VALUES (2, 0, HASH)", "there are hashes of level 2 beyond the entries"),
    (
        "UPDATE entries SET commitment = HASH WHERE position = 300",
        "at position 512: the stored hash of tile 1 of level 1 does not fit the entries",
    ),
    (
        "UPDATE checkpoints SET note = BODY WHERE size = 0",
        "at position 0: the checkpoint of 0 entries cannot be read",
    ),
    (
        "UPDATE checkpoints SET note = BODY WHERE size = 300",
        "at position 300: the checkpoint of 300 entries cannot be read",
    ),
    (
        "UPDATE checkpoints SET size = 301 WHERE size = 300",
        "at position 301: the checkpoint of 301 entries cannot be read",
    ),
    (
        "DELETE FROM checkpoints WHERE size = 300;"
        " INSERT INTO checkpoints SELECT 300, FORGED, signed_at FROM checkpoints WHERE size = 600",
        "at position 300: the checkpoint of 300 entries signs another root than that of the log",
    ),
    (
        "UPDATE checkpoints SET size = 601 WHERE size = 600",
        "at position 601: the checkpoint of 601 entries is beyond the end of the log",
    ),
)
"""The same of a log of 600 events with checkpoints of 0, 300 and 600."""


@pytest.mark.parametrize(("statements", "said"), OF_TREE)
def test_what_is_altered_of_the_tree_is_damage(empty: Store, statements: str, said: str) -> None:
    log, connect = empty.log, empty.backend.database
    log.append(singles(0, 600))
    for size in 0, 300, 600:
        log.tree.add_checkpoint(size, note(log, size), AT)
    forged = note(log, 300).replace(b64encode(log.tree.root(300)), b64encode(log.tree.root(301)))
    assert connect is not None
    with connect(empty.place) as database:
        disarm(database)
        for statement in statements.split("; "):
            database.execute(statement.replace("FORGED", literal(database, forged)))
    found = [str(each) for each in log.check()]
    assert any(said in each for each in found), found
    assert len(found) == (3 if "commitment" in statements else 1), found


@pytest.mark.parametrize(("statements", "said"), ALTERED)
def test_what_is_altered_past_the_guards_is_damage(store: Store, statements: str, said: str) -> None:
    connect = store.backend.database
    assert connect is not None
    with connect(store.place) as database:
        disarm(database)
        for statement in statements.split("; "):
            database.execute(statement)
    found = [str(each) for each in store.log.check()]
    assert any(said in each for each in found), found
    with pytest.raises(LogDamaged):
        store.log.append([event("c")])


UNREADABLE = [
    (done, MISMATCH if done.startswith("DELETE FROM entries") else said)
    for done, said in ALTERED
    if said in (MISMATCH, COLUMNS, MISSING)
]
"""Those that whoever reads the event would see, and is not shown."""


@pytest.mark.parametrize(("statements", "said"), UNREADABLE)
@pytest.mark.parametrize("lines", [False, True], ids=["events", "lines"])
def test_what_is_altered_is_not_read(store: Store, lines: bool, statements: str, said: str) -> None:
    connect = store.backend.database
    assert connect is not None
    with connect(store.place) as database:
        disarm(database)
        for statement in statements.split("; "):
            database.execute(statement)
    with pytest.raises(LogDamaged, match=said):
        store.log.lines() if lines else store.log.read()


def disarm(database: Database) -> None:
    """Take the guards away, as the owner of the tables can."""
    if isinstance(database.raw, sqlite3.Connection):
        triggers = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        for (name,) in database.execute(triggers).fetchall():
            database.execute(f"DROP TRIGGER {name}")
        return
    for table in TABLES:
        database.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")


def literal(database: Database, content: bytes) -> str:
    """Any bytes as SQL; what `Database.literal` writes is text in PostgreSQL."""
    sqlite = isinstance(database.raw, sqlite3.Connection)
    return f"x'{content.hex()}'" if sqlite else rf"'\x{content.hex()}'"
