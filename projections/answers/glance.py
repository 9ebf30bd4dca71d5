"""What the board shows of an indicator beside its estimate: flags in short, and its last revisions."""

import sqlite3
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from typing_extensions import TypedDict

from domain.estimates.figures import single_number
from domain.estimates.flags import FlagCode
from domain.estimates.support import Level
from projections.answers.as_of import AsOf
from projections.answers.claims import active_by_originator, any_unspecified
from projections.answers.estimate_answer import EstimateAnswer, FlagAnswer
from projections.answers.estimates import answer
from projections.answers.flags import flags
from projections.answers.kept_sums import MOST_FLAGS as MOST_FLAGS
from projections.answers.values import Instant, Number, instant, number
from projections.answers.vintages import Vintage, recent


class _FlagsInShort(TypedDict):
    flags: list[FlagAnswer]
    flag_counts: dict[FlagCode, int]


class RevisedAnswer(TypedDict):
    """When publications last changed a figure, and the event behind it; `or_before`: or earlier."""

    published_at: Instant
    position: int
    or_before: bool


class Glance(NamedTuple):
    """What the board shows of an indicator beside its estimate, and what it is filtered by."""

    flags: list[FlagAnswer]
    flag_counts: dict[FlagCode, int]
    support: Level | None
    revised: RevisedAnswer | None
    recent: list[Number]
    """The latest figures, oldest first; None where one was no single number."""
    unspecified: bool
    voiced: dict[str, int]
    """How many claims count now, by originator."""


def in_short(found: Sequence[FlagAnswer]) -> _FlagsInShort:
    """The first flags of several, and how many there are of each code."""
    counts = Counter(flag["code"] for flag in found)
    return {"flags": list(found[:MOST_FLAGS]), "flag_counts": dict(counts)}


def glance(
    db: sqlite3.Connection, indicator: str, as_of: AsOf, body: EstimateAnswer | None = None
) -> Glance:
    """What the board shows of an indicator at the times asked; `body` is its estimate, if known."""
    body = body or answer(db, indicator, as_of)
    vintages, older = recent(db, indicator, as_of)
    return Glance(
        **in_short([*body["flags"], *flags(db, indicator, as_of)]),
        support=body["support"]["level"],
        revised=_revised(vintages, older),
        recent=[_single(vintage) for vintage in vintages],
        unspecified=any_unspecified(db, indicator, as_of),
        voiced=active_by_originator(db, indicator, as_of),
    )


def _revised(vintages: Sequence[Vintage], older: bool) -> RevisedAnswer | None:
    if not vintages:
        return None
    latest = vintages[-1]
    return {
        "published_at": instant(latest.moment),
        "position": latest.cause.position,
        "or_before": older,
    }


def _single(vintage: Vintage) -> Number:
    figure = vintage.body
    return number(single_number(figure["best"], figure["low"], figure["high"]))
