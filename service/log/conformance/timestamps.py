"""Checks: timestamps come from the clock, once a batch, and never go back."""

from datetime import UTC, datetime, timedelta, timezone

from service.log.conformance.events import event, events, read, unchanged
from service.log.conformance.findings import holds, refused, same
from service.log.conformance.store import NOON, Store
from service.log.envelope import decode_envelope


def a_batch_has_one_timestamp_in_six_digits_of_utc(store: Store) -> None:
    zone = timezone(timedelta(hours=5, minutes=30))
    store.clock.instants = [datetime(2024, 5, 1, 18, 0, 0, 1200, tzinfo=zone), NOON]
    given = store.log.append([event("a"), event("b")]).recorded_at
    same("the timestamp", given, datetime(2024, 5, 1, 12, 30, 0, 1200, tzinfo=UTC))
    holds("the timestamp is in UTC", given.tzinfo is UTC)
    for stored in read(store.log):
        written = b'"recorded_at":"2024-05-01T12:30:00.001200Z"'
        holds(f"the stored bytes contain {written.decode()}", written in stored.body)
        same("the stored timestamp", decode_envelope(stored.body).recorded_at, given)


def timestamps_do_not_go_back_when_the_clock_does(store: Store) -> None:
    hours = [0, 2, 1, -5, 3]
    store.clock.instants = [NOON + timedelta(hours=hour) for hour in hours]
    found = [store.log.append([event(version=n)]).recorded_at for n in range(1, 6)]
    same("the timestamps", found, [NOON + timedelta(hours=hour) for hour in [0, 2, 2, 2, 3]])


def timestamps_do_not_go_back_across_a_restart(store: Store) -> None:
    store.log.append([event()])
    store.clock.instants = [NOON - timedelta(days=1)]
    log = store.reopened()
    same("the time after a restart", log.now(), NOON)
    same("the timestamp after a restart", log.append([event(version=2)]).recorded_at, NOON)


def the_clock_is_read_once_an_append(store: Store) -> None:
    store.clock.instants = [NOON + timedelta(minutes=n) for n in range(9)]
    store.reopened()
    store.log.append(events("report:a", 1, 2, 3))
    same("how often the clock was read for 3 events", 9 - len(store.clock.instants), 1)


def now_is_the_timestamp_of_a_batch_appended_at_once(store: Store) -> None:
    hours = [0, 0, 2, 2, 1, 1, -5, -5, 3, 3]
    store.clock.instants = [NOON + timedelta(hours=hour) for hour in hours]
    for version in range(1, 6):
        now = store.log.now()
        same("the timestamp", store.log.append([event(version=version)]).recorded_at, now)
        holds("the time is in UTC", now.tzinfo is UTC)


def now_is_no_timestamp_yet(store: Store) -> None:
    store.clock.instants = [NOON + timedelta(hours=1), NOON]
    with unchanged("the time was asked", store.log):
        same("the time", store.log.now(), NOON + timedelta(hours=1))
    same("the timestamp", store.log.append([event()]).recorded_at, NOON)


def a_clock_without_a_time_zone_is_refused(store: Store) -> None:
    store.clock.instants = [NOON.replace(tzinfo=None)]
    with unchanged("a clock without a time zone", store.log):
        refused(
            ValueError,
            "a clock without a time zone",
            lambda: store.log.append([event()]),
            "time zone",
        )
