"""Every cell in which there ever were claims of a sum, with the days on which it was."""

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence

from domain.estimates.cells import merged
from domain.estimates.claims import Claim
from projections.answers.claims import in_cell
from projections.sums.addends import Said
from projections.sums.families import Key, key_of
from projections.sums.stored import Days

MOST_PLACES = 1_000
"""Maximum number of cells around some others; where there are more, a sum is computed from claims."""

_FIELDS = "c.cohort, c.incident, c.first, c.last"
_SIZES = (
    "WITH RECURSIVE sizes (size) AS (SELECT min(size) FROM sum_places WHERE indicator = :indicator "
    "UNION ALL SELECT (SELECT min(c.size) FROM sum_places c WHERE c.indicator = :indicator "
    "AND c.size > sizes.size) FROM sizes WHERE size >= 0) SELECT size FROM sizes WHERE size >= 0"
)
_MEETING = (
    f"SELECT {_FIELDS} FROM json_each(:days) d CROSS JOIN json_each(:sizes) s CROSS JOIN sum_places c "
    "ON c.indicator = :indicator AND c.size = s.value ->> 0 "
    "AND c.first BETWEEN (d.value ->> 0) - (s.value ->> 1) AND (d.value ->> 1) "
    "WHERE c.last >= (d.value ->> 0)"
)
_OF_INCIDENTS = (
    f"SELECT {_FIELDS} FROM json_each(:incidents) n CROSS JOIN sum_places c "
    "INDEXED BY sum_places_by_incident ON c.indicator = :indicator AND c.incident = n.value "
    "AND c.incident > ''"
)


def write_places(db: sqlite3.Connection, indicator: str, said: Mapping[Key, Sequence[Said]]) -> None:
    """Insert cells with the days that claims in them name."""
    rows = {_row(indicator, key, one.claim) for key, each in said.items() for one in each}
    db.executemany("INSERT OR IGNORE INTO sum_places VALUES (?, ?, ?, ?, ?, ?)", rows)


def _row(indicator: str, key: Key, claim: Claim) -> tuple[str, int, int, int, str, str]:
    days = in_cell(claim.cell)
    first, last = days["first"], days["last"]
    return indicator, (last - first).bit_length(), first, last, key.cohort, key.incident


def places_around(
    db: sqlite3.Connection, indicator: str, keys: Iterable[Key], days: Iterable[Days]
) -> set[Key] | None:
    """Some cells, on some days, with all that ever shared a day with any of them, and so on.

    None where these are too many.
    """
    found, spans, seen = {*keys}, _merged(days), list[Days]()
    sizes = [(size, 2**size - 1) for (size,) in db.execute(_SIZES, {"indicator": indicator}).fetchall()]
    while spans != seen:
        if len(found) > MOST_PLACES:
            return None
        given = {"indicator": indicator, "days": json.dumps(spans), "sizes": json.dumps(sizes)}
        named = {key.incident for key in found if key.incident}
        rows = db.execute(_MEETING, given).fetchall()
        named.update(row[1] for row in rows if row[1])
        if named:
            given["incidents"] = json.dumps(sorted(named))
            rows += db.execute(_OF_INCIDENTS, given).fetchall()
        found.update(key_of(*row) for row in rows)
        seen, spans = spans, _merged([*spans, *((first, last) for _, _, first, last in rows)])
    return found


def _merged(days: Iterable[Days]) -> list[Days]:
    return [(int(first), int(last)) for first, last in merged(days)]
