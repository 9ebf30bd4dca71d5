"""The tables of the tree of a PostgreSQL log."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from service.log.postgres_sessions import Session
from service.log.tree import StoredCheckpoint
from service.log.tree_tables import AttachmentRow, EntryRow, SubtreeRow

if TYPE_CHECKING:
    from service.log.postgres_draft import Draft

INSERT_SUBTREES = """
        INSERT INTO subtrees (level, n, hash)
        SELECT * FROM unnest(%(levels)b::int[], %(numbers)b::bigint[], %(hashes)b::bytea[])"""
INSERT_CHECKPOINT = "INSERT INTO checkpoints (size, note, signed_at) VALUES (%b, %b, %b)"
INSERT_ATTACHMENT = (
    "INSERT INTO attachments (size, kind, name, value, added_at) VALUES (%b, %b, %b, %b, %b)"
)
SELECT_ENTRIES = (
    "SELECT position, idx, salt, commitment, digest, recorded_at FROM entries"
    " WHERE position > %s AND position <= %s ORDER BY position"
)
SELECT_SUBTREES = "SELECT hash FROM subtrees WHERE level = %s AND n >= %s AND n < %s ORDER BY n"
SELECT_CHECKPOINTS = (
    "SELECT size, note, signed_at FROM checkpoints WHERE size > %s ORDER BY size LIMIT %s"
)
SELECT_LAST_CHECKPOINT = "SELECT size, note, signed_at FROM checkpoints ORDER BY size DESC LIMIT 1"
SELECT_ATTACHMENTS = "SELECT n, size, kind, name, value, added_at FROM attachments WHERE n > %s"


class PostgresTree:
    """Inserts and selects the rows of the tree; what is inserted is collected in the draft."""

    def insert_subtrees(self, c: "Draft", rows: Sequence[SubtreeRow]) -> None:
        """Insert hashes of tiles that the events inserted before complete, level by level."""
        c.subtrees = rows

    def insert_checkpoint(self, c: "Draft", checkpoint: StoredCheckpoint) -> None:
        """Insert a checkpoint that is larger than the last one."""
        c.checkpoints = [*c.checkpoints, checkpoint]

    def insert_attachments(self, c: "Draft", rows: Sequence[AttachmentRow]) -> None:
        """Insert attachments of stored checkpoints; they get numbers of their own."""
        c.attachments = [*c.attachments, *rows]

    def select_entries(self, c: "Draft", after: int, until: int) -> list[EntryRow]:
        """Select the rows of entries alone, at positions in (after, until]."""
        return c.fetch(SELECT_ENTRIES, (after, until))

    def select_subtrees(self, c: "Draft", level: int, first: int, end: int) -> list[bytes]:
        """Select hashes of one level, in the order of their numbers in [first, end)."""
        return [hash for (hash,) in c.fetch(SELECT_SUBTREES, (level, first, end))]

    def select_checkpoints(self, c: "Draft", after_size: int, limit: int) -> list[StoredCheckpoint]:
        """Select the first `limit` checkpoints beyond a size, the smallest first."""
        return [StoredCheckpoint(*row) for row in c.fetch(SELECT_CHECKPOINTS, (after_size, limit))]

    def select_last_checkpoint(self, c: "Draft") -> list[StoredCheckpoint]:
        """Select the largest checkpoint, if there is one."""
        return [StoredCheckpoint(*row) for row in c.fetch(SELECT_LAST_CHECKPOINT)]

    def select_attachments(
        self, c: "Draft", after: int, limit: int, size: int | None = None
    ) -> list[AttachmentRow]:
        """Select the first `limit` attachments after a number, of one checkpoint or of all."""
        one, sizes = (" AND size = %s", (size,)) if size is not None else ("", ())
        return c.fetch(f"{SELECT_ATTACHMENTS}{one} ORDER BY n LIMIT %s", (after, *sizes, limit))

    def select_newest_attachment(self, c: "Draft", kind: str, name: str | None) -> list[AttachmentRow]:
        """Select the attachment of a kind, and by this name if given, that was added last."""
        named, names = (" AND name = %s", (name,)) if name is not None else ("", ())
        query = f"{SELECT_ATTACHMENTS} AND kind = %s{named} ORDER BY n DESC LIMIT 1"
        return c.fetch(query, (0, kind, *names))


def store_said(
    session: Session, checkpoints: Sequence[StoredCheckpoint], attachments: Sequence[AttachmentRow]
) -> None:
    """Within a transaction, insert checkpoints and what is attached to them."""
    for checkpoint in checkpoints:
        session.execute(INSERT_CHECKPOINT.encode(), checkpoint)
    for _, *attached in attachments:
        session.execute(INSERT_ATTACHMENT.encode(), attached)
