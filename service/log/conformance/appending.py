"""Checks: a batch continues its streams or changes nothing; the same batch again adds nothing."""

from collections.abc import Sequence
from random import Random

from service.log.conformance.events import event, events, ids, read, unchanged
from service.log.conformance.findings import refused, same
from service.log.conformance.store import NOON, Store
from service.log.port import EventLog, Key, Pending, VersionConflict

OUT_OF_ORDER = ([4], [2], [0], [-1], [10**30], [3, 3], [3, 5], [4, 3])
"""Versions that do not follow version 2."""
ROUNDS = 40


def what_does_not_follow_the_head_conflicts_and_changes_nothing(store: Store) -> None:
    log = store.log
    log.append(events("a", 1, 2))
    for versions in OUT_OF_ORDER:
        first = event("b")
        batch = [first, *(event("a", version, id=f"n{n}") for n, version in enumerate(versions))]
        for idempotent in False, True:
            what = f"versions {versions} after 2"
            with unchanged(f"{what} were refused", log, "m"):
                conflict = _conflict(log, what, batch, [Key("m", b"", first)], idempotent=idempotent)
            same("stream and head in the refusal", (conflict.stream, conflict.version), ("a", 2))


def a_stream_begins_at_version_1(store: Store) -> None:
    with unchanged("a stream that begins at version 2 was refused", store.log):
        conflict = _conflict(store.log, "a stream that begins at version 2", [event(version=2)])
    same("the head in the refusal", conflict.version, 0)


def positions_ascend_in_the_order_of_the_batch(store: Store) -> None:
    batch = [event("b", 1), event("a", 1), event("b", 2), event("c", 1), event("a", 2)]
    positions = store.log.append(batch).positions
    same("the positions of a batch", positions, [1, 2, 3, 4, 5])
    same("the events there", ids(store.log.at(positions)), [pending.id for pending in batch])
    same("the head", store.log.head(), 5)


def a_large_batch_is_one_batch(store: Store) -> None:
    batch = [event(f"s{n % 700}", n // 700 + 1) for n in range(2345)]
    same("the positions of 2,345 events", store.log.append(batch).positions, list(range(1, 2346)))
    same("their ids", ids(read(store.log)), [pending.id for pending in batch])


def what_is_there_already_answers_its_position(store: Store) -> None:
    log = store.log
    first = log.append(events("a", 1, 2)).positions
    log.append([event("b")])
    with unchanged("a batch that was stored before", log):
        again = log.append(events("a", 1, 2), idempotent=True)
    same("the positions of the same batch again", again.positions, first)
    same("the timestamp of the same batch again", again.recorded_at, NOON)
    mixed = log.append([event("c"), *events("a", 2, 3), event("b")], idempotent=True)
    same("the positions of a batch that is stored in part", mixed.positions, [4, 2, 5, 3])
    same("the log after it", ids(read(log)), ["a/1", "a/2", "b/1", "c/1", "a/3"])


def the_same_event_twice_in_a_batch_is_stored_once(store: Store) -> None:
    batch = [*events("a", 1, 2), event("a", 1)]
    same("the positions", store.log.append(batch, idempotent=True).positions, [1, 2, 1])
    same("the head", store.log.head(), 2)


def another_event_in_its_place_is_a_conflict(store: Store) -> None:
    log = store.log
    log.append(events("a", 1, 2))
    batch = [event("b"), event("a", 1, id="a/10")]
    with unchanged("another event in a place that is taken", log):
        conflict = _conflict(log, "another event in a place that is taken", batch, idempotent=True)
    same("stream and head in the refusal", (conflict.stream, conflict.version), ("a", 2))


def an_id_that_begins_alike_is_another_event(store: Store) -> None:
    store.log.append([event(id="a/10")])
    with unchanged("the id a/1 where a/10 is stored", store.log):
        _conflict(store.log, "the id a/1 where a/10 is stored", [event(id="a/1")], idempotent=True)


def whatever_is_appended_the_log_is_what_was_answered(store: Store) -> None:
    """Random batches, the same in every run, are compared with a list of ids."""
    log, chance = store.log, Random(17)
    model: list[str] = []
    for n in range(ROUNDS):
        streams = [f"{n // 5}{name}" for name in "abc"]
        places = [(chance.choice(streams), chance.randint(1, 3)) for _ in range(chance.randint(0, 5))]
        idempotent = chance.random() < 0.5
        batch = [event(stream, version) for stream, version in places]
        expected = _model_append(model, [pending.id for pending in batch], idempotent)
        what = f"the batch {places}{' (idempotent)' if idempotent else ''}"
        if expected is None:
            _conflict(log, what, batch, idempotent=idempotent)
        else:
            positions = log.append(batch, idempotent=idempotent).positions
            same(f"the positions of {what}", positions, expected)
        same(f"the log after {what}", ids(read(log)), model)


def _model_append(model: list[str], batch: list[str], idempotent: bool) -> list[int] | None:
    """Append ids of the form `stream/version` to a list as a log would; None: a conflict."""
    longer = list(model)
    for each in batch:
        stream, version = each.split("/")
        before = f"{stream}/{int(version) - 1}"
        if each in longer:
            if not idempotent:
                return None
        elif version == "1" or before in longer:
            longer.append(each)
        else:
            return None
    model[:] = longer
    return [longer.index(each) + 1 for each in batch]


def _conflict(
    log: EventLog,
    what: str,
    batch: Sequence[Pending],
    keys: Sequence[Key] = (),
    *,
    idempotent: bool = False,
) -> VersionConflict:
    return refused(VersionConflict, what, lambda: log.append(batch, keys, idempotent=idempotent))
