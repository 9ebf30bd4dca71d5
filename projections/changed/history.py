"""The default answer about an indicator, followed from one event that touches it to the next."""

import sqlite3
from dataclasses import dataclass
from typing import Literal

from typing_extensions import TypedDict

from domain.estimates.flags import FlagKey
from domain.estimates.support import Level
from domain.vocabulary import Qualifier
from projections.answers.as_of import AsOf
from projections.answers.estimate_answer import (
    EstimateAnswer,
    FlagAnswer,
    estimate_answer,
    flag_answer,
)
from projections.answers.estimates import answer, computed_answer, defined_estimate, kept_in_short
from projections.answers.figure import FIGURE, FigureAnswer, FigureField, figure_of, same_figure
from projections.answers.moments import Cause, CauseAnswer, cause_answer
from projections.answers.questions import HEADLINE
from projections.answers.retrace import OF_SOURCES
from projections.answers.sweep import sweeps_along_record
from projections.answers.values import Day, PolicyName
from projections.answers.vintages import VintageChange, change_of
from projections.changed.addend_flags import AddendFlags
from projections.changed.begun import rests_on_anything
from projections.changed.flagged import Flagged
from projections.giving_way import give_way
from projections.tables.registry import indicator_at


class DefaultAnswer(FigureAnswer):
    """What is compared of a default answer, and the first claims that it uses."""

    period: str | None
    cutoff: Day | None
    qualifier: Qualifier | None
    support: Level | None
    origins: int
    policy: PolicyName | None
    used: list[str]


ComparedField = Literal[FigureField, "period", "cutoff", "qualifier", "origins", "policy"]
COMPARED: tuple[ComparedField, ...] = (*FIGURE, "period", "cutoff", "qualifier", "origins", "policy")
"""The fields of an estimate of which each makes another answer of it, beside the level of support."""


class ChangedEstimate(TypedDict):
    """How an event changed the default answer about an indicator; `before` is null for the first."""

    cause: CauseAnswer
    change: VintageChange
    before: DefaultAnswer | None
    after: DefaultAnswer
    flags_raised: list[FlagAnswer]
    flags_cleared: list[FlagAnswer]


Own = dict[FlagKey, FlagAnswer]
"""The flags of an estimate itself, by what tells them apart."""


@dataclass(frozen=True, slots=True)
class _Stand:
    """A default answer at some times, and whether it ever rested on anything.

    `flags` are those of the estimate itself; None where they are those of a sum that is kept.
    """

    as_of: AsOf
    body: DefaultAnswer
    flags: Own | None
    begun: bool


