"""What was published of an indicator, version by version, as known at a position."""

import sqlite3
from collections.abc import Iterator

from domain.estimates.revisions import Release
from projections.answers.as_of import AsOf
from projections.answers.claims import (
    FIELDS,
    OF_A_VOICE,
    claim_of,
    ids_of_voice,
    parameters,
    where,
)
from projections.tables.claim_rows import ORIGIN, WEAK
from projections.tables.registry import voices_at

FILED = 1
"""The version of a report by which it was filed; the others are its publisher's corrections."""

_KNOWN = "{row}.since <= :position AND {row}.until > :position"
_COUNTS = "{row}.valid <= :until AND {row}.pub_from <= :by"
_STANDS = (
    "(c.pub_to > :by OR EXISTS (SELECT 1 FROM claims k WHERE k.claim = c.claim "
    f"AND {_KNOWN.format(row='k')} AND {_COUNTS.format(row='k')} AND k.pub_to > :by "
    "AND k.standing = 'active' AND k.links = ''))"
)
RELEASES = (
    f"SELECT {FIELDS}, c.version FROM claims c WHERE c.indicator = :indicator{{narrowed}} "
    f"AND c.lane IN ('{ORIGIN}', '{WEAK}') AND {{where}} ORDER BY c.position, c.n, c.pub_from"
)
_RELEASED = f"{_KNOWN.format(row='c')} AND {_COUNTS.format(row='c')} AND {_STANDS}"


def releases(
    db: sqlite3.Connection,
    indicator: str,
    as_of: AsOf,
    cohort: str | None = None,
    originator: str | None = None,
) -> Iterator[Release]:
    """Every release of the claims that are active and without a link at the times asked.

    `cohort` and `originator` narrow them to one cohort and to one voice, by what each version names.
    A version that relayed another claim is no release of the originator's own words.
    """
    voices = voices_at(db, as_of.position)
    narrowed, more = "", dict[str, object]()
    if cohort is not None:
        narrowed, more = " AND c.cohort = :cohort", {"cohort": cohort}
    if originator is not None:
        narrowed += f" AND {OF_A_VOICE}"
        more["voice"] = ids_of_voice(voices.get(originator, originator), voices)
    query = RELEASES.format(narrowed=narrowed, where=where(as_of, _RELEASED))
    found: Release | None = None
    for *fields, version in db.execute(query, parameters(as_of, indicator=indicator, **more)):
        claim = claim_of(db, tuple(fields), voices)
        # Disputes cut the row of a version: its first piece bears the number of the version itself.
        if found and (found.claim.id, found.claim.published) == (claim.id, claim.published):
            found = Release(claim, found.corrected)
            continue
        if found:
            yield found
        found = Release(claim, version != FILED)
    if found:
        yield found
