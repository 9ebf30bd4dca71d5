"""Claims as they stand at any record position, publication time and valid time, read by index."""

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from itertools import islice
from typing import Any

from domain.estimates.claims import Cell, Claim, LookUp
from domain.estimates.estimate import Question
from domain.stream_names import source_stream
from domain.vocabulary import MARKINGS, restriction
from projections.answers.as_of import EVERYTHING, AsOf
from projections.tables.claim_rows import (
    ACTIVE,
    NO_FIGURE,
    NO_FIRST,
    NO_LAST,
    PROSPECTIVE,
    WHOLE,
)
from projections.tables.registry import Voices, sources_of, voices_at
from projections.tables.sight import hidden_in

_COLUMNS = (
    "c.claim, c.report, c.n, c.position, c.indicator, c.cohort, c.incident, c.originator, c.basis, "
    "c.status, c.period, c.first, c.last, c.prospective, c.cutoff, c.stated, c.stated_on, "
    "c.published, c.low, c.best, c.high, c.qualifier, c.asserts, c.credibility, c.links, c.rests_on, "
    "c.disputed_by, c.quote, c.standing, "
)
FIELDS = (
    f"{_COLUMNS}(SELECT s.reliability FROM sources s WHERE s.id = c.originator "
    "AND s.since <= :position AND s.until > :position) AS reliability, "
    "coalesce((SELECT m.marking FROM markings m WHERE m.report = c.report), 'TLP:CLEAR') AS marking"
)
_KNOWN = "c.since <= :position AND c.until > :position"
PUBLISHED = f"{_KNOWN} AND c.pub_from <= :by AND c.pub_to > :by"
_COVERED = f"{PUBLISHED} AND c.valid <= :until"
ACTIVE_LANES = ", ".join(f"'{lane}'" for lane in ACTIVE)
_CLEARED = "coalesce((SELECT m.level FROM markings m WHERE m.report = c.report), 0) <= :clearance"


def parameters(as_of: AsOf, **more: Any) -> dict[str, Any]:
    """The times asked as parameters of a query."""
    return {
        "position": as_of.position,
        "by": as_of.by,
        "until": as_of.until,
        "clearance": restriction(as_of.clearance),
        **more,
    }


def where(as_of: AsOf, condition: str = _COVERED) -> str:
    """A condition for the times asked and, for a reader who may not see everything, the clearance."""
    return condition if as_of.clearance == EVERYTHING else f"{condition} AND {_CLEARED}"


OF_A_VOICE = "c.originator IN (SELECT value FROM json_each(:voice))"
"""Whether a claim is by an originator whose ids `ids_of_voice` gives."""


def ids_of_voice(voice: str, voices: Voices) -> str:
    """A voice and all that speak for it, as a JSON array for a query."""
    return json.dumps(sources_of(voice, voices))


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
    prospective: bool = False,
    fields: str = FIELDS,
) -> Iterator[Claim]:
    """Every active claim with a figure for the cohort and cell asked about, relays included.

    `every_cohort` adds the claims of all cohorts, which an increment always has; `unspecified` adds
    claims without a figure; `prospective` leaves only those that may be a prospective headline.
    `fields` is what is read of each.
    """
    place, more = place_of(question, every_cohort or question.measure == "increment")
    if prospective:
        place += f" AND c.headline = {PROSPECTIVE}"
    lanes = f"{ACTIVE_LANES}, '{NO_FIGURE}'" if unspecified else ACTIVE_LANES
    query = ACTIVE_CLAIMS.format(fields=fields, place=place, lanes=lanes, where=where(as_of))
    voices = voices_at(db, as_of.position)
    for row in db.execute(query, parameters(as_of, indicator=indicator, **more)):
        yield claim_of(db, row, voices)


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
    """A cell as the table stores it."""
    first, last = cell
    return {
        "first": NO_FIRST if first is None else first,
        "last": NO_LAST if last is None else last,
    }


def look_up(db: sqlite3.Connection, as_of: AsOf) -> LookUp:
    """A function that finds any claim as it stands at the times asked, whether it counts or not."""
    voices = voices_at(db, as_of.position)

    def find(claim: str) -> Claim | None:
        # If nothing of it is published by then, its first version shows what it will be about.
        query = (
            f"SELECT {FIELDS}, c.pub_from, c.valid FROM main.claims c WHERE c.claim = :claim "
            f"AND {_KNOWN} "
            "ORDER BY (c.pub_from <= :by AND c.pub_to > :by) DESC, c.pub_from LIMIT 1"
        )
        row = db.execute(query, parameters(as_of, claim=claim)).fetchone()
        if row is None:
            return _redacted(db, claim, as_of)
        found = claim_of(db, row[:-2], voices)
        if restriction(found.marking) > restriction(as_of.clearance):
            return replace(found, standing="beyond-clearance")
        if row[-2] > as_of.by:
            return replace(found, standing="not-yet-published")
        if found.standing == "active" and row[-1] > as_of.until:
            return replace(found, standing="beyond-valid-at")
        return found

    return find


