"""The lines that a mirror is sent: read as they were written, and refused once a byte has changed."""

import pytest

from service.log.hashes import key_check
from service.log.recorder import KeyRow
from service.log.verbatim import Entry
from service.mirror.lines import (
    BadLine,
    CaughtUp,
    Head,
    Sent,
    entry_line,
    head_line,
    key_line,
    read_key_line,
    read_line,
)

AT = "2024-05-01T12:00:00Z"
BODY = '{"id":"\u00fc","data":"\\" \u2028"}'.encode()
ENTRY = Entry(7, 6, "ReportFiled", "report:a", 1, BODY, b"s" * 32, b"c" * 32, b"d" * 32, AT)
GONE = ENTRY._replace(body=None, salt=None)
HEAD = Head("0" * 16, b"k" * 32, 7, b"d" * 32, 9)


def key(name: str, digest: bytes = b"\x00digest") -> KeyRow:
    return name, 7, digest, key_check(name, 7, digest)


KEYS = [key("one"), key("tw\u00fc", b"")]


@pytest.mark.parametrize("entry", [ENTRY, GONE])
@pytest.mark.parametrize("keys", [[], KEYS])
def test_an_entry_is_read_as_it_was_written(entry: Entry, keys: list[KeyRow]) -> None:
    line = entry_line(entry, keys)
    assert line.count(b"\n") == 1
    assert read_line(line[:-1]) == Sent(entry, keys)


def test_the_other_lines_are_read_as_they_were_written() -> None:
    assert read_line(head_line(HEAD)[:-1]) == HEAD
    assert read_key_line(key_line(KEYS[1])[:-1]) == KEYS[1]
    assert read_line(b'{"caught_up":12}') == read_key_line(b'{"caught_up":12}') == CaughtUp(12)


@pytest.mark.parametrize("line", [head_line(HEAD), entry_line(ENTRY, KEYS), entry_line(GONE, [])])
def test_every_byte_that_changes_is_noticed(line: bytes) -> None:
    for n in range(len(line) - 1):
        changed = bytearray(line[:-1])
        changed[n] ^= 0x02
        with pytest.raises(BadLine):
            read_line(bytes(changed))


def test_every_byte_of_a_key_that_changes_is_noticed() -> None:
    line = key_line(KEYS[0])[:-1]
    for n in range(len(line)):
        with pytest.raises(BadLine):
            read_key_line(line[:n] + bytes([line[n] ^ 0x02]) + line[n + 1 :])


@pytest.mark.parametrize("text", ["", "{}", '{"caught_up":x}', '{"position":1}', "<html>"])
def test_what_is_no_line_is_refused(text: str) -> None:
    with pytest.raises(BadLine):
        read_line(text.encode())
