"""The ids of STIX objects: UUIDv5 of the log's id and of what the object stands for.

The same thing of the same log has the same id in every export, and no other log has it.
"""

from dataclasses import dataclass
from uuid import UUID, uuid5

NAMESPACE = UUID("d831a395-ae3e-4bb1-b57c-32d53366c97f")
"""The namespace of all ids that are made here."""


@dataclass(frozen=True, slots=True)
class Ids:
    """The ids of the objects of one log, given the log's own id."""

    log: str

    def uuid(self, kind: str, name: str) -> str:
        """The UUID of something of this log: what kind of thing it is, and its name."""
        return str(uuid5(NAMESPACE, f"{self.log}/{kind}/{name}"))

    @property
    def owner(self) -> str:
        """The identity that stands for the log itself, and for those who keep it."""
        return f"identity--{self.uuid('log', self.log)}"

    def source(self, source: str) -> str:
        """The identity of a source."""
        return f"identity--{self.uuid('source', source)}"

    def country(self, source: str) -> str:
        """The location of a source."""
        return f"location--{self.uuid('country', source)}"

    def located(self, source: str) -> str:
        """The relationship between a source and its location."""
        return f"relationship--{self.uuid('located', source)}"

    def report(self, report: str) -> str:
        """The report of a report."""
        return f"report--{self.uuid('report', report)}"

    def claim(self, claim: str) -> str:
        """The note of a claim."""
        return f"note--{self.uuid('claim', claim)}"

    def link(self, claim: str, parent: str, kind: str) -> str:
        """The relationship between a claim and one that it derives from or rests on."""
        return f"relationship--{self.uuid(kind, f'{claim}<{parent}')}"

    def definition(self, indicator: str) -> str:
        """The note that says what an indicator measures."""
        return f"note--{self.uuid('definition', indicator)}"

    def place(self, indicator: str) -> str:
        """The location of an indicator."""
        return f"location--{self.uuid('place', indicator)}"

    def estimate(self, indicator: str) -> str:
        """The note of the current estimate of an indicator."""
        return f"note--{self.uuid('estimate', indicator)}"

    def act(self, kind: str, position: int) -> str:
        """The object of one judgement, by the position of its event: `kind` is note or opinion."""
        return f"{kind}--{self.uuid('event', str(position))}"
