"""The few claims that can matter to a question, read by index."""

import sqlite3
from collections.abc import Callable
from typing import Any

from domain.estimates.claims import Claim, LookUp
from domain.estimates.estimate import Estimate, Question
from domain.estimates.estimation import estimate
from domain.estimates.policies import LATEST_PUBLICATION
from projections.answers.as_of import EVERYTHING, AsOf
from projections.answers.claims import (
    ACTIVE_LANES,
    FIELDS,
    PUBLISHED,
    active,
    claim_of,
    ids_of_voice,
    parameters,
    where,
)
from projections.answers.published_tally import latest_cutoff
from projections.tables.claim_rows import (
    BY_US,
    OBSERVED,
    ORIGIN,
    PROSPECTIVE,
    RELAY,
    WEAK,
    WHOLE,
)
from projections.tables.claim_writes import DERIVED
from projections.tables.claims import descendants
from projections.tables.registry import voices_at


class Candidates:
    """The claims of an indicator that can matter to a figure, found by index at any times."""

    def __init__(self, db: sqlite3.Connection, indicator: str) -> None:
        self.db, self.indicator = db, indicator
        self._latest: dict[AsOf, int] = {}

    def tops(self, question: Question, as_of: AsOf, lane: str) -> list[Claim]:
        """The observed claim that stands for each originator."""
        if as_of not in self._latest:
            self._latest = {as_of: latest_cutoff(self.db, self.indicator, as_of)}
        return _tops(self.db, question, self.indicator, as_of, lane, self._latest[as_of])

    def stand_ins(self, question: Question, as_of: AsOf) -> list[Claim]:
        """Relays whose root may be absent."""
        cohort = question.cohort or WHOLE
        return possible_stand_ins(self.db, self.indicator, as_of, cohort)

    def estimate(self, question: Question, claims: list[Claim], find: LookUp) -> Estimate:
        """The estimate that these claims make."""
        return estimate(question, claims, find)

    def in_cell(self, question: Question, as_of: AsOf) -> list[Claim]:
        """What is said of the cell asked."""
        return list(active(self.db, question, self.indicator, as_of))

    def published_last(self, question: Question, as_of: AsOf) -> list[Claim]:
        """Claims among which is the one that was published last."""
        if question.headline:
            return _last_published(self.db, self.indicator, as_of)
        return list(active(self.db, question, self.indicator, as_of))


CandidatesOf = Callable[[str], Candidates]
"""The candidates of each indicator."""


def candidates(
    db: sqlite3.Connection,
    question: Question,
    indicator: str,
    as_of: AsOf,
    of: CandidatesOf | None = None,
) -> list[Claim]:
    """All claims that can matter to a question, and few others; for a headline a handful, by index.

    `of` gives another way to find them, which a history of many moments has.
    """
    near = of(indicator) if of else Candidates(db, indicator)
    if question.measure == "increment":
        return list(active(db, question, indicator, as_of, unspecified=True))
    if question.policy == LATEST_PUBLICATION:
        return near.published_last(question, as_of)
    relays = near.stand_ins(question, as_of)
    if question.cell is not None:
        found = {claim.id: claim for claim in near.in_cell(question, as_of)}
        return list((found | {relay.id: relay for relay in relays}).values())
    observed = near.tops(question, as_of, ORIGIN)
    # Weak claims matter only where nothing else does.
    observed += near.tops(question, as_of, WEAK)
    if observed:
        return [*observed, *relays]
    prospective = active(db, question, indicator, as_of, prospective=True)
    return list({claim.id: claim for claim in (*prospective, *relays)}.values())


def _last_published(db: sqlite3.Connection, indicator: str, as_of: AsOf) -> list[Claim]:
    """The claim about the whole that was published last, observed ones first, relays included."""
    query = (
        f"SELECT {FIELDS} FROM claims c WHERE c.indicator = :indicator AND c.cohort = '{WHOLE}' "
        f"AND c.lane IN ({ACTIVE_LANES}) AND c.headline = :kind AND {where(as_of)} "
        "ORDER BY c.published DESC, c.position DESC, c.n DESC LIMIT 1"
    )
    voices = voices_at(db, as_of.position)
    for kind in (OBSERVED, PROSPECTIVE):
        given = parameters(as_of, indicator=indicator, kind=kind)
        found = [claim_of(db, row, voices) for row in db.execute(query, given)]
        if found:
            return found
    return []


