"""Measures other event stores with the same events and the same durability as our own log.

Each one is used as its documentation shows, and every measured append is synced to the disk when it
returns. One that cannot be installed or started is left out, with a message on standard error.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from importlib import import_module
from itertools import islice
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from tests.bench.peers.contender import COUNTS, Contender, Work
from tests.bench.peers.filings import Filing, filings
from tests.bench.peers.ground import Ground
from tests.bench.progress import left_out
from tests.bench.result import Peer, Row, rate
from tests.bench.scene import Found

ROUNDS = 5
AHEAD = 1.0
CONTENDERS = {
    "intellog": "intellog",
    "eventsourcing on SQLite": "library_sqlite",
    "eventsourcing on PostgreSQL": "library_postgres",
    "UmaDB": "uma",
    "Message DB": "message_db",
}
"""Modules of this package; each has `contend(ground)`, a context manager of its contenders."""
OURS = "intellog on SQLite"
LESS = {"UmaDB, unconditional"}
"""Does less than ours in the same work, so it is no target."""


def measure() -> Found:
    """The rates of all, and a row for each of the others with ours beside it."""
    found = peers()
    return Found(list(rows(found)), peers=found)


def rows(found: Sequence[Peer]) -> Iterator[Row]:
    """A row for each kind of work of each of the others; none where ours was not measured."""
    ours = {peer.work: peer for peer in found if peer.name == OURS}
    for peer in found:
        if peer.name != OURS and (mine := ours.get(peer.work)):
            name, must = f"{peer.work}, beside {peer.name}", 0.0 if peer.name in LESS else AHEAD
            size = f"{ROUNDS} rounds of {COUNTS[peer.work]:,} events"
            yield rate(name, mine.rate, peer.rate, peer.unit, must, size)


def peers() -> list[Peer]:
    """Measure all that run here; rounds alternate, and the rate of each kind of work is the median."""
    with TemporaryDirectory(prefix="peers-") as directory, ExitStack() as resources:
        ground = Ground(Path(directory), resources)
        contenders = [c for name in CONTENDERS for c in _contending(name, ground)]
        seconds: dict[tuple[int, str], list[float]] = {}
        fresh = filings()
        for _ in range(ROUNDS):
            shares = {name: list(islice(fresh, count)) for name, count in COUNTS.items()}
            for i, name, took in _round(contenders, shares):
                seconds.setdefault((i, name), []).append(took)
        return [
            _peer(contenders[i], name, median(took))
            for (i, name), took in seconds.items()
            if name in contenders[i].works
        ]


def _contending(name: str, ground: Ground) -> Sequence[Contender]:
    """Start one event store, which is stopped with all others; none if it does not run here."""
    try:
        module = import_module(f"{__name__}.{CONTENDERS[name]}")
        contenders: Sequence[Contender] = ground.resources.enter_context(module.contend(ground))
    except Exception as error:
        left_out(name, error)
        return []
    return contenders


def _round(
    contenders: list[Contender], shares: dict[str, list[Filing]]
) -> Iterator[tuple[int, str, float]]:
    """Run each kind of work once with all, on the same events; one that fails is left out."""
    for i, contender in enumerate(contenders):
        for name, work in list(contender.works.items()):
            try:
                yield i, name, _timed(work, shares[name])
            except Exception as error:
                left_out(f"{contender.name}, {name}", error)
                del contender.works[name]


def _timed(work: Work, events: Sequence[Filing]) -> float:
    work.prepare(events)
    start = perf_counter()
    work.run(events)
    return perf_counter() - start


def _peer(contender: Contender, work: str, seconds: float) -> Peer:
    return Peer(
        contender.name,
        contender.version,
        work,
        COUNTS[work] / seconds,
        "events/s",
        contender.works[work].gives,
        contender.works[work].lacks,
    )
