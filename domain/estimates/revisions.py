"""How figures were revised: distinct values of one originator on one cell, their lags and spread.

The meaning is that of the revision analysis of epiprocess: repeats and nulls are dropped, lags run
from the period to the first and to the last distinct value.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from domain.estimates.claims import Cell, Claim, in_headline, vintage_order
from domain.estimates.figures import single_number
from domain.times import EPOCH
from domain.vocabulary import Measure


@dataclass(frozen=True, slots=True)
class Revisions:
    """One originator's figures on one cell; `cell` None is its headline, which has no lags.

    `values` are the distinct ones in order. `rel_spread` is the spread by the largest value, None
    where that is 0; `settled_days` are those from the first value to the last.
    """

    measure: Measure
    originator: str
    cohort: str | None
    cell: Cell | None
    values: tuple[float, ...]
    min_lag_days: int | None
    max_lag_days: int | None
    spread: float
    rel_spread: float | None
    settled_days: int

    @property
    def n_revisions(self) -> int:
        """The number of times that the figure changed."""
        return len(self.values) - 1


def counted(claim: Claim) -> float | None:
    """The one number by which a claim counts in revision statistics."""
    return single_number(claim.best, claim.low, claim.high)


def distinct(claims: Iterable[Claim]) -> list[Claim]:
    """The claims of one originator that changed its figure, in the order of its statements."""
    kept = list[Claim]()
    for claim in sorted(claims, key=vintage_order):
        value = counted(claim)
        if value is not None and not (kept and counted(kept[-1]) == value):
            kept.append(claim)
    return kept


def revisions(measure: Measure, claims: Iterable[Claim], cohort: str | None = None) -> list[Revisions]:
    """A row for each originator's headline, then one for each of its cohorts and cells.

    The headline is that of the whole, or of the cohort asked for. Relays are left out: only claims
    without a link are the originator's own words. Increments have no headline of one originator's own
    words: it would be a sum.
    """
    cells: dict[tuple[str, str, Cell], list[Claim]] = {}
    leading: dict[str, list[Claim]] = {}
    for claim in claims:
        if not claim.links:
            place = claim.originator, claim.cohort or "", claim.cell
            cells.setdefault(place, []).append(claim)
            whole = claim.cohort == cohort and in_headline(measure, claim.cell)
            if whole and measure != "increment":
                leading.setdefault(claim.originator, []).append(claim)
    rows = [_row(measure, said[0], None, _headline(said)) for said in leading.values()]
    rows += [_row(measure, said[0], said[0].cell, distinct(said)) for said in cells.values()]
    return sorted((row for row in rows if row is not None), key=_place)


def _place(row: Revisions) -> tuple[str, str, int, int, int]:
    """The headline of each originator before its cells, these by their days."""
    first, last = row.cell or (0, 0)
    return row.originator, row.cohort or "", row.cell is not None, first or 0, last or 0


def _headline(claims: Sequence[Claim]) -> list[Claim]:
    """The claims that became an originator's headline one after another, without repeats."""
    leading = list[Claim]()
    for claim in sorted(claims, key=vintage_order):
        if not leading or claim.headline_order > leading[-1].headline_order:
            leading.append(claim)
    return distinct(leading)


def _row(measure: Measure, voice: Claim, cell: Cell | None, said: Sequence[Claim]) -> Revisions | None:
    values = tuple(value for claim in said if (value := counted(claim)) is not None)
    if not values:
        return None
    spread, largest = max(values) - min(values), max(values)
    lags = _lags(cell, said)
    return Revisions(
        measure=measure,
        originator=voice.originator,
        cohort=voice.cohort,
        cell=cell,
        values=values,
        min_lag_days=min(lags) if lags else None,
        max_lag_days=max(lags) if lags else None,
        spread=spread,
        rel_spread=spread / largest if largest else None,
        settled_days=said[-1].stated_day - said[0].stated_day,
    )


def _lags(cell: Cell | None, said: Sequence[Claim]) -> list[int]:
    if cell is None or cell[1] is None:
        return []
    return [EPOCH.toordinal() + claim.stated_day - cell[1] for claim in said]
