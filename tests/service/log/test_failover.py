"""A log on two servers: what was acknowledged is there when the primary is gone.

The primary is killed under load and its synchronous standby promoted. Writers send again what was not
acknowledged, as a client does.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass, field
from itertools import pairwise
from threading import Event
from time import monotonic

import pytest

psycopg = pytest.importorskip("psycopg")

from service.log import postgres_sessions  # noqa: E402
from service.log.port import EventLog, LogUnavailable, Pending, Stored  # noqa: E402
from service.log.postgres import open_postgres_log, read_postgres_log  # noqa: E402
from tests.places import LONG  # noqa: E402
from tests.processes import until  # noqa: E402
from tests.service.log.append_only import noon  # noqa: E402
from tests.service.log.postgres_pair import Pair, paired_here  # noqa: E402

WRITERS = 4
FAILOVERS = 20 if LONG else 1

BATCHES_BEFORE, BATCHES_AFTER = 40, 10


@pytest.fixture(scope="module")
def pair() -> Iterator[Pair]:
    with paired_here() as pair:
        yield pair


@pytest.fixture
def url(pair: Pair) -> str:
    """The address of both servers, and of a new, empty schema there."""
    schema = pair.primary.fresh().partition("search_path%3D")[2]
    return f"{pair.url}&options=-csearch_path%3D{schema}"


@dataclass
class Load:
    """Writers that append batches of three to streams of their own, until it is enough."""

    log: EventLog
    acknowledged: dict[str, int] = field(default_factory=dict)
    answered: list[float] = field(default_factory=list)
    """When each batch was acknowledged."""
    enough: Event = field(default_factory=Event)

    def write(self, stream: str) -> None:
        version = 0
        while not self.enough.is_set():
            batch = [event(stream, version + n) for n in (1, 2, 3)]
            with suppress(LogUnavailable):
                positions = self.log.append(batch, idempotent=True).positions
                self.answered.append(monotonic())
                self.acknowledged.update(zip((p.id for p in batch), positions, strict=True))
                version += 3

    def wait_for(self, batches: int) -> None:
        """Wait until this many more batches are acknowledged."""
        wanted = len(self.answered) + batches
        until(lambda: len(self.answered), lambda seen: seen >= wanted)


def event(stream: str, version: int) -> Pending:
    return Pending(f"{stream}/{version}", "Noted", 1, stream, version, "alice", b'{"n":%d}' % version)


def everything(log: EventLog) -> list[Stored]:
    found: list[Stored] = []
    while batch := log.read(len(found)):
        found += batch
    return found


def all_is_there(load: Load, log: EventLog) -> None:
    """The log has what was acknowledged, where it was said, and has nothing twice."""
    stored = everything(log)
    assert [each.position for each in stored] == list(range(1, len(stored) + 1))
    places = {f"{each.stream}/{each.version}": each.position for each in stored}
    assert len(places) == len(stored)
    assert load.acknowledged.items() <= places.items()
    assert list(log.check()) == []


# A reader of the standby


SHOWN = """
    SELECT (SELECT count(*) FROM stored_events), (SELECT COALESCE(max(position), 0) FROM stored_events),
           (SELECT count(*) FROM entries), (SELECT COALESCE(max(idx), -1) + 1 FROM entries)"""


def test_a_reader_of_the_standby_sees_a_prefix_at_every_moment(pair: Pair, url: str) -> None:
    """Under load, in whole batches of three, and with no hole; LISTEN does not work there."""
    standby = pair.standby.url() + url.partition("?")[2].partition("&")[2]
    with closing(open_postgres_log(url, noon)) as log, ThreadPoolExecutor(WRITERS + 2) as threads:
        load = Load(log)
        load.log.append([event("first", n) for n in (1, 2, 3)])
        try:
            until(lambda: readable(standby), bool)
            looks = threads.submit(look, standby, load.enough)
            followed = threads.submit(follow, standby, load.enough)
            writing = [threads.submit(load.write, f"w{n}") for n in range(WRITERS)]
            load.wait_for(400 if LONG else 100)
        finally:
            load.enough.set()
        for each in writing:
            each.result()
        assert all(len(set(counts)) == 1 and counts[0] % 3 == 0 for counts in looks.result())
        assert len(set(looks.result())) > 20
        kept = everything(log)
        seen = followed.result()
        assert len(seen) > 150
        assert seen == kept[: len(seen)]


def readable(url: str) -> bool:
    """Whether the log can be read there; a standby has new tables only once it has replayed them."""
    with suppress(LogUnavailable), closing(read_postgres_log(url)):
        return True
    return False


def look(url: str, enough: Event) -> list[tuple[int, ...]]:
    """Count, again and again, what a server shows: rows and last positions, each in one snapshot."""
    shown: list[tuple[int, ...]] = []
    with psycopg.connect(url, autocommit=True) as connection:
        while not enough.is_set():
            shown += connection.execute(SHOWN).fetchall()
    return shown


def follow(url: str, enough: Event) -> list[Stored]:
    """Read on from the last position seen, as fast as can be."""
    seen: list[Stored] = []
    with closing(read_postgres_log(url)) as log:
        while not enough.is_set():
            seen += log.read(len(seen), limit=7)
    return seen


# A primary without its standby


@pytest.fixture
def alone(pair: Pair, url: str) -> Iterator[EventLog]:
    """A log whose primary waits for its standby, which is stopped; in the end it is there again."""
    with closing(open_postgres_log(url, noon)) as log:
        log.append([event("a", 1)])
        pair.standby.stop()
        try:
            yield log
        finally:
            pair.standby.start()
            pair.wait_for_standby()


def test_nothing_is_acknowledged_that_only_one_server_has(
    alone: EventLog, pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_sessions, "CALL_SECONDS", 1)
    with pytest.raises(LogUnavailable):
        alone.append([event("a", 2)])


def test_an_append_whose_wait_for_the_standby_is_cancelled_is_not_acknowledged(
    alone: EventLog, pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL answers such a commit with success, and a warning."""
    monkeypatch.setattr(postgres_sessions, "CALL_SECONDS", 3)
    with ThreadPoolExecutor(1) as threads, psycopg.connect(pair.primary.url(), autocommit=True) as raw:
        appending = threads.submit(alone.append, [event("a", 2)])
        waiting = "SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
        [(pid,)] = until(lambda: raw.execute(waiting).fetchall(), bool)
        raw.execute("SELECT pg_cancel_backend(%s)", (pid,))
        with pytest.raises(LogUnavailable):
            appending.result()


