"""The log as a Merkle tree, and what is published of it: checkpoints, and what others attach to them.

The tree is that of `service.tree`, one leaf for each event: that at position p has the index p - 1.
"""

from typing import Literal, NamedTuple, Protocol

from service.tree.entry import TreeEntry

Kind = Literal["cosignature", "timestamp", "keys", "cose"]
"""What is attached to a checkpoint: the signature of a witness, the token of a time authority, the list
of the log's public keys where it has changed, or its root signed in COSE."""
ENTRIES = 256
"""Number of entries that are read at once unless another is named."""


class StoredCheckpoint(NamedTuple):
    """A checkpoint: the size of the tree that it signs, the signed note, and when it was signed."""

    size: int
    note: bytes
    signed_at: str


class Attachment(NamedTuple):
    """What goes with a checkpoint: of which kind, whose, the bytes, and when it came."""

    kind: str
    name: str
    value: bytes
    added_at: str


class LogTree(Protocol):
    """The tree of one log. Every method may be called from any thread.

    Failures of the store are raised as `LogUnavailable`, and hashes that do not fit each other as
    `LogDamaged`.
    """

    def size(self) -> int:
        """Return the number of entries, which is the last position of the log."""
        ...

    def entries(self, first: int, limit: int = ENTRIES) -> list[TreeEntry]:
        """Read up to `limit` entries from the index `first` on."""
        ...

    def subtree(self, level: int, n: int) -> bytes:
        """Return the hash over 2**level entries from n * 2**level on, as `service.tree.proving` asks.

        Raises ValueError if the log does not have all of them.
        """
        ...

    def root(self, size: int) -> bytes:
        """Return the root of the tree of the first `size` entries; ValueError if there are fewer."""
        ...

    def salt(self, position: int) -> bytes | None:
        """Return the salt of a commitment, None once redacted or if there is no such event."""
        ...

    def checkpoints(self, after_size: int = 0, limit: int = 100) -> list[StoredCheckpoint]:
        """Read the first `limit` checkpoints of more than `after_size` entries, the smallest first."""
        ...

    def latest(self) -> StoredCheckpoint | None:
        """Return the largest checkpoint, None if nothing was signed yet."""
        ...

    def covering(self, size: int) -> StoredCheckpoint | None:
        """Return the first checkpoint of at least this size, None if there is none yet."""
        ...

    def add_checkpoint(self, size: int, note: bytes, signed_at: str) -> None:
        """Store a checkpoint; nothing happens if the same note is stored already.

        Raises ValueError for a size below that of the last one or beyond the log, and for another note
        of a size that is stored; LogUnavailable in a process that does not write the log.
        """
        ...

    def attach(self, size: int, kind: Kind, name: str, value: bytes, added_at: str) -> None:
        """Attach something to the checkpoint of this size; ValueError if there is none.

        Nothing happens if the same value is attached already.
        """
        ...

    def attachments(self, size: int, kind: Kind | None = None) -> list[Attachment]:
        """Read what is attached to the checkpoint of this size, the oldest first."""
        ...

    def newest(self, kind: Kind, name: str | None = None) -> tuple[int, Attachment] | None:
        """Return what was attached last of a kind, by this name if given, and to which size."""
        ...
