"""The three times that a caller asks about, and the caller's clearance."""

from dataclasses import dataclass, replace

from domain.vocabulary import Marking
from projections.tables.projection import FOREVER

EVERYTHING: Marking = "TLP:RED"
"""The clearance of a reader who may see all."""


@dataclass(frozen=True, slots=True)
class AsOf:
    """The three times asked, and the reader's clearance.

    `position` is on the record axis; `published_by` and `valid_at` are microseconds, inclusive,
    None for no limit.
    """

    position: int
    published_by: int | None = None
    valid_at: int | None = None
    clearance: Marking = EVERYTHING

    def at(self, position: int) -> "AsOf":
        """The same at another record position."""
        return replace(self, position=position)

    @property
    def by(self) -> int:
        """The last publication instant to look at."""
        return FOREVER - 1 if self.published_by is None else self.published_by

    @property
    def until(self) -> int:
        """The last cut-off to look at."""
        return FOREVER if self.valid_at is None else self.valid_at


NOW = AsOf(FOREVER - 1)
"""Everything that the views contain."""
