"""Reading claims as of any record position, publication time and valid time, by index."""

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice
from typing import Any

from domain.estimates.claims import Cell, Claim
from domain.estimates.estimate import Question
from domain.estimates.origins import LookUp
from domain.estimates.policies import LATEST_PUBLICATION
from domain.vocabulary import MARKINGS, Marking, restriction
from projections.tables.claim_rows import (
    ACTIVE,
    BY_US,
    NO_FIGURE,
    NO_FIRST,
    NO_LAST,
    ORIGIN,
    RELAY,
    WEAK,
    WHOLE,
)
from projections.tables.claims import descendants
from projections.tables.projection import FOREVER

EVERYTHING: Marking = "TLP:RED"
"""The clearance of a reader who may see all."""


@dataclass(frozen=True, slots=True)
class AsOf:
    """The three times asked, and the reader's clearance.

    `position` is on the record axis; `published_by` and `valid_at` are microseconds, inclusive,
    None for no limit.
    """

    position: int
    published_by: int | None = None
    valid_at: int | None = None
    clearance: Marking = EVERYTHING

    def at(self, position: int) -> "AsOf":
        """The same at another record position."""
        return replace(self, position=position)

    @property
    def by(self) -> int:
        """The last publication instant to look at."""
        return FOREVER - 1 if self.published_by is None else self.published_by

    @property
    def until(self) -> int:
        """The last cut-off to look at."""
        return FOREVER if self.valid_at is None else self.valid_at


_FIELDS = (
    "c.claim, c.report, c.n, c.position, c.indicator, c.cohort, c.originator, c.basis, c.status, "
    "c.period, c.first, c.last, c.cutoff, c.stated, c.published, c.low, c.best, c.high, "
    "c.qualifier, c.asserts, c.credibility, c.links, c.disputed_by, c.standing, "
    "(SELECT s.reliability FROM sources s WHERE s.id = c.originator AND s.since <= :position "
    "AND s.until > :position) AS reliability, "
    "(SELECT m.marking FROM markings m WHERE m.report = c.report) AS marking"
)
_KNOWN = "c.since <= :position AND c.until > :position"
_PUBLISHED = f"{_KNOWN} AND c.pub_from <= :by AND c.pub_to > :by"
_THEN = f"{_PUBLISHED} AND c.cutoff <= :until"
ACTIVE_LANES = ", ".join(f"'{lane}'" for lane in ACTIVE)
_CLEARED = "(SELECT m.level FROM markings m WHERE m.report = c.report) <= :clearance"


def parameters(as_of: AsOf, **more: Any) -> dict[str, Any]:
    """The times asked as parameters of a query."""
    return {
        "position": as_of.position,
        "by": as_of.by,
        "until": as_of.until,
        "clearance": restriction(as_of.clearance),
        **more,
    }


def where(as_of: AsOf, condition: str = _THEN) -> str:
    """The times asked and, for a reader who may not see all, the clearance."""
    return condition if as_of.clearance == EVERYTHING else f"{condition} AND {_CLEARED}"


def candidates(db: sqlite3.Connection, question: Question, indicator: str, as_of: AsOf) -> list[Claim]:
    """Claims that hold all which can matter to a question; for a headline a handful, by index."""
    if question.policy == LATEST_PUBLICATION and question.headline and question.measure != "increment":
        return _last_published(db, indicator, as_of)
    if question.measure == "increment" or question.policy == LATEST_PUBLICATION:
        return list(active(db, question, indicator, as_of))
    relays = _possible_stand_ins(db, question, indicator, as_of)
    if question.cell is not None:
        found = {claim.id: claim for claim in active(db, question, indicator, as_of)}
        return list((found | {relay.id: relay for relay in relays}).values())
    firm = _tops(db, question, indicator, as_of, ORIGIN)
    # Weak claims matter only where nothing else does.
    return [*firm, *relays, *_tops(db, question, indicator, as_of, WEAK)]


def _last_published(db: sqlite3.Connection, indicator: str, as_of: AsOf) -> list[Claim]:
    """The claim about the whole that was published last, relays included."""
    query = (
        f"SELECT {_FIELDS} FROM claims c WHERE c.indicator = :indicator AND c.cohort = '{WHOLE}' "
        f"AND c.lane IN ({ACTIVE_LANES}) AND c.headline = 1 AND {where(as_of)} "
        "ORDER BY c.published DESC, c.position DESC, c.n DESC LIMIT 1"
    )
    return [_claim(row) for row in db.execute(query, parameters(as_of, indicator=indicator))]


