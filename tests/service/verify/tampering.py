"""What somebody who may write to the file of a log can do to it, each with what a verification says."""

import sqlite3
from collections.abc import Callable, Mapping
from typing import NamedTuple

from service.log.hashes import commitment, digest_after
from service.proof.note import parse_note
from service.verify.verdicts import VERDICTS, Code
from tests.service.verify.tampered import Tampered

EVENT = "originator_id, originator_version, topic, state"
ENTRY = "salt, commitment, recorded_at"
WHOLE = f"{ENTRY}, idx, digest"
ZEROS = bytes(32)


class Done(NamedTuple):
    """What was done: the code by which it is found, and the position that is named."""

    code: Code
    position: int | None

    @property
    def status(self) -> int:
        """The exit status of that code."""
        return VERDICTS[self.code].status


Tampering = Callable[[Tampered, int], Done | None]
"""Does something at a position; None where it cannot be done there."""


def flipped(log: Tampered, position: int, byte: int | None = None) -> Done:
    """One bit of the event is another one."""
    body = bytearray(log.body(position))
    body[position % len(body) if byte is None else byte] ^= 1
    log.db.execute("UPDATE stored_events SET state = ? WHERE position = ?", (bytes(body), position))
    return Done("body-altered", position)


def deleted(log: Tampered, position: int) -> Done:
    """The row of the event and that of its entry are deleted."""
    for table in ("stored_events", "entries"):
        log.db.execute(f"DELETE FROM {table} WHERE position = ?", (position,))
    return Done("entry-missing", position)


def removed(log: Tampered, position: int) -> Done:
    """The row of the event is deleted, and its entry left."""
    log.db.execute("DELETE FROM stored_events WHERE position = ?", (position,))
    return Done("body-withheld", position)


def closed_up(log: Tampered, position: int) -> Done:
    """The event is deleted, and those after it are moved up into the gap, with their indexes."""
    deleted(log, position)
    log.make_room(position + 1, -1)
    log.db.execute("UPDATE entries SET idx = position - 1")
    return Done("entry-missing", position)


def with_the_next(log: Tampered, position: int) -> Done | None:
    """The bytes of two events are swapped."""
    return _swapped(log, position, ("stored_events", "state"))


def with_the_next_entry(log: Tampered, position: int) -> Done | None:
    """Two events are swapped, with their salts, commitments and times."""
    return _swapped(log, position, ("stored_events", EVENT), ("entries", ENTRY))


def with_the_next_row(log: Tampered, position: int) -> Done | None:
    """Two events are swapped, with all that stands beside them."""
    return _swapped(log, position, ("stored_events", EVENT), ("entries", WHOLE))


def _swapped(log: Tampered, position: int, *columns: tuple[str, str]) -> Done | None:
    other = position + 7 if position + 7 <= log.size else position - 7
    for table, names in columns:
        one, two = (
            log.db.execute(f"SELECT {names} FROM {table} WHERE position = ?", (each,)).fetchone()
            for each in (position, other)
        )
        setting = ", ".join(f"{name} = ?" for name in names.split(", "))
        for values, place in ((two, position), (one, other)):
            log.db.execute(f"UPDATE {table} SET {setting} WHERE position = ?", (*values, place))
    return Done("entry-moved", min(position, other))


def back_dated(log: Tampered, position: int) -> Done:
    """The event says that it was recorded years earlier; its entry says so too, and its hash fits."""
    early = _dated(log.body(position), "2001")
    log.rewrite(position, early, _time_in(early))
    # The first of all has no event before it: what finds it is its running digest.
    return Done("inconsistent" if position == 1 else "time-wrong", position)


def back_dated_with_all_hashes(log: Tampered, position: int) -> Done:
    """The same, and every hash after it is computed again."""
    back_dated(log, position)
    log.rehash()
    return Done("time-wrong", position) if position > 1 else Done("inconsistent", None)


