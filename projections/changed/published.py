"""How the default answer about an indicator changed along publication time, within a span."""

import sqlite3
from dataclasses import replace
from typing import NamedTuple

from domain.estimates.flags import FlagKey
from projections.answers.as_of import AsOf
from projections.answers.estimate_answer import FlagAnswer, flag_answer
from projections.answers.estimates import answer
from projections.answers.flags import all_flags
from projections.answers.moments import cause_answer, likeliest, steps
from projections.answers.questions import HEADLINE
from projections.answers.vintages import change_of
from projections.changed.history import ChangedEstimate, answers_differ, compared_answer, rests


class PublishedChange(NamedTuple):
    """A change of a default answer, and when it was published, in microseconds."""

    moment: int
    change: ChangedEstimate


def published_changes(
    db: sqlite3.Connection, indicator: str, as_of: AsOf, since: int
) -> list[PublishedChange]:
    """The changes after a moment of publication, up to that asked; the last one has all flags.

    Flags are compared at both ends of the span alone, because to find them takes longest. Where nothing
    about the indicator was published within, nothing is said, though an assessment may rest on a claim
    about another one that was changed then.
    """
    moments = steps(db, indicator, as_of, HEADLINE, "publication")
    taken = [each for each in moments if each.moment > since]
    if not taken:
        return []
    begin = replace(as_of, published_by=since)
    stand = compared_answer(answer(db, indicator, begin))
    before, found = stand if rests(stand) else None, list[PublishedChange]()
    for step in taken:
        after = compared_answer(answer(db, indicator, step.as_of))
        if (before is not None or rests(after)) and answers_differ(before, after):
            cause = likeliest(step.causes, after["used"])
            change: ChangedEstimate = {
                "cause": cause_answer(cause),
                "change": change_of(cause, before, after),
                "before": before,
                "after": after,
                "flags_raised": [],
                "flags_cleared": [],
            }
            found.append(PublishedChange(step.moment, change))
        if before is not None or rests(after):
            before = after
    was, now = _flags(db, indicator, begin), _flags(db, indicator, as_of)
    if was.keys() == now.keys() or before is None:
        return found
    if not found:
        last = taken[-1]
        behind = cause_answer(likeliest(last.causes, before["used"]))
        same: ChangedEstimate = {
            "cause": behind,
            "change": "revision",
            "before": before,
            "after": before,
            "flags_raised": [],
            "flags_cleared": [],
        }
        found = [PublishedChange(last.moment, same)]
    moment, change = found.pop()
    raised = [flag for key, flag in now.items() if key not in was]
    cleared = [flag for key, flag in was.items() if key not in now]
    flagged: ChangedEstimate = {**change, "flags_raised": raised, "flags_cleared": cleared}
    return [*found, PublishedChange(moment, flagged)]


def _flags(db: sqlite3.Connection, indicator: str, as_of: AsOf) -> dict[FlagKey, FlagAnswer]:
    found = sorted(all_flags(db, indicator, as_of), key=lambda flag: flag.key)
    return {flag.key: flag_answer(flag) for flag in found}
