"""How a source's figures held: beside its reliability, and never inside it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean, median

from domain.estimates.revisions import Revisions

Measured = Callable[[Revisions], float | None]


@dataclass(frozen=True, slots=True)
class TrackRecord:
    """What became of a source's first figures, cell by cell; each mean is None where there is none.

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
    """By how much a cell was revised, in its unit."""
    return row.values[-1] - row.values[0]


def relative_revision(row: Revisions) -> float | None:
    """By how much a cell was revised, as a share of its last figure; None where that is 0."""
    return revision(row) / abs(row.values[-1]) if row.values[-1] else None


def track_record(rows: Sequence[Revisions], measured: Measured) -> TrackRecord:
    """Sum up the cells of revision statistics; the headlines among them mix growth with revision."""
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
