"""The log in batches, as a file that is built takes them; a helper decodes the next one meanwhile.

The helper is sent the bytes of events that file a report and sends back what these come to: it needs no
log. All other events are decoded here, as are those of a report that the same batch goes on with,
because the state of that report is then at hand.
"""

from collections.abc import Iterator
from typing import NamedTuple

from domain.events import ReportFiled
from projections.tables.projection import Recorded
from service.log.port import EventLog, Stored
from service.views.helping import Helper, HelperGone
from service.views.reader import NONE_FILED, Filed, Reader

BATCH = 1_000


class _Batch(NamedTuple):
    """Events, and the positions of those that the helper was asked for."""

    stored: list[Stored]
    asked: list[int]


class Batches:
    """Reads batch after batch of a log."""

    def __init__(self, log: EventLog, helper: Helper | None = None) -> None:
        self._log, self._helper = log, helper
        self._reader = Reader(log)
        self._ahead: _Batch | None = None

    def after(self, position: int, until: int) -> tuple[list[Stored], Iterator[Recorded]]:
        """The next events after a position, up to another; the second time to be applied."""
        batch, self._ahead = self._ahead, None
        if batch is None:
            batch = self._read(position, until)
        filed = self._answered(batch)
        if self._helper is not None and batch.stored and batch.stored[-1].position < until:
            self._ahead = self._read(batch.stored[-1].position, until)
        return batch.stored, self._reader.iter_recorded(batch.stored, filed)

    def _read(self, after: int, until: int) -> _Batch:
        stored = list(self._log.read(after=after, limit=BATCH, until=until))
        if self._helper is None or not self._helper.is_ready():
            return _Batch(stored, [])
        continued = {each.stream for each in stored if each.version > 1}
        asked = [each for each in stored if _files(each) and each.stream not in continued]
        if asked:
            try:
                self._helper.ask("filed", [each.body for each in asked])
            except HelperGone:
                asked.clear()
        return _Batch(stored, [each.position for each in asked])

    def _answered(self, batch: _Batch) -> Filed:
        if self._helper is None or not batch.asked:
            return NONE_FILED
        try:
            return dict(zip(batch.asked, self._helper.answer(), strict=True))
        except HelperGone:
            return NONE_FILED


def _files(stored: Stored) -> bool:
    """Whether an event files a report, and its bytes are there."""
    return stored.type == ReportFiled.TYPE and stored.version == 1 and bool(stored.body)
