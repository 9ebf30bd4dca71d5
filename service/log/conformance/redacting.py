"""Checks: what an event redacts is destroyed, also by whoever takes the log over, and nothing else.

These go through the log; `append_only` has what a database refuses to those who go past it.
"""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from service.log.conformance.append_only import (
    OTHER_EVENTS,
    append_three_events_and_a_key,
    redaction,
)
from service.log.conformance.events import event, events, positions, read, read_back
from service.log.conformance.findings import holds, refused, same
from service.log.conformance.store import Store
from service.log.port import EventLog, LogUnavailable, Stored, VersionConflict

SECRET = b"zq-names-a-source-zq"
"""Bytes that occur in the redacted event alone."""


def a_redaction_destroys_what_it_names_and_nothing_else(store: Store) -> None:
    log = store.log
    append_three_events_and_a_key(log)
    events, kept = read(log), _kept(log)
    log.append([redaction("r", b'{"position":2}')])
    holds("nothing of what is redacted is left", log.destroy() and not log.undestroyed.is_set())
    _the_second_is_gone(log, events, kept)
    _the_second_is_gone(store.reopened(), events, kept)


def no_file_has_what_is_redacted(store: Store) -> None:
    log = store.log
    log.append([event("a"), _secret("a", 2), *events("b", *range(1, 200))])
    log.append([redaction("r", b'{"position":2}')])
    holds("nothing of what is redacted is left", log.destroy())
    same("files that still have it", _files_with(SECRET, store.place.directory), [])


def a_redacted_event_keeps_its_place(store: Store) -> None:
    log = store.log
    append_three_events_and_a_key(log)
    log.append([redaction("r", b'{"position":2}')])
    batch = [event("a", 2, type="Noted", data=b"{}")]
    again = partial(log.append, batch, idempotent=True)
    refused(VersionConflict, "the redacted event, appended again", again)
    same("the next version of its stream", log.append([event("a", 3)]).positions, [5])


def what_was_left_when_a_writer_died_the_next_one_destroys(store: Store) -> None:
    log = store.log
    log.append([event("a"), _secret("a", 2)])
    log.destroying = _dies
    log.append([redaction("r", b'{"position":2}')])
    holds("an event stays while what is called before is not done", SECRET in _bodies(log, 2))
    holds("it is known that something is to be destroyed", log.undestroyed.is_set())
    log, named = store.reopened(), list[Stored]()
    holds("the next writer knows it as well", log.undestroyed.is_set())
    log.destroying = named.extend
    holds("nothing of what is redacted is left", log.destroy())
    holds("what is called before got the whole event", SECRET in b"".join(e.body for e in named))
    same("the redacted event", log.at([2])[0].body, b"")
    same("files that still have it", _files_with(SECRET, store.place.directory), [])
    same("the damage", [str(each) for each in log.check()], [])


def what_only_looks_like_a_redaction_destroys_nothing(store: Store) -> None:
    log = store.log
    append_three_events_and_a_key(log)
    for n, (type, data) in enumerate(OTHER_EVENTS):
        log.append([event(f"r{n}", type=type, data=data)])
    here = log.head() + 1
    log.append([redaction("s", b'{"position":%d}' % here)])
    log.append([redaction("t", b'{"position":%d}' % (here + 2)), event("u")])
    log.destroy()
    same("the events that have no bytes", [e.position for e in read(log) if not e.body], [])
    same("the damage", [str(each) for each in log.check()], [])


def _the_second_is_gone(log: EventLog, events: list[Stored], kept: tuple[object, ...]) -> None:
    """Of three events, whose bytes and salts were there before; all else is as it was."""
    left = [events[0], events[1]._replace(body=b""), events[2]]
    same("the events after a redaction", read(log, until=3), left)
    same("the same, read backward", read_back(log, 4, 3), left[::-1])
    same("the same, at their positions", log.at([1, 2, 3]), left)
    same("the stream of the redacted event", log.stream("a"), left[:2])
    same("salts", [bool(log.tree.salt(n)) for n in (1, 2, 3)], [True, False, True])
    same("tree, digest, heads and key", _kept(log), kept)
    same("the events that redact", positions(log.redactions()), [4])
    same("those after the last", log.redactions(4), [])
    same("the damage", [str(each) for each in log.check()], [])
    with log.snapshot() as stored:
        same("what is redacted in a snapshot", stored.redacted(), {2})


def _kept(log: EventLog) -> tuple[object, ...]:
    """What a redaction does not change of a log of three events and a key."""
    tree = log.tree.entries(0)[:3], log.tree.root(3)
    return *tree, log.digest_at(3), log.heads(["a", "b"]), log.key("m")


def _secret(stream: str, version: int) -> Any:
    return event(stream, version, data=b'{"text":"%b"}' % SECRET)


def _dies(events: Sequence[Stored]) -> None:
    raise LogUnavailable("the writer has died before it destroyed anything")


def _bodies(log: EventLog, *at: int) -> bytes:
    return b"".join(each.body for each in log.at(at))


def _files_with(wanted: bytes, folder: Path) -> list[str]:
    files = (each for each in sorted(folder.rglob("*")) if each.is_file())
    return [each.name for each in files if wanted in each.read_bytes()]
