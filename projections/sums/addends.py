"""The addends of some cells: their claims as they stood at a position, and what they come to."""

import json
import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from math import inf
from typing import Any, NamedTuple

from domain.arithmetic import exact, exact_sum, is_whole
from domain.estimates.cell_figures import Memory, cells_of
from domain.estimates.cells import Span, place_of
from domain.estimates.claims import Claim
from domain.estimates.estimate import Question
from domain.estimates.estimation import with_figure
from domain.estimates.flags import Flag
from domain.estimates.policies import INSIDE
from domain.estimates.sums import Addend, addend_alone, addends, first_uses
from domain.estimates.support import WEAKEST_FIRST
from domain.vocabulary import restriction
from projections.answers.as_of import AsOf
from projections.answers.claims import FIELDS, PUBLISHED, claim_of, in_cell, parameters
from projections.sums.families import CellRow, Key
from projections.tables.claim_rows import NO_FIGURE, NO_FIRST, NO_LAST, ORIGIN, WEAK
from projections.tables.projection import FOREVER
from projections.tables.registry import Voices, voices_at
from projections.tables.sums import AddendRow

COUNTS = f"c.lane IN ('{ORIGIN}', '{WEAK}', '{NO_FIGURE}') AND c.links = '' AND c.prospective = 0"
"""Whether a claim counts in an addend: observed, and derived from none."""
_OF_CELLS = (
    f"SELECT {FIELDS}, c.since, c.until FROM json_each(:keys) k "
    "CROSS JOIN main.claims c INDEXED BY {index} "
    f"ON c.indicator = :indicator AND c.cohort = k.value ->> 0 AND {{cell}} WHERE {COUNTS} "
    "AND "
)
_FROM_TO = f"c.since <= :position AND c.until > :first AND c.pub_to = {FOREVER}"
_BEFORE = f"c.since < :first AND c.until > :first AND c.pub_to = {FOREVER}"
_OF_PERIODS = _OF_CELLS.format(
    index="claims_by_cell",
    cell="c.first = k.value ->> 2 AND c.last = k.value ->> 3 AND c.incident = ''",
)
_OF_INCIDENTS = _OF_CELLS.format(
    index="claims_by_incident", cell="c.incident = k.value ->> 1 AND c.incident > ''"
)


class Said(NamedTuple):
    """A claim, with the positions from which and until which it stands."""

    since: int
    until: int
    claim: Claim


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the claims of an increment as they stand at some positions, from one to another.

    No source's grade or voice may change between them. `begun` are the claims that began to count at
    these positions, where they are known already; so may be whose voice each source is.
    """

    db: sqlite3.Connection
    indicator: str
    first: int
    last: int
    begun: Mapping[Key, Sequence[Said]] | None = None
    voices: Voices | None = None

    def said(self, keys: Collection[Key]) -> dict[Key, Sequence[Said]]:
        """The claims that count at any of the positions, by cell, in the order of recording."""
        if not keys:
            return {}
        given = {"indicator": self.indicator, "first": self.first, "position": self.last}
        if self.begun is None:
            return {**_said(self.db, keys, _FROM_TO, given)}
        before = _said(self.db, keys, _BEFORE, given, self.voices)
        return {
            key: in_order([*before.get(key, ()), *begun]) if begun else before.get(key, ())
            for key in keys
            for begun in [self.begun.get(key, ())]
        }

    def new(self, keys: Iterable[Key]) -> dict[Key, Sequence[Said]]:
        """Those that began at these positions, as far as they are known."""
        begun = self.begun or {}
        return {key: begun.get(key, ()) for key in keys}


def in_order(said: list[Said]) -> list[Said]:
    """Claims in the order in which they were recorded."""
    if len(said) > 1:
        said.sort(key=lambda each: (each.claim.position, each.claim.n))
    return said


def published_claims(
    db: sqlite3.Connection, indicator: str, keys: Collection[Key], as_of: AsOf
) -> dict[Key, list[Claim]]:
    """The claims that count at the times asked, by cell, in the order of recording."""
    found = _said(db, keys, PUBLISHED, parameters(as_of, indicator=indicator))
    return {key: [said.claim for said in each] for key, each in found.items()}


def _said(
    db: sqlite3.Connection,
    keys: Collection[Key],
    standing: str,
    given: Mapping[str, Any],
    voices: Voices | None = None,
) -> dict[Key, list[Said]]:
    """The claims in some cells under a condition on their times."""
    found: dict[Key, list[Said]] = {}
    voices = voices_at(db, given["position"]) if voices is None else voices
    for query, incidents in ((_OF_PERIODS, False), (_OF_INCIDENTS, True)):
        wanted = [key for key in keys if bool(key.incident) is incidents]
        rows = db.execute(query + standing, {**given, "keys": json.dumps(wanted)}) if wanted else ()
        for row in rows:
            claim = claim_of(db, row[:-2], voices)
            found.setdefault(claim_key(claim), []).append(Said(row[-2], row[-1], claim))
    return {key: in_order(each) for key, each in found.items()}


def claims_at(position: int, said: Iterable[Said]) -> list[Claim]:
    """The claims that stand at a position."""
    return [claim for since, until, claim in said if since <= position < until]


def claim_key(claim: Claim) -> Key:
    """The cell of a claim, as the tables have it."""
    if claim.incident:
        return Key(claim.cohort or "", claim.incident, 0, 0)
    days = in_cell(claim.cell)
    return Key(claim.cohort or "", "", days["first"], days["last"])


def cell_row(question: Question, key: Key, claims: Sequence[Claim]) -> CellRow:
    """A cell that is of no family yet, from its claims."""
    first, last = _days_of(question, key, claims)
    return CellRow(key.cohort, key.incident, first, last, 0, 0)


def said_in(group: Iterable[CellRow], claims: Mapping[Key, Sequence[Claim]]) -> list[Claim]:
    """The claims of some cells in the order in which they were recorded; derived ones come last."""
    said = [claim for cell in group for claim in claims[cell.key]]
    said.sort(key=lambda claim: (bool(claim.links), claim.position, claim.n))
    return said


def _days_of(question: Question, key: Key, claims: Sequence[Claim]) -> tuple[int, int]:
    """First and last day of a cell; an incident's are those of its vintages."""
    if not key.incident:
        return key.first, key.last
    figures, without = with_figure("increment", claims)
    cell = cells_of(question, figures, without)[place_of(claims[0])]
    return _stored(cell.days)


