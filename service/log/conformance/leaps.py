"""Checks: a clock that leaps by more than a day stamps nothing until an operator accepts it."""

from datetime import datetime, timedelta

from service.log.conformance.events import event, unchanged
from service.log.conformance.findings import refused, same
from service.log.conformance.store import NOON, Store
from service.log.port import ClockLeap, EventLog, Key, Leap

DAY = timedelta(days=1)
SAID = (
    "the clock says 2024-05-03T12:00:00.000001Z, more than a day after the last event at"
    " 2024-05-02T12:00:00Z; set the clock right, or start with --accept-clock if it is"
)


def a_leap_of_more_than_a_day_is_refused_and_stores_nothing(store: Store) -> None:
    log = store.log
    log.append([event()])
    store.clock.instants = [NOON + DAY]
    log.append([event(version=2)])
    same("the refusal of a clock that is a day ahead", log.clock_leap, None)
    store.clock.instants = [NOON + 2 * DAY + timedelta(microseconds=1)]
    with unchanged("a clock that leaps", log, "m"):
        batch = [event(version=3)]
        leap = refused(ClockLeap, "an append", lambda: log.append(batch, [Key("m", b"", 1)]))
        same("what the refusal says", str(leap), SAID)
        same("what the refusal says", str(refused(ClockLeap, "the time", log.now)), SAID)
    same("the refusal of a clock that leaps", log.clock_leap, SAID)
    store.clock.instants = [NOON + DAY + timedelta(hours=2)]
    _append(log, 3, NOON + DAY + timedelta(hours=2))
    same("the refusal of a clock that is right again", log.clock_leap, None)


def an_empty_log_takes_the_clock_as_it_is(store: Store) -> None:
    store.clock.instants = [NOON + 900 * DAY]
    _append(store.log, 1, NOON + 900 * DAY)


def time_that_the_process_has_waited_is_no_leap(store: Store) -> None:
    log = store.log
    log.append([event()])
    store.clock.instants = [NOON + 3 * DAY]
    store.waited = timedelta(days=1, hours=23)
    _refused(log, 2)
    store.waited = 2 * DAY
    _append(log, 2, NOON + 3 * DAY)
    store.clock.instants = [NOON + timedelta(days=4, seconds=1)]
    _refused(log, 3)


def waiting_counts_though_the_clock_went_back_meanwhile(store: Store) -> None:
    log = store.log
    log.append([event()])
    store.waited = 3 * DAY
    _append(log, 2, NOON)
    store.clock.instants = [NOON + 3 * DAY]
    _append(log, 3, NOON + 3 * DAY)


def a_leap_is_refused_after_a_restart_until_it_is_accepted_once(store: Store) -> None:
    store.log.append([event()])
    later = NOON + 30 * DAY
    store.clock.instants = [later]
    log = store.reopened()
    same("an accepted leap where none was", log.leap, None)
    _refused(log, 2)
    log = store.reopened(accept_clock=True)
    same("the leap that was accepted", log.leap, Leap(NOON, later))
    same("the refusal of a leap that was accepted", log.clock_leap, None)
    same("the time", log.now(), later)
    _append(log, 2, later)
    store.clock.instants = [later + 2 * DAY]
    _refused(log, 3)


def time_that_the_machine_was_up_is_no_leap_across_a_restart(store: Store) -> None:
    store.log.append([event()])
    store.waited, later = 30 * DAY, NOON + 30 * DAY
    store.clock.instants = [later]
    log = store.reopened(accept_clock=True)
    same("leap and refusal", (log.leap, log.clock_leap), (None, None))
    _append(store.reopened(), 2, later)
    store.waited, store.clock.instants = 60 * DAY, [NOON + 60 * DAY]
    store.log.close()
    (store.place.directory / "log.head").unlink()  # which says since when
    _refused(store.reopened(), 3)


def accepting_a_clock_that_does_not_leap_accepts_nothing(store: Store) -> None:
    store.log.append([event()])
    log = store.reopened(accept_clock=True)
    same("the leap that was accepted", log.leap, None)
    store.clock.instants = [NOON + 2 * DAY]
    _refused(log, 2)


def _append(log: EventLog, version: int, expected: datetime) -> None:
    same("the timestamp", log.append([event(version=version)]).recorded_at, expected)


def _refused(log: EventLog, version: int) -> None:
    batch = [event(version=version)]
    refused(ClockLeap, "a clock that leaps", lambda: log.append(batch), "--accept-clock")
