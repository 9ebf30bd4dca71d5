"""Checks: the tree of a log is that of its events, and what is published of it never changes."""

from base64 import b64encode
from functools import partial
from hashlib import sha256

from service.log.conformance.events import event, events
from service.log.conformance.findings import refused, same
from service.log.conformance.store import NOON, Store
from service.log.envelope import decode_envelope, timestamp
from service.log.port import EventLog, Pending, VersionConflict
from service.log.tree import Attachment, StoredCheckpoint
from service.tree.checking import check_consistency, check_inclusion
from service.tree.proving import consistency_proof, inclusion_proof

AT = timestamp(NOON)
LARGE = 65_534
"""Two events before the end of the first tile of hashes of tiles."""


def the_tree_of_any_size_is_that_of_its_events(store: Store) -> None:
    log, size = store.log, 0
    same("the root of an empty tree", log.tree.root(0), sha256(b"").digest())
    for more in 1, 1, 1, 252, 1, 1, 254, 1, 1, 700:
        log.append(singles(size, more))
        size += more
        same("the number of entries", log.tree.size(), size)
        same(f"the root of {size} events", log.tree.root(size), naive_root(leaves(log)))
    all_leaves = leaves(log)
    log = store.reopened()
    for earlier in 1, 2, 255, 256, 257, 512, 1213:
        same(
            f"the root of the first {earlier}", log.tree.root(earlier), naive_root(all_leaves[:earlier])
        )
        _proofs_hold(log, earlier, size)
    same("the entries from 250 on", _hashes(log, 250, 400), all_leaves[250:650])
    same("entries beyond the end", log.tree.entries(size), [])
    same("the damage", [str(each) for each in log.check()], [])


def the_tree_has_hashes_of_hashes(store: Store) -> None:
    log = store.log
    for first in range(0, LARGE, 10_000):
        log.append(singles(first, min(10_000, LARGE - first)))
    for size in LARGE + 1, LARGE + 2, LARGE + 3:
        log.append(singles(size - 1, 1))
        same(f"the root of {size} events", log.tree.root(size), naive_root(_hashes(log, 0, size)))
        _proofs_hold(log, LARGE, size)
    same("the damage", [str(each) for each in log.check()], [])


def what_is_not_in_the_tree_yet_has_no_hash(store: Store) -> None:
    log = store.log
    log.append(singles(0, 255))
    for level, n in (8, 0), (0, 255), (1, 127), (64, 0), (-1, 0), (0, -1):
        what = f"the hash {n} of level {level} of 255 events"
        refused(ValueError, what, partial(log.tree.subtree, level, n))
    for size in 256, -1:
        refused(ValueError, f"the root of {size} of 255 events", partial(log.tree.root, size))
    log.append(singles(255, 1))
    same("the hash of the first tile", log.tree.subtree(8, 0), naive_root(leaves(log)))


def a_refused_append_leaves_no_hash(store: Store) -> None:
    log = store.log
    log.append(singles(0, 255))
    batch = [*singles(255, 600), event("s1", 3)]
    refused(VersionConflict, "a batch that ends with a gap", lambda: log.append(batch))
    same("the damage", [str(each) for each in log.check()], [])
    log.append(singles(255, 399))
    same("the root of 654 events", log.tree.root(654), naive_root(leaves(log)))


def a_checkpoint_is_stored_once(store: Store) -> None:
    log = store.log
    log.append(events("a", 1, 2, 3))
    same("the last of no checkpoints", log.tree.latest(), None)
    first, second = note(log, 1), note(log, 3)
    log.tree.add_checkpoint(1, first, AT)
    log.tree.add_checkpoint(1, first, "another time")
    for size, signed in (1, second), (0, first), (4, first), (-1, first):
        what = f"a checkpoint of {size} after one of 1"
        refused(ValueError, what, partial(log.tree.add_checkpoint, size, signed, AT))
    log.tree.add_checkpoint(3, second, AT)
    refused(ValueError, "a smaller one", lambda: log.tree.add_checkpoint(2, first, AT))
    log = store.reopened()
    stored = [StoredCheckpoint(1, first, AT), StoredCheckpoint(3, second, AT)]
    same("all checkpoints", log.tree.checkpoints(), stored)
    same("those of more than one entry", log.tree.checkpoints(1), stored[1:])
    same("the first of them", log.tree.checkpoints(limit=1), stored[:1])
    same("the last", log.tree.latest(), stored[1])
    covering = [log.tree.covering(size) for size in (1, 2, 3, 4)]
    same("those that cover 1 to 4", covering, [stored[0], stored[1], stored[1], None])
    same("the damage", [str(each) for each in log.check()], [])


