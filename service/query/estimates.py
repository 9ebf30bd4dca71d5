"""Queries that the interface, the pages and the command line share."""

import sqlite3
from dataclasses import asdict, dataclass
from itertools import zip_longest
from typing import Any

from domain.estimates.claims import Claim, cell_text, cutoff_date
from domain.estimates.revisions import Revisions
from domain.near import nearest
from domain.period import Period, spanning
from domain.times import from_micros, show_instant
from domain.vocabulary import Measure
from projections.answers.as_of import AsOf, cohorts
from projections.answers.differences import Difference, differences
from projections.answers.estimates import (
    HEADLINE,
    Narrowing,
    answer,
    number,
    shown,
    shown_flag,
)
from projections.answers.explanation import explain
from projections.answers.flags import Suspect, conflicts, flags, suspicions_of
from projections.answers.vintages import Vintage
from projections.headlines import headline
from projections.tables.claims import indicators_voiced_by
from projections.tables.registry import IndicatorRow, indicators_at
from service.query.reports import chain


@dataclass(frozen=True, slots=True)
class Board:
    """What narrows the board."""

    q: str | None = None
    measure: Measure | None = None
    flag: str | None = None
    source: str | None = None


def board(
    db: sqlite3.Connection,
    as_of: AsOf,
    wanted: Board,
    after: str,
    limit: int,
    current: bool,
    suspect: Suspect = suspicions_of,
) -> list[dict[str, Any]]:
    """The estimates of the indicators behind one, by id, at most `limit`."""
    found = list[dict[str, Any]]()
    spoken_of = (
        None if wanted.source is None else indicators_voiced_by(db, wanted.source, as_of.position)
    )
    for row in indicators_at(db, as_of.position, after):
        if len(found) == limit:
            break
        if _matches(row, wanted) and (spoken_of is None or row.id in spoken_of):
            body = estimate(db, row.id, as_of, HEADLINE, current, suspect, beside=False)
            if wanted.flag is None or any(f["code"] == wanted.flag for f in body["flags"]):
                found.append(body)
    return found


def _matches(row: IndicatorRow, wanted: Board) -> bool:
    definition = row.definition
    if wanted.measure not in (None, definition.measure):
        return False
    text = f"{row.id} {definition.title} {definition.definition}".lower()
    return wanted.q is None or all(word in text for word in wanted.q.lower().split())


def estimate(
    db: sqlite3.Connection,
    indicator: str,
    as_of: AsOf,
    asked: Narrowing,
    current: bool,
    suspect: Suspect = suspicions_of,
    *,
    beside: bool = True,
) -> dict[str, Any]:
    """One estimate; the current headline is kept ready, all else is computed."""
    plain = current and asked.plain and as_of == AsOf(as_of.position)
    body = (headline(db, indicator) if plain else None) or answer(
        db, indicator, as_of, asked, current=current
    )
    body["flags"] += flags(db, indicator, as_of, asked, suspect)
    if beside and asked.cohort is None:
        body["cohorts"] = cohorts(db, indicator, as_of)
    return body


def explanation(
    db: sqlite3.Connection,
    indicator: str,
    as_of: AsOf,
    asked: Narrowing,
    suspect: Suspect = suspicions_of,
) -> dict[str, Any]:
    """An estimate with every claim that it used or left out, each with its reason and its chain."""
    explained = explain(db, indicator, as_of, asked)
    if explained is None:
        unknown = estimate(db, indicator, as_of, asked, False)
        return {**unknown, "used": [], "excluded": [], "relays": [], "steps": []}
    result = explained.assessed.result
    body = shown(indicator, explained.assessed, explained.counted)
    body["flags"] += flags(db, indicator, as_of, asked, suspect)
    return {
        **body,
        "used": [evidence(db, claim, as_of) for claim in result.used],
        "excluded": [
            {**evidence(db, out.claim, as_of), "reason": out.reason, "by": out.by}
            for out in explained.left_out
        ],
        "relays": [
            {**evidence(db, relay.claim, as_of), "root": root}
            for relay in result.relays
            for root in relay.roots
        ],
        "steps": result.steps,
    }


