"""Moved, backed up or restored, a log is the same log, whole and verified, or it is none."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings

from service.copies.backup import back_up
from service.copies.copying import Told
from service.copies.move import move
from service.copies.place import Place
from service.copies.restore import restore
from service.log.open import opened_log, read_log
from service.log.port import CopyRefused, CopyUnfinished, LogDamaged, LogLocked, LogLost, LogUnavailable
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

HISTORY = [Step(ADD, 5), Step(REDACT, place=0.2), Step(KEY, place=0.5), Step(SIGN), Step(ADD, 2)]
LATER = [Step(ADD, 2), Step(KEY, place=0.1), Step(REDACT, place=0.3), Step(SIGN)]
Directory = Callable[[], Path]


def quietly(what: str, done: int, total: int) -> None:
    """Show no progress."""


@contextmanager
def directories() -> Iterator[Directory]:
    """Names directories, which are gone in the end."""
    numbers = count()
    with TemporaryDirectory() as name:
        yield lambda: Path(name) / str(next(numbers))


@pytest.fixture
def log(tmp_path: Path) -> Place:
    write(tmp_path / "log", HISTORY)
    return Place(tmp_path / "log")


def files(directory: Path) -> dict[str, bytes]:
    """All that is in a directory."""
    there = sorted(directory.rglob("*"))
    return {str(each.relative_to(directory)): each.read_bytes() for each in there if each.is_file()}


def not_before(place: int) -> Told:
    """Hears of progress, which begins there."""

    def told(what: str, done: int, total: int) -> None:
        assert what != "copying" or done >= place

    return told


def broken_off(at: int) -> Told:
    """Hears of progress, and breaks off once so many events are copied."""

    def told(what: str, done: int, total: int) -> None:
        if what == "copying" and done >= at:
            raise KeyboardInterrupt

    return told


# The same, byte for byte


@settings(max_examples=4)
@given(history=histories, further=histories)
def test_moved_to_postgresql_written_there_and_moved_back(
    postgres: Server, history: list[Step], further: list[Step]
) -> None:
    with directories() as directory:
        first, second = Place(directory()), Place(directory())
        write(first.data, history)
        before = rows(first.data)
        there = Place(first.data, postgres.fresh())
        assert move(first, there, quietly)["events"] == len(before["stored_events"])
        assert rows(first.data) == before
        move(there, second, quietly)
        assert rows(second.data) == before
        write(second.data, further, begin=100)  # a log like any other
        with closing(read_log(*second)) as log:
            assert list(log.check()) == []


@settings(max_examples=5)
@given(history=histories, further=histories)
def test_each_backup_adds_what_is_new_and_what_is_restored_is_the_log(
    history: list[Step], further: list[Step]
) -> None:
    with directories() as directory:
        log, backup, restored = Place(directory()), directory(), Place(directory())
        write(log.data, history)
        first = back_up(log, backup, quietly)
        assert rows(backup) == rows(log.data) and first["added"] == first["events"]
        write(log.data, further, begin=100)
        second = back_up(log, backup, quietly)
        assert rows(backup) == rows(log.data)
        assert second["added"] == second["events"] - first["events"]
        restore(backup, restored, quietly)
        assert rows(restored.data) == rows(log.data)


def test_a_log_in_a_database_is_backed_up_and_restored_into_another(
    log: Place, postgres: Server, tmp_path: Path
) -> None:
    there, restored = (Place(tmp_path / name, postgres.fresh()) for name in ("one", "two"))
    move(log, there, quietly)
    with opened_log(*there, noon) as written:
        written.append([event("new")])
        assert back_up(there, tmp_path / "backup", quietly)["events"] == 9
    restore(tmp_path / "backup", restored, quietly)
    back_up(restored, tmp_path / "again", quietly)
    assert rows(tmp_path / "again") == rows(tmp_path / "backup")


def test_a_backup_has_the_log_as_it_was_when_it_began(log: Place, tmp_path: Path) -> None:
    with opened_log(*log, noon) as written:

        def told(what: str, done: int, total: int) -> None:
            if what == "copying":
                written.append([event(f"meanwhile:{written.head()}")])

        done = back_up(log, tmp_path / "backup", told)
        assert done["events"] == 8 < written.head()
        assert back_up(log, tmp_path / "backup", quietly)["events"] == written.head()
    assert rows(tmp_path / "backup") == rows(log.data)


def test_an_empty_log_is_copied_as_well(tmp_path: Path) -> None:
    write(tmp_path / "log", [])
    log = Place(tmp_path / "log")
    assert back_up(log, tmp_path / "backup", quietly)["events"] == 0
    assert restore(tmp_path / "backup", Place(tmp_path / "restored"), quietly)["lacks"] is None
    write(tmp_path / "restored", [Step(ADD, 1)])
    with pytest.raises(CopyRefused, match="has a log already, with 1 events"):
        restore(tmp_path / "backup", Place(tmp_path / "restored"), quietly)


# Broken off


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A log of more events than one batch copies."""
    directory = tmp_path_factory.mktemp("long")
    write(directory, [Step(ADD, 2_500), Step(REDACT, place=0.5)])
    return Place(directory)


