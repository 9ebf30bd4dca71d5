"""Whether a checkpoint is cosigned: only if it continues the last one that was, of the same log."""

import logging
import threading
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path

from domain.times import show_instant
from service.proof.checkpoint import Checkpoint, checkpoint_of, refuse_unsigned
from service.proof.cosignature import cosigned
from service.proof.errors import Malformed
from service.proof.keys import PrivateKey, PublicKey
from service.proof.note import parse_note
from service.proof.witnessing import Addition, encode_cosignatures, parse_addition
from service.tree.checking import check_consistency
from service.tree.hashing import EMPTY_ROOT
from service.witness.book import Book, Seen, checkpoint_in

_logger = logging.getLogger("intellog.witness")
NOTHING = Checkpoint("", 0, EMPTY_ROOT)
"""What was cosigned of a log that was never seen."""


class UnknownLog(Exception):
    """The checkpoint is of a log that this witness does not know."""


class OtherSize(Exception):
    """The request does not continue what was cosigned last, which is of `size` entries."""

    def __init__(self, size: int) -> None:
        super().__init__(f"the checkpoint cosigned last has {size} entries")
        self.size = size


def continuing(addition: Addition, checkpoint: Checkpoint, last: Checkpoint) -> None:
    """Raise unless a request shows that its checkpoint continues the last one that was cosigned.

    Raises Malformed, OtherSize or ProofRefused.
    """
    if addition.old > checkpoint.size:
        raise Malformed(f"old {addition.old} is more than the {checkpoint.size} of the checkpoint")
    if addition.old != last.size:
        raise OtherSize(last.size)
    if checkpoint.size == last.size and checkpoint.root != last.root:
        raise OtherSize(last.size)
    check_consistency(last.size, checkpoint.size, addition.path, last.root, checkpoint.root)


class Witness:
    """The witness of some logs, for use by any thread; `key` returns the key with which it cosigns."""

    def __init__(
        self,
        logs: Iterable[PublicKey],
        directory: Path,
        key: Callable[[], PrivateKey],
        clock: Callable[[], datetime],
    ) -> None:
        self._logs = tuple(logs)
        self._book, self.key, self._clock = Book(directory), key, clock
        self._one = threading.Lock()

    def cosign(self, body: bytes) -> bytes:
        """Return the cosignature that a request asks for, as the lines of the answer.

        The checkpoint is kept before it is signed. Raises Malformed, UnknownLog, BadSignature,
        OtherSize, ProofRefused, BookUnusable, and what finding the key raises.
        """
        addition = parse_addition(body)
        note = parse_note(addition.checkpoint)
        checkpoint = checkpoint_of(note.text)
        own = [key for key in self._logs if key.name == checkpoint.origin]
        if not own:
            raise UnknownLog(f"this witness knows no log {checkpoint.origin[:200]!r}")
        refuse_unsigned(note, checkpoint, own)
        with self._one, self._book.held():
            key, now = self.key(), self._clock()
            self._move(addition, checkpoint, now)
        return encode_cosignatures([cosigned(note.text, key, int(now.timestamp()))])

    def seen(self) -> dict[str, Seen]:
        """Return what was cosigned last of each log, by origin; raises BookUnusable."""
        with self._one:
            return self._book.logs()

    def _move(self, addition: Addition, checkpoint: Checkpoint, now: datetime) -> None:
        logs = self._book.logs()
        before = logs.get(checkpoint.origin)
        last = checkpoint_in(before["note"]) if before else NOTHING
        try:
            continuing(addition, checkpoint, last)
        except OtherSize:
            if before and checkpoint.size == last.size and checkpoint.root != last.root:
                self._accuse(logs, before, checkpoint, addition.checkpoint.decode())
            raise
        logs[checkpoint.origin] = {
            "note": addition.checkpoint.decode(),
            "cosigned_at": show_instant(now),
            "conflict": before["conflict"] if before else None,
        }
        self._book.keep(logs)

    def _accuse(self, logs: dict[str, Seen], before: Seen, checkpoint: Checkpoint, note: str) -> None:
        """Keep the first evidence that a log has signed two trees of one size."""
        if before["conflict"] is None:
            what = checkpoint.origin, checkpoint.size
            _logger.error("%s has signed two different trees of %d entries; both are kept", *what)
            logs[checkpoint.origin] = {**before, "conflict": [before["note"], note]}
            self._book.keep(logs)
