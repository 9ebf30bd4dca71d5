"""What was read is verified event by event: the bytes by their hash, the columns by their envelope."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.log.damage import verified, verified_lines
from service.log.envelope import decode_envelope, encode
from service.log.hashes import commitment
from service.log.port import LogDamaged, Pending
from service.log.recorder import StoredRow
from tests.work import calls

AT = datetime(2025, 1, 1, tzinfo=UTC)
SALT = bytes(range(32))
PIECES = ('"', ",", ":", "\\", "é", "a", ',"type":', ',"stream":', ',"version":1', "{", "\n")
names = st.lists(st.sampled_from(PIECES), max_size=4).map("".join)
types = st.sampled_from(("ReportFiled", "Report", 'odd",type', ""))
events = st.builds(
    Pending, names, types, st.integers(1, 12), names, st.integers(1, 12), names, st.just(b"{}")
)


def row(position: int, event: Pending, listed: Pending) -> StoredRow:
    """An event as it is stored, listed under the type, stream and version of another one."""
    body = encode(event, AT)
    named = listed.type, listed.stream, listed.version
    return (position, *named, body, SALT, commitment(SALT, body))


def first_wrong(rows: list[StoredRow]) -> int | None:
    """The oracle: the first whose columns are not those of its envelope, decoded."""
    for position, *named, body, _, _ in rows:
        has = decode_envelope(body)
        if named != [has.type, has.stream, has.version]:
            return position
    return None


@given(st.lists(st.tuples(events, st.none() | events), max_size=6))
def test_columns_are_those_of_the_envelope(given: list[tuple[Pending, Pending | None]]) -> None:
    rows = [row(n, event, other or event) for n, (event, other) in enumerate(given, 1)]
    wrong = first_wrong(rows)
    if wrong is None:
        assert [(*each,) for each in verified(rows)] == [each[:5] for each in rows]
        assert verified_lines(rows) == b"".join(each.wire() + b"\n" for each in verified(rows))
    else:
        for reading in verified, verified_lines:
            with pytest.raises(LogDamaged) as damaged:
                reading(rows)
            assert damaged.value.position == wrong


@pytest.mark.parametrize("column", [4, 5, 6], ids=["body", "salt", "commitment"])
def test_bytes_are_those_of_the_commitment(column: int) -> None:
    whole: list[object] = [*row(1, *[Pending("i", "T", 1, "s", 1, "a", b"{}")] * 2)]
    stored = whole[column]
    assert isinstance(stored, bytes)
    for altered in (stored + b" ", b"{}", stored.decode("latin-1"), 7):
        whole[column] = altered
        for reading in verified, verified_lines:
            with pytest.raises(LogDamaged):
                reading([tuple(whole)])  # type: ignore[list-item]


def test_lines_of_what_was_redacted_are_their_wire_form() -> None:
    gone: StoredRow = (7, "ReportFiled", 'report:"ä"', 3, b"", None, bytes(32))
    [event] = verified([gone])
    assert verified_lines([gone, gone]) == 2 * (event.wire() + b"\n")
    with pytest.raises(LogDamaged):
        verified_lines([(*gone[:5], SALT, bytes(32))])


def test_an_envelope_is_taken_apart_once_for_each_type() -> None:
    pending = [Pending(f"i{n}", f"T{n % 2}", 1, f"s:{n}", 1, "a", b"{}") for n in range(40)]
    rows = [row(n, each, each) for n, each in enumerate(pending, 1)]
    with calls() as counted:
        verified(rows)
    assert counted["front_fits"] == 2