@pytest.mark.parametrize("verb", ["move", "restore"])
@pytest.mark.parametrize("database", [False, True], ids=["directory", "database"])
def test_what_was_broken_off_is_no_log_and_goes_on_where_it_stopped(
    request: pytest.FixtureRequest, long: Place, tmp_path: Path, verb: str, database: bool
) -> None:
    address = request.getfixturevalue("postgres").fresh() if database else None
    target = Place(tmp_path / "target", address)

    def run(told: Told) -> None:
        if verb == "move":
            move(long, target, told)
        else:
            restore(long.data, target, told)

    for places in 1_000, 2_000:
        with pytest.raises(KeyboardInterrupt):
            run(broken_off(places))
        with pytest.raises(CopyUnfinished), opened_log(*target, noon):
            pass
    run(not_before(2_000))
    with closing(read_log(*target)) as log:
        assert (log.head(), list(log.check())) == (2_501, [])


def test_a_backup_that_was_broken_off_goes_on_and_one_that_grows_stays_whole(
    long: Place, tmp_path: Path
) -> None:
    with pytest.raises(KeyboardInterrupt):
        back_up(long, tmp_path / "backup", broken_off(1_000))
    with pytest.raises(CopyUnfinished):
        restore(tmp_path / "backup", Place(tmp_path / "restored"), quietly)
    assert back_up(long, tmp_path / "backup", not_before(1_000))["added"] == 1_501
    write(tmp_path / "longer", [Step(ADD, 3)])
    source = Place(tmp_path / "longer")
    back_up(source, tmp_path / "other", quietly)
    write(source.data, [Step(ADD, 2_500)], begin=100)
    with pytest.raises(KeyboardInterrupt):
        back_up(source, tmp_path / "other", broken_off(1_003))
    assert restore(tmp_path / "other", Place(tmp_path / "restored"), quietly)["events"] == 1_003


def test_a_copy_that_fails_its_verification_is_no_log(log: Place, tmp_path: Path) -> None:
    target = tmp_path / "target"

    def told(what: str, done: int, total: int) -> None:
        if what == "verifying" and (target / "log.sqlite").exists():
            disarm(target)
            change(target, *DAMAGE["a flipped byte"])

    with pytest.raises(LogDamaged, match="at position 3"):
        move(log, Place(target), told)
    with pytest.raises(CopyUnfinished):
        read_log(target, None)


# Damage


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_backup_is_refused_with_the_position_and_nothing_is_written(
    log: Place, tmp_path: Path, damage: str
) -> None:
    back_up(log, tmp_path / "backup", quietly)
    disarm(tmp_path / "backup")
    change(tmp_path / "backup", *DAMAGE[damage])
    with pytest.raises(CopyRefused) as refused:
        restore(tmp_path / "backup", Place(tmp_path / "target"), quietly)
    assert f"the backup {tmp_path / 'backup'} is damaged at position 3: " in str(refused.value)
    assert not (tmp_path / "target").exists()
    with pytest.raises((LogDamaged, CopyRefused)):  # nor does it grow
        back_up(log, tmp_path / "backup", quietly)


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_log_is_neither_moved_nor_backed_up(log: Place, tmp_path: Path, damage: str) -> None:
    disarm(log.data)
    change(log.data, *DAMAGE[damage])
    at = 8 if damage == "another index" else 3  # the end of the log is looked at first
    with pytest.raises(LogDamaged, match=f"at position {at}"):
        move(log, Place(tmp_path / "target"), quietly)
    assert not (tmp_path / "target").exists()
    with pytest.raises(LogDamaged, match="at position"):
        back_up(log, tmp_path / "backup", quietly)
    with pytest.raises(LogUnavailable):
        read_log(tmp_path / "backup", None)


def test_a_backup_that_lost_its_end_is_refused(log: Place, tmp_path: Path) -> None:
    back_up(log, tmp_path / "backup", quietly)
    disarm(tmp_path / "backup")
    gone = [
        f"DELETE FROM {table} WHERE position = 8" for table in ("stored_events", "entries", "marks")
    ]
    change(tmp_path / "backup", *gone)
    with pytest.raises(CopyRefused, match="event 8 is gone"):
        restore(tmp_path / "backup", Place(tmp_path / "target"), quietly)


# What is there already