def _stored(days: Span) -> tuple[int, int]:
    first, last = days
    return NO_FIRST if first == -inf else int(first), NO_LAST if last == inf else int(last)


def addend_rows(
    question: Question, claims: Sequence[Claim], memory: Memory | None = None
) -> list[AddendRow]:
    """What the outermost cells of a family add, from all claims in it; a claim or flag counts once."""
    found = addends(question, *with_figure("increment", claims), memory)
    flagged = set[Flag]()
    return [_row(addend, used, flagged) for addend, used in first_uses(found)]


def addend_row(question: Question, claims: Sequence[Claim]) -> AddendRow:
    """What a cell adds that is alone of its family, from all claims in it."""
    addend = addend_alone(question, *with_figure("increment", claims))
    return _row(addend, addend.found.used, set())


def _row(addend: Addend, first_used: Sequence[Claim], flagged: set[Flag]) -> AddendRow:
    """What an addend adds; of its flags, those that none before it has."""
    place, found, figure = addend.place, addend.found, addend.figure
    first, last = _stored(addend.days)
    level = found.support.level
    return AddendRow(
        place.cohort or "",
        first,
        -last,
        place.incident or "",
        best=_text(figure.best),
        low=_text(figure.low),
        high=_text(figure.high),
        used=_quoted([claim.id for claim in first_used]),
        voices=_listed(tuple(sorted({claim.voice for claim in found.used}))),
        covers=max([claim.covers_until for claim in found.used], default=None),
        led=int(found.leading is not None and found.leading.id != INSIDE),
        support=None if level is None else WEAKEST_FIRST.index(level),
        reasons=_listed(found.support.reasons),
        flags=_flags(found.flags, flagged) if found.flags else "",
        clash=json.dumps(addend.clashing) if addend.clashing else "",
        level=max([restriction(claim.marking) for claim in first_used], default=0),
    )


def _quoted(claims: Sequence[str]) -> str:
    """Ids of claims as JSON; they have no characters that JSON escapes."""
    return '["' + '", "'.join(claims) + '"]' if claims else "[]"


@lru_cache(maxsize=4_096)
def _listed(words: tuple[str, ...]) -> str:
    return json.dumps(words)


def _flags(flags: Sequence[Flag], flagged: set[Flag]) -> str:
    fresh = [flag for flag in dict.fromkeys(flags) if flag not in flagged]
    flagged.update(fresh)
    return json.dumps([[flag.code, flag.detail, flag.claims] for flag in fresh]) if fresh else ""


def _text(bound: float | None) -> str | None:
    if bound is None:
        return None
    return str(int(bound)) if is_whole(bound) else decimal_text(exact(bound))


def decimal_text(value: Decimal) -> str:
    """A decimal number in digits, without needless zeros."""
    return f"{exact_sum(value, Decimal(0)):f}"
