"""Increments: the figure of each cell from the inside out, and the sum of the outermost."""

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

from service.proof.standalone.claims import Said
from service.proof.standalone.figures import (
    Days,
    around,
    below,
    common_days,
    exact,
    left_over,
    merged,
    share_a_day,
    text_of,
    total,
    widened,
    within,
)
from service.proof.standalone.judging import one_cell
from service.proof.standalone.nesting import (
    Addend,
    addends,
    belongs,
    clashing,
    lies_inside,
    outermost,
    without_weak,
)
from service.proof.standalone.part import Context, Part, Reasons
from service.proof.standalone.periods import Period
from service.proof.standalone.policies import LATEST_PUBLICATION, Origin, rank
from service.proof.standalone.records import Definition
from service.proof.standalone.targets import current_plans

LEVELS = ("contested", "single", "corroborated", "strong")


# From the inside out


def figure(context: Context, cell: Addend, cells: Sequence[Addend]) -> Part:
    """The figure of a cell, with what lies inside it as one origin more."""
    if context.policy == LATEST_PUBLICATION:
        part = _silence(one_cell(context, cell.claims), cell)
        part.by = part.used
        return part
    children = outermost([other for other in cells if lies_inside(other, cell, cells)], cells)
    clash = clashing(children)
    parts = {child: figure(context, child, cells) for child in children}
    adding = {child: part for child, part in parts.items() if child not in clash}
    inside = _inside(context, cell, adding)
    part = _silence(one_cell(context, cell.origins, inside), cell)
    part.by = part.used or [claim for claim in cell.claims if not claim.figure]
    if inside:
        too_low = (claim for claim in part.used if below(widened(claim), inside.given))
        part.flags += [("whole-below-parts", (claim.id,)) for claim in too_low]
    if clash:
        part.flags.append(_overlap(parts[child] for child in clash))
    for child, added in parts.items():
        part.excluded.take(added.excluded)
        if child in clash:
            part.excluded.add("overlaps", added.used)
        elif part.inside:
            part.own |= added.own
            part.used = part.used + added.used
            part.flags = part.flags + added.flags
    return part


def _overlap(parts: Iterable[Part]) -> tuple[str, tuple[str, ...]]:
    return "overlap", tuple(dict.fromkeys(claim.id for part in parts for claim in part.by))


def _silence(part: Part, cell: Addend) -> Part:
    """Name the claims without a figure, and flag a cell in which there is no other."""
    without = [claim for claim in cell.claims if not claim.figure]
    part.excluded.add("no-figure", (claim for claim in without if not claim.unknown))
    if part.silent:
        part.flags.append(("unknown-addend", tuple(claim.id for claim in without)))
    return part


def _bounds(context: Context, part: Part) -> tuple[Fraction | None, Fraction | None, Fraction | None]:
    """The low, best and high that a cell adds."""
    return least(context.definition) if part.silent else part.low, part.best, part.high


def least(definition: Definition) -> Fraction | None:
    """What an unknown addend is at least."""
    return None if definition.minimum is None else exact(definition.minimum)


def _inside(context: Context, holder: Addend, parts: Mapping[Addend, Part]) -> Origin | None:
    """What lies inside a cell, as one origin."""
    low, best, high = (total(values) for values in zip(*_all(context, parts.values()), strict=True))
    days = [child.days for child in parts if _fills(child, holder)]
    if holder.cell.incident is not None or left_over(holder.days, days):
        best = high = None
    if all(part.silent for part in parts.values()) or (low is None and high is None):
        return None
    leading = [part.leading.claim for part in parts.values() if part.leading and part.leading.claim]
    weakest = max(leading, key=rank, default=None)
    return Origin(weakest, best, (low, high), (low, high), inside=True)


def _all(
    context: Context, parts: Iterable[Part]
) -> list[tuple[Fraction | None, Fraction | None, Fraction | None]]:
    return [_bounds(context, part) for part in parts] or [(None, None, None)]


def _fills(child: Addend, holder: Addend) -> bool:
    return child.cell.incident is None and child.cell.cohort == holder.cell.cohort


# The sum


