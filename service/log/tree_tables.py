"""The tables of a log's tree: what a backend keeps beside entries, and its rows."""

from collections.abc import Sequence
from typing import Protocol, TypeVar

from service.log.tree import StoredCheckpoint

EntryRow = tuple[int, int, bytes | None, bytes | None, bytes | None, str | None]
"""A row of entries, not verified: position, index, salt, commitment, running digest, recorded_at."""

SubtreeRow = tuple[int, int, bytes]
"""The hash of a complete tile: the level above it (1 over 256 entries), its number there, its hash."""

AttachmentRow = tuple[int, int, str, str, bytes, str]
"""A row of attachments: its number, the size of its checkpoint, kind, name, value, added_at."""

C = TypeVar("C", contravariant=True)


class TreeTables(Protocol[C]):
    """What a backend implements of the tree. All methods run in the transaction `c`."""

    def insert_subtrees(self, c: C, rows: Sequence[SubtreeRow]) -> None:
        """Insert hashes of tiles that the events inserted before complete, level by level."""
        ...

    def insert_checkpoint(self, c: C, checkpoint: StoredCheckpoint) -> None:
        """Insert a checkpoint that is larger than the last one."""
        ...

    def insert_attachments(self, c: C, rows: Sequence[AttachmentRow]) -> None:
        """Insert attachments of stored checkpoints; they get numbers of their own."""
        ...

    def select_entries(self, c: C, after: int, until: int) -> list[EntryRow]:
        """Select the rows of entries alone, at positions in (after, until]."""
        ...

    def select_subtrees(self, c: C, level: int, first: int, end: int) -> list[bytes]:
        """Select hashes of one level, in the order of their numbers in [first, end)."""
        ...

    def select_checkpoints(self, c: C, after_size: int, limit: int) -> list[StoredCheckpoint]:
        """Select the first `limit` checkpoints beyond a size, the smallest first."""
        ...

    def select_last_checkpoint(self, c: C) -> list[StoredCheckpoint]:
        """Select the largest checkpoint, if there is one."""
        ...

    def select_attachments(
        self, c: C, after: int, limit: int, size: int | None = None
    ) -> list[AttachmentRow]:
        """Select the first `limit` attachments after a number, of one checkpoint or of all."""
        ...

    def select_newest_attachment(self, c: C, kind: str, name: str | None) -> list[AttachmentRow]:
        """Select the attachment of a kind, and by this name if given, that was added last."""
        ...