# CROSS JOIN: from originator to originator; only the rows found are read outside the index.
TOPS = (
    "SELECT {fields} FROM voices v CROSS JOIN main.claims c ON c.rowid = ("
    "SELECT c.rowid FROM main.claims c INDEXED BY claims_headline WHERE c.indicator = :indicator "
    "AND c.cohort = :cohort AND c.lane = :lane AND c.headline = 1 AND c.originator = v.originator "
    "AND c.cutoff <= :latest AND {where} ORDER BY c.cutoff DESC, c.stated DESC, c.published DESC, "
    "c.position DESC, c.n DESC LIMIT 1) WHERE v.indicator = :indicator {place}"
)


def _tops(
    db: sqlite3.Connection, question: Question, indicator: str, as_of: AsOf, lane: str, latest: int
) -> list[Claim]:
    """The observed claim that stands for each originator, found by skipping from one to the next."""
    voices = voices_at(db, as_of.position)
    cohort = question.cohort or WHOLE
    more: dict[str, Any] = {"indicator": indicator, "cohort": cohort, "lane": lane, "latest": latest}
    place = ""
    if question.originator is not None:
        place = "AND v.originator IN (SELECT value FROM json_each(:voice))"
        more["voice"] = ids_of_voice(question.originator, voices)
    query = TOPS.format(fields=FIELDS, where=where(as_of), place=place)
    rows = db.execute(query, parameters(as_of, **more))
    return [claim_of(db, row, voices) for row in rows]


PERHAPS_ABSENT = (
    "(EXISTS (SELECT 1 FROM links l JOIN redacted_claims r ON r.claim = l.parent "
    f"WHERE l.child = c.claim AND l.kind = '{DERIVED}' AND r.position <= :position) "
    "OR EXISTS (SELECT 1 FROM links l JOIN main.claims p ON p.claim = l.parent WHERE l.child = c.claim "
    f"AND l.kind = '{DERIVED}' "
    "AND p.since <= :position AND p.until > :position AND (p.links > '' "
    f"OR p.lane = '{BY_US}' OR p.pub_from > :by "
    "OR (SELECT m.level FROM markings m WHERE m.report = p.report) > :clearance)))"
)
"""Whether a parent of a relay may lead to an absent root, or be one."""


REDACTED = (
    "UNION ALL SELECT r.claim FROM redacted_claims r WHERE r.indicator = :indicator "
    "AND r.position <= :position"
)
"""The claims on an indicator that are redacted: relays stand in for them, as for those we withdrew."""


EVERY_COHORT = """
WITH RECURSIVE cohorts (name) AS (
    SELECT min(cohort) FROM main.claims WHERE indicator = :indicator
    UNION ALL SELECT (
        SELECT min(cohort) FROM main.claims WHERE indicator = :indicator AND cohort > name
    ) FROM cohorts WHERE name IS NOT NULL
) SELECT name FROM cohorts"""
"""Every cohort of an indicator, found by skipping from one to the next."""


def possible_stand_ins(
    db: sqlite3.Connection, indicator: str, as_of: AsOf, cohort: str | None = None
) -> list[Claim]:
    """Relays whose root may be absent: withdrawn by us, not yet published, or beyond clearance.

    Those of one cohort, or of all.
    """
    more, voices = {"indicator": indicator, "cohort": cohort}, voices_at(db, as_of.position)
    of_cohort = f"c.cohort IN ({EVERY_COHORT})" if cohort is None else "c.cohort = :cohort"
    place = f"c.indicator = :indicator AND {of_cohort}"
    if as_of.published_by is not None or as_of.clearance != EVERYTHING:
        query = (
            f"SELECT {FIELDS} FROM claims c WHERE {place} AND c.lane = '{RELAY}' AND {where(as_of)} "
            f"AND {PERHAPS_ABSENT}"
        )
        return [claim_of(db, row, voices) for row in db.execute(query, parameters(as_of, **more))]
    gone = db.execute(
        f"SELECT c.claim FROM claims c WHERE {place} AND c.lane = '{BY_US}' AND {PUBLISHED} {REDACTED}",
        parameters(as_of, **more),
    )
    ids = descendants(db, [row[0] for row in gone.fetchall()])
    query = (
        f"SELECT {FIELDS} FROM claims c WHERE c.claim = :claim AND {place} "
        f"AND c.lane = '{RELAY}' AND {where(as_of)}"
    )
    rows = (
        db.execute(query, parameters(as_of, claim=claim, **more)).fetchone() for claim in sorted(ids)
    )
    return [claim_of(db, row, voices) for row in rows if row]
