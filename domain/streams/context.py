"""What a decision may know of other streams: data given to it, which it does not fetch itself."""

from datetime import datetime
from typing import Protocol

from domain.events import Definition
from domain.streams.report_state import Report


class Context(Protocol):
    """The rest of the log as it stands when a command is decided."""

    @property
    def actor(self) -> str:
        """Who gives the command."""

    @property
    def now(self) -> datetime:
        """The log's clock: when the events would be recorded, at the earliest."""

    def may_see(self, stream: str) -> bool:
        """Whether the one who gives the command is cleared for a report, a source or an indicator."""

    def definition(self, indicator: str) -> Definition | None:
        """The indicator's definition in force, if it is defined."""

    def indicators(self) -> set[str]:
        """The ids of all defined indicators, for hints only: the newest may be missing."""

    def has_claims(self, indicator: str) -> bool:
        """Whether any claim was ever filed on the indicator."""

    def has_source(self, source: str) -> bool:
        """Whether the source is registered."""

    def speaks_for(self, source: str) -> str | None:
        """The source that a source speaks for, if it names one."""

    def report(self, report: str) -> Report:
        """The state of a report."""