# A writer whose machine fell silent


def test_the_server_soon_gives_up_a_writer_that_fell_silent(url: str) -> None:
    """Or its lock would be held for a quarter of an hour, where an answer to it is not confirmed."""
    with closing(postgres_sessions.Sessions(url)) as sessions, sessions.writing() as c:
        shown = [
            c.execute(f"SHOW {name}".encode()).fetchall()
            for name in ("tcp_user_timeout", "tcp_keepalives_idle", "tcp_keepalives_interval")
        ]
    assert shown == [[("15000",)], [("5",)], [("3",)]]


# A primary that is killed; last, because in the end there is no standby


def test_what_was_acknowledged_is_there_after_the_primary_is_killed(pair: Pair, url: str) -> None:
    with closing(open_postgres_log(url, noon)) as log, ThreadPoolExecutor(WRITERS) as threads:
        load = Load(log)
        try:
            writing = [threads.submit(load.write, f"w{n}") for n in range(WRITERS)]
            silences = [failed_over(pair, load)]
            while len(silences) < FAILOVERS:
                pair.join()
                silences.append(failed_over(pair, load))
        finally:
            load.enough.set()
        for each in writing:
            each.result()
        print("seconds without writes:", *(f"{seconds:.2f}" for seconds in sorted(silences)))
        all_is_there(load, log)


def failed_over(pair: Pair, load: Load) -> float:
    """Kill the primary under load and promote the standby; return the seconds without writes."""
    load.wait_for(BATCHES_BEFORE)
    pair.kill()
    killed = monotonic()
    pair.promote()
    load.wait_for(BATCHES_AFTER)
    moments = [killed, *sorted(moment for moment in load.answered if moment > killed)]
    return max(later - moment for moment, later in pairwise(moments))
