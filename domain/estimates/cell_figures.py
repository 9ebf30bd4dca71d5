"""The figure of each cell of an increment, from the inside out.

What lies inside a cell is one origin more of that cell: at least as much as its parts, and exactly as
much where they fill it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TypeVar

from domain.estimates.cells import Place, Span, hull, merged, place_of, span
from domain.estimates.claims import Claim, vintage_order
from domain.estimates.estimate import Estimate, Exclusion, Question
from domain.estimates.figures import UNKNOWN, Figure, sum_or_open
from domain.estimates.flags import Flag, overlap, unknown_addend, whole_below_parts
from domain.estimates.independence import Resting
from domain.estimates.judging import judged
from domain.estimates.nesting import Nest, clashing, in_order, nested
from domain.estimates.policies import INSIDE, LATEST_PUBLICATION, preference, ranking
from domain.estimates.support import Support, weakest
from domain.estimates.vintages import latest_of_voices, vintages
from domain.vocabulary import Qualifier

T = TypeVar("T")


@dataclass(slots=True)
class CellClaims:
    """The claims of one cell: its vintages with a figure, and those that are about it without one."""

    place: Place
    days: Span
    vintages: Sequence[Claim]
    without: list[Claim]
    firm: bool


_NOT_JUDGED = Support(None, ())


@dataclass(slots=True)
class CellFigure:
    """What one cell comes to: its figure, what it rests on, and the origin that leads it, if any.

    `silent` is a cell in which nobody gives a figure; `counted` are the places that went into it.
    `clashes` flags the cells inside it that overlap.
    """

    figure: Figure
    used: list[Claim] = field(default_factory=list)
    leading: Claim | None = None
    support: Support = _NOT_JUDGED
    flags: list[Flag] = field(default_factory=list)
    steps: Sequence[str] = ()
    excluded: Sequence[Exclusion] = ()
    counted: list[Place] = field(default_factory=list)
    silent: bool = False
    clashes: list[Flag] = field(default_factory=list)


NOTHING_INSIDE = CellFigure(UNKNOWN)
"""What lies inside a cell that holds no other; it is never changed."""

Known = dict[Place, tuple[object, T]]
"""What was worked out of places before, with what it was worked out from."""


@dataclass(frozen=True, slots=True)
class Memory:
    """What was worked out of cells before, for one question; used again where nothing changed."""

    cells: Known[CellClaims] = field(default_factory=dict)
    figures: Known[CellFigure] = field(default_factory=dict)


def _recalled(known: Known[T], place: Place, given: object, work_out: Callable[[], T]) -> T:
    before = known.get(place)
    if before is None or before[0] != given:
        before = known[place] = given, work_out()
    return before[1]


def cells_of(
    question: Question,
    origins: Sequence[Claim],
    without: Sequence[Claim],
    result: Estimate | None = None,
    memory: Memory | None = None,
) -> dict[Place, CellClaims]:
    """The cells that claims are about; as published, without regard to what counts of each voice.

    `result` notes the claims that are left out; with a memory, perhaps not all.
    """
    by_place: dict[Place, tuple[list[Claim], list[Claim]]] = {}
    for which, claims in enumerate((origins, without)):
        for claim in claims:
            by_place.setdefault(place_of(claim), ([], []))[which].append(claim)
    if memory is None:
        return {place: cell_of(question, place, *said, result) for place, said in by_place.items()}
    return {
        place: _recalled(memory.cells, place, said, partial(cell_of, question, place, *said, result))
        for place, said in by_place.items()
    }


def cell_of(
    question: Question,
    place: Place,
    said: Sequence[Claim],
    without: Sequence[Claim],
    result: Estimate | None = None,
) -> CellClaims:
    """One cell with all claims that are about it; `result` notes those that are left out."""
    make = _as_published if question.policy == LATEST_PUBLICATION else _cell
    return make(place, said, without, result)


def _cell(
    place: Place, said: Sequence[Claim], without: Sequence[Claim], result: Estimate | None
) -> CellClaims:
    standing = vintages(said, vintage_order, result)
    nothing = [*without, *(claim for claim in said if not claim.has_figure)]
    nothing.sort(key=vintage_order)
    days = days_of(place, said, without)
    firm = any(not claim.weak for claim in (*said, *without))
    return CellClaims(place, days, standing, nothing, firm)


def days_of(place: Place, said: Sequence[Claim], without: Sequence[Claim] = ()) -> Span:
    """The days of a cell; of an incident those from the first to the last that its vintages name.

    Where nobody gives a figure, nor says that there is none, all its claims have a say.
    """
    if place.cell:
        return span(place.cell)
    return hull(span(claim.cell) for claim in latest_of_voices(said, vintage_order) or without)


def _as_published(
    place: Place, said: Sequence[Claim], without: Sequence[Claim], result: Estimate | None
) -> CellClaims:
    days = span(place.cell) if place.cell else hull(span(claim.cell) for claim in said or without)
    return CellClaims(place, days, [*said], [*without], firm=True)


def without_weak_cells(
    cells: Mapping[Place, CellClaims], result: Estimate | None = None
) -> Mapping[Place, CellClaims]:
    """The cells without those of weak claims alone that a firm one lies inside or holds."""
    weak = {place for place, cell in cells.items() if not cell.firm}
    if not weak or len(cells) < 2:
        return cells
    nest = nested({place: cell.days for place, cell in cells.items()})
    out = set[Place]()
    for place, holders in nest.holders.items():
        firm = [holder for holder in holders if holder not in weak]
        if place in weak and firm:
            out.add(place)
        if place not in weak:
            out |= weak.intersection(holders)
    if result is not None:
        for place in out:
            result.leave_out(cells[place].vintages, "weak")
    return {place: cell for place, cell in cells.items() if place not in out}


class CellFigures:
    """The figure of each cell, worked out when it is first asked for."""

    def __init__(
        self,
        question: Question,
        cells: Mapping[Place, CellClaims],
        resting: Resting,
        memory: Memory | None = None,
    ) -> None:
        self.question = question
        self.cells = cells
        self.nest: Nest = nested({place: cell.days for place, cell in cells.items()})
        self._resting = resting
        self._figures = memory.figures if memory else None
        self._found: dict[Place, CellFigure] = {}

    def of(self, place: Place) -> CellFigure:
        """What a cell comes to, with what lies inside it; however deep the cells inside are nested."""
        waiting = [place]
        while place not in self._found:
            inside = self.nest.inside.get(waiting[-1], ())
            deeper = [each for each in inside if each not in self._found]
            if deeper:
                waiting += deeper
            else:
                last = waiting.pop()
                self._found[last] = self._worked_out(last, inside)
        return self._found[place]

    def _worked_out(self, place: Place, inside: Sequence[Place]) -> CellFigure:
        if self._figures is None:
            return self._work_out(place)
        given = self.cells[place], [(self.cells[each], self._found[each]) for each in inside]
        return _recalled(self._figures, place, given, partial(self._work_out, place))

    def _work_out(self, place: Place) -> CellFigure:
        published = self.question.policy == LATEST_PUBLICATION
        inner = NOTHING_INSIDE if published else self._inside(place)
        return figure_of(self.question, self.cells[place], inner, self._resting)

    def _inside(self, place: Place) -> CellFigure:
        """What lies inside a cell as one origin of it, `leading`; without one where it says nothing."""
        children = self.nest.inside.get(place, ())
        if not children:
            return NOTHING_INSIDE
        clash = clashing(children, self.nest.spans)
        held = [child for child in children if child not in clash]
        found = self.sum_of(held)
        if clash:
            found.clashes.append(overlap(self.claims_on(clash)))
        leaders = [each.leading for child in held if (each := self.of(child)).leading]
        figure = found.figure
        if figure.known and not self._fill(held, place):
            figure = Figure(None, figure.low, None)
        if leaders and figure.known and not figure.low is figure.high is None:
            weakest_leader = max((leader for leader in leaders if leader), key=preference)
            found.leading = _as_origin(weakest_leader, figure)
        found.figure = figure
        return found

    def claims_on(self, places: Iterable[Place]) -> list[str]:
        """The claims used of these cells, not of what lies inside them; else those without a figure."""
        named = list[str]()
        for place in in_order(places, self.nest.spans):
            own = [claim for claim in self.of(place).used if place_of(claim) == place]
            named += [claim.id for claim in own or self.cells[place].without]
        return named

    def _fill(self, children: Sequence[Place], place: Place) -> bool:
        """Whether periods of a cell's own cohort fill it without a gap."""
        own = [c for c in children if c.cohort == place.cohort and c.incident is None]
        covered = merged(self.nest.spans[child] for child in own)
        return place.incident is None and covered == [self.nest.spans[place]]

    def sum_of(self, places: Sequence[Place]) -> CellFigure:
        """The sum of some cells; one without a figure is at least the minimum, and opens the sum."""
        each = [self.of(place) for place in places]
        return CellFigure(
            figure=added([self.addend(one) for one in each]),
            used=[claim for one in each for claim in one.used],
            flags=[flag for one in each for flag in one.flags],
            steps=[step for one in each for step in one.steps],
            counted=[place for one in each for place in one.counted],
            support=weakest([one.support for one in each]),
        )

    def addend(self, cell: CellFigure) -> Figure:
        """What a cell adds to a sum."""
        return figure_added(self.question, cell)