def test_nothing_is_copied_over_what_is_there(log: Place, tmp_path: Path, postgres: Server) -> None:
    back_up(log, tmp_path / "backup", quietly)
    write(tmp_path / "other", [Step(ADD, 1)])
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "thesis.txt").write_text("two years of work")
    (tmp_path / "home").chmod(0o755)
    occupied = Place(tmp_path / "there", postgres.fresh())
    move(Place(tmp_path / "other"), occupied, quietly)
    refusals = {
        Place(tmp_path / "other"): "other has a log already, with 1 events; name an empty place",
        Place(tmp_path / "home"): "home is not empty: it has thesis.txt; name an empty place",
        Place(tmp_path / "new", occupied.address): "has a log already, with 1 events",
    }
    for target, reason in refusals.items():
        before = files(target.data)
        with pytest.raises(CopyRefused, match=reason):
            restore(tmp_path / "backup", target, quietly)
        with pytest.raises(CopyRefused, match=reason):
            move(log, target, quietly)
        assert files(target.data) == before
    with pytest.raises(CopyRefused, match="is not empty"):
        back_up(log, tmp_path / "home", quietly)
    assert (tmp_path / "home").stat().st_mode & 0o777 == 0o755
    with pytest.raises(CopyRefused, match="other belongs to the log"):
        back_up(log, tmp_path / "other", quietly)


def test_a_backup_is_of_one_history(log: Place, tmp_path: Path) -> None:
    """A log that was restored, and written since, is not what its later backup has."""
    back_up(log, tmp_path / "early", quietly)
    write(log.data, LATER, begin=100)
    back_up(log, tmp_path / "late", quietly)
    restored = Place(tmp_path / "restored")
    restore(tmp_path / "early", restored, quietly)
    with pytest.raises(CopyRefused, match="has events up to position 11, the log ends at 8"):
        back_up(restored, tmp_path / "late", quietly)
    write(restored.data, [Step(ADD, 9)], begin=200)
    with pytest.raises(CopyRefused, match="up to position 11 of the copy are not those of the log"):
        back_up(restored, tmp_path / "late", quietly)
    assert back_up(restored, tmp_path / "early", quietly)["added"] == 9


def test_a_restored_log_knows_what_it_lacks_if_the_guard_is_there(log: Place, tmp_path: Path) -> None:
    back_up(log, tmp_path / "backup", quietly)
    write(log.data, LATER, begin=100)
    guard = (log.data / "log.head").read_bytes()
    for name, kept in (("with", True), ("without", False)):
        target = Place(tmp_path / name)
        if kept:
            target.data.mkdir()
            (target.data / "log.head").write_bytes(guard)
        done = restore(tmp_path / "backup", target, quietly)
        assert done["lacks"] == ("events 9 to 11 are gone" if kept else None)
        if kept:
            with pytest.raises(LogLost, match="events 9 to 11 are gone"), opened_log(*target, noon):
                pass
        with opened_log(*target, noon, accept_loss=kept) as opened:
            opened.append([event("new")])


# Whoever writes


def test_a_log_that_is_written_is_not_moved(log: Place, tmp_path: Path) -> None:
    with opened_log(*log, noon), pytest.raises(LogLocked):
        move(log, Place(tmp_path / "target"), quietly)
    assert not (tmp_path / "target").exists()


def test_nobody_writes_while_a_log_moves(log: Place, tmp_path: Path) -> None:
    tried: list[str] = []

    def told(what: str, done: int, total: int) -> None:
        with pytest.raises(LogLocked), opened_log(*log, noon):
            pass
        tried.append(what)

    move(log, Place(tmp_path / "target"), told)
    assert {*tried} == {"copying", "verifying"}


def test_nobody_writes_while_a_log_moves_out_of_a_database(
    log: Place, tmp_path: Path, postgres: Server
) -> None:
    there = Place(tmp_path / "there", postgres.fresh())
    move(log, there, quietly)
    tried: list[str] = []

    def told(what: str, done: int, total: int) -> None:
        if what == "copying" and not tried:
            tried.append(what)
            elsewhere = tmp_path / "another machine"
            with pytest.raises(LogLocked), opened_log(elsewhere, there.address, noon):
                pass

    move(there, Place(tmp_path / "back"), told)
    assert tried and rows(tmp_path / "back") == rows(log.data)


def test_one_backup_at_a_time_is_made_in_one_place(log: Place, tmp_path: Path) -> None:
    def told(what: str, done: int, total: int) -> None:
        with pytest.raises(LogLocked):
            back_up(log, tmp_path / "backup", quietly)

    back_up(log, tmp_path / "backup", told)


def test_what_is_redacted_is_redacted_in_the_next_backup(log: Place, tmp_path: Path) -> None:
    write(log.data, [Step(ADD, 1)], begin=50)
    back_up(log, tmp_path / "backup", quietly)
    write(log.data, [Step(REDACT, place=0.99)], begin=60)
    body = rows(tmp_path / "backup")["stored_events"][8][-1]
    assert body is not None
    back_up(log, tmp_path / "backup", quietly)
    assert rows(tmp_path / "backup")["stored_events"][8][-1] is None
    assert body not in (tmp_path / "backup" / "log.sqlite").read_bytes()
