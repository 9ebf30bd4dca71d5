"""What a caller asks of an indicator beside the times."""

from dataclasses import dataclass
from datetime import date

from domain.estimates.claims import Cell, cell_of
from domain.estimates.estimate import (
    Question,
)
from domain.events import Definition
from domain.period import Period
from projections.tables.registry import (
    Voices,
)


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What a caller may ask of an indicator besides the times; nothing asks for the headline."""

    cohort: str | None = None
    period: Period | None = None
    originator: str | None = None
    policy: str | None = None
    incident: str | None = None

    @property
    def plain(self) -> bool:
        """Whether this is the headline by the indicator's own policy."""
        return self == HEADLINE

    @property
    def narrower(self) -> bool:
        """Whether less than the headline is asked, by whatever policy."""
        return self != Narrowing(policy=self.policy)


HEADLINE = Narrowing()


def question_of(
    definition: Definition,
    asked: Narrowing = HEADLINE,
    cell: Cell | None = None,
    voices: Voices | None = None,
) -> Question:
    """The question that a definition and a narrowing make; `cell` makes it about that cell.

    Whoever asks for an originator asks for its voice.
    """
    name = asked.originator
    return Question(
        measure=definition.measure,
        policy=asked.policy or definition.policy,
        fresh_days=definition.fresh_days,
        cohort=asked.cohort,
        cell=cell or _cell(definition, asked.period),
        originator=voices.get(name, name) if name and voices else name,
        incident=asked.incident,
        minimum=definition.minimum,
    )


def _cell(definition: Definition, period: Period | None) -> Cell | None:
    since = date.fromisoformat(definition.since) if definition.since else None
    return None if period is None else cell_of(definition.measure, period, since)
