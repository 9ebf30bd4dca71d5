"""An event store to measure, and the kinds of work."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.bench.peers.filings import Filing

SINGLES = "single durable appends, 1 client"
BATCHES = "batches of 1000"
VIEWS = "views caught up, events already stored"
COUNTS = {SINGLES: 500, BATCHES: 5_000, VIEWS: 2_000}
"""Number of events per round, by kind of work."""

BATCH = 1_000
Act = Callable[[Sequence[Filing]], object]


def nothing(events: Sequence[Filing]) -> None:
    """Prepare nothing."""


@dataclass(frozen=True, slots=True)
class Work:
    """One kind of work: `run` is timed, `prepare` runs before it.

    `gives` names what the event store offers, `lacks` what our log offers and it does not.
    """

    run: Act
    gives: str
    lacks: str
    prepare: Act = nothing


@dataclass(frozen=True, slots=True)
class Contender:
    """A running event store with the kinds of work that it can do."""

    name: str
    version: str
    works: dict[str, Work]


def one_by_one(append: Act) -> Act:
    """Append events one at a time, each durable before the next."""

    def run(events: Sequence[Filing]) -> None:
        for event in events:
            append((event,))

    return run


def in_batches(append: Act) -> Act:
    """Append events 1000 at a time, each batch atomic and durable before the next."""

    def run(events: Sequence[Filing]) -> None:
        for start in range(0, len(events), BATCH):
            append(events[start : start + BATCH])

    return run
