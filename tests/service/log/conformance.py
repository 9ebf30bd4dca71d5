"""What every log must do, as seen through its port alone.

A backend is a way to open a log: `open_log(directory, clock)`, where a directory opened again
holds the same log. `test_conformance.py` names the backends and runs this on each, and beside it
`append_only.py`: what their databases must refuse.
"""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from queue import Queue
from tempfile import TemporaryDirectory
from threading import Thread
from time import monotonic
from typing import Any, Self

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.log.envelope import decode_envelope
from service.log.port import (
    EventLog,
    Key,
    KeyConflict,
    LogUnavailable,
    Pending,
    Stored,
    Subscription,
    VersionConflict,
)

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
PATIENCE = 30.0
"""Seconds to wait for what must happen; no test waits for what must not."""

OpenLog = Callable[..., EventLog]
"""Opens the log of a directory with a clock, and the options of `service.log.open.Opening`."""


class Clock:
    """Gives the instants it was handed, one a call, and the last of them for ever."""

    def __init__(self, *instants: datetime) -> None:
        self.instants = list(instants)

    def __call__(self) -> datetime:
        return self.instants.pop(0) if len(self.instants) > 1 else self.instants[0]


class Store:
    """A place for one log, with the clock that it is opened with."""

    def __init__(self, open_log: OpenLog, directory: Path) -> None:
        self.open_log = open_log
        self.directory = directory
        self.clock = Clock(NOON)
        self.waited = timedelta()
        """How long the process has waited, by the clock that only goes forward."""
        self.log = self._opened()

    def reopened(self, **opening: bool) -> EventLog:
        self.log.close()
        self.log = self._opened(**opening)
        return self.log

    def _opened(self, **opening: bool) -> EventLog:
        monotonic = lambda: self.waited.total_seconds()  # noqa: E731
        return self.open_log(self.directory, self.clock, monotonic=monotonic, **opening)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.log.close()


def event(stream: str = "report:a", version: int = 1, **changes: Any) -> Pending:
    made = Pending(
        id=f"{stream}/{version}",
        type="ReportFiled",
        v=1,
        stream=stream,
        version=version,
        actor="alice",
        data=b'{"n":%d}' % version,
    )
    return replace(made, **changes)


def events(stream: str, *versions: int, **changes: Any) -> list[Pending]:
    return [event(stream, version, **changes) for version in versions]


def ids(stored: list[Stored]) -> list[str]:
    return [decode_envelope(each.body).id for each in stored]


def everything(log: EventLog) -> list[Stored]:
    return log.read(limit=1_000_000)


@contextmanager
def unchanged(log: EventLog, *names: str) -> Iterator[None]:
    """Nothing that happens inside reaches the log, nor the keys of these names."""
    before = log.head(), everything(log), log.stored_keys(names)
    yield
    assert (log.head(), everything(log), log.stored_keys(names)) == before


