"""Checks: a log has an id, a secret, and a running digest by which its history is known."""

from service.log.conformance.events import event, events
from service.log.conformance.findings import holds, same
from service.log.conformance.store import Store
from service.log.port import Key


def the_running_digest_is_that_of_salts_and_bytes(store: Store) -> None:
    log = store.log
    same("the digest of an empty log", log.digest_at(0), bytes(32))
    log.append(events("a", 1, 2))
    log.append(events("a", 3))
    digests = [log.digest_at(position) for position in range(5)]
    same("digests beyond the ends", [digests[4], log.digest_at(-1), log.digest_at(10**30)], [None] * 3)
    same("the lengths of digests", [len(each or b"") for each in digests], [32, 32, 32, 32, 0])
    same("how many different digests there are", len(set(digests)), 5)
    log = store.reopened()
    same("the digests after reopening", [log.digest_at(n) for n in range(5)], digests)


def the_same_events_in_another_log_have_another_digest(store: Store) -> None:
    with store.another() as other:
        for log in store.log, other.log:
            log.append([event()])
        holds("two logs have two digests", store.log.digest_at(1) != other.log.digest_at(1))


def a_log_has_one_id_which_is_not_its_secret(store: Store) -> None:
    id, secret = store.log.id, store.log.secret
    same("the length of the id in bytes", len(bytes.fromhex(id)), 8)
    same("the length of the secret", len(secret), 32)
    holds("the id is no part of the secret", id not in secret.hex())
    log = store.reopened()
    same("id and secret after reopening", (log.id, log.secret), (id, secret))
    with store.another() as other:
        holds("two logs have two ids", other.log.id != id)
        holds("two logs have two secrets", other.log.secret != secret)


def a_sound_log_has_no_damage(store: Store) -> None:
    log = store.log
    same("the damage of an empty log", list(log.check()), [])
    batch = events("a", *range(1, 702))
    log.append(batch, [Key(p.id, b"", p) for p in batch])
    log.append([event("b")], [Key("m", b"d", 3)])
    log = store.reopened()
    same("the damage of a sound log", [str(each) for each in log.check()], [])
    same("damage, checked through, lost", (log.damage, log.checked, log.lost), (None, 702, None))


def a_check_of_the_log_ends_when_it_is_told_to(store: Store) -> None:
    store.log.append(events("a", *range(1, 1502)))
    steps = iter([False] * 4 + [True] * 99)
    same("the damage", list(store.log.check(lambda: next(steps))), [])
    holds("the check ended before the last event", store.log.checked < 1501)