def _redacted(db: sqlite3.Connection, claim: str, as_of: AsOf) -> Claim | None:
    """What is left of a claim that was redacted: what it was about, and what it was derived from."""
    row = db.execute(
        "SELECT report, n, position, indicator, links FROM redacted_claims "
        "WHERE claim = ? AND position <= ?",
        (claim, as_of.position),
    ).fetchone()
    if row is None:
        return None
    report, n, position, indicator, links = row
    return Claim(
        id=claim,
        report=report,
        n=n,
        position=position,
        indicator=indicator,
        cohort=None,
        incident=None,
        originator="",
        voice="",
        basis="unknown",
        status="reported",
        period="",
        cell=(None, None),
        prospective=False,
        cutoff=0,
        stated=0,
        stated_on=0,
        published=0,
        links=names(links),
        standing="redacted",
    )


def relays_of(db: sqlite3.Connection, claim: str, as_of: AsOf, limit: int) -> list[Claim]:
    """At most `limit` active claims that derive directly from one, at the times asked."""
    find = look_up(db, as_of)
    rows = db.execute("SELECT DISTINCT child FROM links WHERE parent = ? ORDER BY child", (claim,))
    found = (find(row[0]) for row in rows.fetchall())
    relays = (c for c in found if c and c.standing == "active" and claim in c.links)
    return list(islice(relays, limit))


def cohorts(db: sqlite3.Connection, indicator: str, as_of: AsOf) -> list[str]:
    """The cohorts of which an indicator has active claims at the times asked."""
    rows = db.execute(
        "SELECT DISTINCT c.cohort FROM claims c WHERE c.indicator = :indicator AND c.cohort > '' "
        f"AND c.lane IN ({ACTIVE_LANES}) AND {where(as_of)} ORDER BY c.cohort",
        parameters(as_of, indicator=indicator),
    )
    return [row[0] for row in rows]


def any_unspecified(db: sqlite3.Connection, indicator: str, as_of: AsOf) -> bool:
    """Whether there are active claims on the whole of an indicator without a number ("hundreds")."""
    query = (
        f"SELECT 1 FROM claims c WHERE c.indicator = :indicator AND c.cohort = '{WHOLE}' "
        f"AND c.lane = '{NO_FIGURE}' AND {where(as_of)} LIMIT 1"
    )
    return db.execute(query, parameters(as_of, indicator=indicator)).fetchone() is not None


def indicators_voiced_by(db: sqlite3.Connection, source: str, as_of: AsOf) -> set[str]:
    """The indicators about which a source had said something by the times asked, counting or not."""
    query = (
        "SELECT v.indicator FROM voices v WHERE v.originator = :source AND EXISTS (SELECT 1 "
        "FROM claims c WHERE c.indicator = v.indicator AND c.originator = :source "
        f"AND c.since <= :position AND c.pub_from <= :by AND {where(as_of, 'c.valid <= :until')})"
    )
    return {row[0] for row in db.execute(query, parameters(as_of, source=source))}


def active_by_originator(db: sqlite3.Connection, indicator: str, as_of: AsOf) -> dict[str, int]:
    """How many claims on an indicator are active, with a figure or without, by originator."""
    query = (
        "SELECT c.originator, count(*) FROM claims c WHERE c.indicator = :indicator "
        f"AND c.lane IN ({ACTIVE_LANES}, '{NO_FIGURE}') AND {where(as_of)} "
        "GROUP BY c.originator ORDER BY c.originator"
    )
    return dict(db.execute(query, parameters(as_of, indicator=indicator)).fetchall())


def claim_of(db: sqlite3.Connection, row: tuple[Any, ...], voices: Voices) -> Claim:
    """The claim in a row of `FIELDS`."""
    (claim, report, n, position, indicator, cohort, incident, originator, basis, status, period, first,
     last, prospective, cutoff, stated, stated_on, published, low, best, high, qualifier, asserts,
     credibility, links, rests_on, disputed_by, quote, standing, reliability,
     marking) = row  # fmt: skip
    cell = None if first == NO_FIRST else first, None if last == NO_LAST else last
    # By their places: to name thirty arguments takes twice as long as all the rest.
    return Claim(
        claim, report, n, position, indicator, cohort or None, incident or None, originator,
        voices.get(originator, originator), basis, status, period, cell, bool(prospective), cutoff,
        stated, stated_on, published, low, best, high, qualifier,
        None if asserts is None else bool(asserts), reliability, credibility, marking or MARKINGS[0],
        names(links) if links else (), names(rests_on) if rests_on else (),
        disputers(db, disputed_by) if disputed_by else (), quote, standing,
    )  # fmt: skip


def disputers(db: sqlite3.Connection, text: str) -> tuple[str, ...]:
    """The sources that dispute a claim, in its column, as far as they are seen."""
    hidden = hidden_in(db)
    return tuple(name for name in names(text) if not hidden(source_stream(name)))


@lru_cache(maxsize=4_096)
def names(text: str) -> tuple[str, ...]:
    """The names in a column that is not empty."""
    return tuple(json.loads(text))