def what_is_attached_to_a_checkpoint_stays(store: Store) -> None:
    log = store.log
    log.append(events("a", 1, 2))
    refused(ValueError, "nothing to attach to", lambda: log.tree.attach(2, "timestamp", "t", b"v", AT))
    for size in 1, 2:
        log.tree.add_checkpoint(size, note(log, size), AT)
    log.tree.attach(2, "timestamp", "authority", b"token", AT)
    log.tree.attach(1, "cosignature", "witness", b"one", AT)
    log.tree.attach(2, "cosignature", "witness", b"\0two", AT)
    log.tree.attach(2, "cosignature", "witness", b"\0two", "another time")
    log = store.reopened()
    token = Attachment("timestamp", "authority", b"token", AT)
    signature = Attachment("cosignature", "witness", b"\0two", AT)
    same("what is attached to 2", log.tree.attachments(2), [token, signature])
    same("time stamps of 2", log.tree.attachments(2, "timestamp"), [token])
    same("what is attached to 1", [each.value for each in log.tree.attachments(1)], [b"one"])
    same("what is attached to nothing", log.tree.attachments(3), [])


def singles(first: int, count: int) -> list[Pending]:
    """Events that are each the only one of its stream."""
    return [event(f"s{n}") for n in range(first, first + count)]


def note(log: EventLog, size: int) -> bytes:
    """A checkpoint of a log, with a signature that nobody made."""
    root = b64encode(log.tree.root(size))
    return b"log.example\n%d\n%b\n\n\xe2\x80\x94 log.example AAAA\n" % (size, root)


def leaves(log: EventLog) -> list[bytes]:
    """The leaves of up to 2,000 events, from salts and bodies as a reader would hash them."""
    found = []
    with log.snapshot() as stored:
        entries = [*stored.entries(0), *stored.entries(1000)]
    for each in entries:
        salt, body = each.salt or b"", each.body or b""
        committed = sha256(b"intellog/commit/v1\0" + salt + body)
        recorded_at = timestamp(decode_envelope(body).recorded_at)
        members = f'"index":{each.position - 1},"recorded_at":"{recorded_at}"'
        entry = f'{{"v":1,{members},"commit":"{committed.hexdigest()}"}}'
        found.append(sha256(b"\0" + entry.encode()).digest())
    return found


def naive_root(hashes: list[bytes]) -> bytes:
    """The root over leaves, as RFC 9162 defines it in section 2.1.1."""
    if len(hashes) < 2:
        return hashes[0] if hashes else sha256(b"").digest()
    split = 1
    while split * 2 < len(hashes):
        split *= 2
    return sha256(b"\1" + naive_root(hashes[:split]) + naive_root(hashes[split:])).digest()


def _hashes(log: EventLog, first: int, count: int) -> list[bytes]:
    found: list[bytes] = []
    while len(found) < count:
        batch = log.tree.entries(first + len(found), count - len(found))
        found += [each.leaf() for each in batch]
    return found


def _proofs_hold(log: EventLog, earlier: int, size: int) -> None:
    """Both kinds of proofs lead to the roots; raises ProofRefused if one does not."""
    tree = log.tree
    [last] = tree.entries(earlier - 1, 1)
    path = inclusion_proof(earlier - 1, size, tree.subtree)
    check_inclusion(last.leaf(), earlier - 1, size, path, tree.root(size))
    between = consistency_proof(earlier, size, tree.subtree)
    check_consistency(earlier, size, between, tree.root(earlier), tree.root(size))
