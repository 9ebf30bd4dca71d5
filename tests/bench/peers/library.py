"""The `eventsourcing` library as its documentation shows it: an application that saves aggregates.

An aggregate stores the bytes of our event, as text, in the argument of its own first event.
"""

from collections.abc import Sequence
from importlib.metadata import version
from uuid import NAMESPACE_OID, UUID, uuid5

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event

from tests.bench.peers.contender import BATCHES, SINGLES, Act, Work, in_batches, one_by_one
from tests.bench.peers.filings import Filing

VERSION = version("eventsourcing")


class Report(Aggregate):
    """A report, created by one event, with an id derived from its name."""

    @event("Filed")
    def __init__(self, name: str, body: str) -> None:
        self.name = name
        self.body = body

    @staticmethod
    def create_id(name: str) -> UUID:
        """The same id for the same report, so that it cannot be created twice."""
        return uuid5(NAMESPACE_OID, name)


class Reports(Application[UUID]):
    """The application to which aggregates are saved."""


def appends(application: Application[UUID], gives: str, lacks: str) -> dict[str, Work]:
    """The two kinds of append with an application."""
    append = save(application)
    return {
        SINGLES: Work(one_by_one(append), gives, lacks),
        BATCHES: Work(in_batches(append), gives, lacks),
    }


def save(application: Application[UUID]) -> Act:
    """Create an aggregate for each event and save all in one transaction."""

    def append(events: Sequence[Filing]) -> None:
        application.save(*(Report(each.pending.stream, each.body.decode()) for each in events))

    return append