class Following:
    """The default answers about one indicator, after one event and then the next.

    It begins at a position, by which the answer has rested on something or has not `begun` to, and is
    asked for that many `events` which follow, up to the position `last`.
    """

    def __init__(
        self,
        db: sqlite3.Connection,
        indicator: str,
        begin: AsOf,
        last: int,
        events: int,
        *,
        begun: bool,
    ) -> None:
        self._db, self._indicator = db, indicator
        self._sweeps = sweeps_along_record(db, begin.at(last), events)
        self._flagged = Flagged(db, indicator, begin, last)
        self._span = begin.position, last
        self._addends: AddendFlags | None = None
        self.begun = begun
        self._stand: _Stand | None = self._answered(begin)
        self._flagged.at(begin)

    def after(self, as_of: AsOf, cause: Cause) -> ChangedEstimate | None:
        """What the next event that touches the indicator changed; None if nothing."""
        give_way()
        if self._sweeps and cause.type in OF_SOURCES:
            self._sweeps.forget()
        before, self._stand = self._stand, self._answered(as_of)
        if self._stand is None:
            self._flagged.at(as_of, cause)
            return None
        raised, cleared = self._flags_turned(before, self._stand)
        for turned, others in zip((raised, cleared), self._flagged.at(as_of, cause), strict=True):
            turned += map(flag_answer, others)
        return _change(cause, before, self._stand, raised, cleared)

    def _answered(self, as_of: AsOf) -> _Stand | None:
        row = indicator_at(self._db, self._indicator, as_of.position)
        if row is None:
            return None
        if row.definition.measure == "increment":
            kept = kept_in_short(self._db, self._indicator, as_of)
            body = kept or computed_answer(self._db, self._indicator, as_of)
            return self._stood(as_of, body, None if kept else _own(body))
        found = defined_estimate(self._db, self._indicator, as_of, HEADLINE, self._sweeps)
        if found is None:
            return None
        body = estimate_answer(self._indicator, found, (0, 0))
        return self._stood(as_of, body, _own(body))

    def _stood(self, as_of: AsOf, body: EstimateAnswer, flags: Own | None) -> _Stand:
        self.begun |= rests_on_anything(body)
        return _Stand(as_of, compared_answer(body), flags, self.begun)

    def _flags_turned(
        self, before: _Stand | None, after: _Stand
    ) -> tuple[list[FlagAnswer], list[FlagAnswer]]:
        """What was raised and cleared of the flags of the estimate itself."""
        if before is not None and before.flags is None and after.flags is None:
            if self._addends is None:
                self._addends = AddendFlags(self._db, self._indicator, *self._span)
            turned = self._addends.between(before.as_of.position, after.as_of.position)
            raised, cleared = ([flag_answer(flag) for flag in each] for each in turned)
            return raised, cleared
        was, now = self._all_flags(before) if before else {}, self._all_flags(after)
        return [now[key] for key in now if key not in was], [was[key] for key in was if key not in now]

    def _all_flags(self, stand: _Stand) -> Own:
        if stand.flags is not None:
            return stand.flags
        return _own(answer(self._db, self._indicator, stand.as_of))


def _own(body: EstimateAnswer) -> Own:
    return {_key(flag): flag for flag in body["flags"]}


def _change(
    cause: Cause,
    before: _Stand | None,
    after: _Stand,
    raised: list[FlagAnswer],
    cleared: list[FlagAnswer],
) -> ChangedEstimate | None:
    earlier = before.body if before and before.begun else None
    if not (raised or cleared or (after.begun and answers_differ(earlier, after.body))):
        return None
    return {
        "cause": cause_answer(cause),
        "change": change_of(cause, earlier, after.body),
        "before": earlier,
        "after": after.body,
        "flags_raised": _in_order(raised),
        "flags_cleared": _in_order(cleared),
    }


def _in_order(flags: list[FlagAnswer]) -> list[FlagAnswer]:
    """Flags in an order that does not depend on where the history was begun."""
    return sorted(flags, key=_key)


def answers_differ(before: DefaultAnswer | None, after: DefaultAnswer) -> bool:
    """Whether an answer is another one, whatever claims it uses."""
    if before is None or before["support"] != after["support"]:
        return True
    return any(before[name] != after[name] for name in COMPARED)


def is_vintage(change: ChangedEstimate) -> bool:
    """Whether a change is one of the figure; a flag may be raised before there is any."""
    before, after = change["before"], change["after"]
    return rests(after) if before is None else not same_figure(before, after)


def rests(answer: DefaultAnswer) -> bool:
    """Whether an answer rests on a claim, or has a figure otherwise."""
    return bool(answer["used"]) or _known(answer)


def _known(body: FigureAnswer) -> bool:
    return any(body[name] not in (None, False) for name in FIGURE)


def _key(flag: FlagAnswer) -> FlagKey:
    return flag["code"], tuple(sorted(flag["claims"]))


def compared_answer(body: EstimateAnswer) -> DefaultAnswer:
    """What is compared of an estimate."""
    return {
        **figure_of(body),
        "period": body["period"],
        "cutoff": body["cutoff"],
        "qualifier": body["qualifier"],
        "support": body["support"]["level"],
        "origins": body["origins"],
        "policy": body["policy"],
        "used": body["used"],
    }
