"""Measures reports over HTTP in whole services built on other event stores, beside ours.

Each is built as its documentation shows, receives the same bodies in the same run, and has synced a
report to the disk when it answers. Rounds alternate; views catch up between them. A service that cannot
be installed or started is left out, and one that fails from there on; standard error says why. Its
figures are those of the rounds that it did whole.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from statistics import median

from tests.bench.ends import emmett, library, ours
from tests.bench.ends.end import WORK, End
from tests.bench.load import Measured, row
from tests.bench.peers.ground import Ground
from tests.bench.posts import write_bodies
from tests.bench.progress import left_out, say
from tests.bench.result import Peer, Row
from tests.bench.scene import Found, Scene

ROUNDS, WARM_UP = 5, 100
ENDS: Mapping[str, Callable[[Ground], AbstractContextManager[End]]] = {
    "intellog on SQLite": ours.on_sqlite,
    "intellog on PostgreSQL": ours.on_postgres,
    "eventsourcing on SQLite": library.on_sqlite,
    "eventsourcing on PostgreSQL": library.on_postgres,
    "emmett on SQLite": emmett.on_sqlite,
    "emmett on SQLite, connection kept": emmett.on_kept,
}
AHEAD = 1.0
UNIT = "reports/s"
Rounds = dict[tuple[str, str], list[Measured]]
"""What was measured, by end and work."""


def measure(scene: Scene) -> Found:
    """Reports one by one from one client and from many; fewer than usual if the sizes are small."""
    folder = scene.folder("ends")
    bodies, most = folder / "bodies", max(1, scene.sizes[-1] // 5)
    works = [(words, clients, min(count, most)) for words, clients, count in WORK]
    write_bodies(bodies, WARM_UP + ROUNDS * sum(count for *_, count in works))
    found, skip = Rounds(), WARM_UP
    with ExitStack() as resources:
        ground = Ground(folder, resources)
        ends = [end for name in ENDS for end in _started(name, ground)]
        for end in ends:
            end.take(bodies, 1, 0, WARM_UP)
        for words, clients, count in works:
            taking = [end for end in ends if words in end.works]
            for number in range(ROUNDS):
                say(f"ends: {words}, round {number + 1}")
                for end in list(taking):
                    try:
                        measured = end.take(bodies, clients, skip, count)
                        found.setdefault((end.name, words), []).append(measured)
                    except Exception as error:
                        left_out(f"{end.name}, {words}", error)
                        taking.remove(end)
                skip += count
    sizes = {words: f"{ROUNDS} rounds of {count:,}, 3 claims each" for words, _, count in works}
    return Found(list(_rows(ends, found, sizes)), peers=list(_peers(ends, found)))


def _started(name: str, ground: Ground) -> Sequence[End]:
    """Start one end, which is stopped with all others; none if it does not run here."""
    try:
        return [ground.resources.enter_context(ENDS[name](ground))]
    except Exception as error:
        left_out(name, error)
        return []


def _rows(ends: list[End], found: Rounds, sizes: Mapping[str, str]) -> Iterator[Row]:
    """A row for each end of others, with ours on the same database."""
    for end in ends:
        for words, size in sizes.items():
            mine, theirs = found.get((end.beside, words)), found.get((end.name, words))
            if mine and theirs:
                name = f"a report over HTTP, {words}, beside {end.name}"
                yield row(name, mine, theirs, UNIT, AHEAD, size, "theirs")


def _peers(ends: list[End], found: Rounds) -> Iterator[Peer]:
    for end in ends:
        for words in end.works:
            if rounds := found.get((end.name, words)):
                rate = median(each.rate for each in rounds)
                work = f"a report over HTTP, {words}"
                yield Peer(end.name, end.version, work, rate, UNIT, end.gives, end.lacks)
