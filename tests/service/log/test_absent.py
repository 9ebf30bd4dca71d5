"""What a log remembers not to have, beside a log that is opened anew and remembers nothing."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.log.absent import MOST, Absent
from service.log.port import EventLog, Key, KeyConflict, VersionConflict
from service.log.sqlite import SqliteEventLog, open_sqlite_log, read_sqlite_log
from tests.effort import examples
from tests.service.log.append_only import event, noon

NAMES = "abc"
SOME = st.sets(st.sampled_from(NAMES)).map(sorted)
STEPS = st.lists(st.tuples(st.sampled_from(("look", "append")), SOME, SOME), max_size=12)
"""Streams and keys that are looked up, or stored."""


def append(log: EventLog, streams: list[str], keys: list[str]) -> None:
    """Append one event to each stream and store keys; if one is there already, it must be refused."""
    heads, found = log.heads(NAMES), log.stored_keys(NAMES)
    batch, named = [event(each) for each in streams], [Key(each, b"", 1) for each in keys]
    if any(heads[each] for each in streams) or found.keys() & keys:
        with pytest.raises((VersionConflict, KeyConflict)):
            log.append(batch, named)
    else:
        log.append(batch, named)


@examples(100)
@given(steps=STEPS)
def test_answers_are_those_of_a_log_that_remembers_nothing(
    steps: list[tuple[str, list[str], list[str]]],
) -> None:
    with TemporaryDirectory() as folder, closing(open_sqlite_log(Path(folder), noon)) as log:
        log.append([event("first")])
        for what, streams, keys in steps:
            if what == "append":
                append(log, streams, keys)
                continue
            with closing(read_sqlite_log(Path(folder))) as plain:
                assert log.stored_keys(keys) == plain.stored_keys(keys)
                assert log.heads(streams) == plain.heads(streams)


@contextmanager
def looked_up(log: SqliteEventLog, asked: list[list[str]]) -> Iterator[None]:
    """Note the names of keys and streams that the database is asked for while the block runs."""
    recorder, tables = log._recorder, type(log._recorder)

    def select_keys(c: Any, names: Sequence[str]) -> object:
        asked.append(list(names))
        return tables.select_keys(recorder, c, names)

    def stream_heads(c: Any, streams: Iterable[str]) -> object:
        asked.append(list(streams))
        return tables.stream_heads(recorder, c, asked[-1])  # type: ignore[attr-defined]

    vars(recorder).update(select_keys=select_keys, stream_heads=stream_heads)
    try:
        yield
    finally:
        del vars(recorder)["select_keys"], vars(recorder)["stream_heads"]


@pytest.fixture
def log(tmp_path: Path) -> Iterator[SqliteEventLog]:
    with closing(open_sqlite_log(tmp_path, noon)) as log:
        log.append([event("first")])
        yield log


def test_what_was_looked_up_is_not_looked_up_again_by_the_append(log: SqliteEventLog) -> None:
    asked: list[list[str]] = []
    with looked_up(log, asked):
        log.stored_keys(["k", "l"])
        log.stored_keys(["k"])
        log.heads(["a"])
        log.append([event("a"), event("b")], [Key("k", b"", 1), Key("m", b"", 1)])
    assert [each for each in asked if each] == [["k", "l"], ["a"], ["b"], ["m"]]


def test_after_an_append_everything_is_looked_up_again(log: SqliteEventLog) -> None:
    log.stored_keys(["k"])
    log.heads(["a"])
    log.append([event("a")], [Key("k", b"", 1)])
    assert log.stored_keys(["k"]) == {"k": (1, b"")}
    assert log.heads(["a"]) == {"a": 1}
    with pytest.raises(VersionConflict):
        log.append([event("a")])
    with pytest.raises(KeyConflict):
        log.append([], [Key("k", b"", 1)])


def test_a_look_up_that_an_append_overtakes_is_not_remembered(log: SqliteEventLog) -> None:
    select = log._recorder.select_stored_keys

    def overtaken(names: list[str]) -> object:
        found = select(names)
        del vars(log._recorder)["select_stored_keys"]
        log.append([], [Key("k", b"", 1)])
        return found

    vars(log._recorder)["select_stored_keys"] = overtaken
    assert log.stored_keys(["k"]) == {}
    assert log.stored_keys(["k"]) == {"k": (1, b"")}


def test_a_log_that_others_write_remembers_nothing(log: SqliteEventLog, tmp_path: Path) -> None:
    with closing(read_sqlite_log(tmp_path)) as reading:
        assert (reading.stored_keys(["k"]), reading.heads(["a"])) == ({}, {"a": 0})
        log.append([event("a")], [Key("k", b"", 1)])
        assert (reading.stored_keys(["k"]), reading.heads(["a"])) == ({"k": (1, b"")}, {"a": 1})


def test_no_more_names_are_remembered_than_there_is_room_for() -> None:
    absent = Absent()
    absent.note_keys(map(str, range(MOST)))
    absent.note_keys(["more"])
    assert "more" not in absent.keys
