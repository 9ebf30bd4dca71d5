"""The estimate of each cell of an indicator, from the first, latest or n-th figures of each voice."""

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from domain.estimates.cell_figures import days_of
from domain.estimates.cells import Place, cell_of_span, place_of
from domain.estimates.claims import Cell, Claim, cell_text
from domain.estimates.estimate import Question
from domain.estimates.estimation import estimate_cell
from domain.estimates.flags import Flag
from domain.estimates.independence import NOTHING, Resting
from domain.estimates.origins import Origins, resolve
from domain.estimates.revisions import Release, counted, distinct
from domain.estimates.suspicions.suspicion import Suspicion
from domain.period import Period
from projections.answers.as_of import AsOf
from projections.answers.candidates import possible_stand_ins
from projections.answers.claims import look_up
from projections.answers.estimate_answer import DefinedEstimate, EstimateAnswer, estimate_answer
from projections.answers.flags import Suspect
from projections.answers.places import Said, read_rows, said_of_places
from projections.answers.questions import Narrowing, question_of
from projections.answers.releases import releases
from projections.tables.projection import FOREVER
from projections.tables.registry import IndicatorRow, voices_at

EVERY = slice(None)
Wanted = Literal["first", "latest"] | int
"""Which release of each voice's figure for a cell: the first, the latest or the n-th distinct one."""


class SeriesRow(EstimateAnswer):
    """The estimate of a cell or an incident; `derived` where it was worked out from several."""

    prospective: bool
    derived: bool


@dataclass(frozen=True, slots=True)
class CellEstimate:
    """The estimate of one cell or incident, and what is said of it.

    `cell` are its days: of an incident those from the first to the last that its vintages name.
    """

    place: Place
    cell: Cell
    found: DefinedEstimate
    said: Said


def cell_estimates(
    db: sqlite3.Connection,
    indicator: IndicatorRow,
    as_of: AsOf,
    asked: Narrowing,
    wanted: Wanted,
    within: Period | None,
    suspect: Suspect,
    part: slice = EVERY,
) -> list[CellEstimate]:
    """The estimate of each cell within a period, in order; without a cohort those of every cohort.

    `part` says which of them to estimate: one page of many need not wait for the others.
    """
    question = question_of(indicator.definition, asked, voices=voices_at(db, as_of.position))
    said = said_of_places(db, question, indicator.id, as_of)
    if wanted == "latest":
        places, read = _latest(db, question, indicator.id, as_of, said)
    else:
        places, read = _released(db, question, indicator.id, as_of, wanted)
    dated, _ = read([place for place in places if place.incident is not None])
    cells = ((place, cell_of_span(days_of(place, dated.get(place, ())))) for place in places)
    cells = (each for each in cells if within is None or inside(each[1], within))
    shown = sorted(cells, key=_order)[part]
    origins, resting = read([place for place, _ in shown])
    flags = _flags_by_place(suspect(db, indicator.id, as_of), question.originator)
    of_a_voice = replace(asked, originator=question.originator)
    found = list[CellEstimate]()
    for place, cell in shown:
        here = Origins(origins[place], resting=resting)
        question = question_of(indicator.definition, of_a_voice, cell)
        about = replace(question, cohort=place.cohort, incident=place.incident)
        defined = DefinedEstimate(indicator.definition, about, estimate_cell(about, here))
        defined.estimate.flags += flags.get(place, ())
        found.append(CellEstimate(place, cell, defined, said.get(place, Said())))
    return found


_OriginsOf = Callable[[Sequence[Place]], tuple[dict[Place, list[Claim]], Resting]]
"""Finds the origins of some places, all that matter, and what they rest on."""


def _latest(
    db: sqlite3.Connection,
    question: Question,
    indicator: str,
    as_of: AsOf,
    said: Mapping[Place, Said],
) -> tuple[list[Place], _OriginsOf]:
    """The places of which there is an origin, from the last words of each voice."""
    find, voice = look_up(db, as_of), question.originator
    relays = possible_stand_ins(db, indicator, as_of, question.cohort)

    def read(places: Sequence[Place]) -> tuple[dict[Place, list[Claim]], Resting]:
        words = read_rows(db, (row for place in places for row in said[place].rows), as_of)
        resolved = resolve([*words, *relays], find)
        return _by_place(resolved.origins, voice), resolved.resting

    standing_in, _ = read([])
    return [place for place, each in said.items() if each.last or place in standing_in], read


def _released(
    db: sqlite3.Connection, question: Question, indicator: str, as_of: AsOf, wanted: Wanted
) -> tuple[list[Place], _OriginsOf]:
    """The places of which there is the release asked for, and no stand-ins."""
    n = wanted if isinstance(wanted, int) else 1
    published = releases(db, indicator, as_of, question.cohort, question.originator)
    origins = _by_place(_nth(published, n), question.originator)
    return [*origins], lambda places: (origins, NOTHING)


def series_row(indicator: str, estimate: CellEstimate) -> SeriesRow:
    """The estimate of a cell as callers receive it."""
    counts = estimate.said.claims, len(estimate.said.reports)
    body = estimate_answer(indicator, estimate.found, counts)
    if estimate.place.incident is not None or not body["used"]:  # its days, whatever each origin names
        body["period"] = cell_text(estimate.found.question.measure, estimate.cell)
    return {**body, "prospective": estimate.place.prospective, "derived": False}


def _nth(published: Iterable[Release], n: int) -> list[Claim]:
    """The n-th distinct figure of each voice for each cell, where it gave so many; no stand-ins."""
    given: dict[tuple[str, Place], list[Release]] = {}
    for release in published:
        given.setdefault((release.claim.voice, place_of(release.claim)), []).append(release)
    found = (distinct(said, _said) for said in given.values())
    return [said[n - 1].claim for said in found if len(said) >= n]


def _said(claim: Claim) -> float | None:
    return counted(claim) if claim.asserts is None else claim.asserts


def _by_place(claims: Iterable[Claim], voice: str | None) -> dict[Place, list[Claim]]:
    """The claims of a voice, or of all, by what they are about."""
    by_place: dict[Place, list[Claim]] = {}
    for claim in claims:
        if voice in (None, claim.voice):
            by_place.setdefault(place_of(claim), []).append(claim)
    return by_place


def _flags_by_place(suspected: Iterable[Suspicion], voice: str | None) -> dict[Place, list[Flag]]:
    by_place: dict[Place, list[Flag]] = {}
    for suspicion in suspected:
        for place in dict.fromkeys(_by_place(suspicion.about, voice)):
            by_place.setdefault(place, []).append(suspicion.flag)
    return by_place


def inside(cell: Cell, outer: Period) -> bool:
    """Whether a cell ends within a period and, unless it is open there, begins within it."""
    first = outer.first.toordinal() if outer.first else 0
    last = outer.last.toordinal() if outer.last else FOREVER
    start = cell[0] if cell[0] is not None else cell[1]
    end = cell[1] if cell[1] is not None else start
    return start is not None and end is not None and first <= start and end <= last


def _order(item: tuple[Place, Cell]) -> tuple[int, int, str, str, bool]:
    """By days; the whole before its cohorts, periods before incidents, observed before expected."""
    place, cell = item
    return *days_order(cell), place.cohort or "", place.incident or "", place.prospective


def days_order(cell: Cell) -> tuple[int, int]:
    """Sort key: cells by their first day, those open there by their last."""
    first, last = cell
    return (last or FOREVER, first or 0) if first is None else (first, last or FOREVER)
