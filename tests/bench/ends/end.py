"""A server that takes reports over HTTP."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.load import Measured, loaded
from tests.bench.server import Server, settle

ONE, MANY = "one client", "64 clients"
WORK = ((ONE, 1, 400), (MANY, 64, 2_000))
"""Description, number of clients, maximum number of reports per round."""


@dataclass(frozen=True, slots=True)
class End:
    """A running server, and what it does with a report.

    `gives` names what a report gets, `lacks` what ours gives and this one does not. `beside` is the
    name of the end of ours that stores reports in the same database; empty for ours. `works` are the
    descriptions of the work that it does.
    """

    name: str
    version: str
    server: Server
    gives: str
    lacks: str
    beside: str = ""
    works: Sequence[str] = (ONE, MANY)

    def take(self, bodies: Path, clients: int, skip: int, count: int) -> Measured:
        """Send it some reports, and wait until its views have them all."""
        measured = loaded(self.server.port, bodies, clients, skip, count)
        settle(self.server.port)
        return measured
