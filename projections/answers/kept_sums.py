"""The headline of a sum at any position, read from what is kept: the total then, and its addends."""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import Any

from domain.arithmetic import inexact
from domain.estimates.claims import Cell, Claim
from domain.estimates.estimate import Estimate
from domain.estimates.figures import UNKNOWN, Figure
from domain.estimates.flags import Flag, FlagCode, overlap
from domain.estimates.support import WEAKEST_FIRST, Support
from domain.events import Definition
from domain.vocabulary import MARKINGS, Marking
from projections.answers.as_of import AsOf
from projections.answers.claims import look_up
from projections.tables.claim_rows import NO_FIRST, NO_LAST
from projections.tables.claim_writes import tally_at
from projections.tables.registry import indicator_at
from projections.tables.sums import DAYS, FLAGS, USED, TotalRow, is_followed, list_at, total_at

MOST_LISTED = 100
"""Maximum number of claims used, of covered spans and of gaps in an answer; it counts all."""
MOST_FLAGS = 20
"""Maximum number of flags that an estimate lists; it counts all of them by code."""

_AT_ONCE = 200
_THEN = "since <= ? AND until > ?"


@dataclass(frozen=True, slots=True)
class KeptSum:
    """The headline of a sum: an estimate without its claims, and what follows from these.

    `flag_counts` are all its flags by code; the estimate may have the first of them alone.
    """

    definition: Definition
    estimate: Estimate
    counted: tuple[int, int]
    used: tuple[str, ...]
    n_used: int
    n_covered: int
    cutoff: str | None
    marking: Marking
    flag_counts: Counter[FlagCode]


def kept_sum(
    db: sqlite3.Connection, indicator: str, position: int, *, every_flag: bool = True
) -> KeptSum | None:
    """The headline of a sum as it is kept; None where it must be computed.

    Without `every_flag` no more is read of a long sum than of a short one.
    """
    found = _found(db, indicator, position)
    if found is None:
        return None
    definition, total = found
    used = _listed(db, indicator, USED, position)
    flags = _flags(db, indicator, position, total, every=every_flag)
    return KeptSum(
        definition,
        kept_estimate(
            total,
            look_up(db, AsOf(position))(used[0]) if total.addends == total.led == 1 else None,
            flags,
            spans_of(_listed(db, indicator, DAYS, position)),
        ),
        tally_at(db, indicator, None, position),
        tuple(used),
        total.used,
        total.spans,
        None if total.covers is None else date.fromordinal(total.covers).isoformat(),
        _marking(db, indicator, position),
        flag_counts(total),
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


def _listed(db: sqlite3.Connection, indicator: str, name: str, position: int) -> list[Any]:
    """The first things of a list at a position."""
    row = list_at(db, indicator, name, position)
    found: list[Any] = json.loads(row[0]) if row and row[0] else []
    return found


def kept_estimate(
    total: TotalRow, leading: Claim | None, flags: list[Flag], covered: Sequence[tuple[int, int]]
) -> Estimate:
    """The estimate that a total makes, with the first spans of days that it covers.

    They are one more than are listed, for the gap before it.
    """
    level = None if total.support is None else WEAKEST_FIRST[total.support]
    return Estimate(
        figure=_figure(total),
        leading=leading,
        support=Support(level, tuple(json.loads(total.reasons))),
        flags=flags,
        is_sum=True,
        summed=() if total.first is None else (_cell(total.first, total.last),),
        covered=tuple(_cell(first, last) for first, last in covered),
        gaps=tuple((one[1] + 1, other[0] - 1) for one, other in pairwise(covered)),
        independent=total.voices,
    )


def distances(before: int, first: int, last: int) -> str:
    """A span of days as it is stored: from the last day before it to its first, and to its last."""
    return f"{first - before}, {last - first}"


def spans_of(distances: Iterable[int]) -> list[tuple[int, int]]:
    """Spans of days of which the distances are stored."""
    days = [*accumulate(distances)]
    return list(zip(days[::2], days[1::2], strict=True))


def _figure(total: TotalRow) -> Figure:
    if total.clashing or not total.addends:
        return UNKNOWN
    return Figure(
        best=None if total.no_best else inexact(Decimal(total.best)),
        low=None if total.no_low else inexact(Decimal(total.low)),
        high=None if total.no_high else inexact(Decimal(total.high)),
    )


def _flags(
    db: sqlite3.Connection, indicator: str, position: int, total: TotalRow, *, every: bool
) -> list[Flag]:
    """The flags of addends, all or the first of them, and that some addends overlap."""
    if not total.noted:
        return []
    if every:
        query = f"SELECT flags {_NOTED} AND flags > '' ORDER BY cohort, first, back, incident"
        rows = db.execute(query, (indicator, position, position))
        found = [each for (flags,) in rows for each in flags_in(flags)]
    else:
        found = _flags_of(_listed(db, indicator, FLAGS, position))
    overlapping = overlap_at(db, indicator, position) if total.clashing else None
    return found if overlapping is None else [*found, overlapping]


@lru_cache(maxsize=8_192)
def flags_in(text: str) -> tuple[Flag, ...]:
    """The flags of an addend as they are stored; the same stand at most of the positions of a sum."""
    return tuple(_flags_of(json.loads(text)))


def _flags_of(given: Iterable[Any]) -> list[Flag]:
    return [Flag(code, detail, tuple(claims)) for code, detail, claims in given]


def overlap_at(db: sqlite3.Connection, indicator: str, position: int) -> Flag | None:
    """That some addends of a sum overlapped at a position, with all of their claims."""
    query = f"SELECT clash {_NOTED} AND clash > '' ORDER BY cohort, first, back, incident"
    rows = db.execute(query, (indicator, position, position)).fetchall()
    return overlap(name for (clash,) in rows for name in json.loads(clash)) if rows else None


_NOTED = (
    "FROM sum_addends INDEXED BY sum_addends_noted WHERE indicator = ? "
    f"AND (flags > '' OR clash > '') AND {_THEN}"
)


def flag_counts(total: TotalRow) -> Counter[FlagCode]:
    """All flags of a sum by code."""
    counts = Counter[FlagCode](json.loads(total.codes))
    if total.clashing:
        counts["overlap"] += 1
    return counts


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
