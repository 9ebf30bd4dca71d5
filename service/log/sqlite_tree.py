"""The tables of the tree of an SQLite log."""

from collections.abc import Sequence

from eventsourcing.sqlite import SQLiteCursor

from service.log.sqlite_rows import fetch
from service.log.tree import StoredCheckpoint
from service.log.tree_tables import AttachmentRow, EntryRow, SubtreeRow

INSERT_SUBTREE = "INSERT INTO subtrees (level, n, hash) VALUES (?, ?, ?)"
INSERT_CHECKPOINT = "INSERT INTO checkpoints (size, note, signed_at) VALUES (?, ?, ?)"
INSERT_ATTACHMENT = "INSERT INTO attachments (size, kind, name, value, added_at) VALUES (?, ?, ?, ?, ?)"
SELECT_ENTRIES = (
    "SELECT position, idx, salt, commitment, digest, recorded_at FROM entries"
    " WHERE position > ? AND position <= ? ORDER BY position"
)
SELECT_SUBTREES = "SELECT hash FROM subtrees WHERE level = ? AND n >= ? AND n < ? ORDER BY n"
SELECT_CHECKPOINTS = (
    "SELECT size, note, signed_at FROM checkpoints WHERE size > ? ORDER BY size LIMIT ?"
)
SELECT_LAST_CHECKPOINT = "SELECT size, note, signed_at FROM checkpoints ORDER BY size DESC LIMIT 1"
SELECT_ATTACHMENTS = "SELECT n, size, kind, name, value, added_at FROM attachments WHERE n > ?"


class SqliteTree:
    """Inserts and selects the rows of the tree."""

    def insert_subtrees(self, c: SQLiteCursor, rows: Sequence[SubtreeRow]) -> None:
        """Insert hashes of tiles that the events inserted before complete, level by level."""
        c.executemany(INSERT_SUBTREE, rows)

    def insert_checkpoint(self, c: SQLiteCursor, checkpoint: StoredCheckpoint) -> None:
        """Insert a checkpoint that is larger than the last one."""
        c.execute(INSERT_CHECKPOINT, checkpoint)

    def insert_attachments(self, c: SQLiteCursor, rows: Sequence[AttachmentRow]) -> None:
        """Insert attachments of stored checkpoints; they get numbers of their own."""
        c.executemany(INSERT_ATTACHMENT, [row[1:] for row in rows])

    def select_entries(self, c: SQLiteCursor, after: int, until: int) -> list[EntryRow]:
        """Select the rows of entries alone, at positions in (after, until]."""
        return fetch(c, SELECT_ENTRIES, (after, until))

    def select_subtrees(self, c: SQLiteCursor, level: int, first: int, end: int) -> list[bytes]:
        """Select hashes of one level, in the order of their numbers in [first, end)."""
        return [hash for (hash,) in fetch(c, SELECT_SUBTREES, (level, first, end))]

    def select_checkpoints(
        self, c: SQLiteCursor, after_size: int, limit: int
    ) -> list[StoredCheckpoint]:
        """Select the first `limit` checkpoints beyond a size, the smallest first."""
        return [StoredCheckpoint(*row) for row in fetch(c, SELECT_CHECKPOINTS, (after_size, limit))]

    def select_last_checkpoint(self, c: SQLiteCursor) -> list[StoredCheckpoint]:
        """Select the largest checkpoint, if there is one."""
        return [StoredCheckpoint(*row) for row in fetch(c, SELECT_LAST_CHECKPOINT, ())]

    def select_attachments(
        self, c: SQLiteCursor, after: int, limit: int, size: int | None = None
    ) -> list[AttachmentRow]:
        """Select the first `limit` attachments after a number, of one checkpoint or of all."""
        one, sizes = (" AND size = ?", (size,)) if size is not None else ("", ())
        return fetch(c, f"{SELECT_ATTACHMENTS}{one} ORDER BY n LIMIT ?", (after, *sizes, limit))

    def select_newest_attachment(
        self, c: SQLiteCursor, kind: str, name: str | None
    ) -> list[AttachmentRow]:
        """Select the attachment of a kind, and by this name if given, that was added last."""
        named, names = (" AND name = ?", (name,)) if name is not None else ("", ())
        query = f"{SELECT_ATTACHMENTS} AND kind = ?{named} ORDER BY n DESC LIMIT 1"
        return fetch(c, query, (0, kind, *names))
