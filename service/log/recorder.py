"""The recorder of a log: the tables that a backend keeps, and the rows that it reads and writes."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from typing import NamedTuple, Protocol, TypeVar

from service.log.hashes import Seal
from service.log.port import LogUnavailable
from service.log.subscription import Arrivals
from service.log.tree_tables import EntryRow, TreeTables

LARGEST = 2**63 - 1
SCHEMA_VERSION = 3

C = TypeVar("C")
"""A transaction of the database."""

Row = tuple[str, int, str, bytes]
"""The columns of an event to store: stream, version, type, body."""

StoredRow = tuple[int, str, str, int, bytes, bytes | None, bytes | None]
"""A stored event, not verified: position, type, stream, version, body (empty once redacted), salt (None
once redacted), commitment."""


class Packed(NamedTuple):
    """Events that follow each other as one row, not verified (`service.log.packed`).

    Their lines, as they are sent; their types, streams and versions, each on a line; their salts and
    commitments.
    """

    lines: bytes
    names: bytes
    seals: bytes


EventRow = tuple[int, str, str, int, bytes | None]
"""A row of events, not verified: position, type, stream, version, body."""

KeyRow = tuple[str, int, bytes, bytes]
"""A stored key, not verified: name, position, digest, checksum."""

Keys = dict[str, tuple[int, bytes]]
"""Stored keys by name: position and digest."""


class Tip(NamedTuple):
    """The end of the log: the last position, and the running digest through it."""

    position: int
    digest: bytes


class Before(NamedTuple):
    """What an append is checked against: the end of the log, the last version of each of its streams
    (0 for one without events), and those of its keys that are stored."""

    tip: Tip
    heads: dict[str, int]
    keys: list[KeyRow]


class Recorder(Protocol[C]):
    """The tables of one log: what a backend implements.

    Methods with a transaction `c` run in that of `writing`; each of the others sees one snapshot of
    the log. Numbers have been passed through `bounded`. Rows are as stored: `service.log.damage`
    verifies them.
    """

    arrivals: Arrivals

    @property
    def tree(self) -> TreeTables[C]:
        """The tables of the tree."""
        ...

    def writing(self) -> AbstractContextManager[C]:
        """Open the only transaction that may write; commit it and announce it when the block ends."""
        ...

    def snapshot(self) -> AbstractContextManager[C]:
        """Open a transaction that reads and sees the log as it is now, however long it lasts."""
        ...

    def tip(self, c: C) -> Tip:
        """Return the end of the log; raises LogDamaged if the tables disagree about it."""
        ...

    def before(self, c: C, streams: Sequence[str], keys: Sequence[str]) -> Before:
        """Look up all that an append is checked against; raises LogDamaged as `tip` does."""
        ...

    def insert(self, c: C, first: int, rows: Sequence[Row], seals: Sequence[Seal]) -> None:
        """Insert events at the positions from `first`, each with its seal."""
        ...

    def insert_keys(self, c: C, rows: Sequence[KeyRow]) -> None:
        """Insert keys."""
        ...

    def select_heads(self, streams: Iterable[str]) -> dict[str, int]:
        """Look up the last version of each of these streams, 0 for one without events."""
        ...

    def select_place(self, c: C, stream: str, version: int) -> list[StoredRow]:
        """Look up the event at this version of the stream."""
        ...

    def select_keys(self, c: C, names: Sequence[str]) -> list[KeyRow]:
        """Look up the keys with these names; names that are not stored are left out."""
        ...

    def select_stored_keys(self, names: Sequence[str]) -> list[KeyRow]:
        """Look up keys as `select_keys` does, outside a transaction."""
        ...

    def select_range(
        self, after: int, limit: int, until: int | None, types: Sequence[str]
    ) -> list[StoredRow]:
        """Select the first `limit` events in (after, until], of these types if any are named."""
        ...

    def select_packed(self, after: int, until: int) -> Packed | None:
        """Select the events in (after, until] as one row, if the database can pack them.

        None also where one is missing, was redacted, or has a value of another kind in a column.
        """
        ...

    def select_before(self, before: int, limit: int) -> list[StoredRow]:
        """Select the last `limit` events before a position, newest first."""
        ...

    def select_positions(self, positions: Sequence[int]) -> list[StoredRow]:
        """Select the events at these positions, any number of them, from one snapshot of the log."""
        ...

    def select_stream(self, stream: str, after_version: int) -> list[StoredRow]:
        """Select the events of a stream after a version, in order."""
        ...

    def select_head(self) -> int:
        """Return the last stored position, 0 for an empty log."""
        ...

    def select_digest(self, position: int) -> bytes | None:
        """Return the running digest through a position, None if nothing is stored there."""
        ...

    def select_tip(self) -> Tip:
        """Return the end of the log as `tip` does, outside a transaction."""
        ...

    def select_raw(self, c: C, after: int, until: int) -> tuple[list[EventRow], list[EntryRow]]:
        """Select the rows of both tables in (after, until], as they are."""
        ...

    def select_misplaced(self, after: int, until: int) -> list[int]:
        """Return positions in (after, until] that an index does not find.

        Looked up by stream and version, by the version before it, and by index.
        """
        ...

    def select_redactions(self, after: int) -> list[StoredRow]:
        """Select the events after a position that record a redaction."""
        ...

    def select_redacted(self) -> set[int]:
        """Return the positions that a later event permits to be redacted."""
        ...

    def select_all_keys(self, c: C, after: str, limit: int) -> list[KeyRow]:
        """Select the first `limit` keys with names after this one, in the order of their UTF-8."""
        ...

    def select_key_count(self, c: C) -> int:
        """Return the number of keys."""
        ...

    def select_keys_of(self, c: C, after: int, until: int) -> list[KeyRow]:
        """Select the keys with positions in (after, until]."""
        ...

    def select_gone(self, c: C) -> set[int]:
        """Return the positions whose bytes are gone, of those that an event permits to be redacted."""
        ...

    def redact(self, c: C, positions: Sequence[int], *, guarded: bool) -> None:
        """Destroy body and salt at these positions; if not `guarded`, what nothing permits as well."""
        ...

    def wipe(self) -> bool:
        """Rid the files of what `redact` has removed, as far as that can be done from here.

        Returns False if a reader of an older state stands in the way, so that it must be done again.
        """
        ...

    def select_meta(self) -> dict[str, bytes]:
        """Return what the log stores about itself, by name."""
        ...

    def insert_meta(self, c: C, name: str, value: bytes) -> None:
        """Store something about the log, unless it is stored already."""
        ...

    def structure_faults(self, stopped: Callable[[], bool]) -> list[str]:
        """Let the database check its own file, if it can; ends early once `stopped` is true."""
        ...


def bounded(number: int) -> int:
    """Limit a number to the range that the databases can compare with."""
    return max(-LARGEST, min(number, LARGEST))


def newer(found: int) -> LogUnavailable:
    """The error for a log whose schema is newer than the one that this program knows."""
    return LogUnavailable(
        f"the log was written by a newer intellog: its schema version is {found},"
        f" this program knows {SCHEMA_VERSION}"
    )


BY_SERVING = "open it once for writing as its owner, or a copy: `intellog serve` upgrades it"


def older(found: int, cure: str = BY_SERVING) -> LogUnavailable:
    """The error for a log of an older schema that is opened for reading only, with what upgrades it."""
    return LogUnavailable(
        f"the log was written by an older intellog (schema version {found}) and lacks hashes to verify"
        f" it with; {cure}"
    )
