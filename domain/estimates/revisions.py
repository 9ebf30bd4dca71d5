"""How figures were revised, by what was published: the releases of a voice, their lags and spread.

A release is a claim in the words of one version of its report that its publisher published. What we
mistyped was never published: a record correction only replaces the words of a release. The claims of
one version count at once, never one after the other.

The meaning of the statistics is that of the revision analysis of epiprocess: repeats and nulls are
dropped, lags run from the period to the first and to the last distinct value.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import NamedTuple

from domain.arithmetic import difference, share
from domain.estimates.cells import Place, place_of
from domain.estimates.claims import Cell, Claim, headline_order, in_headline, vintage_order
from domain.estimates.figures import single_number
from domain.times import DAY, EPOCH
from domain.vocabulary import Measure


@dataclass(frozen=True, slots=True)
class Release:
    """A claim in the words of one published version of its report.

    `corrected` means that the version is a publisher's correction, later than the report itself.
    """

    claim: Claim
    corrected: bool = False

    @property
    def day(self) -> int:
        """The UTC day on which it came out, counted from 1970-01-01."""
        return self.claim.published // DAY if self.corrected else self.claim.stated_day


@dataclass(frozen=True, slots=True)
class Revisions:
    """One voice's figures for one cell; `cell` None is its headline, which has no lags.

    `values` are the distinct ones in order. Of a headline `n_revisions` counts second thoughts: how
    often the cell that led was restated; `n_advances` how often a later cut-off brought another figure.
    `rel_spread` is the spread by the largest magnitude, None where that is 0; `settled_days` are those
    from the first value to the last. An incident has the cell that its last release names.
    """

    measure: Measure
    originator: str
    cohort: str | None
    incident: str | None
    prospective: bool
    cell: Cell | None
    values: tuple[float, ...]
    n_revisions: int
    n_advances: int
    min_lag_days: int | None
    max_lag_days: int | None
    spread: float
    rel_spread: float | None
    settled_days: int


def counted(claim: Claim) -> float | None:
    """The one number by which a claim counts in revision statistics."""
    return single_number(claim.best, claim.low, claim.high)


def distinct(releases: Iterable[Release], value: Callable[[Claim], object] = counted) -> list[Release]:
    """The releases that changed one voice's figure for one cell, in order.

    Of those that came at once only the last counts. One without a value changes nothing.
    """
    kept = list[Release]()
    for at_once in in_order(releases):
        release = at_once[-1]
        given = value(release.claim)
        if given is not None and not (kept and value(kept[-1].claim) == given):
            kept.append(release)
    return kept


def in_order(releases: Iterable[Release]) -> list[list[Release]]:
    """Releases in order, those of one version of a report together.

    A version comes when its last claim was stated, but never after a later version of its report:
    a publisher's correction may name an earlier day.
    """
    reports: dict[str, dict[int, list[Release]]] = {}
    for release in releases:
        versions = reports.setdefault(release.claim.report, {})
        versions.setdefault(release.claim.published, []).append(release)
    ordered = list[tuple[tuple[int, int, int, str], list[Release]]]()
    for report, versions in reports.items():
        stated: int | None = None
        for published in sorted(versions, reverse=True):
            at_once = sorted(versions[published], key=lambda release: release.claim.vintage_order)
            last = at_once[-1].claim
            stated = last.stated if stated is None else min(stated, last.stated)
            ordered.append(((stated, published, last.position, report), at_once))
    return [at_once for _, at_once in sorted(ordered, key=lambda each: each[0])]


def revisions(
    measure: Measure, releases: Iterable[Release], cohort: str | None = None
) -> list[Revisions]:
    """A row for each voice's headline, then one for each of its cohorts and cells.

    The headline is that of the whole, or of the cohort asked for, and of observed claims alone.
    Increments have no headline of a voice's own words: it would be a sum.
    """
    cells: dict[tuple[str, Place], list[Release]] = {}
    leading: dict[str, list[Release]] = {}
    for release in releases:
        claim = release.claim
        cells.setdefault((claim.voice, place_of(claim)), []).append(release)
        may_lead = in_headline(measure, claim.cell) and not claim.prospective
        if measure != "increment" and may_lead and claim.cohort == cohort:
            leading.setdefault(claim.voice, []).append(release)
    rows = [_headline_row(measure, voice, cohort, said) for voice, said in leading.items()]
    rows += [_cell_row(measure, voice, place, said) for (voice, place), said in cells.items()]
    return sorted((row for row in rows if row is not None), key=_row_order)


def _row_order(row: Revisions) -> tuple[str, str, bool, int, int, str, bool]:
    """The headline of each voice before its cells, these by their days."""
    first, last = row.cell or (0, 0)
    place = row.originator, row.cohort or "", row.cell is not None
    return *place, first or 0, last or 0, row.incident or "", row.prospective


def _cell_row(measure: Measure, voice: str, place: Place, said: Iterable[Release]) -> Revisions | None:
    releases = distinct(said)
    if not releases:
        return None
    cell = releases[-1].claim.cell
    values = [value for release in releases if (value := counted(release.claim)) is not None]
    return _row(measure, voice, place, cell, values, (len(values) - 1, 0), releases)


def _headline_row(
    measure: Measure, voice: str, cohort: str | None, said: Iterable[Release]
) -> Revisions | None:
    values, changes, settled = list[float](), [0, 0], list[Release]()
    for step in _headlines(said):
        changes[0] += step.revised
        changes[1] += step.advanced
        if step.value is not None and not (values and values[-1] == step.value):
            values.append(step.value)
            settled.append(step.release)
    if not values:
        return None
    place = Place(cohort, None, None)
    return _row(measure, voice, place, None, values, (changes[0], changes[1]), settled)


class _Step(NamedTuple):
    """A voice's headline after some releases came out at once, and what they changed."""

    value: float | None
    revised: bool
    advanced: bool
    release: Release


