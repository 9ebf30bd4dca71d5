"""Checks: a snapshot gives what is stored exactly as it is stored, and nothing that is stored later."""

from service.log.conformance.events import event, events, positions, read
from service.log.conformance.findings import same
from service.log.conformance.store import Store
from service.log.port import Key
from service.log.recorder import Tip
from service.log.verbatim import START, chained


def a_snapshot_gives_events_hashes_and_keys_as_they_are_stored(store: Store) -> None:
    log = store.log
    batch = events("a", 1, 2, 3)
    log.append(batch, [Key("m", b"digest", batch[1])])
    log.append([event("b")], [Key("n", b"", 1)])
    with log.snapshot() as stored:
        entries = [*stored.entries(0, 3), *stored.entries(3)]
        same("the positions", [entry.position for entry in entries], positions(read(log)))
        same("the bytes", [entry.body for entry in entries], [each.body for each in read(log)])
        same("the running digests", [entry.digest for entry in entries], _digests(store, 4))
        same("the end that the hashes prove", chained(entries, START), stored.tip())
        same("events after the last", stored.entries(4), [])
        rows = stored.keys()
        same("all keys", [tuple(row[:3]) for row in rows], [("m", 2, b"digest"), ("n", 1, b"")])
        same("the keys of position 2", [key[0] for key in stored.keys_of(1, 2)], ["m"])
        same("what is redacted", stored.redacted(), set())


def a_snapshot_does_not_change_while_the_log_grows(store: Store) -> None:
    log = store.log
    log.append(events("a", 1, 2))
    digest = log.digest_at(2)
    with log.snapshot() as stored:
        same("the first event", [entry.position for entry in stored.entries(0, 1)], [1])
        log.append([event("a", 3)], [Key("m", b"", 1)])
        same("the events of the snapshot", [entry.position for entry in stored.entries(0)], [1, 2])
        same("its keys", stored.keys(), [])
        same("its end", stored.tip(), Tip(2, digest or b""))
    with log.snapshot() as stored:
        same("the events of the next one", [entry.position for entry in stored.entries(0)], [1, 2, 3])


def _digests(store: Store, head: int) -> list[bytes | None]:
    return [store.log.digest_at(position) for position in range(1, head + 1)]
