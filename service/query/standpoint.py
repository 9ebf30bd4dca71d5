"""The standpoint of a query: the views to read, the times asked and the memo of suspicions."""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NotRequired

from typing_extensions import TypedDict

from domain.clearance import Hidden
from domain.estimates.suspicions.suspicion import Suspicion
from domain.times import show_instant
from domain.vocabulary import restriction
from projections.answers.as_of import EVERYTHING, AsOf
from projections.answers.estimate_answer import EstimateAnswer
from projections.answers.estimates import answer
from projections.answers.flags import Suspect, suspicions_of
from projections.answers.glance import Glance, glance
from projections.answers.open_flags import StandingFlag, standing_flags
from projections.answers.values import Instant, instant
from projections.tables.journal import recorded_at
from projections.tables.restrictions import is_affected
from projections.tables.sight import hidden_in, sight_of

EstimateOf = Callable[[sqlite3.Connection, str, AsOf], EstimateAnswer]
"""Finds the headline of an indicator at the times asked."""
GlanceOf = Callable[[sqlite3.Connection, str, AsOf], Glance]
"""Finds what the board shows of an indicator at the times asked."""
FlagsOf = Callable[[sqlite3.Connection, str, AsOf], Sequence[StandingFlag]]
"""Finds every open flag of an indicator at the times asked."""


class AsOfAnswer(TypedDict):
    """The times that an answer is for; `published_by` and `valid_at` are null without a limit."""

    position: int
    known_at: Instant | None
    published_by: Instant | None
    valid_at: Instant | None
    # Both are absent while the views are up to date.
    behind: NotRequired[int]
    """The number of events that were stored before the request and are not in the answer."""
    stopped_before: NotRequired[int]
    """The position of an event that the views could not be brought past."""


@dataclass(frozen=True, slots=True)
class Standpoint:
    """The first argument of every query: the views to read, and the times and clearance asked.

    `current` means that the position asked is that of the views, so that stored headlines are valid.
    `suspect` finds suspicions, `headline` the headline of an indicator of which something is hidden
    from the reader, `glance` and `flags` what the views do not keep; all may keep what they find.
    `known_at` is the record time that the caller gave;
    None if the caller gave a position or nothing. `behind` and `stopped_before` are those of the
    answer.
    """

    db: sqlite3.Connection
    as_of: AsOf
    current: bool = False
    suspect: Suspect = suspicions_of
    headline: EstimateOf = answer
    glance: GlanceOf = glance
    flags: FlagsOf = standing_flags
    known_at: datetime | None = None
    behind: int = 0
    stopped_before: int | None = None

    def on(self, indicator: str) -> "Standpoint":
        """The same for an indicator: a reader from whom nothing of it is hidden sees what all see."""
        if self.as_of.clearance == EVERYTHING or is_affected(self.db, indicator, self._level):
            return self
        return replace(self, as_of=replace(self.as_of, clearance=EVERYTHING))

    def at(self, position: int) -> "Standpoint":
        """The same standpoint at another record position."""
        return replace(self, as_of=self.as_of.at(position), current=False, known_at=None)

    def remembering(self) -> "Standpoint":
        """The same standpoint, which looks for the suspicions about an indicator once."""
        known, find = dict[tuple[str, AsOf], Sequence[Suspicion]](), self.suspect

        def suspect(db: sqlite3.Connection, indicator: str, as_of: AsOf) -> Sequence[Suspicion]:
            if (indicator, as_of) not in known:
                known[indicator, as_of] = find(db, indicator, as_of)
            return known[indicator, as_of]

        return replace(self, suspect=suspect)

    @property
    def plain(self) -> bool:
        """Whether nothing but a position is asked, at which what is kept may be right."""
        return (self.as_of.published_by, self.as_of.valid_at) == (None, None)

    @property
    def knows_withheld(self) -> bool:
        """At a standpoint `on` an indicator: whether an admin may know that something is hidden."""
        return self.as_of.clearance != EVERYTHING and sight_of(self.db).operations

    @property
    def hidden(self) -> Hidden:
        """Whether a stream is above the reader's clearance."""
        return hidden_in(self.db)

    @property
    def _level(self) -> int:
        return restriction(self.as_of.clearance)

    @property
    def echo(self) -> AsOfAnswer:
        """The times asked as an answer repeats them."""
        as_of = self.as_of
        echo: AsOfAnswer = {
            "position": as_of.position,
            "known_at": show_instant(self.known_at) if self.known_at else self._recorded_at(),
            "published_by": None if as_of.published_by is None else instant(as_of.published_by),
            "valid_at": None if as_of.valid_at is None else instant(as_of.valid_at),
        }
        if self.behind:
            echo["behind"] = self.behind
            if self.stopped_before is not None:
                echo["stopped_before"] = self.stopped_before
        return echo

    def _recorded_at(self) -> Instant | None:
        stamp = recorded_at(self.db, self.as_of.position)
        return None if stamp is None else instant(stamp)
