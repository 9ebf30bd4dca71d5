"""A copy of a log is the same log, or nothing: positions, bytes, salts, hashes, keys and secret."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from functools import partial
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.log.guard import acknowledged
from service.log.open import opened_copy, opened_log, read_log
from service.log.port import CopyRefused, EventLog, LogDamaged, LogLocked, LogUnavailable, Stored
from service.log.verbatim import START, Copy, Snapshot, chained
from tests.service.log.append_only import event, noon
from tests.service.log.copied_logs import (
    ADD,
    DAMAGE,
    KEY,
    REDACT,
    SIGN,
    Step,
    change,
    disarm,
    histories,
    rows,
    write,
)
from tests.service.log.postgres_server import Server

Place = tuple[Path, str | None]
"""Where a log is: its directory, and the address of a database."""
HISTORY = [Step(ADD, 5), Step(REDACT, place=0.2), Step(KEY, place=0.5), Step(SIGN), Step(ADD, 2)]
UNFINISHED = "is the unfinished copy of a log; run the command that copies it once more, or remove it"


def take(stored: Snapshot[Any], copy: Copy[Any], limit: int = 1000) -> None:
    """Copy what is missing, batch by batch."""
    while batch := stored.entries(copy.tip.position, limit):
        keys = stored.keys_of(copy.tip.position, batch[-1].position)
        copy.take(batch, keys)
    copy.take([], stored.keys())
    with copy.log.snapshot() as there:
        last = max((each.size for each in there.checkpoints()), default=-1)
        known = len(there.attachments())
        copy.take_said(stored.checkpoints(last), stored.attachments()[known:])
        copy.redact(stored.redacted() - there.redacted())


def copied(source: Place, target: Place, limit: int = 1000, *, continuing: bool = False) -> None:
    with (
        closing(read_log(*source)) as log,
        log.snapshot() as stored,
        opened_copy(*target, log.secret, continuing=continuing) as copy,
    ):
        take(stored, copy, limit)
        copy.finish()


@pytest.fixture
def source(tmp_path: Path) -> Place:
    write(tmp_path / "source", HISTORY)
    return tmp_path / "source", None


@pytest.fixture(params=["sqlite", "postgres"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    (tmp_path / "target").mkdir()
    if request.param == "sqlite":
        return tmp_path / "target", None
    server: Server = request.getfixturevalue("postgres")
    return tmp_path / "target", server.fresh()


@contextmanager
def opened_to_read(directory: Path, address: str | None, _: object) -> Iterator[EventLog]:
    with closing(read_log(directory, address)) as log:
        yield log


@contextmanager
def places() -> Iterator[Callable[[], Path]]:
    """Makes directories, which are gone in the end."""
    numbers = count()
    with TemporaryDirectory() as name:
        yield lambda: Path(name) / str(next(numbers))


@settings(max_examples=4)
@given(history=histories, limit=st.integers(1, 7))
def test_there_and_back_it_is_the_same_byte_for_byte(
    postgres: Server, history: list[Step], limit: int
) -> None:
    with places() as place:
        first, there, back = (place(), None), (place(), postgres.fresh()), (place(), None)
        write(first[0], history)
        copied(first, there, limit)
        copied(there, back, 1 + limit // 2)
        assert rows(back[0]) == rows(first[0])


@settings(max_examples=6)
@given(history=histories, further=histories, limit=st.integers(1, 7))
def test_a_finished_copy_takes_what_has_happened_since(
    history: list[Step], further: list[Step], limit: int
) -> None:
    with places() as place:
        first, copy = (place(), None), (place(), None)
        write(first[0], history)
        copied(first, copy, limit)
        write(first[0], further, begin=100)
        copied(first, copy, limit, continuing=True)
        assert rows(copy[0]) == rows(first[0])
        with closing(read_log(*copy)) as log:
            assert list(log.check()) == []


def test_a_copy_that_is_broken_off_is_no_log_and_goes_on_where_it_stopped(
    source: Place, target: Place
) -> None:
    with closing(read_log(*source)) as log, log.snapshot() as stored:
        with suppress(KeyboardInterrupt), opened_copy(*target, log.secret) as copy:
            copy.take(stored.entries(0, 3), stored.keys_of(0, 3))
            raise KeyboardInterrupt
        for opening in opened_to_read, opened_log:
            with pytest.raises(LogUnavailable) as refused, opening(*target, noon):
                pass
            assert str(refused.value).endswith(UNFINISHED)
        with opened_copy(*target, log.secret) as copy:
            assert copy.tip.position == 3
            take(stored, copy)
            copy.finish()
        guard = acknowledged(target[0])
        assert guard is not None and (guard.position, guard.digest) == stored.tip()
    with opened_log(*target, noon) as log:
        assert log.append([event("new")]).positions == [9]


def test_a_copy_is_read_and_followed_while_it_grows(source: Place, target: Place) -> None:
    seen: list[Stored] = []
    with (
        closing(read_log(*source)) as log,
        log.snapshot() as stored,
        opened_copy(*target, log.secret, continuing=True) as copy,
    ):
        copy.finish()
        with copy.log.subscribe(0) as following:
            take(stored, copy, 3)
            while len(seen) < log.head():
                seen += next(following)
        assert seen == log.read()


@pytest.mark.parametrize("damage", DAMAGE)
def test_what_is_damaged_is_not_stored_and_is_named(source: Place, tmp_path: Path, damage: str) -> None:
    disarm(source[0])
    change(source[0], *DAMAGE[damage])
    with (
        closing(read_log(*source)) as log,
        log.snapshot() as stored,
        opened_copy(tmp_path / "target", None, log.secret) as copy,
    ):
        with pytest.raises(LogDamaged) as found:
            take(stored, copy)
        assert found.value.position == 3
        assert copy.tip.position == 0


def test_a_key_that_is_not_as_it_was_stored_is_refused(source: Place, target: Place) -> None:
    with (
        closing(read_log(*source)) as log,
        log.snapshot() as stored,
        opened_copy(*target, log.secret) as copy,
    ):
        copy.take(stored.entries(0, 3))
        all_keys = stored.keys()
        name, position, _, checksum = all_keys[0]
        with pytest.raises(LogDamaged, match="does not match its checksum"):
            copy.take([], [(name, position, b"other", checksum)])
        with pytest.raises(LogDamaged, match="names position 7"):
            copy.take([], [key for key in all_keys if key[1] == 7])


def test_what_is_there_already_is_left_alone(source: Place, target: Place, tmp_path: Path) -> None:
    copied(source, target)
    with (
        closing(read_log(*source)) as log,
        pytest.raises(CopyRefused) as refused,
        opened_copy(*target, log.secret),
    ):
        pass
    assert str(refused.value).endswith("has this log already, with 8 events")
    write(tmp_path / "other", HISTORY)
    with (
        closing(read_log(tmp_path / "other", None)) as other,
        pytest.raises(CopyRefused),
        opened_copy(*target, other.secret, continuing=True),
    ):
        pass
    with closing(read_log(*target)) as log:
        assert (log.head(), list(log.check())) == (8, [])


def test_nothing_is_redacted_that_no_event_permits(source: Place, target: Place) -> None:
    with (
        closing(read_log(*source)) as log,
        opened_copy(*target, log.secret) as copy,
        log.snapshot() as stored,
    ):
        take(stored, copy)
        with pytest.raises(LogUnavailable, match="append-only"):
            copy.redact([4])
        assert chained(stored.entries(0), START) == copy.tip


def test_nobody_writes_a_copy_meanwhile(source: Place, target: Place) -> None:
    with (
        closing(read_log(*source)) as log,
        opened_copy(*target, log.secret),
        pytest.raises(LogLocked),
        opened_copy(*target, log.secret),
    ):
        pass


def test_a_snapshot_stays_as_it_was(source: Place, target: Place) -> None:
    copied(source, target)
    with opened_log(*target, noon) as log, log.snapshot() as stored:
        before = stored.tip()
        log.append([event("new")])
        assert stored.tip() == before and stored.entries(8) == []


def test_each_call_on_a_snapshot_has_its_own_time_however_long_that_is_open(
    source: Place, postgres: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = tmp_path / "there", postgres.fresh()
    copied(source, there)
    with closing(read_log(*there)) as log, log.snapshot() as stored:
        calls: list[Callable[[], object]] = [
            stored.tip,
            lambda: stored.entries(0),
            stored.keys,
            lambda: stored.keys_of(0, 8),
            stored.redacted,
        ]
        for hours, call in enumerate(calls, 1):
            later = partial(lambda seconds: monotonic() + seconds, 3_600 * hours)
            monkeypatch.setattr("service.log.postgres_sessions.monotonic", later)
            assert call()
