"""Checks: a key is stored once, with the position of an event."""

from functools import partial

from service.log.conformance.events import event, events, unchanged
from service.log.conformance.findings import refused, same
from service.log.conformance.store import Store
from service.log.port import Key, KeyConflict, Pending


def keys_have_positions_of_the_batch_or_stored_ones(store: Store) -> None:
    log = store.log
    batch = events("a", 1, 2)
    log.append(batch, [Key("key", b"\x00\xff", batch[1])])
    log.append([], [Key("claims", b"", 1)])
    same("a key", log.key("key"), (2, b"\x00\xff"))
    stored = {"claims": (1, b""), "key": (2, b"\x00\xff")}
    same("keys of which one is not stored", log.stored_keys(["claims", "nothing", "key"]), stored)
    same("a key after reopening", store.reopened().key("key"), (2, b"\x00\xff"))


def a_key_is_stored_once(store: Store) -> None:
    log, first = store.log, event("a")
    log.append([first], [Key("key", b"1", first)])
    for keys in [Key("key", b"2", 1)], [Key("key", b"1", 1)], [Key("x", b"", 1)] * 2:
        with unchanged("a key that is stored already", log, "key", "x"):
            conflict = refused(
                KeyConflict, "a key that is stored already", partial(log.append, [event("b")], keys)
            )
        same("the name in the refusal", conflict.name, keys[0].name)


def an_idempotent_append_leaves_its_own_keys_alone(store: Store) -> None:
    log, first = store.log, event("a")
    log.append([first], [Key("key", b"1", first)])
    with unchanged("the same batch with the same key", log, "key"):
        log.append([first], [Key("key", b"1", first)], idempotent=True)
    batch = [first, event("b")]
    for key in Key("key", b"2", first), Key("key", b"1", event("b")):
        with unchanged("another key of a stored name", log, "key"):
            refused(
                KeyConflict,
                "another key of a stored name",
                partial(log.append, batch, [key], idempotent=True),
            )


def a_key_needs_a_position(store: Store) -> None:
    store.log.append([event("a")])
    nowhere: tuple[Pending | int, ...] = (0, -1, 3, 99, event("elsewhere"))
    for of in nowhere:
        key = Key("m", b"", of)
        with unchanged("a key without a position", store.log, "m"):
            refused(
                ValueError,
                f"a key of {of!r}",
                partial(store.log.append, [event("b")], [key]),
                "no position",
            )


def many_keys_are_looked_up_at_once(store: Store) -> None:
    batch = [event(f"s{n}") for n in range(1200)]
    store.log.append(batch, [Key(p.stream, p.id.encode(), p) for p in batch])
    found = store.log.stored_keys([f"s{n}" for n in range(2000)])
    same("1,200 keys of 2,000 names", found, {f"s{n}": (n + 1, b"s%d/1" % n) for n in range(1200)})
