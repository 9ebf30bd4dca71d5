"""What a decision may know of other streams: data looked up for it, never reached for."""

from typing import Protocol

from domain.events import Definition
from domain.streams.report_state import Report


class Known(Protocol):
    """The rest of the log as it stands when a command is decided."""

    @property
    def actor(self) -> str:
        """Who gives the command."""

    def definition(self, indicator: str) -> Definition | None:
        """The indicator's definition in force, if it is defined."""

    def nearest_indicators(self, indicator: str) -> list[str]:
        """Defined indicators whose ids look most like this one."""

    def has_claims(self, indicator: str) -> bool:
        """Whether any claim was ever filed on the indicator."""

    def has_source(self, source: str) -> bool:
        """Whether the source is registered."""

    def report(self, report: str) -> Report:
        """The state of a report."""
