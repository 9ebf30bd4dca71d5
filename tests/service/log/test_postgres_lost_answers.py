"""An append to PostgreSQL whose answer is lost is found out about, or reported as unavailable, in time.

A proxy breaks the connection of the session that writes while it commits: before the server has
received that, or after it has committed. The log sees the same both times.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from threading import Thread
from time import monotonic
from typing import Any

import pytest

psycopg = pytest.importorskip("psycopg")

from service.log import postgres_sessions  # noqa: E402
from service.log.conformance.events import ids  # noqa: E402
from service.log.port import EventLog, Key, LogUnavailable, Pending  # noqa: E402
from service.log.postgres import open_postgres_log  # noqa: E402
from tests.processes import until  # noqa: E402
from tests.service.log.append_only import append_three_events_and_a_key, event, noon  # noqa: E402
from tests.service.log.cutting_proxy import MARKER, Proxy, proxied  # noqa: E402
from tests.service.log.postgres_server import Server  # noqa: E402

MARKED = b'{"text":"%b"}' % MARKER
BATCH = [event("c", 1, data=MARKED), event("a", 3), event("c", 2)]
KEYS = [Key("n", b"digest", BATCH[1]), Key("o", b"", 2)]
TILES = [event(f"t{n}", data=MARKED) for n in range(600)]
Raw = Any


@pytest.fixture
def url(postgres: Server) -> str:
    return postgres.fresh()


@pytest.fixture
def proxy(postgres: Server) -> Iterator[Proxy]:
    with proxied(postgres.port) as proxy:
        yield proxy


@pytest.fixture
def log(postgres: Server, url: str, proxy: Proxy) -> Iterator[EventLog]:
    """Three events and a key, reached through the proxy."""
    behind = url.replace(f":{postgres.port}/", f":{proxy.port}/")
    with closing(open_postgres_log(behind, noon)) as log:
        append_three_events_and_a_key(log)
        yield log


@pytest.fixture
def raw(url: str) -> Iterator[Raw]:
    """A connection past the proxy, with every right there is."""
    with closing(psycopg.connect(url, autocommit=True)) as raw:
        yield raw


def test_what_never_reached_the_server_is_unavailable_and_can_be_sent_again(
    log: EventLog, proxy: Proxy
) -> None:
    proxy.moment = "before"
    with pytest.raises(LogUnavailable):
        log.append(BATCH, KEYS)
    assert proxy.broken.is_set()
    assert (log.head(), log.stored_keys(["n", "o"])) == (3, {})
    assert log.append(BATCH, KEYS, idempotent=True).positions == [4, 5, 6]
    assert list(log.check()) == []


@pytest.mark.parametrize(
    ("batch", "keys", "positions"),
    [
        (BATCH, [], [4, 5, 6]),
        (BATCH, KEYS, [4, 5, 6]),
        ([], [Key("p", MARKER, 2)], []),
        (TILES, [], [*range(4, 604)]),
    ],
    ids=["events", "events and keys", "a key", "events that complete tiles"],
)
def test_what_was_committed_is_answered_as_it_is_stored(
    log: EventLog, proxy: Proxy, batch: list[Pending], keys: list[Key], positions: list[int]
) -> None:
    proxy.moment = "after"
    appended = log.append(batch, keys)
    assert proxy.broken.is_set()
    assert (appended.positions, appended.recorded_at) == (positions, noon())
    assert ids(log.at(positions)) == [each.id for each in batch]
    assert {*log.stored_keys([key.name for key in keys])} == {key.name for key in keys}
    assert log.append([event("d")]).positions == [4 + len(batch)]
    assert list(log.check()) == []


def test_a_commit_that_goes_on_without_its_client_is_waited_for(
    log: EventLog, proxy: Proxy, raw: Raw, url: str
) -> None:
    """The lost session has the lock of the log until its transaction is over, one way or the other."""
    proxy.moment = "meanwhile"
    with closing(psycopg.connect(url)) as holder, ThreadPoolExecutor() as threads:
        holder.execute("LOCK TABLE stored_events IN SHARE MODE")
        appended = threads.submit(log.append, BATCH)
        until(lambda: waiting(raw, "advisory"), bool)
        assert proxy.broken.is_set()
        holder.rollback()
        assert appended.result().positions == [4, 5, 6]
    assert ids(log.read(after=3)) == [each.id for each in BATCH]


def waiting(raw: Raw, kind: str) -> int:
    """The number of sessions in this database that wait for a lock of a kind."""
    [(number,)] = raw.execute(
        "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = %s", (kind,)
    ).fetchall()
    return int(number)


def test_where_another_has_written_meanwhile_it_is_unavailable_and_no_damage(
    log: EventLog, proxy: Proxy, raw: Raw
) -> None:
    """Another session gets the lock at once, because it has waited for it, and appends an event."""

    def take_over() -> None:
        raw.execute("SELECT pg_advisory_lock(1768714087, hashtext(current_schema()))")
        raw.execute("INSERT INTO stored_events VALUES (7, 'new', 1, 'Noted', '{}')")
        raw.execute("INSERT INTO entries VALUES (7, 6, '0', '0', '0', 'T')")
        raw.execute("SELECT pg_advisory_unlock_all()")

    taking = Thread(target=take_over)
    taking.start()
    with closing(psycopg.connect(raw.info.dsn, autocommit=True)) as other:
        until(lambda: waiting(other, "advisory"), bool)
    proxy.moment = "after"
    with pytest.raises(LogUnavailable, match=r"closed|lost") as caught:
        log.append(BATCH)
    taking.join()
    assert type(caught.value) is LogUnavailable
    assert log.damage is None
    assert log.append(BATCH, idempotent=True).positions == [4, 5, 6]


def test_what_cannot_be_found_out_in_time_is_found_when_it_is_sent_again(
    log: EventLog, proxy: Proxy, url: str
) -> None:
    proxy.moment, proxy.refusing = "after", True
    with pytest.raises(LogUnavailable):
        log.append(BATCH)
    with closing(open_postgres_log(url, noon)) as other:
        other.append([event("d")])
    proxy.refusing = False
    with pytest.raises(LogUnavailable, match="has been replaced"):
        log.append(BATCH, idempotent=True)
    assert log.append(BATCH, idempotent=True).positions == [4, 5, 6]
    assert log.append([event("e")._replace(data=MARKED)]).positions == [8]


def test_a_server_that_is_not_heard_of_any_more_is_not_waited_for(
    log: EventLog, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither by a call that reads, nor by one that finds out about a commit."""
    monkeypatch.setattr(postgres_sessions, "CALL_SECONDS", 0.5)
    proxy.silent = True
    for call in log.read, lambda: log.append(BATCH), log.read, lambda: log.append(BATCH):
        begun = monotonic()
        with pytest.raises(LogUnavailable):
            call()
        assert monotonic() - begun < 5
    monkeypatch.undo()
    proxy.silent = False
    with pytest.raises(LogUnavailable, match="has been replaced"):
        log.append(BATCH)
    assert log.append(BATCH).positions == [4, 5, 6]