class LogConformance:
    def test_an_empty_log_answers_that_nothing_is_there(self, store: Store) -> None:
        log = store.log
        assert log.head() == 0
        assert log.read() == []
        assert log.read_back(1, 10) == []
        assert log.at([1, 2]) == []
        assert log.at([]) == []
        assert log.stream("report:a") == []
        assert log.key("m") is None
        assert log.stored_keys([]) == {}
        assert log.append([]).positions == []
        assert log.head() == 0

    # Bytes

    def test_the_bytes_are_the_envelope_and_the_data_untouched(self, store: Store) -> None:
        data = '{ "text":"\u00fcber \\u00e9 \u2028 \U0001f600", "x":1.10,"n":12345678901234567890}'
        quoted = event("r:\u00e4", 1, id='i"\\\t', actor="J\u00fcrgen", data=data.encode())
        positions = store.log.append([quoted]).positions
        [stored] = store.log.at(positions)
        assert stored.body.decode() == (
            '{"id":"i\\"\\\\\\t","type":"ReportFiled","v":1,"stream":"r:\u00e4","version":1,'
            '"recorded_at":"2024-05-01T12:00:00Z","actor":"J\u00fcrgen","data":' + data + "}"
        )
        assert (stored.type, stored.stream, stored.version) == ("ReportFiled", "r:\u00e4", 1)

    def test_the_wire_form_adds_the_position_and_nothing_else(self, store: Store) -> None:
        store.log.append(events("report:a", 1, 2))
        for stored in everything(store.log):
            front = b'{"position":%d,' % stored.position
            assert stored.wire() == front + stored.body[1:]
            assert json.loads(stored.wire()) == {
                "position": stored.position,
                **json.loads(stored.body),
            }
            assert decode_envelope(stored.wire()) == decode_envelope(stored.body)

    @pytest.mark.parametrize("data", [b"", b"[1]", b'{"a":1', b'{"a":\n1}', b'{"a":\r1}', b"1"])
    def test_data_that_is_not_one_object_on_one_line_is_refused(
        self, store: Store, data: bytes
    ) -> None:
        with unchanged(store.log), pytest.raises(ValueError, match="not one JSON object"):
            store.log.append([event(), event(version=2, data=data)])

    def test_a_name_that_utf8_cannot_write_is_refused(self, store: Store) -> None:
        with unchanged(store.log), pytest.raises(ValueError, match="surrogates"):
            store.log.append([event(), event(version=2, actor="\ud800")])

    # Reading

    def test_reading_forward(self, store: Store) -> None:
        log = store.log
        for n in range(1, 8):
            log.append([event("report:a", n, type="Odd" if n % 2 else "Even")])
        assert [s.position for s in log.read()] == [1, 2, 3, 4, 5, 6, 7]
        assert [s.position for s in log.read(after=2, limit=3)] == [3, 4, 5]
        assert [s.position for s in log.read(after=2, until=4)] == [3, 4]
        assert [s.position for s in log.read(types=["Even"])] == [2, 4, 6]
        assert [s.position for s in log.read(2, 2, ["Odd", "Even"], 6)] == [3, 4]
        assert [s.position for s in log.read(2, 9, ["Odd"], 6)] == [3, 5]
        assert log.read(types=["Other"]) == []
        assert log.read(after=7) == []

    def test_reading_backward(self, store: Store) -> None:
        log = store.log
        log.append(events("report:a", 1, 2, 3, 4, 5))
        assert [s.position for s in log.read_back(before=5, limit=2)] == [4, 3]
        assert [s.position for s in log.read_back(before=99, limit=2)] == [5, 4]
        assert [s.position for s in log.read_back(before=2, limit=9)] == [1]
        assert log.read_back(before=1, limit=9) == []

    def test_reading_at_positions_keeps_the_order_asked(self, store: Store) -> None:
        log = store.log
        log.append(events("report:a", *range(1, 1502)))
        assert [s.position for s in log.at([3, 1, 9999, 3, 0, -1])] == [3, 1, 3]
        backward = list(range(1501, 0, -1))
        assert [s.position for s in log.at(backward)] == backward

    def test_a_stream_is_read_by_version(self, store: Store) -> None:
        log = store.log
        log.append([event("a", 1), event("b", 1), event("a", 2)])
        log.append([event("b", 2), event("a", 3)])
        assert [(s.position, s.version) for s in log.stream("a")] == [(1, 1), (3, 2), (5, 3)]
        assert [s.version for s in log.stream("a", after_version=2)] == [3]
        assert log.stream("a", after_version=3) == []
        assert log.stream("A") == []

    def test_positions_that_no_log_reaches_are_no_error(self, store: Store) -> None:
        log, far = store.log, 10**30
        log.append([event()])
        assert log.read(after=far) == []
        assert log.at([far]) == []
        assert len(log.read(until=far)) == 1
        assert len(log.read(after=-far)) == 1
        assert len(log.read_back(far, 5)) == 1
        assert log.read_back(-far, 5) == []
        assert log.stream("report:a", far) == []

    # Stamps

    def test_a_batch_bears_one_stamp_in_six_digits_of_utc(self, store: Store) -> None:
        zone = timezone(timedelta(hours=5, minutes=30))
        store.clock.instants = [datetime(2024, 5, 1, 18, 0, 0, 1200, tzinfo=zone), NOON]
        appended = store.log.append([event("a"), event("b")])
        assert appended.recorded_at == datetime(2024, 5, 1, 12, 30, 0, 1200, tzinfo=UTC)
        assert appended.recorded_at.tzinfo is UTC
        for stored in everything(store.log):
            assert b'"recorded_at":"2024-05-01T12:30:00.001200Z"' in stored.body
            assert decode_envelope(stored.body).recorded_at == appended.recorded_at

    def test_stamps_do_not_go_back_when_the_clock_does(self, store: Store) -> None:
        hours = [0, 2, 1, -5, 3]
        store.clock.instants = [NOON + timedelta(hours=hour) for hour in hours]
        stamps = [store.log.append([event(version=n)]).recorded_at for n in range(1, 6)]
        assert stamps == [NOON + timedelta(hours=hour) for hour in [0, 2, 2, 2, 3]]

    def test_stamps_do_not_go_back_across_a_restart(self, store: Store) -> None:
        store.log.append([event()])
        store.clock.instants = [NOON - timedelta(days=1)]
        assert store.reopened().append([event(version=2)]).recorded_at == NOON

    def test_the_clock_is_asked_once_an_append(self, store: Store) -> None:
        store.clock.instants = [NOON + timedelta(minutes=n) for n in range(9)]
        store.reopened()
        store.log.append(events("report:a", 1, 2, 3))
        assert len(store.clock.instants) == 8

    def test_now_is_the_stamp_of_a_batch_appended_at_once(self, store: Store) -> None:
        hours = [0, 0, 2, 2, 1, 1, -5, -5, 3, 3]
        store.clock.instants = [NOON + timedelta(hours=hour) for hour in hours]
        for version in range(1, 6):
            now = store.log.now()
            assert store.log.append([event(version=version)]).recorded_at == now
            assert now.tzinfo is UTC

    def test_now_is_not_before_what_was_stamped_before_a_restart(self, store: Store) -> None:
        store.log.append([event()])
        store.clock.instants = [NOON - timedelta(days=1)]
        assert store.reopened().now() == NOON

    def test_now_stamps_nothing(self, store: Store) -> None:
        store.clock.instants = [NOON + timedelta(hours=1), NOON]
        with unchanged(store.log):
            assert store.log.now() == NOON + timedelta(hours=1)
        assert store.log.append([event()]).recorded_at == NOON

    def test_a_clock_without_a_time_zone_is_refused(self, store: Store) -> None:
        store.clock.instants = [NOON.replace(tzinfo=None)]
        with unchanged(store.log), pytest.raises(ValueError, match="time zone"):
            store.log.append([event()])

    # Versions

    @pytest.mark.parametrize(
        ("versions", "head"),
        [
            ([4], 2),
            ([2], 2),
            ([0], 2),
            ([-1], 2),
            ([10**30], 2),
            ([3, 3], 2),
            ([3, 5], 2),
            ([4, 3], 2),
        ],
    )
    def test_what_does_not_follow_the_head_conflicts_and_changes_nothing(
        self, store: Store, versions: list[int], head: int
    ) -> None:
        log = store.log
        log.append(events("a", 1, 2))
        first = event("b")
        batch = [first, *(event("a", version, id=f"n{n}") for n, version in enumerate(versions))]
        with unchanged(log, "m"), pytest.raises(VersionConflict) as caught:
            log.append(batch, [Key("m", b"", first)])
        assert (caught.value.stream, caught.value.version) == ("a", head)
        with unchanged(log, "m"), pytest.raises(VersionConflict):
            log.append(batch, [Key("m", b"", first)], idempotent=True)

    def test_a_stream_begins_at_version_1(self, store: Store) -> None:
        with unchanged(store.log), pytest.raises(VersionConflict) as caught:
            store.log.append([event(version=2)])
        assert caught.value.version == 0

    def test_positions_ascend_in_the_order_of_the_batch(self, store: Store) -> None:
        batch = [event("b", 1), event("a", 1), event("b", 2), event("c", 1), event("a", 2)]
        positions = store.log.append(batch).positions
        assert positions == list(range(positions[0], positions[0] + 5))
        assert ids(store.log.at(positions)) == [pending.id for pending in batch]
        assert store.log.head() == positions[-1]

    def test_a_large_batch_is_one_batch(self, store: Store) -> None:
        batch = [event(f"s{n % 700}", n // 700 + 1) for n in range(2345)]
        positions = store.log.append(batch).positions
        assert positions == list(range(1, 2346))
        assert ids(everything(store.log)) == [pending.id for pending in batch]

    # Idempotent append

    def test_what_is_there_already_answers_its_position(self, store: Store) -> None:
        log = store.log
        first = log.append(events("a", 1, 2)).positions
        log.append([event("b")])
        with unchanged(log):
            again = log.append(events("a", 1, 2), idempotent=True)
        assert again.positions == first
        assert again.recorded_at == NOON
        mixed = log.append([event("c"), *events("a", 2, 3), event("b")], idempotent=True)
        assert mixed.positions == [4, 2, 5, 3]
        assert ids(everything(log)) == ["a/1", "a/2", "b/1", "c/1", "a/3"]

    def test_the_same_event_twice_in_a_batch_is_stored_once(self, store: Store) -> None:
        batch = [*events("a", 1, 2), event("a", 1)]
        assert store.log.append(batch, idempotent=True).positions == [1, 2, 1]
        assert store.log.head() == 2

    def test_another_event_in_its_place_is_a_conflict(self, store: Store) -> None:
        log = store.log
        log.append(events("a", 1, 2))
        batch = [event("b"), event("a", 1, id="a/10")]
        with unchanged(log), pytest.raises(VersionConflict) as caught:
            log.append(batch, idempotent=True)
        assert (caught.value.stream, caught.value.version) == ("a", 2)

    def test_an_id_that_begins_alike_is_another_event(self, store: Store) -> None:
        store.log.append([event(id="a/10")])
        with unchanged(store.log), pytest.raises(VersionConflict):
            store.log.append([event(id="a/1")], idempotent=True)

    # Keys

    def test_keys_bear_positions_of_the_batch_or_known_ones(self, store: Store) -> None:
        log = store.log
        batch = events("a", 1, 2)
        log.append(batch, [Key("key", b"\x00\xff", batch[1])])
        log.append([], [Key("claims", b"", 1)])
        assert log.key("key") == (2, b"\x00\xff")
        assert log.stored_keys(["claims", "nothing", "key"]) == {
            "claims": (1, b""),
            "key": (2, b"\x00\xff"),
        }
        assert store.reopened().key("key") == (2, b"\x00\xff")

    def test_a_key_is_written_once(self, store: Store) -> None:
        log, first = store.log, event("a")
        log.append([first], [Key("key", b"1", first)])
        for keys in [Key("key", b"2", 1)], [Key("key", b"1", 1)], [Key("x", b"", 1)] * 2:
            with unchanged(log, "key", "x"), pytest.raises(KeyConflict) as caught:
                log.append([event("b")], keys)
            assert caught.value.name == keys[0].name

    def test_an_idempotent_append_passes_over_its_own_marks(self, store: Store) -> None:
        log, first = store.log, event("a")
        log.append([first], [Key("key", b"1", first)])
        with unchanged(log, "key"):
            log.append([first], [Key("key", b"1", first)], idempotent=True)
        for key in Key("key", b"2", first), Key("key", b"1", event("b")):
            with unchanged(log, "key"), pytest.raises(KeyConflict):
                log.append([first, event("b")], [key], idempotent=True)

    @pytest.mark.parametrize("of", [0, -1, 3, 99, event("elsewhere")])
    def test_a_key_needs_a_position(self, store: Store, of: Pending | int) -> None:
        store.log.append([event("a")])
        with unchanged(store.log, "m"), pytest.raises(ValueError, match="no position"):
            store.log.append([event("b")], [Key("m", b"", of)])

    def test_many_keys_are_looked_up_at_once(self, store: Store) -> None:
        log = store.log
        batch = [event(f"s{n}") for n in range(1200)]
        log.append(batch, [Key(p.stream, p.id.encode(), p) for p in batch])
        known = log.stored_keys([f"s{n}" for n in range(2000)])
        assert known == {f"s{n}": (n + 1, b"s%d/1" % n) for n in range(1200)}

    # Keeping

    def test_everything_is_there_after_reopening(self, store: Store) -> None:
        store.log.append(events("a", 1, 2), [Key("m", b"d", 1)])
        before, secret = everything(store.log), store.log.secret
        log = store.reopened()
        assert everything(log) == before
        assert log.head() == 2
        assert log.key("m") == (1, b"d")
        assert log.secret == secret
        assert log.append([event("a", 3)]).positions == [3]

    def test_each_log_has_a_secret_of_its_own(self, store: Store) -> None:
        with TemporaryDirectory() as directory, Store(store.open_log, Path(directory)) as other:
            assert len(store.log.secret) == len(other.log.secret) == 32
            assert store.log.secret != other.log.secret

    def test_a_closed_log_is_unavailable(self, store: Store) -> None:
        log = store.log
        log.append([event()])
        log.close()
        log.close()
        calls: list[Callable[[], object]] = [
            lambda: log.append([event("b")]),
            log.read,
            lambda: log.read_back(9, 9),
            lambda: log.at([1]),
            lambda: log.stream("report:a"),
            log.head,
            lambda: log.key("m"),
            lambda: log.stored_keys(["m"]),
            lambda: log.subscribe(0),
        ]
        for call in calls:
            with pytest.raises(LogUnavailable, match="closed"):
                call()

    def test_closing_lets_those_who_read_and_write_end(self, store: Store) -> None:
        log = store.log
        begun: Queue[int] = Queue()

        def use(n: int) -> int:
            for version in range(1, 1_000_000):
                try:
                    log.append([event(f"s{n}", version)])
                    everything(log)
                except LogUnavailable:
                    return version
                begun.put(n)
            raise AssertionError("never closed")

        with ThreadPoolExecutor(4) as threads:
            uses = [threads.submit(use, n) for n in range(4)]
            for _ in range(40):
                begun.get(timeout=PATIENCE)
            log.close()
            for each in uses:
                each.result(PATIENCE)

    # Following

    def test_a_subscription_gives_what_is_there_and_then_what_comes(self, store: Store) -> None:
        log = store.log
        log.append(events("a", *range(1, 2502)))
        with log.subscribe(after=1) as subscription:
            batches = [next(subscription) for _ in range(3)]
            assert [s.position for batch in batches for s in batch] == list(range(2, 2502))
            log.append(events("b", 1, 2))
            assert [s.position for s in next(subscription)] == [2502, 2503]
        assert list(subscription) == []

    def test_an_append_wakes_a_subscription(self, store: Store) -> None:
        seen: Queue[list[Stored]] = Queue()
        # So many that one who only looks every few seconds would see them all too late.
        too_late = monotonic() + PATIENCE
        with following(store.log.subscribe(0), seen) as thread:
            for n in range(1, 31):
                store.log.append([event(version=n)])
                assert ids(seen.get(timeout=too_late - monotonic())) == [f"report:a/{n}"]
        assert not thread.is_alive()

    def test_a_subscription_never_gives_an_empty_batch(self, store: Store) -> None:
        seen: Queue[list[Stored]] = Queue()
        with following(store.log.subscribe(1), seen):
            store.log.append([event("a")], [Key("m", b"", 1)])
            store.log.append([], [Key("n", b"", 1)])
            store.log.append([event("b")])
            assert ids(seen.get(timeout=PATIENCE)) == ["b/1"]

    def test_stopping_ends_a_blocked_subscription_at_once(self, store: Store) -> None:
        seen: Queue[list[Stored]] = Queue()
        too_late = monotonic() + PATIENCE
        for n in range(1, 21):
            store.log.append([event(version=n)])
            with following(store.log.subscribe(n - 1), seen) as thread:
                assert len(seen.get(timeout=PATIENCE)) == 1
                time_to_block(store.log)
            assert not thread.is_alive()
        assert monotonic() < too_late

    def test_closing_ends_a_blocked_subscription_at_once(self, store: Store) -> None:
        seen: Queue[list[Stored]] = Queue()
        too_late = monotonic() + PATIENCE
        store.log.append([event()])
        for _ in range(20):
            with following(store.reopened().subscribe(0), seen) as thread:
                assert len(seen.get(timeout=PATIENCE)) == 1
                time_to_block(store.log)
                store.log.close()
                thread.join(PATIENCE)
                assert not thread.is_alive()
        assert seen.empty()
        assert monotonic() < too_late

    def test_a_stopped_subscription_stays_stopped(self, store: Store) -> None:
        store.log.append([event()])
        subscription = store.log.subscribe(0)
        subscription.stop()
        assert list(subscription) == []
        subscription.stop()
        assert next(subscription, None) is None

    # Racing

    def test_nothing_is_missed_while_writers_race(self, store: Store) -> None:
        log, writers, rounds = store.log, 4, 40
        total = writers * rounds * 3
        with ThreadPoolExecutor(writers + 2) as threads:
            subscription = log.subscribe(0)
            try:
                tails = [
                    threads.submit(tail, subscription, total),
                    threads.submit(poll, log, total),
                ]
                for each in [threads.submit(write, log, n, rounds) for n in range(writers)]:
                    each.result(PATIENCE)
                seen = [each.result(PATIENCE) for each in tails]
            finally:
                subscription.stop()
        kept = everything(log)
        assert seen == [kept, kept]
        assert [s.position for s in kept] == sorted({s.position for s in kept})
        stamps = [decode_envelope(s.body).recorded_at for s in kept]
        assert stamps == sorted(stamps)
        for stream in {s.stream for s in kept}:
            versions = [s.version for s in kept if s.stream == stream]
            assert versions == list(range(1, len(versions) + 1))
        assert len(log.stream("contested")) == writers * rounds

    def test_one_of_many_who_write_a_key_at_once_has_it(self, store: Store) -> None:
        log = store.log

        def claim(n: int) -> int | None:
            mine = event(f"s{n}")
            try:
                return log.append([mine], [Key("first", b"%d" % n, mine)]).positions[0]
            except KeyConflict:
                return None

        with ThreadPoolExecutor(4) as threads:
            claimed = [p for p in threads.map(claim, range(8)) if p is not None]
        key = log.key("first")
        assert key is not None
        assert claimed == [key[0]] == [log.head()]

    # All of it

    def test_whatever_is_appended_the_log_is_what_was_answered(self, store: Store) -> None:
        streams = st.sampled_from(["a", "b", "c"])
        batches = st.lists(
            st.tuples(st.lists(st.tuples(streams, st.integers(1, 3)), max_size=5), st.booleans()),
            max_size=8,
        )

        @given(batches)
        @settings(max_examples=30, deadline=None)
        def check(batches: list[tuple[list[tuple[str, int]], bool]]) -> None:
            with TemporaryDirectory() as directory, Store(store.open_log, Path(directory)) as one:
                model: list[str] = []
                for places, idempotent in batches:
                    batch = [event(stream, version) for stream, version in places]
                    expected = model_append(model, [p.id for p in batch], idempotent)
                    if expected is None:
                        with unchanged(one.log), pytest.raises(VersionConflict):
                            one.log.append(batch, idempotent=idempotent)
                    else:
                        positions = one.log.append(batch, idempotent=idempotent).positions
                        assert positions == expected
                    assert ids(everything(one.log)) == model

        check()


def model_append(model: list[str], batch: list[str], idempotent: bool) -> list[int] | None:
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


@contextmanager
def following(subscription: Subscription, seen: "Queue[list[Stored]]") -> Iterator[Thread]:
    """Put every batch of a subscription into a queue, from a thread, until it is stopped."""

    def put() -> None:
        for batch in subscription:
            seen.put(batch)

    thread = Thread(target=put, daemon=True)
    thread.start()
    try:
        yield thread
    finally:
        subscription.stop()
        thread.join(PATIENCE)


def time_to_block(log: EventLog) -> None:
    """Leave the interpreter to a thread that has nothing more to read, so that it waits."""
    for _ in range(200):
        log.head()


def write(log: EventLog, n: int, rounds: int) -> None:
    """Append to a stream of one's own and, against the others, to one that all write."""
    for r in range(rounds):
        own = events(f"own:{n}", 2 * r + 1, 2 * r + 2)
        version = 1
        while True:
            try:
                log.append([own[0], event("contested", version, id=f"{n}/{r}"), own[1]])
                break
            except VersionConflict as conflict:
                assert conflict.stream == "contested"
                version = conflict.version + 1


def tail(subscription: Subscription, total: int) -> list[Stored]:
    seen: list[Stored] = []
    for batch in subscription:
        seen += batch
        if len(seen) >= total:
            break
    return seen


def poll(log: EventLog, total: int) -> list[Stored]:
    """Read on from the last position seen, as fast as can be."""
    seen: list[Stored] = []
    while len(seen) < total:
        seen += log.read(after=seen[-1].position if seen else 0, limit=7)
    return seen
