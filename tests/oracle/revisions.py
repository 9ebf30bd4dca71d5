"""How figures were revised: what each voice published on each cell, and as its headline."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from service.proof.standalone.accounts import Logged, accounts, published
from service.proof.standalone.claims import Said, Times, claim_in, claims_at, voices_at
from service.proof.standalone.figures import Cell, cell_of, shown, single_number
from service.proof.standalone.records import Definition


@dataclass(frozen=True)
class Release:
    """A claim as one publication has it, and the day that its lag runs to."""

    claim: Said
    batch: tuple[str, int]
    lag: int | None

    @property
    def value(self) -> Fraction | None:
        """The number by which it counts; None where its originator has no figure."""
        return single_number(self.claim)


def releases(logged: Sequence[Logged], indicator: str, times: Times) -> list[Release]:
    """Everything that was published of the claims that are active, in the order in which it counts."""
    world, voices = claims_at(logged, times), voices_at(logged, times.position)
    found = list[Release]()
    for account in accounts(logged, times.position).values():
        for number, wording in enumerate(published(account, times.published_by)):
            for n in wording.claims:
                now = world[f"{account.id}/{n}"]
                said = claim_in(account, n, wording, voices)
                told = now.standing == "active" and said.place[0] == indicator
                if told and not now.links and not said.links and said.tells:
                    day = said.stated if wording.first else wording.published
                    last = said.period.last
                    lag = (day.date() - last).days if last else None
                    found.append(Release(said, (account.id, number), lag))
    return sorted(found, key=lambda release: release.claim.vintage)


def revisions(
    definition: Definition,
    indicator: str,
    logged: Sequence[Logged],
    times: Times,
    cohort: str | None = None,
) -> dict[tuple[Any, ...], dict[str, Any]]:
    """A row for each voice and cell, and one for the headline of each voice, whose cell is None.

    The key is voice, cohort and the cell: first and last day, incident, whether it is prospective.
    """
    found = releases(logged, indicator, times)
    rows = dict[tuple[Any, ...], dict[str, Any]]()
    for voice in {release.claim.voice for release in found}:
        own = [release for release in found if release.claim.voice == voice]
        for cell in {cell_of(definition, release.claim) for release in own}:
            said = [release for release in own if cell_of(definition, release.claim) == cell]
            key = cell.first, cell.last, cell.incident, cell.prospective
            if any(batch[-1].value is not None for batch in _batches(said)):
                rows[voice, cell.cohort, key] = _cell_row(said)
        leading = [release for release in own if _may_lead(definition, release.claim, cohort)]
        if leading and definition.measure != "increment":
            headline = _headline_row(definition, leading)
            if headline:
                rows[voice, cohort, None] = headline
    return rows


def _may_lead(definition: Definition, claim: Said, cohort: str | None) -> bool:
    if claim.statement.cohort != cohort or claim.prospective:
        return False
    return definition.measure != "cumulative" or cell_of(definition, claim).first is None


def _batches(said: Iterable[Release]) -> list[list[Release]]:
    """What was published at once, in the order of the last claim of each."""
    found: dict[tuple[str, int], list[Release]] = {}
    for release in said:
        found.setdefault(release.batch, []).append(release)
    return sorted(found.values(), key=lambda batch: batch[-1].claim.vintage)


def _cell_row(said: Sequence[Release]) -> dict[str, Any]:
    kept = list[Release]()
    for batch in _batches(said):
        if batch[-1].value is not None and (not kept or kept[-1].value != batch[-1].value):
            kept.append(batch[-1])
    lags = [release.lag for release in kept if release.lag is not None]
    return _row([release.value for release in kept if release.value is not None]) | {
        "n_revisions": len(kept) - 1,
        "min_lag_days": min(lags, default=None),
        "max_lag_days": max(lags, default=None),
    }


def _headline_row(definition: Definition, said: Sequence[Release]) -> dict[str, Any] | None:
    """Follow the headline of a voice from one publication to the next."""
    figures: dict[Cell, Release] = {}
    leader: Release | None = None
    values = list[Fraction]()
    revised = advanced = 0
    for batch in _batches(said):
        before = leader
        for release in batch:
            figures[cell_of(definition, release.claim)] = release
        leader = max(figures.values(), key=lambda r: (r.claim.cutoff, r.claim.vintage))
        if before is not None:
            cell = cell_of(definition, before.claim)
            revised += figures[cell].value not in (None, before.value)
        if leader.value is None:
            leader = before
            continue
        if before is not None:
            later = leader.claim.cutoff > before.claim.cutoff
            other = cell_of(definition, leader.claim) != cell
            advanced += later and other and leader.value != before.value
        if not values or values[-1] != leader.value:
            values.append(leader.value)
    if not values:
        return None
    return _row(values) | {
        "n_revisions": revised,
        "n_advances": advanced,
        "min_lag_days": None,
        "max_lag_days": None,
    }


def _row(values: Sequence[Fraction]) -> dict[str, Any]:
    spread, largest = max(values) - min(values), max(map(abs, values))
    return {
        "values": [float(value) for value in values],
        "first": shown(values[0]),
        "latest": shown(values[-1]),
        "n_advances": None,
        "spread": float(spread),
        "rel_spread": float(spread / largest) if largest else None,
    }
