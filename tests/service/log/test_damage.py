"""Damage to the file of a log: noticed and named, or harmless; what is read is never wrong."""

import os
import random
import re
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from service.log import guard
from service.log.open import opened_log
from service.log.port import EventLog, Key, LogDamaged, LogLost, LogUnavailable, Pending, Stored
from service.log.sqlite import open_sqlite_log, read_sqlite_log
from tests.places import LONG
from tests.service.log.append_only import noon

EVENTS, PAGE = 240, 4096
FLIPS = 400 if LONG else 12
FILES = ("log.sqlite", "log.sqlite-wal", "log.head", "secret")
KINDS = {2: "interior index", 5: "interior table", 10: "leaf index", 13: "leaf table"}


def filing(n: int) -> Pending:
    """The n-th event: streams of one to three versions, one body that needs an overflow page."""
    data = b'{"best":%d,"text":"%b"}' % (5000 + n, b"x" * (9000 if n % 80 == 0 else 300))
    return Pending(f"id-{n}", "ReportFiled", 1, f"report:r{n // 3:03}", n % 3 + 1, "alice", data)


def write(log: EventLog, count: int = EVENTS) -> None:
    for start in range(0, count, 40):
        batch = [filing(n) for n in range(start, start + 40)]
        log.append(batch, [Key(f"key:{p.id}", p.id.encode(), p) for p in batch])


@dataclass(frozen=True)
class Sound:
    """A log as it was written: its files, and what they hold."""

    directory: Path
    events: list[Stored]

    def copy(self, directory: Path) -> Path:
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir()
        for name in FILES:
            if (self.directory / name).exists():
                shutil.copyfile(self.directory / name, directory / name)
        return directory


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Sound:
    """A log that was closed: all of it is in one file."""
    directory = tmp_path_factory.mktemp("sound")
    with closing(open_sqlite_log(directory, noon)) as log:
        write(log)
        return Sound(directory, log.read(limit=EVENTS))


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Sound:
    """A log that was not closed: its last events are in the WAL."""
    source, directory = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("killed")
    with closing(open_sqlite_log(source, noon)) as log:
        write(log, 160)
        log._recorder.datastore.writer.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")  # type: ignore[attr-defined]
        for n in range(160, EVENTS):
            log.append([filing(n)], [Key(f"key:{filing(n).id}", filing(n).id.encode(), n + 1)])
        events = log.read(limit=EVENTS)
        for name in FILES:
            shutil.copyfile(source / name, directory / name)
    return Sound(directory, events)


def pages(content: bytes, kind: str) -> list[int]:
    """The numbers of the pages of one kind, from 0."""
    if kind == "header":
        return [0]
    kinds = [KINDS.get(content[start], "other") for start in range(0, len(content), PAGE)]
    return [n for n, each in enumerate(kinds) if each == kind and n > 0]


def found(directory: Path, sound: Sound) -> list[str]:
    """Read everything: each answer is right or refused. Gives what the check says about the log."""
    try:
        with closing(read_sqlite_log(directory)) as log:
            noticed = [str(each) for each in log.check()]
            if lost := guard.loss(directory, log):
                noticed.append(lost.detail)
            missing = missing_answers(log, sound)
            assert noticed or not missing, missing[0]
            return noticed
    except LogUnavailable as refused:
        return [str(refused)]


def missing_answers(log: EventLog, sound: Sound) -> list[str]:
    """Ask for every event in every way; each answer is right, refused, or incomplete."""
    missing = []
    by_stream: dict[str, list[Stored]] = {}
    for event in sound.events:
        by_stream.setdefault(event.stream, []).append(event)
    questions: list[tuple[Callable[[], list[Stored]], list[Stored]]] = [
        *((partial(log.at, [event.position]), [event]) for event in sound.events),
        *((partial(log.stream, stream), events) for stream, events in by_stream.items()),
        (partial(log.read, limit=EVENTS), sound.events),
    ]
    for ask, expected in questions:
        with suppress(LogDamaged):
            answer = ask()
            assert set(answer) <= set(expected), "an event that was never stored"
            if answer != expected:
                missing.append(f"missing: {expected}")
    for event in sound.events:
        with suppress(LogDamaged):
            id = f"id-{event.position - 1}"
            if log.key(f"key:{id}") != (event.position, id.encode()):
                missing.append(f"missing: key {id}")
    return missing


@pytest.mark.parametrize("kind", ["header", *KINDS.values(), "other"])
def test_a_flipped_bit_is_noticed_or_changes_nothing(sound: Sound, tmp_path: Path, kind: str) -> None:
    content = (sound.directory / "log.sqlite").read_bytes()
    dice, numbers, noticed = random.Random(kind), pages(content, kind), 0
    if not numbers:
        pytest.skip(f"no page of the kind {kind} in a log of this size")
    for _ in range(FLIPS):
        damaged = bytearray(content)
        at = dice.choice(numbers) * PAGE + dice.randrange(100 if kind == "header" else PAGE)
        damaged[at] ^= 1 << dice.randrange(8)
        directory = sound.copy(tmp_path / "log")
        (directory / "log.sqlite").write_bytes(damaged)
        noticed += bool(found(directory, sound))
    assert noticed or kind in ("header", "interior index", "interior table")


