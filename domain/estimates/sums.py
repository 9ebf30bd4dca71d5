"""An increment as a sum over its outermost cells, of all time or of a period.

A cell that reaches over the edge of the period asked (a straddler) adds at most its own high, and only
where it is about days of the period that no cell within it covers.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from math import inf

from domain.estimates.cell_figures import (
    NOTHING_INSIDE,
    CellFigure,
    CellFigures,
    Memory,
    added,
    cell_of,
    cells_of,
    figure_added,
    figure_of,
    unique,
    without_weak_cells,
)
from domain.estimates.cells import (
    Place,
    Span,
    between,
    cell_of_span,
    hull,
    meet,
    merged,
    place_of,
    span,
    within,
)
from domain.estimates.claims import Claim
from domain.estimates.estimate import Estimate, Question
from domain.estimates.figures import UNKNOWN, Figure
from domain.estimates.flags import overlap
from domain.estimates.independence import NOTHING, Resting
from domain.estimates.nesting import Nest, clashing, in_order
from domain.estimates.policies import INSIDE
from domain.estimates.support import weakest

_STRADDLING = "a cell reaches over the edge of the period: at most its high lies within"


def add_up(
    question: Question,
    origins: Sequence[Claim],
    without: Sequence[Claim],
    resting: Resting,
    result: Estimate,
) -> None:
    """Answer a question about an increment from its origins, and from its claims without a figure."""
    cells = without_weak_cells(cells_of(question, origins, without, result), result)
    figures = CellFigures(question, cells, resting)
    level = _level_asked(question, figures)
    _total(question, figures, level, result)
    _cover(question, figures, level, result)


@dataclass(frozen=True, slots=True)
class Addend:
    """An outermost cell of a sum, with what it adds.

    `clashing` are its claims where it overlaps another one, which makes the sum unknown; else None.
    """

    place: Place
    days: Span
    figure: Figure
    found: CellFigure
    clashing: tuple[str, ...] | None


def addends(
    question: Question,
    origins: Sequence[Claim],
    without: Sequence[Claim],
    memory: Memory | None = None,
) -> list[Addend]:
    """What the outermost cells among some add to the sum asked for, in order.

    The sum of all cells is that of any parts of them which share no day and hold nothing of each other.
    What origins rest on changes no figure, and is left out of account.
    """
    cells = without_weak_cells(cells_of(question, origins, without, memory=memory))
    figures = CellFigures(question, cells, NOTHING, memory)
    return _addends(question, figures, _level_asked(question, figures))


def addend_alone(question: Question, origins: Sequence[Claim], without: Sequence[Claim]) -> Addend:
    """What a cell adds to a sum of all time that no other cell holds, lies inside or overlaps."""
    place = place_of(origins[0] if origins else without[0])
    cell = cell_of(question, place, origins, without)
    found = figure_of(question, cell, NOTHING_INSIDE, NOTHING)
    return Addend(place, cell.days, figure_added(question, found), found, None)


def first_uses(found: Iterable[Addend]) -> Iterator[tuple[Addend, list[Claim]]]:
    """Each addend with the claims that it is the first to use."""
    used = set[str]()
    for addend in found:
        fresh = [claim for claim in unique(addend.found.used) if claim.id not in used]
        used.update(claim.id for claim in fresh)
        yield addend, fresh


@dataclass(slots=True)
class _Level:
    """The cells that are summed, and what became of those that reach over the edge of the period."""

    places: list[Place]
    inside_period: Collection[Place]
    counting: list[Place] = field(default_factory=list)
    straddling: list[Place] = field(default_factory=list)


def _level_asked(question: Question, figures: CellFigures) -> _Level:
    nest = figures.nest
    everything = in_order(figures.cells, nest.spans)
    if question.cell is None:
        return _Level(nest.outermost(dict.fromkeys(everything)), everything)
    period = span(question.cell)
    inside_period = dict.fromkeys(p for p in everything if within(nest.spans[p], period))
    straddling = [p for p in everything if p not in inside_period and meet(nest.spans[p], period)]
    counting = [p for p in straddling if _counts(p, period, inside_period, straddling, nest)]
    together = dict.fromkeys(in_order([*inside_period, *counting], nest.spans))
    return _Level(nest.outermost(together), inside_period, counting, straddling)


def _counts(
    straddler: Place,
    period: Span,
    inside_period: Collection[Place],
    straddling: Sequence[Place],
    nest: Nest,
) -> bool:
    """Whether a straddler shares a day with the period that no cell within it covers."""
    first, last = nest.spans[straddler]
    covering = [*inside_period, *(p for p in straddling if straddler in nest.holders.get(p, ()))]
    days = [
        nest.spans[place]
        for place in covering
        if place.incident is None and place.cohort in (straddler.cohort, None)
    ]
    shared = max(first, period[0]), min(last, period[1])
    return next(between(days, shared), None) is not None


def _addends(question: Question, figures: CellFigures, level: _Level) -> list[Addend]:
    """What each cell of a level adds."""
    spans, straddling = figures.nest.spans, set(level.counting)
    clash = clashing(level.places, spans)
    found = list[Addend]()
    for place in level.places:
        straddles = place in straddling
        cell = _straddler(question, figures, place, level) if straddles else figures.of(place)
        claims = tuple(figures.claims_on([place])) if place in clash else None
        found.append(Addend(place, spans[place], figures.addend(cell), cell, claims))
    return found


def _total(question: Question, figures: CellFigures, level: _Level, result: Estimate) -> None:
    addends = _addends(question, figures, level)
    cells = [addend.found for addend in addends]
    clash = [addend.clashing for addend in addends if addend.clashing is not None]
    result.is_sum = True
    result.figure = UNKNOWN if clash else added([addend.figure for addend in addends])
    result.used = tuple(unique(claim for each in cells for claim in each.used))
    result.support = weakest([each.support for each in cells])
    result.flags += dict.fromkeys(flag for each in cells for flag in each.flags)
    result.steps += [step for each in cells for step in each.steps]
    result.steps.append(f"sum of {len(cells)} cell{'s' * (len(cells) != 1)}")
    if clash:
        result.flags.append(overlap(chain.from_iterable(clash)))
    if len(cells) == 1 and level.places[0] not in level.counting:
        result.leading = _of_a_claim(cells[0].leading)
    _leave_out(figures, level, {place for each in cells for place in each.counted}, result)


def _of_a_claim(leading: Claim | None) -> Claim | None:
    """What leads a cell, unless it is what lies inside it."""
    return leading if leading and leading.id != INSIDE else None


def _straddler(question: Question, figures: CellFigures, place: Place, level: _Level) -> CellFigure:
    """What a cell that reaches over the edge adds: what is known to lie within, up to its own high."""
    nest, whole = figures.nest, figures.of(place)
    held = [p for p in level.inside_period if place in nest.holders.get(p, ())]
    inner = nest.outermost(dict.fromkeys(held))
    clash = clashing(inner, nest.spans)
    known = figures.sum_of([p for p in inner if p not in clash])
    low = known.figure.low if known.figure.known else question.minimum
    high = whole.figure.high if whole.figure.known else None
    if question.minimum is None:
        low = high = None
    return CellFigure(
        figure=Figure(0 if high == 0 else None, low, high),
        used=unique([*whole.used, *known.used]),
        support=whole.support,
        flags=[*dict.fromkeys([*whole.flags, *known.flags])],
        steps=[*whole.steps, _STRADDLING],
        counted=[place, *whole.counted, *known.counted],
    )


def _leave_out(
    figures: CellFigures, level: _Level, counted: Collection[Place], result: Estimate
) -> None:
    """Note the claims of the cells that went into no figure, and those of every straddler."""
    straddling, inside_period = set(level.straddling), set(level.inside_period)
    for place, cell in figures.cells.items():
        if place in straddling:
            result.leave_out(cell.vintages, "straddles")
        elif place in counted:
            result.excluded += figures.of(place).excluded
        else:
            result.leave_out(cell.vintages, "overlaps" if place in inside_period else "not-asked")


def _cover(question: Question, figures: CellFigures, level: _Level, result: Estimate) -> None:
    """The days that the summed periods cover, and the days between that no cell touches."""
    spans = figures.nest.spans
    result.summed = tuple(cell_of_span(spans[place]) for place in level.places)
    covered = merged(spans[place] for place in level.inside_period if place.incident is None)
    result.covered = tuple(map(cell_of_span, covered))
    touched = [*covered, *(spans[p] for p in level.straddling if p.incident is None)]
    # Incidents neither cover days nor leave gaps.
    days = _days_asked(question, covered) if touched or not level.places else None
    result.gaps = tuple(cell_of_span(gap) for gap in between(touched, days)) if days else ()


def _days_asked(question: Question, covered: Sequence[Span]) -> Span | None:
    """From the first day to the last in which a gap counts; an open end is that of what is covered."""
    first, last = span(question.cell) if question.cell else (-inf, inf)
    if (first == -inf or last == inf) and not covered:
        return None
    return (hull(covered)[0] if first == -inf else first), (hull(covered)[1] if last == inf else last)
