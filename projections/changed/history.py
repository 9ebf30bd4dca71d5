"""The default answer about an indicator, followed from one event that touches it to the next."""

import sqlite3
from dataclasses import dataclass
from typing import Literal

from typing_extensions import TypedDict

from domain.estimates.support import Level
from domain.vocabulary import Qualifier
from projections.answers.as_of import AsOf
from projections.answers.differences import flag_key
from projections.answers.estimate_answer import FlagAnswer, flag_answer
from projections.answers.figure import FIGURE, FigureAnswer, FigureField, figure_of, same_figure
from projections.answers.moments import Cause, CauseAnswer, cause_answer
from projections.answers.questions import HEADLINE
from projections.answers.values import Day, PolicyName
from projections.answers.vintages import VintageChange, change_of
from projections.changed.begun import rests_on_anything
from projections.changed.flagged import Flagged
from projections.changed.stands import Stand, Stands, Stood
from projections.giving_way import give_way


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


@dataclass(frozen=True, slots=True)
class _Compared:
    """A default answer as it stands, what is compared of it, and whether it ever rested on anything."""

    stand: Stand
    body: DefaultAnswer
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
        self._stands = Stands(db, indicator, HEADLINE, begin, last, events)
        self._flagged = Flagged(db, indicator, begin, last)
        self.begun = begun
        self._before = self._compared(begin)
        self._flagged.at(begin)

    def after(self, as_of: AsOf, cause: Cause) -> ChangedEstimate | None:
        """What the next event that touches the indicator changed; None if nothing."""
        give_way()
        before, self._before = self._before, self._compared(as_of, cause)
        if self._before is None:
            self._flagged.at(as_of, cause)
            return None
        was, now = before.stand if before else None, self._before.stand
        raised, cleared = self._stands.flags_turned(was, now)
        for turned, others in zip((raised, cleared), self._flagged.at(as_of, cause), strict=True):
            turned += map(flag_answer, others)
        return _change(cause, before, self._before, raised, cleared)

    def _compared(self, as_of: AsOf, cause: Cause | None = None) -> _Compared | None:
        stand = self._stands.at(as_of, cause)
        if stand is None:
            return None
        self.begun |= rests_on_anything(stand.body)
        return _Compared(stand, compared_answer(stand.body), self.begun)


def _change(
    cause: Cause,
    before: _Compared | None,
    after: _Compared,
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
    return sorted(flags, key=flag_key)


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


def compared_answer(body: Stood) -> DefaultAnswer:
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