def figure_of(question: Question, cell: CellClaims, inner: CellFigure, resting: Resting) -> CellFigure:
    """What a cell comes to, beside what lies inside it."""
    origins = cell.vintages  # the best is first already
    if inner.leading:
        origins = ranking([*origins, inner.leading])
    if not origins:
        claims = [claim.id for claim in cell.without]
        return CellFigure(
            UNKNOWN,
            flags=[unknown_addend(claims), *inner.clashes],
            counted=[cell.place],
            silent=True,
        )
    own = judged(question, origins, resting)
    found = CellFigure(
        own.judgement.figure,
        own.used,
        own.leading,
        own.support,
        own.flags,
        own.judgement.steps,
        own.excluded,
        [cell.place],
    )
    found.flags += inner.clashes
    if inner.leading:
        found.flags += whole_below_parts(own.used, inner.figure.low, inner.used)
        if any(claim.id == INSIDE for claim in own.judgement.used):
            found.used += inner.used
            found.flags += inner.flags
            found.counted += inner.counted
    return found


def figure_added(question: Question, cell: CellFigure) -> Figure:
    """What a cell adds to a sum; one in which nobody gives a figure is at least the minimum."""
    return Figure(None, question.minimum, None) if cell.silent else cell.figure


def unique(claims: Iterable[Claim]) -> list[Claim]:
    """Claims without repeats, in their order."""
    return list({claim.id: claim for claim in claims}.values())


def added(figures: Sequence[Figure]) -> Figure:
    """The sum of some figures; a bound missing in one is missing in the sum.

    It is unknown where a policy leaves one of them unknown.
    """
    if not figures or not all(figure.known for figure in figures):
        return UNKNOWN
    return Figure(
        best=sum_or_open(figure.best for figure in figures),
        low=sum_or_open(figure.low for figure in figures),
        high=sum_or_open(figure.high for figure in figures),
    )


def _as_origin(leader: Claim, figure: Figure) -> Claim:
    """What lies inside a cell as one of its origins, ranked as the weakest that leads any of it."""
    closed: Qualifier = "range" if figure.low is not None else "at-most"
    return replace(
        leader,
        id=INSIDE,
        voice=INSIDE,
        originator="what lies inside",
        low=figure.low,
        best=figure.best,
        high=figure.high,
        qualifier="at-least" if figure.high is None else closed,
        links=(),
        rests_on=(),
        basis="unknown",
        incident=None,
    )
