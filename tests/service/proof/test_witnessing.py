"""What a log and its witness say to each other, and what neither reads."""

from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.proof.cosignature import cosigned
from service.proof.errors import Malformed
from service.proof.lines import MOST_LEAVES
from service.proof.note import parse_note
from service.proof.witnessing import (
    MOST_BYTES,
    Addition,
    encode_cosignatures,
    encode_size,
    parse_addition,
    parse_cosignatures,
    parse_size,
)
from tests.effort import examples
from tests.service.proof.logs import Log, witness

LOG = Log(300)
ADDITION = Addition(100, tuple(LOG.consistency(100, 300)), LOG.checkpoint())
BODY = ADDITION.encode()


def test_a_request_is_written_line_by_line() -> None:
    head, checkpoint = BODY.decode().split("\n\n", 1)
    old, *hashes = head.split("\n")
    assert old == "old 100"
    assert [len(each) for each in hashes] == [44] * len(ADDITION.path)
    assert checkpoint.encode() == LOG.checkpoint()


def test_the_first_request_has_no_proof() -> None:
    first = Addition(0, (), LOG.checkpoint())
    assert first.encode().startswith(b"old 0\n\nlog.example")
    assert parse_addition(first.encode()) == first


@examples(200)
@given(
    st.integers(1, MOST_LEAVES), st.lists(st.binary(min_size=32, max_size=32), max_size=63).map(tuple)
)
def test_every_request_is_read_back(old: int, path: tuple[bytes, ...]) -> None:
    addition = Addition(old, path, LOG.checkpoint())
    assert parse_addition(addition.encode()) == addition


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\n\n",
        b"old 100\n",
        b"100\n\n" + LOG.checkpoint(),
        BODY.replace(b"old 100", b"old 0100"),
        BODY.replace(b"old 100", b"old 0"),
        BODY.replace(b"old 100", b"old  100"),
        BODY.replace(b"old 100", b"old -1"),
        BODY.replace(b"old 100", b"new 100"),
        BODY.replace(b"old 100", b"old 100\r"),
        BODY.replace(b"=\n", b"\n"),
        b"old 1\n" + (b"A" * 43 + b"=\n") * 64 + b"\n" + LOG.checkpoint(),
        b"old 1\n\n" + b"x" * MOST_BYTES,
        b"old 1\n\n\xff",
    ],
    ids=count(),
)
def test_what_is_no_request(body: bytes) -> None:
    with pytest.raises(Malformed):
        parse_addition(body)


def test_the_answer_is_cosignatures_that_are_added_to_the_checkpoint() -> None:
    note = parse_note(LOG.checkpoint())
    made = [cosigned(note.text, witness(n), 1_700_000_000 + n) for n in (1, 2)]
    answer = encode_cosignatures(made)
    assert answer.decode().startswith("— w1.example ")
    assert parse_cosignatures(answer) == tuple(made)
    assert parse_note(note.encode() + answer) == note.with_signatures(made)


@pytest.mark.parametrize("answer", [b"", b"\n", b"ok\n", "— w1.example AAAA".encode(), b"\xff\n"])
def test_any_other_answer_is_refused(answer: bytes) -> None:
    with pytest.raises(Malformed):
        parse_cosignatures(answer)


@examples(100)
@given(st.integers(0, MOST_LEAVES))
def test_a_witness_says_which_size_it_has_seen(size: int) -> None:
    assert parse_size(encode_size(size)) == size


@pytest.mark.parametrize("answer", [b"", b"\n", b"7", b"07\n", b"-7\n", b"7\n\n", b"7\n8\n", b"9" * 40])
def test_anything_else_is_no_size(answer: bytes) -> None:
    with pytest.raises(Malformed):
        parse_size(answer)