def open_flags(
    db: sqlite3.Connection,
    as_of: AsOf,
    wanted: tuple[str | None, str | None],
    after: tuple[str, int],
    limit: int,
    suspect: Suspect = suspicions_of,
) -> list[dict[str, Any]]:
    """The open flags of every indicator, by id, behind the n-th of one; of an indicator, of a code."""
    found, (indicator, code), (name, n) = list[dict[str, Any]](), wanted, after
    here = [name] if name else []
    for each in [*here, *(row.id for row in indicators_at(db, as_of.position, name))]:
        if indicator in (None, each) and len(found) < limit:
            listed = enumerate(conflicts(db, each, as_of, suspect), start=1)
            found += [
                {"indicator": each, **shown_flag(flag), "n": i}
                for i, flag in listed
                if code in (None, flag.code) and (each != name or i > n)
            ]
    return found[:limit]


def differences_of(before: dict[str, Any], after: dict[str, Any]) -> list[dict[str, Any]]:
    """What differs between two estimates, field by field."""
    return [difference_item(each) for each in differences(before, after)]


def difference_item(each: Difference) -> dict[str, Any]:
    """A difference as callers see it."""
    return {"field": each.field, "before": _shown(each, each.before), "after": _shown(each, each.after)}


def _shown(difference: Difference, value: Any) -> Any:
    if difference.field != "flags":
        return value
    return [{"code": code, "claims": claims} for code, *claims in value]


def evidence(db: sqlite3.Connection, claim: Claim, as_of: AsOf) -> dict[str, Any]:
    """A claim as evidence: who said what, where it stands, how it is graded, where it came from."""
    figures = {name: number(getattr(claim, name)) for name in ("low", "best", "high")}
    numeric = claim.asserts is None
    return {
        "claim": claim.id,
        "report": claim.report,
        "position": claim.position,
        "indicator": claim.indicator,
        "cohort": claim.cohort,
        "originator": claim.originator,
        "basis": claim.basis,
        "status": claim.status,
        "period": claim.period,
        "cutoff": cutoff_date(claim.cutoff).isoformat(),
        "stated_at": show_instant(from_micros(claim.stated)),
        "published_at": show_instant(from_micros(claim.published)),
        "quantity": {**figures, "qualifier": claim.qualifier} if numeric else None,
        "stance": None if numeric else {"asserts": claim.asserts},
        "reliability": claim.reliability,
        "credibility": claim.credibility,
        "marking": claim.marking,
        "disputed_by": list(claim.disputed_by),
        "chain": chain(db, claim.id, as_of),
    }


def span(first: Period | None, last: Period | None) -> Period | None:
    """The period from the beginning of one to the end of another, None where both are open.

    Raises `BadPeriod` where it ends before it begins.
    """
    start, end = first.first if first else None, last.last if last else None
    return None if start is None and end is None else spanning(start, end)


def vintage_rows(found: list[Vintage]) -> list[dict[str, Any]]:
    """Vintages as callers see them: each from its moment to that of the next."""
    ends = [show_instant(from_micros(vintage.moment)) for vintage in found[1:]]
    return [
        {
            "from": show_instant(from_micros(vintage.moment)),
            "to": end,
            **vintage.body,
            "change": vintage.change,
            "cause": asdict(vintage.cause),
        }
        for vintage, end in zip_longest(found, ends)
    ]


def revision_row(row: Revisions) -> dict[str, Any]:
    """Revision statistics as callers see them."""
    return {
        "originator": row.originator,
        "cohort": row.cohort,
        "period": None if row.cell is None else cell_text(row.measure, row.cell),
        "n_revisions": row.n_revisions,
        "first": number(row.values[0]),
        "latest": number(row.values[-1]),
        "min_lag_days": row.min_lag_days,
        "max_lag_days": row.max_lag_days,
        "spread": number(row.spread),
        "rel_spread": number(row.rel_spread),
    }


def ever_defined(db: sqlite3.Connection, indicator: str) -> bool:
    """Whether an indicator was defined at any time."""
    row = db.execute("SELECT 1 FROM indicators WHERE id = ? LIMIT 1", (indicator,)).fetchone()
    return row is not None


def nearest_indicators(db: sqlite3.Connection, indicator: str) -> list[str]:
    """Indicators whose ids look most like one that is not defined."""
    ids = [row[0] for row in db.execute("SELECT DISTINCT id FROM indicators")]
    return nearest(indicator, ids)


def indicator_item(row: IndicatorRow) -> dict[str, Any]:
    """An indicator as lists show it."""
    return {"id": row.id, **row.definition.model_dump(mode="json"), "version": row.version}
