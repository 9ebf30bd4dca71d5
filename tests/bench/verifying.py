"""Measures what a verification costs beside hashing the same bytes: of a file, of a published tree."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from time import process_time

from service.log.hashes import COMMIT, EMPTY, digest_after
from service.log.port import Pending
from service.log.sqlite import open_sqlite_log
from service.proof.checkpoint import Checkpoint, signed_checkpoint
from service.proof.keys import PrivateKey, new_key
from service.tree.entry import TreeEntry
from service.tree.hashing import leaf_hash, root_of
from service.tree.tiles import WIDTH
from service.verify.directory import verify_directory
from service.verify.growing import leaves_of
from service.verify.published import times_in
from service.verify.roots import Roots, Stop
from service.verify.stored import stored_file
from service.verify.times import Order
from service.verify.trust import Trust
from tests.bench.progress import say
from tests.bench.result import Row, cost
from tests.bench.scene import Found, Scene

BATCH = 10_000
BODY = b'{"text":"%b"}' % (b"x" * 600)
TIMES = 3.0
"""A verification takes at most so many times as long as hashing what it verifies."""


def measure(scene: Scene) -> Found:
    """Rows for logs of as many synthetic events as the sizes, of 600 bytes each."""
    rows: list[Row] = []
    for size in scene.sizes:
        say(f"verifying: a log of {size:,} synthetic events")
        folder, key = scene.folder(f"verifying-{size}"), new_key("log.example")
        _write(folder, size, key)
        rows.append(_file(folder, size, key))
        rows.append(_tree(folder, size))
    return Found(rows=rows)


def _file(folder: Path, size: int, key: PrivateKey) -> Row:
    """All of a file: reading, hashing, comparing; beside its hashes alone."""
    trust, known = Trust([key.public], "given"), folder / "known.json"
    begun = process_time()
    assert verify_directory(folder, trust, known)["status"] == 0
    took = process_time() - begun
    hashing = sum(_hashing(folder))
    return cost("intellog verify log, beside its hashes", took, hashing, "s", TIMES, f"{size:,}")


def _hashing(folder: Path) -> Iterator[float]:
    """Seconds for every hash of a log over bytes that are in memory, batch by batch."""
    digest, leaves = EMPTY, list[bytes]()
    for entries, bodies in _batches(folder):
        begun = process_time()
        for salted in bodies:
            digest = digest_after(digest, sha256(salted).digest())
        leaves += [leaf_hash(each) for each in entries]
        yield process_time() - begun
    begun = process_time()
    root_of(leaves)
    yield process_time() - begun


def _tree(folder: Path, size: int) -> Row:
    """A published tree: every entry read, compared and hashed to the root; beside its hashes alone."""
    bundles = [entries for entries, _ in _batches(folder)]
    begun = process_time()
    root = root_of([leaf_hash(each) for bundle in bundles for each in bundle])
    hashing = process_time() - begun
    roots, order = Roots([Stop(size, root, "the checkpoint")]), Order()
    begun = process_time()
    for n, bundle in enumerate(bundles):
        times = times_in(bundle, n * WIDTH)
        assert times is not None and order.follow(times)
        roots.extend(leaves_of(bundle))
    assert roots.end(size) == []
    took = process_time() - begun
    return cost(
        "entries of a published tree, beside its hashes", took, hashing, "s", TIMES, f"{size:,}"
    )


def _batches(folder: Path) -> Iterator[tuple[list[bytes], list[bytes]]]:
    """The entries of each bundle, and what their events are committed by."""
    with stored_file(folder) as stored:
        for batch in stored.batches():
            entries = [TreeEntry(row[1], row[2], row[4]).encode() for row in batch.entries]
            pairs = zip(batch.entries, batch.events, strict=True)
            yield entries, [COMMIT + entry[3] + event[4] for entry, event in pairs]


def _write(folder: Path, size: int, key: PrivateKey) -> None:
    with closing(open_sqlite_log(folder, lambda: datetime.now(UTC))) as log:
        for first in range(0, size, BATCH):
            some = range(first, min(first + BATCH, size))
            log.append([Pending(f"{n}", "Noted", 1, f"s{n}", 1, "bench", BODY) for n in some])
        note = signed_checkpoint(Checkpoint(key.name, size, log.tree.root(size)), [key])
        log.tree.add_checkpoint(size, note, "2026-01-01T00:00:00Z")