def test_what_a_synchronous_standby_may_lack_is_not_acknowledged(
    log: EventLog, raw: Raw, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A session that is ended while it waits for the standby leaves what it committed on one disk."""
    monkeypatch.setattr(postgres_sessions, "CALL_SECONDS", 3)
    with awaiting_a_standby(raw), ThreadPoolExecutor() as threads:
        appended = threads.submit(log.append, BATCH)
        [writer] = until(lambda: those_who_wait_for_a_standby(raw), bool)
        raw.execute("SELECT pg_terminate_backend(%s)", (writer,))
        with pytest.raises(LogUnavailable):
            appended.result()
        assert raw.execute("SELECT max(position) FROM stored_events").fetchall() == [(6,)]
        for _ in "lost", "not settled":
            with pytest.raises(LogUnavailable):
                log.append(BATCH, idempotent=True)
    monkeypatch.undo()
    with pytest.raises(LogUnavailable, match="has been replaced"):
        log.append(BATCH, idempotent=True)
    assert log.append(BATCH, idempotent=True).positions == [4, 5, 6]


@contextmanager
def awaiting_a_standby(raw: Raw) -> Iterator[None]:
    """Commits wait for a standby that never comes."""
    try:
        raw.execute("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
        reload(raw, "nobody")
        yield
    finally:
        raw.execute("ALTER SYSTEM RESET synchronous_standby_names")
        reload(raw, "")


def reload(raw: Raw, expected: str) -> None:
    raw.execute("SELECT pg_reload_conf()")
    shown = lambda: raw.execute("SHOW synchronous_standby_names").fetchall()  # noqa: E731
    until(shown, lambda found: found == [(expected,)])


def those_who_wait_for_a_standby(raw: Raw) -> list[int]:
    rows = raw.execute("SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep'").fetchall()
    return [pid for (pid,) in rows]
