"""An increment as a sum over its outermost cells, of all time or of a period.

A cell that reaches over the edge of the period asked (a straddler) adds at most its own high, and only
where it is about days of the period that no cell within it covers.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from domain.estimates.cell_figures import (
    CellFigure,
    CellFigures,
    added,
    cells_of,
    place_of,
    unique,
    without_weak_cells,
)
from domain.estimates.cells import Span, between, cell_of_span, hull, meet, merged, span, within
from domain.estimates.claims import Claim
from domain.estimates.estimate import Estimate, Question
from domain.estimates.figures import UNKNOWN, Figure
from domain.estimates.flags import overlap
from domain.estimates.independence import NOTHING, Resting
from domain.estimates.nesting import Nest, Place, clashing, in_order, nested
from domain.estimates.policies import INSIDE, latest_publication
from domain.estimates.support import support, weakest

_STRADDLING = "a cell reaches over the edge of the period: at most its high lies within"


def add_up(
    question: Question,
    origins: Sequence[Claim],
    without: Sequence[Claim],
    resting: Resting,
    result: Estimate,
) -> None:
    """Answer a question about an increment from its origins, and from its claims without a figure."""
    cells = without_weak_cells(cells_of(origins, without, result), result)
    figures = CellFigures(question, cells, resting)
    level = _level_asked(question, figures)
    _total(question, figures, level, result)
    _cover(question, figures, level, result)


@dataclass(frozen=True, slots=True)
class Addend:
    """An outermost cell of a sum over all time, with what it adds; `clashing` cells make it unknown."""

    place: Place
    days: Span
    figure: Figure
    found: CellFigure
    clashing: bool


def addends(question: Question, origins: Sequence[Claim], without: Sequence[Claim]) -> list[Addend]:
    """What the outermost cells among some add to a sum over all time, in order.

    The sum of all cells is that of any parts of them which share no day and hold nothing of each other.
    No origin rests on another claim.
    """
    ignored = Estimate()
    cells = without_weak_cells(cells_of(origins, without, ignored), ignored)
    figures = CellFigures(question, cells, NOTHING)
    places, spans = _level_asked(question, figures).places, figures.nest.spans
    clash = clashing(places, spans)
    return [
        Addend(place, spans[place], figures.addend(found.figure), found, place in clash)
        for place in places
        for found in [figures.of(place)]
    ]


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


def _total(question: Question, figures: CellFigures, level: _Level, result: Estimate) -> None:
    nest = figures.nest
    clash = clashing(level.places, nest.spans)
    straddling = set(level.counting)
    cells = [
        _straddler(question, figures, place, level) if place in straddling else figures.of(place)
        for place in level.places
    ]
    result.is_sum = True
    result.figure = UNKNOWN if clash else added([figures.addend(each.figure) for each in cells])
    result.used = tuple(unique(claim for each in cells for claim in each.used))
    result.support = weakest([each.support for each in cells])
    result.flags += dict.fromkeys(flag for each in cells for flag in each.flags)
    result.steps += [step for each in cells for step in each.steps]
    result.steps.append(f"sum of {len(cells)} cell{'s' * (len(cells) != 1)}")
    if clash:
        names = [c.id for place in in_order(clash, nest.spans) for c in figures.of(place).used]
        result.flags.append(overlap(names))
    if len(cells) == 1 and not straddling and cells[0].leading and cells[0].leading.id != INSIDE:
        result.leading = cells[0].leading
    _leave_out(figures, level, {place for each in cells for place in each.counted}, result)


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
    if not covered:
        return
    touched = [*covered, *(spans[p] for p in level.straddling if p.incident is None)]
    asked = span(question.cell) if question.cell else hull(covered)
    ends = hull(covered)
    days = (
        ends[0] if question.cell is None or question.cell[0] is None else asked[0],
        ends[1] if question.cell is None or question.cell[1] is None else asked[1],
    )
    result.gaps = tuple(cell_of_span(gap) for gap in between(touched, days))


def add_published(question: Question, claims: Sequence[Claim], result: Estimate) -> None:
    """Answer as a reader of feeds: the claim published last in each outermost cell, summed."""
    by_place: dict[Place, list[Claim]] = {}
    for claim in claims:
        by_place.setdefault(place_of(claim), []).append(claim)
    spans = {
        place: span(place.cell) if place.cell else hull(span(claim.cell) for claim in said)
        for place, said in by_place.items()
    }
    asked = spans if question.cell is None else _within_period(spans, span(question.cell))
    nest = nested(asked)
    places = nest.outermost(dict.fromkeys(in_order(asked, asked)))
    last = [latest_publication(by_place[place]) for place in places]
    result.is_sum = True
    result.figure = UNKNOWN if clashing(places, asked) else added([each.figure for each in last])
    result.used = tuple(claim for each in last for claim in each.used)
    result.support = weakest([support(question.measure, each.used) for each in last])
    result.steps += [step for each in last for step in each.steps]
    result.summed = tuple(cell_of_span(asked[place]) for place in places)
    result.leading = result.used[0] if len(result.used) == 1 else None


def _within_period(spans: Mapping[Place, Span], period: Span) -> dict[Place, Span]:
    return {place: days for place, days in spans.items() if within(days, period)}
