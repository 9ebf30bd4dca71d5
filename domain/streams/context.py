"""What a decision may know of other streams: data given to it, which it does not fetch itself."""

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from domain.events import Definition
from domain.streams.report_state import Report
from domain.vocabulary import Marking


class Context(Protocol):
    """The rest of the log as it stands when a command is decided."""

    @property
    def actor(self) -> str:
        """Who gives the command."""

    @property
    def now(self) -> datetime:
        """The log's clock: when the events would be recorded, at the earliest."""

    @property
    def head(self) -> int:
        """The position of the last event before those that the decision yields, 0 if there is none."""

    def may_see(self, stream: str) -> bool:
        """Whether the one who gives the command is cleared for a report, a source or an indicator."""

    def definition(self, indicator: str) -> Definition | None:
        """The indicator's definition in force, if it is defined."""

    def definition_at(self, indicator: str, position: int) -> Definition | None:
        """The indicator's definition as it was at a position, if it was defined by then."""

    def alike(self, stream: str) -> Iterable[str]:
        """The ids to compare that of a stream with, for hints only: some may be missing."""

    def has_claims(self, indicator: str) -> bool:
        """Whether any claim was ever filed on the indicator."""

    def has_source(self, source: str) -> bool:
        """Whether the source is registered."""

    def speaks_for(self, source: str) -> str | None:
        """The source that a source speaks for, if it names one."""

    def marking(self, stream: str) -> Marking:
        """How restricted a report is, with the sources and indicators that it names."""

    def events_of(self, stream: str) -> Iterable[tuple[int, str]]:
        """The position and the type of each event of a stream, in order."""

    def report(self, report: str) -> Report:
        """The state of a report."""
