"""How a figure changed lately, enough for a glance.

It is taken at the latest events that touch the indicator, because what is kept answers at any
position by look-ups. As of a publication or valid time it is taken at the latest publications instead:
what was recorded last may have been published later.
"""

import sqlite3
from collections.abc import Sequence
from typing import NamedTuple

from typing_extensions import TypedDict

from domain.estimates.estimate import Estimate
from domain.estimates.figures import single_number
from projections.answers.as_of import AsOf
from projections.answers.estimates import defined_estimate
from projections.answers.figure import FigureAnswer, figure_answer, same_figure
from projections.answers.kept_sums import kept_figure
from projections.answers.moments import Cause, latest_touching
from projections.answers.questions import HEADLINE
from projections.answers.running_figure import rests_on_anything
from projections.answers.values import Instant, Number, instant, number
from projections.answers.vintages import Vintage, recently_published, vintages
from projections.tables.journal import recorded_at
from projections.tables.registry import indicator_at

RECENT = 24
"""Maximum number of the latest moments that a glance covers."""


class RevisedAnswer(TypedDict):
    """When what last changed a figure was published, and its event; `or_before`: or earlier."""

    published_at: Instant
    position: int
    or_before: bool


class Lately(NamedTuple):
    """The latest figures, oldest first, None where one was no single number, and the last change."""

    figures: list[Number]
    revised: RevisedAnswer | None


class _Change(NamedTuple):
    """The event that changed a figure, and the figure since."""

    cause: Cause
    figure: FigureAnswer


class _Stand(NamedTuple):
    """A figure at a position, None before the indicator was defined; whether it rests on anything."""

    figure: FigureAnswer | None
    rests: bool


def recent(db: sqlite3.Connection, indicator: str, as_of: AsOf, most: int = RECENT) -> Lately:
    """How the headline of an indicator changed at up to `most` of the latest moments."""
    if (as_of.published_by, as_of.valid_at) != (None, None):
        found, older = recently_published(db, indicator, as_of, most)
        changes = _changes_of(found)
        return _lately(changes, found[-1].moment if found else 0, older)
    causes = latest_touching(db, indicator, as_of.position, most + 1)
    changes = _recorded(db, indicator, as_of, causes[-most:])
    moment = _published(db, changes[-1].cause) if changes else 0
    return _lately(changes, moment, len(changes) == 1 and len(causes) > most)


def _lately(changes: Sequence[_Change], moment: int, older: bool) -> Lately:
    if not changes:
        return Lately([], None)
    revised: RevisedAnswer = {
        "published_at": instant(moment),
        "position": changes[-1].cause.position,
        "or_before": older,
    }
    return Lately([_single(change.figure) for change in changes], revised)


def _changes_of(found: Sequence[Vintage]) -> list[_Change]:
    return [_Change(each.cause, each.body) for each in found]


def _recorded(
    db: sqlite3.Connection, indicator: str, as_of: AsOf, causes: Sequence[Cause]
) -> list[_Change]:
    """The figure after the first of some events, and each that another of them made."""
    found, before = list[_Change](), None
    for cause in causes:
        stand = _stand(db, indicator, as_of.at(cause.position))
        if stand is None:
            last = len(causes)
            return _changes_of(
                vintages(db, indicator, as_of, HEADLINE, "record", every=False, last=last)
            )
        if stand.figure is None or (before is None and not stand.rests):
            continue
        if not same_figure(before, stand.figure):
            found.append(_Change(cause, stand.figure))
        before = stand.figure
    return found


def _stand(db: sqlite3.Connection, indicator: str, as_of: AsOf) -> _Stand | None:
    """The figure at a position; None for a sum that is not kept, which is followed instead."""
    row = indicator_at(db, indicator, as_of.position)
    if row is None:
        return _Stand(None, False)
    if row.definition.measure == "increment":
        kept = kept_figure(db, indicator, as_of)
        if kept is None:
            return None
        figure, used = kept
        return _Stand(figure_answer(Estimate(figure)), bool(used) or figure.known)
    defined = defined_estimate(db, indicator, as_of)
    assert defined is not None
    found = defined.estimate
    return _Stand(figure_answer(found), rests_on_anything(found))


_PUBLISHED = "SELECT max(c.pub_from) FROM claims c WHERE c.report = ? AND c.since = ?"


def _published(db: sqlite3.Connection, cause: Cause) -> int:
    """When what an event changed was published; what is no publication counts as it was recorded."""
    row = db.execute(_PUBLISHED, (cause.report, cause.position)).fetchone()
    return row[0] or recorded_at(db, cause.position) or 0


def _single(figure: FigureAnswer) -> Number:
    return number(single_number(figure["best"], figure["low"], figure["high"]))