def dated_in_its_entry(log: Tampered, position: int) -> Done:
    """The entry alone says that the event was recorded earlier."""
    early = _time_in(_dated(log.body(position), "2001"))
    log.db.execute("UPDATE entries SET recorded_at = ? WHERE position = ?", (early, position))
    return Done("time-wrong", position)


def inserted(log: Tampered, position: int) -> Done:
    """An event that never was is put before this one, with a commitment and digest that fit."""
    before = log.db.execute(
        "SELECT digest, recorded_at FROM entries WHERE position = ?", (position - 1,)
    ).fetchone() or (ZEROS, _time_in(log.body(1)))
    log.make_room(position, 1)
    body = _dated(log.body(position + 1), before[1][:4])
    salt = bytes(range(32))
    committed = commitment(salt, body)
    log.db.execute(
        "INSERT INTO stored_events SELECT ?, originator_id, originator_version, topic, ?"
        " FROM stored_events WHERE position = ?",
        (position, body, position + 1),
    )
    row = (position, position - 1, salt, committed, digest_after(before[0], committed), before[1])
    names = "position, idx, salt, commitment, digest, recorded_at"
    log.db.execute(f"INSERT INTO entries ({names}) VALUES (?, ?, ?, ?, ?, ?)", row)
    log.db.execute("UPDATE entries SET idx = position - 1")
    return Done("entry-inserted", position)


def emptied(log: Tampered, position: int) -> Done:
    """Body and salt are gone, as after a redaction, and no event says why."""
    log.db.execute("UPDATE stored_events SET state = NULL WHERE position = ?", (position,))
    log.db.execute("UPDATE entries SET salt = NULL WHERE position = ?", (position,))
    return Done("body-withheld", position)


def other_salt(log: Tampered, position: int) -> Done:
    """The salt is another one."""
    log.db.execute("UPDATE entries SET salt = ? WHERE position = ?", (ZEROS, position))
    return Done("body-altered", position)


def other_commitment(log: Tampered, position: int) -> Done:
    """The commitment is another one."""
    log.db.execute("UPDATE entries SET commitment = ? WHERE position = ?", (ZEROS, position))
    return Done("body-altered", position)


def other_index(log: Tampered, position: int) -> Done:
    """The index is another one."""
    log.db.execute("UPDATE entries SET idx = 7777 WHERE position = ?", (position,))
    return Done("inconsistent", position)


def other_digest(log: Tampered, position: int) -> Done:
    """The running digest is another one."""
    log.db.execute("UPDATE entries SET digest = ? WHERE position = ?", (ZEROS, position))
    return Done("inconsistent", position)


def listed_elsewhere(log: Tampered, position: int) -> Done:
    """The event is listed under another stream than its own."""
    log.db.execute(
        "UPDATE stored_events SET originator_id = 'report:elsewhere' WHERE position = ?", (position,)
    )
    return Done("body-altered", position)


def replaced(log: Tampered, position: int) -> Done:
    """The event is another one, and every hash after it is computed again."""
    body = log.body(position)
    log.rewrite(position, body.replace(b'"actor":"local"', b'"actor":"lokal"'))
    log.rehash()
    return Done("inconsistent", None)


AT_EACH_EVENT: Mapping[str, Tampering] = {
    each.__name__: each
    for each in (
        *(flipped, deleted, removed, closed_up, with_the_next, with_the_next_entry),
        *(with_the_next_row, back_dated, back_dated_with_all_hashes, dated_in_its_entry, inserted),
        *(emptied, other_salt, other_commitment, other_index, other_digest, listed_elsewhere, replaced),
    )
}


def _dated(body: bytes, year: str) -> bytes:
    front, name, rest = body.partition(b'"recorded_at":"')
    return front + name + year.encode() + rest[4:]


def _time_in(body: bytes) -> str:
    return body.partition(b'"recorded_at":"')[2].partition(b'"')[0].decode()


def note_of(db: sqlite3.Connection, size: int) -> bytes:
    """The stored checkpoint of this size."""
    note: bytes = db.execute("SELECT note FROM checkpoints WHERE size = ?", (size,)).fetchone()[0]
    assert parse_note(note)
    return note
