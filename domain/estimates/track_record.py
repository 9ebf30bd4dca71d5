"""How the figures of a source's voice were revised: shown beside its reliability, never part of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean, median

from domain.arithmetic import difference, share
from domain.estimates.revisions import Revisions

Measured = Callable[[Revisions], float | None]


@dataclass(frozen=True, slots=True)
class TrackRecord:
    """How a source's first figures were revised, cell by cell; a mean without values is None.

    `bias` is the mean revision, above 0 where first figures were too low; `mean_absolute_revision`
    the mean of its size; both count a cell that was never revised as 0. `days_to_settle` is the
    median, over the revised cells, of the days from the first figure to the last.
    """

    cells: int
    revised: int
    bias: float | None
    mean_absolute_revision: float | None
    days_to_settle: float | None


def revision(row: Revisions) -> float:
    """The revision of a cell, in its unit."""
    return difference(row.values[-1], row.values[0])


def relative_revision(row: Revisions) -> float | None:
    """The revision of a cell as a share of its last figure; None where that is 0 or next to it."""
    return share(revision(row), abs(row.values[-1]))


def track_record(rows: Sequence[Revisions], measured: Measured) -> TrackRecord:
    """Summarize revision statistics by cell; headlines are left out, they mix growth with revision."""
    cells = [row for row in rows if row.cell is not None]
    revised = [row for row in cells if row.n_revisions]
    found = [by for row in cells if (by := measured(row)) is not None]
    return TrackRecord(
        cells=len(cells),
        revised=len(revised),
        bias=fmean(found) if found else None,
        mean_absolute_revision=fmean(map(abs, found)) if found else None,
        days_to_settle=median(row.settled_days for row in revised) if revised else None,
    )
