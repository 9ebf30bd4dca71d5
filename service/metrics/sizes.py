"""How much room the log, the views and the evidence take, and how much is left."""

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from service.evidence.store import FOLDER
from service.views.kept import kept_in

EVIDENCE_SECONDS = 60.0
"""How long the size of the evidence is kept: there may be very many files."""


class Sizes:
    """The sizes in a data directory, in bytes."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._evidence, self._counted = 0, float("-inf")

    def read(self) -> Iterator[tuple[str, int]]:
        """Each size by its name; that of the log only where the log is in the directory."""
        log = [*self._data.glob("log.sqlite*")]
        if log:
            yield "log_bytes", sum(map(_size, log))
        yield "views_bytes", sum(map(_size, self._data.glob("views-*.sqlite*")))
        kept = kept_in(self._data)
        yield "views_kept_bytes", _size(kept.path) if kept else 0
        yield "evidence_bytes", self._evidence_bytes()
        with suppress(OSError):
            usage = shutil.disk_usage(self._data)
            yield "disk_free_bytes", usage.free
            yield "disk_size_bytes", usage.total

    def _evidence_bytes(self) -> int:
        now = time.monotonic()
        if now - self._counted > EVIDENCE_SECONDS:
            self._evidence, self._counted = _tree(self._data / FOLDER), now
        return self._evidence


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:  # deleted meanwhile, as a view file is
        return 0


def _tree(folder: Path) -> int:
    found = os.walk(folder)
    return sum(_size(Path(place) / name) for place, _, names in found for name in names)
