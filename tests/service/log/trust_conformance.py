"""What every log must do about its clock and its hashes, seen through the port alone."""

from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from service.log.port import ClockLeap, Key, Leap
from tests.service.log.conformance import NOON, Store, event, events, unchanged


class TrustConformance:
    # A clock that leaps

    def test_a_leap_of_more_than_a_day_is_refused_and_stores_nothing(self, store: Store) -> None:
        log = store.log
        log.append([event()])
        store.clock.instants = [NOON + timedelta(days=1)]
        log.append([event(version=2)])
        assert log.clock_leap is None
        store.clock.instants = [NOON + timedelta(days=2, microseconds=1)]
        for refused in lambda: log.append([event(version=3)], [Key("m", b"", 1)]), log.now:
            with unchanged(log, "m"), pytest.raises(ClockLeap) as caught:
                refused()
            assert str(caught.value) == log.clock_leap
        assert log.clock_leap == (
            "the clock says 2024-05-03T12:00:00.000001Z, more than a day after the last event at"
            " 2024-05-02T12:00:00Z; set the clock right, or start with --accept-clock if it is"
        )
        store.clock.instants = [NOON + timedelta(days=1, hours=2)]
        assert log.append([event(version=3)]).recorded_at == NOON + timedelta(days=1, hours=2)
        assert log.clock_leap is None

    def test_an_empty_log_takes_the_clock_as_it_is(self, store: Store) -> None:
        store.clock.instants = [NOON + timedelta(days=900)]
        assert store.log.append([event()]).recorded_at == NOON + timedelta(days=900)

    def test_time_that_the_process_has_waited_is_no_leap(self, store: Store) -> None:
        log = store.log
        log.append([event()])
        store.clock.instants = [NOON + timedelta(days=3)]
        store.waited = timedelta(days=1, hours=23)
        with pytest.raises(ClockLeap):
            log.append([event(version=2)])
        store.waited = timedelta(days=2)
        assert log.append([event(version=2)]).recorded_at == NOON + timedelta(days=3)
        store.clock.instants = [NOON + timedelta(days=4, seconds=1)]
        with pytest.raises(ClockLeap):
            log.append([event(version=3)])

    def test_waiting_counts_though_the_clock_went_back_meanwhile(self, store: Store) -> None:
        log = store.log
        log.append([event()])
        store.waited = timedelta(days=3)
        assert log.append([event(version=2)]).recorded_at == NOON
        store.clock.instants = [NOON + timedelta(days=3)]
        assert log.append([event(version=3)]).recorded_at == NOON + timedelta(days=3)

    def test_a_leap_is_refused_after_a_restart_until_it_is_accepted_once(self, store: Store) -> None:
        store.log.append([event()])
        later = NOON + timedelta(days=30)
        store.clock.instants = [later]
        log = store.reopened()
        assert log.clock_leap is not None
        assert log.leap is None
        with pytest.raises(ClockLeap, match="--accept-clock"):
            log.append([event(version=2)])
        log = store.reopened(accept_clock=True)
        assert log.leap == Leap(NOON, later)
        assert log.clock_leap is None
        assert log.now() == later
        assert log.append([event(version=2)]).recorded_at == later
        store.clock.instants = [later + timedelta(days=2)]
        with pytest.raises(ClockLeap):
            log.append([event(version=3)])

    def test_time_that_the_machine_was_up_is_no_leap_across_a_restart(self, store: Store) -> None:
        store.log.append([event()])
        store.waited, later = timedelta(days=30), NOON + timedelta(days=30)
        store.clock.instants = [later]
        log = store.reopened(accept_clock=True)
        assert (log.leap, log.clock_leap) == (None, None)
        assert store.reopened().append([event(version=2)]).recorded_at == later
        store.waited, store.clock.instants = timedelta(days=60), [NOON + timedelta(days=60)]
        store.log.close()
        (store.directory / "log.head").unlink()  # which says since when
        assert store.reopened().clock_leap is not None

    def test_accepting_a_clock_that_does_not_leap_accepts_nothing(self, store: Store) -> None:
        store.log.append([event()])
        log = store.reopened(accept_clock=True)
        assert log.leap is None
        store.clock.instants = [NOON + timedelta(days=2)]
        with pytest.raises(ClockLeap):
            log.append([event(version=2)])

    # Hashes

    def test_the_running_digest_is_that_of_salts_and_bytes(self, store: Store) -> None:
        log = store.log
        assert log.digest_at(0) == bytes(32)
        log.append(events("a", 1, 2))
        log.append(events("a", 3))
        digests = [log.digest_at(position) for position in range(5)]
        assert digests[4] is None
        assert log.digest_at(-1) is None
        assert log.digest_at(10**30) is None
        assert len(set(digests)) == 5
        assert all(digest is None or len(digest) == 32 for digest in digests)
        assert [store.reopened().digest_at(position) for position in range(5)] == digests

    def test_the_same_events_in_another_log_have_another_digest(self, store: Store) -> None:
        with TemporaryDirectory() as directory, Store(store.open_log, Path(directory)) as other:
            for log in store.log, other.log:
                log.append([event()])
            assert store.log.digest_at(1) != other.log.digest_at(1)

    def test_a_log_has_one_id_which_is_not_its_secret(self, store: Store) -> None:
        id = store.log.id
        assert len(bytes.fromhex(id)) == 8
        assert id not in store.log.secret.hex()
        assert store.reopened().id == id
        with TemporaryDirectory() as directory, Store(store.open_log, Path(directory)) as other:
            assert other.log.id != id

    def test_a_sound_log_has_no_damage(self, store: Store) -> None:
        log = store.log
        assert list(log.check()) == []
        batch = events("a", *range(1, 702))
        log.append(batch, [Key(p.id, b"", p) for p in batch])
        log.append([event("b")], [Key("m", b"d", 3)])
        assert list(store.reopened().check()) == []
        assert (store.log.damage, store.log.checked, store.log.lost) == (None, 702, None)

    def test_a_check_ends_when_it_is_told_to(self, store: Store) -> None:
        store.log.append(events("a", *range(1, 1502)))
        steps = iter([False] * 4 + [True] * 99)
        assert list(store.log.check(lambda: next(steps))) == []
        assert store.log.checked < 1501