IN_CELL = " AND c.first = :first AND c.last = :last"
ACTIVE_CLAIMS = (
    "SELECT {fields} FROM claims c WHERE c.indicator = :indicator{place} "
    "AND c.lane IN ({lanes}) AND {where} ORDER BY c.position, c.n"
)


def active(
    db: sqlite3.Connection,
    question: Question,
    indicator: str,
    as_of: AsOf,
    *,
    every_cohort: bool = False,
    unspecified: bool = False,
) -> Iterator[Claim]:
    """Every active claim with a figure of the cohort and cell asked about, relays included.

    With `every_cohort` also those of the cohorts beside the whole, as an increment has them; with
    `unspecified` also those without a figure.
    """
    place, more = place_of(question, every_cohort or question.measure == "increment")
    lanes = f"{ACTIVE_LANES}, '{NO_FIGURE}'" if unspecified else ACTIVE_LANES
    query = ACTIVE_CLAIMS.format(fields=_FIELDS, place=place, lanes=lanes, where=where(as_of))
    for row in db.execute(query, parameters(as_of, indicator=indicator, **more)):
        yield _claim(row)


def place_of(question: Question, every_cohort: bool) -> tuple[str, dict[str, Any]]:
    """The cohort and cell asked about, as a condition on rows with its parameters."""
    place, more = "", dict[str, Any]()
    if question.cohort is not None or not every_cohort:
        place += " AND c.cohort = :cohort"
        more["cohort"] = question.cohort or WHOLE
    if question.cell is not None and question.measure != "increment":
        place += IN_CELL
        more |= in_cell(question.cell)
    return place, more


def in_cell(cell: Cell) -> dict[str, int]:
    """A cell as rows hold it."""
    first, last = cell
    return {
        "first": NO_FIRST if first is None else first,
        "last": NO_LAST if last is None else last,
    }


# CROSS: from originator to originator. All but the rows found is read from the index alone.
TOPS = (
    "SELECT {fields} FROM voices v CROSS JOIN claims c ON c.rowid = ("
    "SELECT c.rowid FROM claims c INDEXED BY claims_headline WHERE c.indicator = :indicator "
    "AND c.cohort = :cohort AND c.lane = :lane AND c.headline = 1 AND c.originator = v.originator "
    "AND {where} ORDER BY c.cutoff DESC, c.stated DESC, c.published DESC, c.position DESC, "
    "c.n DESC LIMIT 1) WHERE v.indicator = :indicator {place}"
)


def _tops(
    db: sqlite3.Connection, question: Question, indicator: str, as_of: AsOf, lane: str
) -> list[Claim]:
    """The claim that stands for each originator, skipping from one originator to the next."""
    more = {"indicator": indicator, "cohort": question.cohort or WHOLE, "lane": lane}
    place = "" if question.originator is None else "AND v.originator = :originator"
    query = TOPS.format(fields=_FIELDS, where=where(as_of), place=place)
    rows = db.execute(query, parameters(as_of, originator=question.originator, **more))
    return [_claim(row) for row in rows]


PERHAPS_ABSENT = (
    "EXISTS (SELECT 1 FROM links l JOIN claims p ON p.claim = l.parent WHERE l.child = c.claim "
    "AND p.since <= :position AND p.until > :position AND (p.links > '' "
    f"OR p.lane = '{BY_US}' OR p.pub_from > :by "
    "OR (SELECT m.level FROM markings m WHERE m.report = p.report) > :clearance))"
)
"""Whether a parent of a relay may lead to an absent root, or be one."""


def _possible_stand_ins(
    db: sqlite3.Connection, question: Question, indicator: str, as_of: AsOf
) -> list[Claim]:
    """Relays whose root may be absent: withdrawn by us, not yet published, or beyond clearance."""
    more = {"indicator": indicator, "cohort": question.cohort or WHOLE}
    place = "c.indicator = :indicator AND c.cohort = :cohort"
    if as_of.published_by is not None or as_of.clearance != EVERYTHING:
        query = (
            f"SELECT {_FIELDS} FROM claims c WHERE {place} AND c.lane = '{RELAY}' AND {where(as_of)} "
            f"AND {PERHAPS_ABSENT}"
        )
        return [_claim(row) for row in db.execute(query, parameters(as_of, **more))]
    gone = db.execute(
        f"SELECT c.claim FROM claims c WHERE {place} AND c.lane = '{BY_US}' AND {_PUBLISHED}",
        parameters(as_of, **more),
    )
    ids = descendants(db, [row[0] for row in gone.fetchall()])
    query = (
        f"SELECT {_FIELDS} FROM claims c WHERE c.claim = :claim AND {place} "
        f"AND c.lane = '{RELAY}' AND {where(as_of)}"
    )
    rows = (
        db.execute(query, parameters(as_of, claim=claim, **more)).fetchone() for claim in sorted(ids)
    )
    return [_claim(row) for row in rows if row]