def _headlines(said: Iterable[Release]) -> Iterator[_Step]:
    """The headline after each publication, and whether its cell was restated or another leads."""
    in_force: dict[str, Claim] = {}
    of_all = _Latest(in_force, headline_order)
    of_cell: dict[Cell, _Latest] = {}
    led_with: dict[Cell, float] = {}
    before: Claim | None = None
    shown: float | None = None
    for at_once in in_order(said):
        for release in at_once:
            claim = release.claim
            in_force[claim.id] = claim
            of_all.add(claim)
            of_cell.setdefault(claim.cell, _Latest(in_force, vintage_order)).add(claim)
        now = of_all.latest()
        assert now is not None  # the claims that just came out are in force
        value = counted(now)
        revised = advanced = False
        if before is not None:
            restated = of_cell[before.cell].latest()
            figure = counted(restated) if restated else None
            revised = figure is not None and led_with.get(before.cell, figure) != figure
            later = now.cell != before.cell and now.cutoff > before.cutoff
            advanced = later and None not in (value, shown) and value != shown
        yield _Step(value, revised, advanced, at_once[-1])
        if value is not None:
            led_with[now.cell] = shown = value
        before = now


class _Latest:
    """The greatest claim in force by an order; a later version of a claim ends the one before."""

    def __init__(self, in_force: dict[str, Claim], order: Callable[[Claim], tuple[int, ...]]) -> None:
        self._in_force, self._order = in_force, order
        self._heap = list[tuple[list[int], str, Claim]]()

    def add(self, claim: Claim) -> None:
        """Add a claim that is in force."""
        key = [-each for each in self._order(claim)]
        heappush(self._heap, (key, claim.id, claim))

    def latest(self) -> Claim | None:
        """The greatest claim still in force; None if there is none."""
        while self._heap:
            claim = self._heap[0][-1]
            if self._in_force[claim.id] is claim:
                return claim
            heappop(self._heap)
        return None


def _row(
    measure: Measure,
    voice: str,
    place: Place,
    cell: Cell | None,
    values: Sequence[float],
    changes: tuple[int, int],
    said: Sequence[Release],
) -> Revisions:
    spread, largest = difference(max(values), min(values)), max(map(abs, values))
    lags = _lags(cell, said)
    return Revisions(
        measure=measure,
        originator=voice,
        cohort=place.cohort,
        incident=place.incident,
        prospective=place.prospective,
        cell=cell,
        values=tuple(values),
        n_revisions=changes[0],
        n_advances=changes[1],
        min_lag_days=min(lags) if lags else None,
        max_lag_days=max(lags) if lags else None,
        spread=spread,
        rel_spread=share(spread, largest),
        settled_days=said[-1].day - said[0].day,
    )


def _lags(cell: Cell | None, said: Sequence[Release]) -> list[int]:
    if cell is None or cell[1] is None:
        return []
    return [EPOCH.toordinal() + release.day - cell[1] for release in said]
