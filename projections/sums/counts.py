"""Counts of an increment's claims that decide whether its headline is kept."""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from domain.estimates.origins import resolve
from projections.answers.as_of import AsOf
from projections.answers.candidates import REDACTED
from projections.answers.claims import FIELDS, PUBLISHED, claim_of, look_up, parameters
from projections.sums.addends import Said, in_order
from projections.sums.families import Key, key_of
from projections.tables.claim_rows import BY_US, NO_FIGURE, ORIGIN, RELAY, WEAK
from projections.tables.claims import descendants
from projections.tables.projection import FOREVER
from projections.tables.redactions import any_redacted
from projections.tables.registry import Voices, voices_at
from projections.tables.sums import TotalRow


class Counted(NamedTuple):
    """A claim that began to stand as it is (`sign` 1), or ceased to (-1)."""

    sign: int
    cohort: str
    incident: str
    first: int
    last: int
    lane: str
    prospective: int
    links: str
    rests_on: str

    @property
    def adds(self) -> bool:
        """Whether it counts in an addend."""
        return not self.prospective and self.stands_alone

    @property
    def key(self) -> Key:
        """Its cell."""
        return key_of(self.cohort, self.incident, self.first, self.last)

    @property
    def stands_alone(self) -> bool:
        """Whether it is active and derived from no other."""
        return self.lane in (ORIGIN, WEAK, NO_FIGURE) and not self.links


_FIELDS = "c.cohort, c.incident, c.first, c.last, c.lane, c.prospective, c.links, c.rests_on"
_CLAIM = 2 + _FIELDS.count("c.")
"""Where the columns of a claim begin in a row of what changed."""


class Changed(NamedTuple):
    """What events changed: claims by position, and those that began to count in addends by cell.

    With them whose voice each source is then.
    """

    claims: Mapping[int, Sequence[Counted]]
    begun: Mapping[Key, Sequence[Said]]
    voices: Voices


def changed_claims(
    db: sqlite3.Connection, indicator: str, reports: Iterable[str], first: int, last: int
) -> Changed:
    """The claims of reports on an indicator that events of the reports changed."""
    rows = db.execute(
        f"SELECT c.since, c.until, {_FIELDS}, {FIELDS} FROM json_each(:reports) r "
        "CROSS JOIN main.claims c ON c.report = r.value WHERE c.indicator = :indicator "
        f"AND c.pub_to = {FOREVER} "
        "AND (c.since BETWEEN :first AND :position OR c.until BETWEEN :first AND :position)",
        {
            "reports": json.dumps([*dict.fromkeys(reports)]),
            "indicator": indicator,
            "first": first,
            "position": last,
        },
    )
    found, begun = defaultdict[int, list[Counted]](list), defaultdict[Key, list[Said]](list)
    voices = voices_at(db, last)
    for row in rows:
        since, until, words = row[0], row[1], row[2:_CLAIM]
        if first <= since <= last:
            counted = Counted(1, *words)
            found[since].append(counted)
            if counted.adds:
                begun[counted.key].append(Said(since, until, claim_of(db, row[_CLAIM:], voices)))
        if first <= until <= last:
            found[until].append(Counted(-1, *words))
    return Changed(found, {key: in_order(said) for key, said in begun.items()}, voices)


def all_claims(db: sqlite3.Connection, indicator: str, position: int) -> list[Counted]:
    """All claims on an indicator at a position."""
    rows = db.execute(
        f"SELECT 1, {_FIELDS} FROM claims c WHERE c.indicator = :indicator AND {PUBLISHED}",
        parameters(AsOf(position), indicator=indicator),
    )
    return [Counted._make(row) for row in rows]


def claims_by(db: sqlite3.Connection, indicator: str, source: str, position: int) -> list[Counted]:
    """The claims of a source on an indicator at a position."""
    rows = db.execute(
        f"SELECT 1, {_FIELDS} FROM claims c WHERE c.indicator = :indicator "
        f"AND c.originator = :source AND {PUBLISHED}",
        parameters(AsOf(position), indicator=indicator, source=source),
    )
    return [Counted._make(row) for row in rows]


def cells_of_claims(claims: Iterable[Counted]) -> set[Key]:
    """The cells of those claims that count in an addend."""
    return {claim.key for claim in claims if claim.adds}


def with_counts(total: TotalRow, claims: Sequence[Counted]) -> TotalRow:
    """A total with some claims counted, or no longer."""
    observed = prospective = resting = relays = by_us = 0
    for claim in claims:
        sign, lane = claim.sign, claim.lane
        if lane in (ORIGIN, WEAK) and not claim.prospective:
            observed += sign
            resting += sign * (claim.rests_on > "")
        elif claim.prospective and claim.stands_alone:
            prospective += sign
        elif lane == RELAY:
            relays += sign
        elif lane == BY_US:
            by_us += sign
    if not (observed or prospective or resting or relays or by_us):
        return total
    return total._replace(
        observed=total.observed + observed,
        prospective=total.prospective + prospective,
        resting=total.resting + resting,
        relays=total.relays + relays,
        by_us=total.by_us + by_us,
    )


def with_stand_ins(db: sqlite3.Connection, indicator: str, position: int, total: TotalRow) -> TotalRow:
    """A total that says whether a relay stands in for a claim that was withdrawn by us."""
    gone = total.relays and (total.by_us or any_redacted(db, indicator, position))
    return total._replace(standing_in=int(bool(gone and _stands_in(db, indicator, position))))


def _stands_in(db: sqlite3.Connection, indicator: str, position: int) -> bool:
    as_of = AsOf(position)
    gone = db.execute(
        "SELECT c.claim FROM main.claims c INDEXED BY claims_withdrawn_by_us "
        f"WHERE c.indicator = :indicator AND c.lane = '{BY_US}' AND {PUBLISHED} {REDACTED}",
        parameters(as_of, indicator=indicator),
    )
    find = look_up(db, as_of)
    found = (find(name) for name in sorted(descendants(db, [row[0] for row in gone.fetchall()])))
    relays = [c for c in found if c and c.links and c.indicator == indicator and c.standing == "active"]
    return bool(resolve(relays, find).origins)