def look_up(db: sqlite3.Connection, as_of: AsOf) -> LookUp:
    """How to find any claim as it stands at the times asked, counting or not."""

    def find(claim: str) -> Claim | None:
        # Where nothing of it is published by then, its first version says what it will be about.
        query = (
            f"SELECT {_FIELDS}, c.pub_from FROM claims c WHERE c.claim = :claim AND {_KNOWN} "
            "ORDER BY (c.pub_from <= :by AND c.pub_to > :by) DESC, c.pub_from LIMIT 1"
        )
        row = db.execute(query, parameters(as_of, claim=claim)).fetchone()
        if row is None:
            return None
        found = _claim(row[:-1])
        if restriction(found.marking) > restriction(as_of.clearance):
            return replace(found, standing="beyond-clearance")
        if row[-1] > as_of.by:
            return replace(found, standing="not-yet-published")
        if found.standing == "active" and found.cutoff > as_of.until:
            return replace(found, standing="beyond-valid-at")
        return found

    return find


def relays_of(db: sqlite3.Connection, claim: str, as_of: AsOf, limit: int) -> list[Claim]:
    """Some of the claims that are derived from one directly, as they stand at the times asked."""
    find = look_up(db, as_of)
    rows = db.execute("SELECT child FROM links WHERE parent = ? ORDER BY child", (claim,))
    found = (find(row[0]) for row in rows.fetchall())
    standing = (c for c in found if c and c.standing == "active" and claim in c.links)
    return list(islice(standing, limit))


LAST_PUBLISHED = (
    "SELECT c.report FROM claims c INDEXED BY claims_by_publication WHERE {where} "
    "ORDER BY c.published DESC, c.position DESC"
)


def published_last(db: sqlite3.Connection, as_of: AsOf, limit: int) -> list[str]:
    """The reports that were published last, the latest first, whether they count or not."""
    rows = db.execute(LAST_PUBLISHED.format(where=where(as_of, _PUBLISHED)), parameters(as_of))
    found: dict[str, None] = {}
    for (report,) in rows:
        found[report] = None
        if len(found) == limit:
            break
    rows.close()
    return list(found)


def cohorts(db: sqlite3.Connection, indicator: str, as_of: AsOf) -> list[str]:
    """The cohorts of which an indicator has active claims at the times asked."""
    rows = db.execute(
        "SELECT DISTINCT c.cohort FROM claims c WHERE c.indicator = :indicator AND c.cohort > '' "
        f"AND c.lane IN ({ACTIVE_LANES}) AND {where(as_of)} ORDER BY c.cohort",
        parameters(as_of, indicator=indicator),
    )
    return [row[0] for row in rows]


def _claim(row: tuple[Any, ...]) -> Claim:
    (claim, report, n, position, indicator, cohort, originator, basis, status, period, first, last,
     cutoff, stated, published, low, best, high, qualifier, asserts, credibility, links, disputed_by,
     standing, reliability, marking) = row  # fmt: skip
    return Claim(
        id=claim,
        report=report,
        n=n,
        position=position,
        indicator=indicator,
        cohort=cohort or None,
        originator=originator,
        basis=basis,
        status=status,
        period=period,
        cell=(None if first == NO_FIRST else first, None if last == NO_LAST else last),
        cutoff=cutoff,
        stated=stated,
        published=published,
        low=low,
        best=best,
        high=high,
        qualifier=qualifier,
        asserts=None if asserts is None else bool(asserts),
        reliability=reliability,
        credibility=credibility,
        marking=marking or MARKINGS[0],
        links=_names(links) if links else (),
        disputed_by=_names(disputed_by) if disputed_by else (),
        standing=standing,
    )


@lru_cache(maxsize=4_096)
def _names(text: str) -> tuple[str, ...]:
    return tuple(json.loads(text))
