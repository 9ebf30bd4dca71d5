"""Who is told what while a log is verified: how far it is, and what was verified."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from service.tree.entry import TreeEntry
from service.verify.bodies import Event, Lost
from service.verify.sound import Sound

Told = Callable[[int, int], None]
"""Called with the number of events that were verified, and that of all."""


def _told_nobody(done: int, total: int) -> None:
    """Nobody wants to know how far it is."""


def _no_event(event: Event) -> None:
    """Nobody wants the events."""


def _no_lost(lost: Lost) -> None:
    """Nobody wants to know what is gone."""


def _no_entries(entries: Sequence[TreeEntry]) -> None:
    """Nobody wants the entries."""


@dataclass(frozen=True)
class Listeners:
    """`event` gets each event that is as it was committed to, `lost` what is left of each whose bytes
    are gone, `entries` all entries, in order.

    Of entries after one that is missing or cannot be read nobody is told.
    """

    told: Told = _told_nobody
    event: Callable[[Event], None] = _no_event
    lost: Callable[[Lost], None] = _no_lost
    entries: Callable[[Sequence[TreeEntry]], None] = _no_entries

    @property
    def wants_entries(self) -> bool:
        """Whether somebody wants the entries."""
        return self.entries is not _no_entries

    def tell(self, first: int, batch: Sound) -> None:
        """Tell of a batch from position `first` on; nothing is made of it for nobody."""
        if self.wants_entries:
            self.entries(batch.entries(first - 1))
        if self.event is not _no_event:
            for position, body in enumerate(batch.bodies, first):
                self.event(Event(position, body))


NOBODY = Listeners()
