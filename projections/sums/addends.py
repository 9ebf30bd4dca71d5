"""The addends of some cells: their claims as they stood at a position, and what they come to."""

import json
import sqlite3
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal

from domain.arithmetic import exact, exact_sum
from domain.estimates.cell_figures import cells_of
from domain.estimates.cells import cell_of_span, place_of
from domain.estimates.claims import Claim
from domain.estimates.estimate import Estimate, Question
from domain.estimates.estimation import with_figure
from domain.estimates.flags import Flag
from domain.estimates.policies import INSIDE
from domain.estimates.sums import Addend, addends, first_uses
from domain.estimates.support import WEAKEST_FIRST
from domain.vocabulary import restriction
from projections.answers.as_of import AsOf
from projections.answers.claims import FIELDS, PUBLISHED, claim_of, in_cell, parameters
from projections.sums.families import Key, key_of
from projections.tables.claim_rows import NO_FIGURE, ORIGIN, WEAK
from projections.tables.registry import voices_at
from projections.tables.sums import AddendRow

COUNTS = f"c.lane IN ('{ORIGIN}', '{WEAK}', '{NO_FIGURE}') AND c.links = '' AND c.prospective = 0"
"""Whether a claim counts in an addend: observed, and derived from none."""
_OF_CELLS = (
    f"SELECT {FIELDS} FROM json_each(:keys) k CROSS JOIN claims c INDEXED BY {{index}} "
    f"ON c.indicator = :indicator AND c.cohort = k.value ->> 0 AND {{cell}} "
    f"WHERE {COUNTS} AND {PUBLISHED}"
)
_OF_PERIODS = _OF_CELLS.format(
    index="claims_by_cell",
    cell="c.first = k.value ->> 2 AND c.last = k.value ->> 3 AND c.incident = ''",
)
_OF_INCIDENTS = _OF_CELLS.format(
    index="claims_by_incident", cell="c.incident = k.value ->> 1 AND c.incident > ''"
)


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the claims of an increment as they stood at a position."""

    db: sqlite3.Connection
    indicator: str
    position: int

    def claims(self, keys: Collection[Key]) -> dict[Key, list[Claim]]:
        """The claims that count, by cell, in the order in which they were recorded."""
        found: dict[Key, list[Claim]] = {}
        voices = voices_at(self.db, self.position)
        for query, incidents in ((_OF_PERIODS, False), (_OF_INCIDENTS, True)):
            wanted = [key for key in keys if bool(key.incident) is incidents]
            if wanted:
                given = {"keys": json.dumps(wanted), "indicator": self.indicator}
                rows = self.db.execute(query, parameters(AsOf(self.position), **given))
                for claim in (claim_of(self.db, row, voices) for row in rows):
                    found.setdefault(claim_key(claim), []).append(claim)
        for claims in found.values():
            claims.sort(key=lambda claim: (claim.position, claim.n))
        return found


def claim_key(claim: Claim) -> Key:
    """The cell of a claim, as the tables have it."""
    days = in_cell(claim.cell)
    return key_of(claim.cohort or "", claim.incident or "", days["first"], days["last"])


def days_of(question: Question, key: Key, claims: Sequence[Claim]) -> tuple[int, int]:
    """First and last day of a cell; an incident's are those of its vintages."""
    if not key.incident:
        return key.first, key.last
    figures, without = with_figure("increment", claims)
    cell = cells_of(question, figures, without, Estimate())[place_of(claims[0])]
    return _stored(cell.days)


def _stored(days: tuple[float, float]) -> tuple[int, int]:
    given = in_cell(cell_of_span(days))
    return given["first"], given["last"]


def addend_rows(question: Question, claims: Sequence[Claim]) -> list[AddendRow]:
    """What the outermost cells of a family add, from all claims in it; a claim is used once."""
    found = addends(question, *with_figure("increment", claims))
    return [_row(addend, [claim.id for claim in used]) for addend, used in first_uses(found)]


def _row(addend: Addend, first_used: Sequence[str]) -> AddendRow:
    place, found = addend.place, addend.found
    first, last = _stored(addend.days)
    level = found.support.level
    return AddendRow(
        cohort=place.cohort or "",
        first=first,
        back=-last,
        incident=place.incident or "",
        best=_text(addend.figure.best),
        low=_text(addend.figure.low),
        high=_text(addend.figure.high),
        used=json.dumps(first_used),
        voices=json.dumps(sorted({claim.voice for claim in found.used})),
        covers=max((claim.covers_until for claim in found.used), default=None),
        led=int(found.leading is not None and found.leading.id != INSIDE),
        support=None if level is None else WEAKEST_FIRST.index(level),
        reasons=json.dumps(found.support.reasons),
        flags=_flags(found.flags) if found.flags else "",
        clash=json.dumps(addend.clashing) if addend.clashing else "",
        level=max((restriction(c.marking) for c in found.used if c.id in first_used), default=0),
    )


def _flags(flags: Sequence[Flag]) -> str:
    return json.dumps([[flag.code, flag.detail, flag.claims] for flag in flags])


def _text(bound: float | None) -> str | None:
    return None if bound is None else decimal_text(exact(bound))


def decimal_text(value: Decimal) -> str:
    """A decimal number in digits, without needless zeros."""
    return f"{exact_sum(value, Decimal(0)):f}"
