"""A page that was verified is known by its digest: that is faster, and no other is taken for it."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.log.conformance.append_only import redaction
from service.log.damage import verified_lines
from service.log.packed import PAGE, PAGES_KNOWN, KnownPages, digest_of, packed
from service.log.port import EventLog, Lines, LogDamaged
from service.log.recorder import Packed, StoredRow
from service.log.sqlite import FILE, SqliteEventLog, open_sqlite_log
from tests.service.log.append_only import event, noon
from tests.work import calls

HERE = "position = 700"
ALTERED = (
    ("UPDATE stored_events SET state = {}", ("x'7b7d'", "NULL", "CAST(state AS TEXT)", "'{'")),
    ("UPDATE stored_events SET state = CAST({} AS BLOB)", ("'x' || substr(state, 2)", "state || ' '")),
    ("UPDATE stored_events SET topic = {}", ("'Other'", "CAST(topic AS BLOB)", "topic || x'0a'")),
    ("UPDATE stored_events SET originator_id = {}", ("'z'", "CAST(originator_id AS BLOB)")),
    ("UPDATE stored_events SET originator_version = {}", ("2", "1.5", "'one'", "x'31'")),
    ("UPDATE entries SET salt = {}", ("NULL", "zeroblob(32)", "CAST(salt AS TEXT)", "salt || x'00'")),
    ("UPDATE entries SET commitment = {}", ("zeroblob(32)", "CAST(commitment AS TEXT)", "NULL")),
    ("DELETE FROM {}", ("stored_events", "entries")),
)
TEXTS = ("", "\n", "a", "a\n", "\nb", "1", "T")
rows = st.lists(
    st.tuples(
        st.integers(1, 2),
        *(st.sampled_from(TEXTS), st.sampled_from(TEXTS), st.integers(1, 2)),
        st.sampled_from((b"", b"{}", b'{"a":1}', b"{}\n{", b"x}", b"{")),
        *(st.sampled_from((None, b"", b"s" * 31, b"s" * 32, b"s" * 33, b"t" * 32)),) * 2,
    ),
    max_size=3,
)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[SqliteEventLog]:
    """A log of two pages and a part of one."""
    with closing(open_sqlite_log(tmp_path, noon)) as log:
        log.append([event(f'report:{n}-"é"') for n in range(2 * PAGE + 7)])
        yield log


def replay(log: EventLog) -> list[Lines]:
    """All lines of a log, as they are read."""
    found, after = list[Lines](), 0
    while (some := log.lines(after, PAGE)).events:
        found, after = [*found, some], some.last
    return found


def test_a_page_that_was_verified_twice_is_not_taken_apart_again(log: SqliteEventLog) -> None:
    checks = []
    for _ in range(5):
        with calls() as counted:
            found = replay(log)
        checks.append(counted["commitment"])
        assert found == [
            Lines(b"".join(each.wire() + b"\n" for each in log.read(before, PAGE)), events, last)
            for before, events, last in ((0, 500, 500), (500, 500, 1_000), (1_000, 7, 1_007))
        ]
    assert checks == [1_007, 1_007, 7, 7, 7]


def test_a_page_is_read_to_its_end_wherever_one_begins(log: SqliteEventLog) -> None:
    assert [each[1:] for each in (log.lines(499), log.lines(3, 20), log.lines(500, 900, 640))] == [
        (1, 500),
        (20, 23),
        (140, 640),
    ]


@pytest.mark.parametrize(("after", "until"), [(0, 1), (5, 12), (98, 103), (500, 1_000), (0, 1_007)])
def test_the_database_packs_as_we_do(log: SqliteEventLog, after: int, until: int) -> None:
    recorder: Any = log._recorder
    found = recorder.select_range(after, until - after, until, ())
    assert recorder.select_packed(after, until) == packed(found, verified_lines(found))


@pytest.mark.parametrize(
    "statement", [each.format(value) for each, values in ALTERED for value in values]
)
def test_what_was_altered_is_refused_also_in_a_page_that_was_known(
    log: SqliteEventLog, tmp_path: Path, statement: str
) -> None:
    for _ in range(3):
        replay(log)
    with sqlite3.connect(tmp_path / FILE) as db:
        for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            db.execute(f"DROP TRIGGER {name}")
        assert db.execute(f"{statement} WHERE {HERE}").rowcount == 1
    db.close()
    with pytest.raises(Exception) as read:
        log.read(PAGE, PAGE)
    assert log.lines(0, PAGE).events == PAGE
    with pytest.raises(Exception) as lines:
        log.lines(PAGE, PAGE)
    assert (type(lines.value), str(lines.value)) == (type(read.value), str(read.value))
    assert isinstance(lines.value, LogDamaged)


def test_what_is_redacted_in_a_page_that_was_known_is_not_sent_any_more(log: SqliteEventLog) -> None:
    before = [replay(log) for _ in range(3)][-1]
    log.append([redaction("r", b'{"position":700}')])
    assert log.destroy()
    known, changed, rest = replay(log)
    gone = [each.wire() for each in log.at([700])]
    assert known == before[0] and changed.events == PAGE and rest.events == 8
    assert changed.sent.splitlines()[199:200] == gone and b'"redacted":true' in gone[0]
    assert replay(log) == [known, changed, rest]


def lines_of(found: list[StoredRow]) -> bytes:
    return b"".join(b'{"position":%d,%b\n' % (each[0], each[4][1:]) for each in found)


@given(rows, rows)
def test_no_other_page_has_the_digest_of_one(one: list[StoredRow], other: list[StoredRow]) -> None:
    pages = [packed(each, lines_of(each)) for each in (one, other)]
    if None not in pages:
        first, second = (digest_of(each) for each in pages if each is not None)
        assert (first == second) == (one == other)


def test_a_page_that_is_another_now_is_not_packed_any_more() -> None:
    known, row = KnownPages(), (1, "T", "s", 1, b"{}", b"s" * 32, b"c" * 32)
    digests = []
    for _ in range(4):
        known.note(0, [row], lines_of([row]))
        digests.append(known.digest(0))
    page = Packed(b'{"position":1,}\n', b"T\ns\n1\n", b"s" * 32 + b"c" * 32)
    assert digests == [None, digest_of(page), b"", b""]


def test_the_pages_that_are_known_are_limited() -> None:
    known = KnownPages()
    for n in range(PAGES_KNOWN + 5):
        known.note(n, [], b"")
    assert len(known) == PAGES_KNOWN
