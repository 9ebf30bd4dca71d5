"""COPY in PostgreSQL's binary format: the rows of a large batch as one stream of bytes."""

from collections.abc import Iterable, Sequence
from struct import Struct

from service.log.hashes import Seal
from service.log.postgres_sessions import Session
from service.log.recorder import Row

HEAD, END = b"PGCOPY\n\xff\r\n\0" + bytes(8), b"\xff\xff"
EVENTS = b"COPY stored_events (position, originator_id, originator_version, topic, state) FROM STDIN"
ENTRIES = b"COPY entries (position, idx, salt, commitment, digest, recorded_at) FROM STDIN"
# A row is the number of its columns, then each column after its length.
POSITION = Struct("!hiqi").pack
VERSION = Struct("!iqi").pack
LENGTH = Struct("!i").pack
ENTRY = Struct("!hiqiqi32si32si32si").pack


def copy_batch(session: Session, first: int, events: Sequence[Row], seals: Sequence[Seal]) -> None:
    """Copy events at the positions from `first`, each with its seal, within a transaction."""
    _copy(session, EVENTS, _event_rows(first, events))
    _copy(session, ENTRIES, _entry_rows(first, seals))


def _copy(session: Session, statement: bytes, rows: Iterable[bytes]) -> None:
    data = b"".join((HEAD, *rows, END))
    with session.cursor() as cursor, cursor.copy(statement + b" (FORMAT binary)") as copy:
        copy.write(data)


def _event_rows(first: int, events: Sequence[Row]) -> Iterable[bytes]:
    for position, (stream, version, type, body) in enumerate(events, first):
        name, kind = stream.encode(), type.encode()
        yield POSITION(5, 8, position, len(name))
        yield name
        yield VERSION(8, version, len(kind))
        yield kind
        yield LENGTH(len(body))
        yield body


def _entry_rows(first: int, seals: Sequence[Seal]) -> Iterable[bytes]:
    for position, (salt, commitment, digest, recorded_at) in enumerate(seals, first):
        time = recorded_at.encode()
        hashes = 32, salt, 32, commitment, 32, digest
        yield ENTRY(6, 8, position, 8, position - 1, *hashes, len(time))
        yield time
