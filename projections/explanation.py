"""Why this figure: every claim about what was asked, used or left out, each with the reason."""

import sqlite3
from dataclasses import dataclass, field

from domain.claims import Claim, Standing
from domain.estimate import Exclusion, Reason, concerns, estimate
from domain.origins import LookUp
from projections.as_of import EVERYTHING, AsOf, look_up
from projections.estimates import HEADLINE, Assessed, Narrowing, question_of
from projections.registered import indicator as indicator_at
from projections.rows import WHOLE

Why = Reason | Standing


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A claim that does not count, why, and the claim that took its place if one did."""

    claim: Claim
    reason: Why
    by: str | None = None


@dataclass(slots=True)
class Explanation:
    """An estimate with all that was left out; relays stand in the estimate itself."""

    assessed: Assessed
    left_out: list[LeftOut] = field(default_factory=list)
    find: LookUp = lambda _: None


def explain(
    db: sqlite3.Connection, indicator: str, as_of: AsOf, asked: Narrowing = HEADLINE
) -> Explanation | None:
    """Explain an estimate to its last claim; None before the indicator was defined."""
    row = indicator_at(db, indicator, as_of.position)
    if row is None:
        return None
    question, find = question_of(row.definition, asked), look_up(db, as_of)
    active, out = list[Claim](), list[LeftOut]()
    for name in _claims(db, indicator, as_of):
        claim = find(name)
        if claim is None or claim.standing == "beyond-clearance" or not concerns(question, claim):
            continue
        if claim.standing != "active":
            out.append(LeftOut(claim, _reason(claim.standing)))
        elif claim.indicator == indicator:
            active.append(claim)
    result = estimate(question, active, find)
    out += [LeftOut(each.claim, each.reason, each.by) for each in result.excluded if not _relay(each)]
    out += _not_yet_known(db, indicator, as_of, asked)
    return Explanation(Assessed(row.definition, question, result), out, find)


def _claims(db: sqlite3.Connection, indicator: str, as_of: AsOf) -> list[str]:
    rows = db.execute(
        "SELECT claim, min(position), min(n) FROM claims WHERE indicator = ? AND since <= ? "
        "AND until > ? GROUP BY claim ORDER BY 2, 3",
        (indicator, as_of.position, as_of.position),
    )
    return [row[0] for row in rows]


def _not_yet_known(
    db: sqlite3.Connection, indicator: str, as_of: AsOf, asked: Narrowing
) -> list[LeftOut]:
    """What was recorded later; only a reader who may see all is told of it."""
    if as_of.clearance != EVERYTHING:
        return []
    rows = db.execute(
        "SELECT claim, min(since) FROM claims WHERE indicator = ? AND position > ? "
        "AND (? IS NULL OR cohort = ?) GROUP BY claim ORDER BY 2, claim",
        (indicator, as_of.position, asked.cohort, asked.cohort or WHOLE),
    )
    later = []
    for name, since in rows.fetchall():
        claim = look_up(db, AsOf(since))(name)
        if claim is not None and asked.originator in (None, claim.originator):
            later.append(LeftOut(claim, "not-yet-known"))
    return later


def _relay(exclusion: Exclusion) -> bool:
    return exclusion.reason == "relay"


def _reason(standing: Standing) -> Why:
    return "withdrawn" if standing == "withdrawn-by-us" else standing
