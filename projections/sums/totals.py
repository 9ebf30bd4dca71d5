"""What the addends of a sum come to, brought up to date by those that ended and those that began."""

import sqlite3
from collections.abc import Iterable
from decimal import Decimal
from json import loads

from domain.arithmetic import exact_sum
from projections.sums.addends import decimal_text
from projections.sums.writing import Change
from projections.tables.sums import NOW, AddendRow, TotalRow


def changed_total(before: TotalRow, change: Change) -> TotalRow:
    """The total with some addends ended and others begun: whatever is a sum or a count of addends."""
    total = before
    for addends, sign in ((change.ended, -1), (change.begun, 1)):
        total = total._replace(
            addends=total.addends + sign * len(addends),
            best=_sum(total.best, (a.best for a in addends), sign),
            low=_sum(total.low, (a.low for a in addends), sign),
            high=_sum(total.high, (a.high for a in addends), sign),
            no_best=total.no_best + sign * sum(a.best is None for a in addends),
            no_low=total.no_low + sign * sum(a.low is None for a in addends),
            no_high=total.no_high + sign * sum(a.high is None for a in addends),
            clashing=total.clashing + sign * sum(a.clash > "" for a in addends),
            noted=total.noted + sign * sum(_is_noted(a) for a in addends),
            used=total.used + sign * sum(len(loads(a.used)) for a in addends),
        )
    return total


def _is_noted(addend: AddendRow) -> bool:
    return bool(addend.flags or addend.clash)


def _sum(before: str, bounds: Iterable[str | None], sign: int) -> str:
    found = Decimal(before)
    for bound in bounds:
        if bound is not None:
            found = exact_sum(found, sign * Decimal(bound))
    return decimal_text(found)


def with_extremes(db: sqlite3.Connection, indicator: str, total: TotalRow) -> TotalRow:
    """The total with what the present addends have at most, at least or first."""
    weakest = _one(
        db,
        f"SELECT support, reasons FROM sum_addends WHERE indicator = ? AND {NOW} AND support >= 0 "
        "ORDER BY support, cohort, first, back, incident LIMIT 1",
        indicator,
    )
    covers = _one(db, f"SELECT max(covers) FROM sum_addends WHERE indicator = ? AND {NOW}", indicator)
    first = _one(db, f"SELECT min(first) FROM sum_addends WHERE indicator = ? AND {NOW}", indicator)
    back = _one(db, f"SELECT min(back) FROM sum_addends WHERE indicator = ? AND {NOW}", indicator)
    return total._replace(
        support=weakest[0] if weakest else None,
        reasons=weakest[1] if weakest else '["no origin"]',
        covers=covers[0] if covers else None,
        first=first[0] if first else None,
        last=-back[0] if back and back[0] is not None else None,
    )


def _one(db: sqlite3.Connection, query: str, indicator: str) -> tuple[int, str] | None:
    row: tuple[int, str] | None = db.execute(query, (indicator,)).fetchone()
    return row


def judged_kept(total: TotalRow) -> TotalRow:
    """The total marked as the headline, unless something needs all claims together.

    That are prospective claims alone, relays that stand in, origins that rest on others, and families
    of cells too large to keep.
    """
    alone = total.prospective and not total.observed
    kept = not (alone or total.standing_in or total.resting or total.wide)
    return total._replace(kept=int(kept))