def summed(context: Context, claims: Sequence[Said], period: Period | None) -> Part:
    """The sum of the outermost cells, or of those of a period."""
    why = Reasons()
    cells = _kind(addends(context, claims), period, why)
    if cells and cells[0].cell.prospective:
        kept = current_plans([claim for cell in cells for claim in cell.claims], why)
        cells = addends(context, kept)
    if context.policy != LATEST_PUBLICATION:
        cells = without_weak(cells, why)
    if period is None:
        parts = {cell: figure(context, cell, cells) for cell in outermost(cells, cells)}
        return _summed(context, parts, list(parts), cells, None, why)
    inner = [cell for cell in cells if within(cell.days, period.bounds)]
    edges = straddlers(cells, period)
    why.add("straddles", (claim for cell in edges for claim in cell.claims))
    counting = [cell for cell in edges if counts(cell, edges, inner, period)]
    parts = {
        cell: _over_the_edge(context, cell, inner, cells)
        if cell in counting
        else figure(context, cell, cells)
        for cell in outermost([*inner, *counting], cells)
    }
    return _summed(context, parts, inner, cells, period, why)


def _kind(cells: Sequence[Addend], period: Period | None, why: Reasons) -> list[Addend]:
    """The observed cells; the prospective ones where no observed one is asked for."""
    if period is not None:
        asked = [cell for cell in cells if share_a_day(cell.days, period.bounds)]
    else:
        asked = list(cells)
    observed = any(not cell.cell.prospective for cell in asked)
    for cell in asked:
        if observed and cell.cell.prospective:
            why.add("prospective", cell.claims)
    return [cell for cell in cells if cell.cell.prospective != observed]


def straddlers(cells: Sequence[Addend], period: Period) -> list[Addend]:
    """The cells that reach over an edge of a period."""
    return [
        cell
        for cell in cells
        if share_a_day(cell.days, period.bounds) and not within(cell.days, period.bounds)
    ]


def counts(cell: Addend, edges: Sequence[Addend], inner: Sequence[Addend], period: Period) -> bool:
    """Whether a straddler has a day of the period that no other cell covers."""
    covering = [*inner, *(other for other in edges if belongs(other, cell))]
    days = [
        other.days
        for other in covering
        if other.cell.incident is None and other.cell.cohort in (None, cell.cell.cohort)
    ]
    return bool(left_over(common_days(cell.days, period.bounds), days))


def _over_the_edge(
    context: Context, cell: Addend, inner: Sequence[Addend], cells: Sequence[Addend]
) -> Part:
    """What a straddler adds: at least what lies within the period, at most all that it has."""
    part = figure(context, cell, cells)
    held = outermost([other for other in inner if lies_inside(other, cell, cells)], cells)
    clash = clashing(held)
    parts = [figure(context, other, cells) for other in held if other not in clash]
    floor = least(context.definition)
    part.low = total(_bounds(context, each)[0] for each in parts) if parts else floor
    if floor is None:
        part.low = part.high = None
    part.best = part.high if part.high == 0 else None
    part.silent, part.known, part.leading = False, True, None
    part.used = [*part.used, *(claim for each in parts for claim in each.used)]
    part.flags = [*part.flags, *(flag for each in parts for flag in each.flags)]
    return part


def _summed(
    context: Context,
    parts: Mapping[Addend, Part],
    inner: Sequence[Addend],
    cells: Sequence[Addend],
    period: Period | None,
    why: Reasons,
) -> Part:
    clash = clashing(list(parts))
    part = Part(excluded=why)
    for each in parts.values():
        part.used += [claim for claim in each.used if claim not in part.used]
        part.flags += each.flags
        part.excluded.take(each.excluded)
        part.own |= each.own
    levels = [each.level for each in parts.values() if each.level]
    part.level = min(levels, key=LEVELS.index, default=None)
    part.cutoff = max((claim.shown_cutoff for claim in part.used), default=None)
    covered = [cell.days for cell in inner if cell.cell.incident is None]
    part.covered = [text_of(days) for days in merged(covered)]
    part.gaps = [text_of(days) for days in _gaps(covered, cells, period)]
    if clash:
        part.flags.append(_overlap(parts[cell] for cell in clash))
    elif parts:
        part.known = all(each.known or each.silent for each in parts.values())
        part.low, part.best, part.high = (
            total(values) for values in zip(*_all(context, parts.values()), strict=True)
        )
    if len(parts) == 1:
        part.leading = next(iter(parts.values())).leading
    return part


def _gaps(covered: Sequence[Days], cells: Sequence[Addend], period: Period | None) -> list[Days]:
    """The days that no cell touches between the first and the last, or of the period asked."""
    ends = around(covered) if covered else (None, None)
    first, last = period.bounds if period else ends
    first, last = first or ends[0], last or ends[1]
    near = [c for c in cells if period is None or share_a_day(c.days, period.bounds)]
    touched = [cell.days for cell in near if cell.cell.incident is None]
    if (near and not touched) or (not covered and (first is None or last is None)):
        return []
    return left_over((first, last), touched)
