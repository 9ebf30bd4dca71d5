"""Checks: threads that write at once have one after the other, and readers see one order."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

from service.log.conformance.events import event, events, positions, read
from service.log.conformance.findings import same
from service.log.conformance.store import PATIENCE, Store
from service.log.envelope import decode_envelope
from service.log.port import EventLog, Key, KeyConflict, Stored, Subscription, VersionConflict

WRITERS, ROUNDS = 4, 25


def writers_that_race_for_a_stream_take_turns(store: Store) -> None:
    log, total = store.log, WRITERS * ROUNDS * 3
    with ThreadPoolExecutor(WRITERS + 2) as threads, log.subscribe(0) as subscription:
        over = Event()
        tails = [threads.submit(_tail, subscription, total), threads.submit(_poll, log, total, over)]
        try:
            for each in [threads.submit(_write, log, n) for n in range(WRITERS)]:
                each.result(PATIENCE)
            seen = [each.result(PATIENCE) for each in tails]
        finally:
            over.set()
    kept = read(log)
    same("positions in the log", positions(kept), list(range(1, total + 1)))
    same("what a subscription saw", positions(seen[0]), positions(kept))
    same("what a reader saw who asked again and again", positions(seen[1]), positions(kept))
    same("their bytes", seen, [kept, kept])
    stamps = [decode_envelope(each.body).recorded_at for each in kept]
    same("timestamps in the order of positions", stamps, sorted(stamps))
    for stream in sorted({each.stream for each in kept}):
        versions = [each.version for each in kept if each.stream == stream]
        same(f"versions of {stream}", versions, list(range(1, len(versions) + 1)))
    same("events in the stream of all", len(log.stream("contested")), WRITERS * ROUNDS)


def one_of_many_who_store_a_key_at_once_has_it(store: Store) -> None:
    log = store.log

    def claim(n: int) -> int | None:
        mine = event(f"s{n}")
        try:
            return log.append([mine], [Key("first", b"%d" % n, mine)]).positions[0]
        except KeyConflict:
            return None

    with ThreadPoolExecutor(4) as threads:
        claimed = [p for p in threads.map(claim, range(8)) if p is not None]
    position, _ = log.key("first") or (0, b"")
    same("the positions of those who were told that they have it", claimed, [position])
    same("the head", log.head(), position)


def _write(log: EventLog, n: int) -> None:
    """Append to a stream of one's own and, against the others, to one that all write."""
    for r in range(ROUNDS):
        own = events(f"own:{n}", 2 * r + 1, 2 * r + 2)
        version = 1
        while True:
            try:
                log.append([own[0], event("contested", version, id=f"{n}/{r}"), own[1]])
                break
            except VersionConflict as conflict:
                same("the stream in a refusal", conflict.stream, "contested")
                version = conflict.version + 1


def _tail(subscription: Subscription, total: int) -> list[Stored]:
    seen: list[Stored] = []
    for batch in subscription:
        seen += batch
        if len(seen) >= total:
            break
    return seen


def _poll(log: EventLog, total: int, over: Event) -> list[Stored]:
    """Read on from the last position seen, as fast as can be."""
    seen: list[Stored] = []
    while len(seen) < total and not over.is_set():
        seen += log.read(after=seen[-1].position if seen else 0, limit=7)
    return seen
