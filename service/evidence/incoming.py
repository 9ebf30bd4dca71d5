"""A file on its way into the store: hashed, counted and written as it comes, in constant memory."""

import hashlib
import os
from pathlib import Path

from service.evidence.errors import EvidenceRefused, storing
from service.evidence.media_types import ANY, HEAD_BYTES, Kind, kind_sent
from service.log.private import FILE


class Incoming:
    """A file that is being received, for its owner alone; gone when it is discarded."""

    def __init__(self, path: Path, limit: int) -> None:
        self.path = path
        self.size = 0
        self.head = b""
        """How it begins."""
        self._limit = limit
        self._hash = hashlib.sha256()
        with storing():
            self._file = os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, FILE), "wb")

    @property
    def sha256(self) -> str:
        """The hash of what has come."""
        return self._hash.hexdigest()

    def check_size(self, size: int) -> None:
        """Refuse a file of more bytes than one may have."""
        if size > self._limit:
            raise EvidenceRefused(
                "too-large",
                f"the file is larger than {self._limit:,} bytes, which INTELLOG_EVIDENCE_LIMIT sets",
            )

    def write(self, chunk: bytes) -> None:
        """Take the next part; raises `EvidenceRefused` beyond the limit, or where there is no room."""
        self.size += len(chunk)
        self.check_size(self.size)
        if len(self.head) < HEAD_BYTES:
            self.head += chunk[: HEAD_BYTES - len(self.head)]
        self._hash.update(chunk)
        with storing():
            self._file.write(chunk)

    def kind(self, declared: str = ANY) -> Kind:
        """What it is, if that fits what it was sent as."""
        return kind_sent(self.head, declared)

    def finish(self) -> None:
        """Have all of it on the disk."""
        with storing():
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()

    def discard(self) -> None:
        """Delete it, unless it was moved to where it stays."""
        try:
            with storing():
                self._file.close()  # may find that there is no room for what it still holds
        except EvidenceRefused:
            pass  # and so will nobody have it
        self.path.unlink(missing_ok=True)
