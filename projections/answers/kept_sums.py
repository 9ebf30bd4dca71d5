"""The headline of a sum at any position, read from what is kept: the total then, and its addends."""

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import islice, pairwise

from domain.arithmetic import inexact
from domain.estimates.claims import Cell, Claim
from domain.estimates.estimate import Estimate
from domain.estimates.figures import UNKNOWN, Figure
from domain.estimates.flags import Flag, overlap
from domain.estimates.support import WEAKEST_FIRST, Support
from domain.events import Definition
from domain.vocabulary import MARKINGS, Marking
from projections.answers.as_of import AsOf
from projections.answers.claims import look_up
from projections.tables.claim_rows import NO_FIRST, NO_LAST
from projections.tables.claim_writes import tally_at
from projections.tables.registry import indicator_at
from projections.tables.sums import TotalRow, is_followed, total_at

MOST_LISTED = 1_000
"""Maximum number of claims used, of covered spans and of gaps in an answer; it counts all."""

_AT_ONCE = 200
_THEN = "since <= ? AND until > ?"


@dataclass(frozen=True, slots=True)
class KeptSum:
    """The headline of a sum: an estimate without its claims, and what follows from these."""

    definition: Definition
    estimate: Estimate
    counted: tuple[int, int]
    used: tuple[str, ...]
    n_used: int
    n_covered: int
    cutoff: str | None
    marking: Marking


def kept_sum(db: sqlite3.Connection, indicator: str, position: int) -> KeptSum | None:
    """The headline of a sum as it is kept; None where it must be computed."""
    found = _found(db, indicator, position)
    if found is None:
        return None
    definition, total = found
    return KeptSum(
        definition,
        _estimate(db, indicator, position, total),
        tally_at(db, indicator, None, position),
        tuple(islice(_used(db, indicator, position, total), MOST_LISTED)),
        total.used,
        total.spans,
        None if total.covers is None else date.fromordinal(total.covers).isoformat(),
        _marking(db, indicator, position),
    )


def kept_figure(db: sqlite3.Connection, indicator: str, as_of: AsOf) -> tuple[Figure, int] | None:
    """The figure of a sum as it is kept, and the number of claims used; None where it is not kept."""
    found = _found(db, indicator, as_of.position) if as_of == AsOf(as_of.position) else None
    return None if found is None else (_figure(found[1]), found[1].used)


def used_in_sum(db: sqlite3.Connection, indicator: str, position: int) -> Iterator[str] | None:
    """All claims used in a sum, in order; None where they must be computed."""
    found = _found(db, indicator, position)
    return None if found is None else _used(db, indicator, position, found[1])


def _found(db: sqlite3.Connection, indicator: str, position: int) -> tuple[Definition, TotalRow] | None:
    """The definition and the total of a sum that is kept and follows from all events until then."""
    row = indicator_at(db, indicator, position)
    if row is None or row.definition.measure != "increment":
        return None
    total = total_at(db, indicator, position)
    if total is None or not total.kept or not is_followed(db, indicator, position):
        return None
    return row.definition, total


def _used(db: sqlite3.Connection, indicator: str, position: int, total: TotalRow) -> Iterator[str]:
    rows = db.execute(
        f"SELECT used FROM sum_addends WHERE indicator = ? AND {_THEN} "
        "ORDER BY cohort, first, back, incident LIMIT ?",
        (indicator, position, position, total.addends),
    )
    while some := rows.fetchmany(_AT_ONCE):  # parsed together, which is faster than one by one
        yield from json.loads(f"[{','.join(used[1:-1] for (used,) in some if used != '[]')}]")


def _estimate(db: sqlite3.Connection, indicator: str, position: int, total: TotalRow) -> Estimate:
    covered = _covered(db, indicator, position, total)
    level = None if total.support is None else WEAKEST_FIRST[total.support]
    return Estimate(
        figure=_figure(total),
        leading=_leading(db, indicator, position, total),
        support=Support(level, tuple(json.loads(total.reasons))),
        flags=_flags(db, indicator, position, total),
        is_sum=True,
        summed=() if total.first is None else (_cell(total.first, total.last),),
        covered=tuple(_cell(first, last) for first, last in covered),
        gaps=tuple((one[1] + 1, other[0] - 1) for one, other in pairwise(covered)),
        independent=total.voices,
    )


def _figure(total: TotalRow) -> Figure:
    if total.clashing or not total.addends:
        return UNKNOWN
    return Figure(
        best=None if total.no_best else inexact(Decimal(total.best)),
        low=None if total.no_low else inexact(Decimal(total.low)),
        high=None if total.no_high else inexact(Decimal(total.high)),
    )


def _leading(db: sqlite3.Connection, indicator: str, position: int, total: TotalRow) -> Claim | None:
    """The claim that leads the figure of a sum of one cell, unless what lies inside the cell does."""
    if total.addends != 1:
        return None
    (led, used) = db.execute(
        f"SELECT led, used FROM sum_addends WHERE indicator = ? AND {_THEN}",
        (indicator, position, position),
    ).fetchone()
    return look_up(db, AsOf(position))(json.loads(used)[0]) if led else None


def _flags(db: sqlite3.Connection, indicator: str, position: int, total: TotalRow) -> list[Flag]:
    """The flags of all addends, and that some of them overlap."""
    if not total.noted:
        return []
    rows = db.execute(
        f"SELECT flags, clash FROM sum_addends INDEXED BY sum_addends_noted WHERE indicator = ? "
        f"AND (flags > '' OR clash > '') AND {_THEN} ORDER BY cohort, first, back, incident LIMIT ?",
        (indicator, position, position, total.noted),
    ).fetchall()
    given = [each for flags, _ in rows if flags for each in json.loads(flags)]
    found = list(dict.fromkeys(Flag(code, detail, tuple(claims)) for code, detail, claims in given))
    if total.clashing:
        found.append(overlap(name for _, clash in rows if clash for name in json.loads(clash)))
    return found


def _covered(
    db: sqlite3.Connection, indicator: str, position: int, total: TotalRow
) -> list[tuple[int, int]]:
    """The first spans of covered days, one more than are listed, for the gap before it."""
    rows = db.execute(
        f"SELECT first, last FROM sum_days WHERE indicator = ? AND {_THEN} ORDER BY first LIMIT ?",
        (indicator, position, position, min(total.spans, MOST_LISTED + 1)),
    )
    return rows.fetchall()


def _cell(first: int, last: int | None) -> Cell:
    return None if first == NO_FIRST else first, None if last == NO_LAST else last


def _marking(db: sqlite3.Connection, indicator: str, position: int) -> Marking:
    """The most restrictive marking among the claims used."""
    row = db.execute(
        f"SELECT level FROM sum_addends WHERE indicator = ? AND level > 0 AND {_THEN} "
        "ORDER BY level DESC LIMIT 1",
        (indicator, position, position),
    ).fetchone()
    return MARKINGS[row[0] if row else 0]