def test_random_bytes_over_a_page_are_noticed(sound: Sound, tmp_path: Path) -> None:
    content = (sound.directory / "log.sqlite").read_bytes()
    dice = random.Random(7)
    for number in dice.sample(range(len(content) // PAGE), min(FLIPS, len(content) // PAGE)):
        damaged = bytearray(content)
        damaged[number * PAGE : (number + 1) * PAGE] = dice.randbytes(PAGE)
        directory = sound.copy(tmp_path / "log")
        (directory / "log.sqlite").write_bytes(damaged)
        assert found(directory, sound), f"page {number + 1}"


@pytest.mark.parametrize("part", [0, 0.3, 0.9])
def test_a_file_that_was_cut_is_refused(sound: Sound, tmp_path: Path, part: float) -> None:
    directory = sound.copy(tmp_path / "log")
    size = (directory / "log.sqlite").stat().st_size
    os.truncate(directory / "log.sqlite", int(size * part) // PAGE * PAGE)
    assert found(directory, sound)
    with pytest.raises((LogDamaged, LogLost)):
        open_and_append(directory)


def open_and_append(directory: Path) -> None:
    with opened_log(directory, None, noon) as log:
        log.append([Pending("new", "ReportFiled", 1, "report:new", 1, "alice", b"{}")])


def replaced(directory: Path, old: bytes, new: bytes, *, kind: str) -> None:
    """Replace text once in the pages of one kind."""
    content = bytearray((directory / "log.sqlite").read_bytes())
    for number in pages(bytes(content), kind):
        at = content.find(old, number * PAGE, (number + 1) * PAGE)
        if at >= 0:
            content[at : at + len(old)] = new
            (directory / "log.sqlite").write_bytes(content)
            return
    raise AssertionError(f"{old!r} is not in the file")


def test_a_digit_in_a_body_is_named_with_position_and_cure(sound: Sound, tmp_path: Path) -> None:
    directory = sound.copy(tmp_path / "log")
    replaced(directory, b'"best":5047', b'"best":9047', kind="leaf table")
    with closing(read_sqlite_log(directory)) as log:
        [damage] = log.check()
        assert (damage.position, log.damage) == (48, str(damage))
        assert str(damage) == (
            "the log is damaged at position 48: the stored event does not match its hash;"
            " stop the service, restore the log from a backup, and run `intellog check`"
        )
        for read in partial(log.at, [48]), partial(log.stream, "report:r015"), partial(log.read, 40):
            with pytest.raises(LogDamaged, match="position 48"):
                read()
        assert log.at([47, 49]) == [sound.events[46], sound.events[48]]


def test_damage_that_was_read_stops_writing(sound: Sound, tmp_path: Path) -> None:
    directory = sound.copy(tmp_path / "log")
    with closing(open_sqlite_log(directory, noon)) as log:
        [row] = log._recorder.select_positions([20])
        assert log.damage is None
        log.note(LogDamaged("noted", row[0]))
        with pytest.raises(LogDamaged, match="position 20: noted"):
            log.append([filing(EVENTS)])
        assert log.at([20]) == [sound.events[19]]


def test_an_id_in_an_index_is_found_before_anything_is_decided(sound: Sound, tmp_path: Path) -> None:
    directory = sound.copy(tmp_path / "log")
    replaced(directory, b"report:r015", b"report:q015", kind="leaf index")
    with closing(open_sqlite_log(directory, noon)) as log:
        assert log.damage is not None
        assert "an index of the database does not find this event; stop the service, run REINDEX" in (
            log.damage
        )
        with pytest.raises(LogDamaged):
            log.append([filing(45)])
    with closing(sqlite3.connect(directory / "log.sqlite")) as raw:
        raw.execute("REINDEX")
    assert found(directory, sound) == []


def test_a_key_that_was_altered_is_damage(sound: Sound, tmp_path: Path) -> None:
    directory = sound.copy(tmp_path / "log")
    # In the table, unlike in an index, the position follows the name: 101 is an "e".
    replaced(directory, b"key:id-100e", b"key:id-10/e", kind="leaf index")
    with closing(read_sqlite_log(directory)) as log:
        assert any("the stored key 'key:id-10/'" in str(each) for each in log.check())
        with pytest.raises(LogDamaged):
            log.key("key:id-10/")


# A log that lost its end


GONE = re.compile(
    r"events? (\d+ to 240 are|240 is) gone; restore it from a backup, or start with --accept-loss"
)


def test_a_flipped_bit_in_the_wal_loses_nothing_in_silence(killed: Sound, tmp_path: Path) -> None:
    content = (killed.directory / "log.sqlite-wal").read_bytes()
    dice, lost = random.Random(3), 0
    for _ in range(FLIPS):
        damaged = bytearray(content)
        damaged[dice.randrange(len(content))] ^= 1 << dice.randrange(8)
        directory = killed.copy(tmp_path / "log")
        (directory / "log.sqlite-wal").write_bytes(damaged)
        try:
            with closing(open_sqlite_log(directory, noon)) as log:
                assert log.read(limit=EVENTS) == killed.events
        except LogLost as refused:
            lost += 1
            assert GONE.search(str(refused))
    assert lost


def losing(directory: Path, *names: str) -> Path:
    for name in names:
        (directory / name).unlink()
    return directory


def test_a_deleted_wal_is_refused_until_the_loss_is_accepted(killed: Sound, tmp_path: Path) -> None:
    directory = losing(killed.copy(tmp_path / "log"), "log.sqlite-wal")
    for _ in range(2):
        with pytest.raises(LogLost, match="events 161 to 240 are gone"):
            open_sqlite_log(directory, noon)
    for _ in range(2):  # not recorded yet: it is still a loss
        with closing(open_sqlite_log(directory, noon, accept_loss=True)) as log:
            assert log.lost is not None
            assert (log.lost.acknowledged, log.lost.head) == (240, 160)
    with closing(open_sqlite_log(directory, noon, accept_loss=True)) as log:
        log.append([filing(160)])
    with closing(open_sqlite_log(directory, noon)) as log:
        assert (log.lost, log.head()) == (None, 161)


@pytest.mark.parametrize("empty", [False, True])
def test_a_log_that_is_gone_is_not_begun_again(sound: Sound, tmp_path: Path, empty: bool) -> None:
    directory = losing(sound.copy(tmp_path / "log"), "log.sqlite")
    if empty:
        (directory / "log.sqlite").touch()
    with pytest.raises(LogLost, match="events 1 to 240 are gone, there is no log in"):
        open_sqlite_log(directory, noon)
    assert (directory / "log.sqlite").exists() == empty
    with closing(open_sqlite_log(directory, noon, accept_loss=True)) as log:
        assert log.lost is not None
        assert log.head() == 0


def test_another_history_is_refused(sound: Sound, tmp_path: Path) -> None:
    directory = sound.copy(tmp_path / "log")
    with closing(open_sqlite_log(directory, noon)) as log:
        log.append([filing(EVENTS)])
    shutil.copyfile(directory / "log.head", tmp_path / "head")
    sound.copy(directory)
    with closing(open_sqlite_log(directory, noon)) as log:
        log.append([Pending("other", "ReportFiled", 1, "report:other", 1, "alice", b"{}")])
    shutil.copyfile(tmp_path / "head", directory / "log.head")
    with pytest.raises(LogLost, match="up to position 241 are not those that were acknowledged"):
        open_sqlite_log(directory, noon)


def test_another_log_is_refused(sound: Sound, tmp_path: Path) -> None:
    directory = sound.copy(tmp_path / "log")
    with closing(open_sqlite_log(tmp_path / "other", noon)) as other:
        other.append([filing(0)])
    for name in "log.sqlite", "secret":
        shutil.copyfile(tmp_path / "other" / name, directory / name)
    with pytest.raises(LogLost, match="this directory belongs to the log"):
        open_sqlite_log(directory, noon)


@pytest.mark.parametrize("content", [b"", b"{}", b"\0" * 256, b"x" * 256])
def test_a_guard_that_cannot_be_read_guards_nothing(
    sound: Sound, tmp_path: Path, content: bytes
) -> None:
    directory = sound.copy(tmp_path / "log")
    (directory / "log.head").write_bytes(content)
    open_sqlite_log(directory, noon).close()
    assert guard.acknowledged(directory) is not None


# The secret


def test_a_lost_secret_is_refused_until_that_is_accepted(sound: Sound, tmp_path: Path) -> None:
    directory = losing(sound.copy(tmp_path / "log"), "secret")
    with pytest.raises(LogLost, match=r"secret is missing.*--accept-loss"):
        open_sqlite_log(directory, noon)
    with closing(open_sqlite_log(directory, noon, accept_loss=True)) as log:
        assert log.lost is not None
        assert log.read(limit=EVENTS) == sound.events
        log.append([filing(EVENTS)])
    open_sqlite_log(directory, noon).close()


def test_a_flipped_bit_in_the_secret_is_damage(sound: Sound, tmp_path: Path) -> None:
    directory = sound.copy(tmp_path / "log")
    secret = (directory / "secret").read_bytes()
    (directory / "secret").write_bytes(bytes([secret[0] ^ 1]) + secret[1:])
    with pytest.raises(LogDamaged, match="is not the secret of this log"):
        open_sqlite_log(directory, noon)
    with pytest.raises(LogDamaged, match="is not the secret of this log"):
        read_sqlite_log(directory)
