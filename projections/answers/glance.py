"""What the board shows of an indicator beside its estimate: flags in short, and its last revisions."""

import sqlite3
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from typing_extensions import TypedDict

from domain.estimates.flags import FlagCode
from domain.estimates.support import Level
from projections.answers.as_of import AsOf
from projections.answers.claims import any_unspecified
from projections.answers.estimate_answer import EstimateAnswer, FlagAnswer, flag_answer
from projections.answers.estimates import answer
from projections.answers.flags import Suspect, listed_flags, suspicions_of
from projections.answers.kept_sums import MOST_FLAGS
from projections.answers.kept_suspicions import are_nearly_kept
from projections.answers.questions import HEADLINE
from projections.answers.recent import RevisedAnswer, recent
from projections.answers.values import Number
from projections.tables.claim_writes import tally_at


class _FlagsInShort(TypedDict):
    flags: list[FlagAnswer]
    flag_counts: dict[FlagCode, int]


class Glance(NamedTuple):
    """What the board shows of an indicator beside its estimate, and what it is filtered by."""

    flags: list[FlagAnswer]
    flag_counts: dict[FlagCode, int]
    support: Level | None
    revised: RevisedAnswer | None
    recent: list[Number]
    """The latest figures, oldest first; None where one was no single number."""
    unspecified: bool


def in_short(found: Sequence[FlagAnswer]) -> _FlagsInShort:
    """The first flags of several, and how many there are of each code."""
    counts = Counter(flag["code"] for flag in found)
    return {"flags": list(found[:MOST_FLAGS]), "flag_counts": dict(counts)}


def glance(
    db: sqlite3.Connection,
    indicator: str,
    as_of: AsOf,
    body: EstimateAnswer | None = None,
    suspect: Suspect = suspicions_of,
) -> Glance:
    """What the board shows of an indicator at the times asked; `body` is its estimate, if known."""
    body = body or answer(db, indicator, as_of)
    lately = recent(db, indicator, as_of)
    return Glance(
        **_flags_in_short(db, indicator, as_of, body["flags"], suspect),
        support=body["support"]["level"],
        revised=lately.revised,
        recent=lately.figures,
        unspecified=any_unspecified(db, indicator, as_of),
    )


SHORT_READ = 500
"""About how many claims take as long to read as what a glance reads beside the flags."""


def claims_to_read(db: sqlite3.Connection, indicator: str, as_of: AsOf) -> int:
    """About how many claims take as long to read as finding what the board shows of an indicator."""
    if are_nearly_kept(db, indicator, as_of):
        return SHORT_READ
    return SHORT_READ + tally_at(db, indicator, None, as_of.position)[0]


def _flags_in_short(
    db: sqlite3.Connection,
    indicator: str,
    as_of: AsOf,
    of_headline: Sequence[FlagAnswer],
    suspect: Suspect,
) -> _FlagsInShort:
    """The flags of a headline and over all claims in short; of those that are kept none but these."""
    found = listed_flags(db, indicator, as_of, HEADLINE, suspect, MOST_FLAGS)
    first = [*of_headline, *map(flag_answer, found.flags)]
    counts = Counter(flag["code"] for flag in of_headline)
    counts.update(found.counts)
    return {"flags": first[:MOST_FLAGS], "flag_counts": dict(counts)}
