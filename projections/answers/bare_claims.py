"""Claims with no more than suspicions look at, which are read of all claims on an indicator."""

import sqlite3
from collections.abc import Iterable
from typing import Any

from domain.estimates.claims import Claim
from domain.estimates.estimate import Question
from domain.estimates.suspicions.line import Voice
from projections.answers.as_of import AsOf
from projections.answers.claims import ACTIVE_LANES, disputers, names, parameters, place_of, where
from projections.tables.claim_rows import NO_FIGURE, NO_FIRST, NO_LAST
from projections.tables.registry import voices_at

BARE = (
    "c.claim, c.report, c.n, c.position, c.cohort, c.incident, c.originator, c.first, c.last, "
    "c.prospective, c.cutoff, c.stated, c.published, c.low, c.best, c.high, c.qualifier, c.asserts, "
    "c.links, c.disputed_by"
)
LINED = (
    "c.claim, c.n, c.position, c.originator, c.first, c.last, c.cutoff, c.stated, c.published, "
    "c.low, c.best, c.high, c.qualifier"
)
"""Less than that, of claims in a line: what differs among observed figures of one voice and cohort."""
_ACTIVE = (
    f"SELECT {BARE} FROM claims c WHERE c.indicator = :indicator{{place}} "
    f"AND c.lane IN ({ACTIVE_LANES}, '{NO_FIGURE}') AND {{where}}"
)


def bare_claims(
    db: sqlite3.Connection, indicator: str, as_of: AsOf, question: Question | None = None
) -> list[Claim]:
    """The active claims on an indicator, with a figure or without, in no order.

    Those of the cohort and cell of a question, or of all.
    """
    place, more = place_of(question, every_cohort=False) if question else ("", {})
    query = _ACTIVE.format(place=place, where=where(as_of))
    rows = db.execute(query, parameters(as_of, indicator=indicator, **more))
    return claims_in(db, rows, indicator, as_of)


def claims_in(
    db: sqlite3.Connection, rows: Iterable[tuple[Any, ...]], indicator: str, as_of: AsOf
) -> list[Claim]:
    """The claims in rows of `BARE`; the other fields of a claim are empty."""
    voice_of = voices_at(db, as_of.position).get
    # One by one in a function of its own, each would take a quarter more.
    return [
        Claim(
            claim, report, n, position, indicator, cohort or None, incident or None, originator,
            voice_of(originator, originator), "unknown", "reported", "",
            (None if first == NO_FIRST else first, None if last == NO_LAST else last),
            prospective == 1, cutoff, stated, 0, published, low, best, high, qualifier,
            None if asserts is None else asserts == 1, None, None, "TLP:CLEAR",
            names(links) if links else (), (), disputers(db, disputed_by) if disputed_by else (),
        )
        for (claim, report, n, position, cohort, incident, originator, first, last, prospective,
             cutoff, stated, published, low, best, high, qualifier, asserts, links,
             disputed_by) in rows
    ]  # fmt: skip


def claims_in_line(rows: Iterable[tuple[Any, ...]], indicator: str, line: Voice) -> list[Claim]:
    """The claims in rows of `LINED`; the other fields of a claim are empty."""
    voice, cohort = line
    return [
        Claim(
            claim, "", n, position, indicator, cohort, None, originator, voice, "unknown", "reported",
            "", (None if first == NO_FIRST else first, None if last == NO_LAST else last), False,
            cutoff, stated, 0, published, low, best, high, qualifier,
        )
        for (claim, n, position, originator, first, last, cutoff, stated, published, low, best, high,
             qualifier) in rows
    ]  # fmt: skip
