"""Checks: the database refuses to change what is stored, also to those who go past the log."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial

from service.log.conformance.database import Database
from service.log.conformance.events import event, events, unchanged
from service.log.conformance.findings import holds, refused, same
from service.log.conformance.store import Store
from service.log.conformance.trees import AT, note
from service.log.port import EventLog, Key, Pending, VersionConflict

FORBIDDEN = (
    "UPDATE stored_events SET state = BODY",
    "UPDATE stored_events SET state = state",
    "UPDATE stored_events SET state = NULL WHERE position = 1",
    "UPDATE stored_events SET topic = 'Other' WHERE position = 1",
    "UPDATE stored_events SET position = 99 WHERE position = 3",
    "UPDATE stored_events SET originator_id = 'c' WHERE position = 1",
    "UPDATE stored_events SET originator_version = 7 WHERE position = 1",
    "DELETE FROM stored_events",
    "DELETE FROM stored_events WHERE position = 3",
    "INSERT INTO stored_events VALUES (3, 'b', 1, 'Noted', BODY)"
    " ON CONFLICT (position) DO UPDATE SET state = excluded.state",
    "INSERT INTO stored_events VALUES (0, 'new', 1, 'Noted', BODY)",
    "INSERT INTO stored_events VALUES (-1, 'new', 1, 'Noted', BODY)",
    "INSERT INTO stored_events VALUES (5, 'new', 1, 'Noted', BODY)",
    "INSERT INTO stored_events VALUES (4, 'new', 1, 'Noted', NULL)",
    "UPDATE entries SET salt = SALT",
    "UPDATE entries SET salt = NULL WHERE position = 1",
    "UPDATE entries SET idx = 9 WHERE position = 3",
    "UPDATE entries SET position = 9 WHERE position = 3",
    "DELETE FROM entries",
    "INSERT INTO entries VALUES (4, 4, SALT, SALT, SALT, 'T')",
    "INSERT INTO entries VALUES (4, 3, NULL, SALT, SALT, 'T')",
    "INSERT INTO entries VALUES (4, 3, SALT, NULL, SALT, 'T')",
    "INSERT INTO entries VALUES (4, 3, SALT, SALT, NULL, 'T')",
    "INSERT INTO entries VALUES (4, 3, SALT, SALT, SALT, NULL)",
    "UPDATE entries SET commitment = SALT WHERE position = 3",
    "UPDATE entries SET digest = SALT WHERE position = 3",
    "UPDATE entries SET recorded_at = 'T' WHERE position = 3",
    "UPDATE marks SET position = 2",
    "DELETE FROM marks",
    "UPDATE log_meta SET value = SALT",
    "DELETE FROM log_meta WHERE name = 'id'",
)
FORBIDDEN_OF_TREE = (
    "UPDATE subtrees SET hash = HASH",
    "UPDATE subtrees SET n = 1",
    "DELETE FROM subtrees",
    "INSERT INTO subtrees VALUES (1, 0, HASH)",
    "INSERT INTO subtrees VALUES (1, 1, HASH)",
    "INSERT INTO subtrees VALUES (1, 2, HASH)",
    "INSERT INTO subtrees VALUES (2, 0, HASH)",
    "INSERT INTO subtrees VALUES (0, 0, HASH)",
    "INSERT INTO subtrees VALUES (9, 0, HASH)",
    "UPDATE checkpoints SET note = BODY",
    "UPDATE checkpoints SET signed_at = signed_at",
    "DELETE FROM checkpoints",
    "INSERT INTO checkpoints VALUES (256, BODY, 'T')",
    "INSERT INTO checkpoints VALUES (255, BODY, 'T')",
    "INSERT INTO checkpoints VALUES (258, BODY, 'T')",
    "INSERT INTO checkpoints VALUES (-1, BODY, 'T')",
    "UPDATE attachments SET value = BODY",
    "DELETE FROM attachments",
    "INSERT INTO attachments (size, kind, name, value, added_at)"
    " VALUES (257, 'timestamp', 'a', BODY, 'T')",
    "INSERT INTO attachments (size, kind, name, value, added_at) VALUES (256, 'other', 'a', BODY, 'T')",
)
"""What the database refuses of a log of 257 events with a checkpoint of 256 that has an attachment."""
OTHER_EVENTS = (
    ("Noted", b'{"position":2}'),
    ("EventRedacted", b'{"position":"2"}'),
    ("EventRedacted", b'{"position":2.0}'),
    ("EventRedacted", b'{"positions":[2]}'),
    ("EventRedacted", b'{"of":{"position":2}}'),
    ("EventRedacted", b"{}"),
)
"""Types and data of events that look as if they permitted a redaction of position 2, and do not."""
FALSE_REDACTIONS = (*OTHER_EVENTS, ("EventRedacted", b"{position:2}"))
"""The same, with data that is no JSON, which only those store who go past the log."""
NOWHERE = Key("n", b"", 99)


def append_three_events_and_a_key(log: EventLog) -> None:
    """Give a log something that could be changed."""
    first = event("a", 1, type="Noted", data=b"{}")
    others = [event("a", 2, type="Noted", data=b"{}"), event("b", 1, type="Noted", data=b"{}")]
    log.append([first, *others], [Key("m", b"digest", first)])


def redaction(stream: str, data: bytes) -> Pending:
    """The event that permits the redaction of the position in its data."""
    return event(stream, type="EventRedacted", data=data)


def the_database_refuses_every_change(store: Store) -> None:
    with _filled(store) as database:
        store.log.close()
        for statement in FORBIDDEN:
            database.refuses(f"run {statement!r}", partial(database.execute, statement))


def the_database_refuses_every_change_of_the_tree(store: Store) -> None:
    log = store.log
    log.append(events("a", *range(1, 258)))
    log.tree.add_checkpoint(256, note(log, 256), AT)
    log.tree.attach(256, "timestamp", "authority", b"token", AT)
    with _connected(store) as database:
        log.close()
        for statement in FORBIDDEN_OF_TREE:
            database.refuses(f"run {statement!r}", partial(database.execute, statement))


def the_entry_of_a_redacted_event_stays(store: Store) -> None:
    log = store.log
    with _filled(store) as database:
        log.append([redaction("r", b'{"position":2}')])
        before, root = log.tree.entries(0), log.tree.root(4)
        database.redact(2)
        log = store.reopened()
        same("the entries after a redaction", log.tree.entries(0), before)
        same("the root after a redaction", log.tree.root(4), root)
        same(
            "whether there are salts", [bool(log.tree.salt(n)) for n in (1, 2, 3)], [True, False, True]
        )
        same("the damage", [str(each) for each in log.check()], [])


def indices_and_positions_have_no_gaps_whatever_fails_between(store: Store) -> None:
    log = store.log
    with _filled(store) as database:
        for version in 3, 4, 5:
            batch = [event("c"), event("a", 9)]
            refused(VersionConflict, "version 9 of a", partial(log.append, batch))
            refused(ValueError, "a key of position 99", lambda: log.append([event("c")], [NOWHERE]))
            log.append([event("a", version)])
        entries = database.execute("SELECT position, idx, length(salt) FROM entries ORDER BY 1")
        found = [tuple(row) for row in entries.fetchall()]
    same("position, index and length of salt", found, [(n + 1, n, 32) for n in range(6)])


def a_redaction_takes_body_and_salt_and_leaves_the_rest(store: Store) -> None:
    log = store.log
    with _filled(store) as database:
        log.append([redaction("r", b'{"position":2}')])
        before = database.rows()
        database.redact(2)
        after = database.rows()
        same("the redacted event", after["stored_events"].pop(1), (2, "a", 2, "Noted", None))
        same("its entry", after["entries"].pop(1), (2, 1, None, *before["entries"][1][3:]))
        del before["stored_events"][1], before["entries"][1]
        same("the rest", after, before)
        same("what is read", [each.body == b"" for each in log.at([1, 2])], [False, True])
        same("the damage", list(log.check()), [])
        batch = [event("a", 2)]
        refused(VersionConflict, "the redacted event", lambda: log.append(batch, idempotent=True))
        for statement in (
            "UPDATE stored_events SET state = BODY WHERE position = 2",
            "UPDATE entries SET salt = SALT WHERE position = 2",
        ):
            database.refuses(f"run {statement!r}", partial(database.execute, statement))


def only_an_event_that_names_the_position_permits_its_redaction(store: Store) -> None:
    with _filled(store) as database:
        for n, (type, data) in enumerate(FALSE_REDACTIONS):
            store.log.append([event(f"r{n}", type=type, data=data)])
            what = f"redact position 2 after {type} {data.decode()}"
            database.refuses(what, lambda: database.redact(2))
            head = store.log.head()
            with unchanged("a refused redaction", store.log):
                database.refuses("redact that event itself", partial(database.redact, head))


def no_table_has_what_is_redacted(store: Store) -> None:
    secret = b"zq-names-a-source-zq"
    store.log.append([event("a", type="Noted", data=b'{"text":"%b"}' % secret), event("b")])
    store.log.append([redaction("r", b'{"position":1}')])
    holds("nothing of what is redacted is left", store.log.destroy())
    with _connected(store) as database:
        found = [
            t for t, rows in database.rows().items() if any(secret in each for each in _bytes(rows))
        ]
    same("tables that still have it", found, [])


def _bytes(rows: Sequence[tuple[object, ...]]) -> list[bytes]:
    return [each for row in rows for each in row if isinstance(each, bytes)]


@contextmanager
def _filled(store: Store) -> Iterator[Database]:
    """A connection past a log of three events and a key."""
    append_three_events_and_a_key(store.log)
    with _connected(store) as database:
        yield database


@contextmanager
def _connected(store: Store) -> Iterator[Database]:
    assert store.backend.database is not None  # checks.py runs these checks where there is one
    with store.backend.database(store.place) as database:
        yield database
