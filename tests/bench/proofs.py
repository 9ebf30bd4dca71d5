"""Measures what the tree of a log costs: with each append, for a proof, and to check all of it."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from statistics import mean, median
from time import perf_counter

from service.log.check_tree import TreeCheck
from service.log.hashes import Seal, joined
from service.log.port import Pending
from service.log.sqlite import SqliteEventLog, open_sqlite_log
from service.log.sqlite_tree import INSERT_SUBTREE
from service.log.subtrees import completed, reader
from service.tree.entry import entry_leaf
from service.tree.hashing import root_of
from service.tree.proving import inclusion_proof
from tests.bench.progress import say
from tests.bench.result import Row, cost
from tests.bench.scene import Found, Scene

BATCH, STEP = 10_000, 500
BODY = b'{"text":"%b"}' % (b"x" * 600)
PROOFS = 500
PROOF_MS = 2.0
APPENDS = {1: 1_024, 1_000: 40}
"""Number of durable appends by the number of their events."""


def measure(scene: Scene) -> Found:
    """Rows for appends, and for proofs and checks of logs of as many synthetic events as the sizes."""
    rows = _appends(scene.scratch / "proofs-appends")
    for size in scene.sizes:
        say(f"proofs: a log of {size:,} synthetic events")
        with _opened(scene.scratch / f"proofs-{size}") as log:
            for first in range(0, size, BATCH):
                log.append(_events(first, min(BATCH, size - first)))
            say(f"proofs: {PROOFS} proofs, and a check of {size:,} entries")
            rows += [_proof(log, size), _check(log, size)]
    return Found(rows=rows)


def _appends(folder: Path) -> list[Row]:
    rows = []
    with _opened(folder) as log:
        for count, times in APPENDS.items():
            say(f"proofs: {times:,} durable appends of {count:,} events")
            whole, of_tree = list[float](), list[float]()
            for _ in range(times):
                first = log.head()
                batch = _events(first, count)
                whole.append(_seconds(lambda batch=batch: log.append(batch)))  # type: ignore[misc]
                of_tree.append(_tree_again(log, first, count))
            name = f"the tree's part of a durable append, batches of {count:,}"
            rows.append(cost(name, 1e3 * mean(of_tree), 1e3 * mean(whole), "ms", 0.15, f"{times:,}"))
    return rows


def _tree_again(log: SqliteEventLog, first: int, count: int) -> float:
    """Do once more what an append has done for the tree, and return how long it takes."""
    recorder = log._recorder
    with recorder.snapshot() as c, closing(sqlite3.connect(":memory:")) as scratch:
        scratch.execute("CREATE TABLE subtrees (level, n, hash, PRIMARY KEY (level, n)) WITHOUT ROWID")
        rows = recorder.tree.select_entries(c, first, first + count)
        seals = [Seal(row[2] or b"", row[3] or b"", row[4] or b"", row[5] or "") for row in rows]

        def work() -> None:
            joined(seals)
            whole = max((first + count) // 256 * 256 - first, 0)
            leaves = [
                entry_leaf(at, seal.recorded_at, seal.commitment)
                for at, seal in enumerate(seals[:whole], first)
            ]
            scratch.executemany(INSERT_SUBTREE, completed(first, leaves, reader(recorder, c)))

        return _seconds(work)


def _proof(log: SqliteEventLog, size: int) -> Row:
    chance, took = Random(size), []
    for index in (chance.randrange(size) for _ in range(PROOFS)):
        took.append(_seconds(lambda index=index: inclusion_proof(index, size, log.tree.subtree)))  # type: ignore[misc]
    return cost("inclusion proof at the end", 1e3 * median(took), PROOF_MS, "ms", 1.0, f"{size:,}")


def _check(log: SqliteEventLog, size: int) -> Row:
    recorder, tree = log._recorder, TreeCheck(log._recorder)

    def check() -> None:
        for start in range(0, size, STEP):
            with recorder.snapshot() as c:
                end = min(start + STEP, size)
                assert tree.passed(c, recorder.tree.select_entries(c, start, end), end) == []

    def hash_all() -> None:
        with recorder.snapshot() as c:
            leaves = []
            for start in range(0, size, STEP):
                for row in recorder.tree.select_entries(c, start, min(start + STEP, size)):
                    leaves.append(entry_leaf(row[1], row[5] or "", row[3] or b""))
        assert root_of(leaves) == log.tree.root(size)

    return cost("check of the whole tree", _seconds(check), _seconds(hash_all), "s", 3.0, f"{size:,}")


def _events(first: int, count: int) -> list[Pending]:
    return [Pending(f"{n}", "Noted", 1, f"s{n}", 1, "bench", BODY) for n in range(first, first + count)]


@contextmanager
def _opened(folder: Path) -> Iterator[SqliteEventLog]:
    with closing(open_sqlite_log(folder, lambda: datetime.now(UTC))) as log:
        yield log


def _seconds(work: Callable[[], object]) -> float:
    begun = perf_counter()
    work()
    return perf_counter() - begun
