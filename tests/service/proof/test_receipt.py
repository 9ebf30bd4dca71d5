"""Receipts: an entry, its path and a checkpoint in one file that anybody checks offline."""

from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.proof.enclosure import Enclosure, checked, enclosed
from service.proof.errors import BadSignature, BodyAltered, Malformed, NoQuorum, NotIncluded, NotProved
from service.proof.policy import Policy, Witness, trusting
from service.proof.receipt import Receipt, parse_receipt, verified_receipt
from tests.effort import examples
from tests.service.proof.logs import SALT, Log, body, entry, key, witness

LOG = Log(11)
TRUST = trusting(LOG.keys[0].public)
RECEIPT = LOG.receipt(5)
WRITTEN = RECEIPT.encode()
ENTRY = LOG.entries[5]


def test_it_is_written_line_by_line() -> None:
    lines = WRITTEN.decode().split("\n")
    assert lines[:2] == ["c2sp.org/tlog-proof@v1", "index 5"]
    assert [len(line) for line in lines[2:7]] == [44, 44, 44, 44, 0]
    assert "\n".join(lines[7:]).encode() == LOG.checkpoint()
    assert LOG.receipt(5, b"more").encode().split(b"\n")[1] == b"extra bW9yZQ=="


def test_every_entry_is_shown_to_be_in_the_log() -> None:
    for index, content in enumerate(LOG.entries):
        judgement = verified_receipt(parse_receipt(LOG.receipt(index).encode()), content, TRUST)
        assert judgement.checkpoint.size == 11


def test_a_log_of_one_entry_has_receipts_without_a_path() -> None:
    log = Log(1)
    assert b"index 0\n\nlog.example" in log.receipt(0).encode()
    verified_receipt(parse_receipt(log.receipt(0).encode()), log.entries[0], TRUST)


@pytest.mark.parametrize(
    ("receipt", "content"),
    [
        (RECEIPT, LOG.entries[4]),
        (RECEIPT, ENTRY + b" "),
        (Receipt(4, RECEIPT.path, RECEIPT.checkpoint), ENTRY),
        (Receipt(11, RECEIPT.path, RECEIPT.checkpoint), ENTRY),
        (Receipt(5, RECEIPT.path[:-1], RECEIPT.checkpoint), ENTRY),
        (Receipt(5, (*RECEIPT.path, bytes(32)), RECEIPT.checkpoint), ENTRY),
        (Receipt(5, RECEIPT.path, LOG.checkpoint(10)), ENTRY),
    ],
    ids=["other", "altered", "index", "beyond", "short", "long", "checkpoint"],
)
def test_an_entry_that_is_not_there_is_not_included(receipt: Receipt, content: bytes) -> None:
    with pytest.raises(NotIncluded, match=f"the entry is not at index {receipt.index} of"):
        verified_receipt(receipt, content, TRUST)


def test_a_log_that_is_not_trusted_is_refused_before_its_tree_is_looked_at() -> None:
    with pytest.raises(BadSignature):
        verified_receipt(RECEIPT, ENTRY, trusting(key("log.example/desk", 7).public))


def test_a_quorum_of_witnesses_is_part_of_it() -> None:
    wanted = Policy(TRUST.logs, (Witness("W", witness(1).public),), quorum="W")
    with pytest.raises(NoQuorum, match="W did not"):
        verified_receipt(RECEIPT, ENTRY, wanted)
    seen = Receipt(5, RECEIPT.path, LOG.checkpoint(11, witness(1)))
    assert [each.name for each in verified_receipt(seen, ENTRY, wanted).cosigned] == ["W"]


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        (b"@v1", b"@v2"),
        (b"c2sp", b" c2sp"),
        (b"index 5", b"index 05"),
        (b"index 5", b"index -5"),
        (b"index 5", b"index"),
        (b"index 5\n", b""),
        (b"index 5", b"extra ?\nindex 5"),
        (b"index 5", b"extra YQ==\nextra YQ==\nindex 5"),
        (b"index 5", b"index 5\nindex 5"),
        (b"index 5\n", b"index 5\n\n"),
        (b"=\n", b"\n"),
        (b"\n\n", b"\n"),
        (b"index 5\n", b"index 5\n" + 60 * (b"A" * 43 + b"=\n")),
        (b"index", b"inde\xff"),
        (b"index 5", b"index 5\r"),
    ],
)
def test_what_is_no_receipt(was: bytes, becomes: bytes) -> None:
    altered = WRITTEN.replace(was, becomes)
    assert altered != WRITTEN
    with pytest.raises(Malformed):
        verified_receipt(parse_receipt(altered), ENTRY, TRUST)


@examples(200)
@given(
    st.integers(0, 1 << 62),
    st.lists(st.binary(min_size=32, max_size=32), max_size=63).map(tuple),
    st.none() | st.binary(max_size=200),
)
def test_every_receipt_is_read_back(index: int, path: tuple[bytes, ...], extra: bytes | None) -> None:
    receipt = Receipt(index, path, LOG.checkpoint(), extra)
    assert parse_receipt(receipt.encode()) == receipt


@examples(400)
@given(st.data())
def test_a_receipt_in_which_a_byte_is_altered_is_refused(data: st.DataObject) -> None:
    encoded = bytearray(WRITTEN)
    at = data.draw(st.integers(0, len(encoded) - 1))
    encoded[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(NotProved):
        verified_receipt(parse_receipt(bytes(encoded)), ENTRY, TRUST)


def test_our_receipts_enclose_the_entry_and_the_body_for_who_may_read_it() -> None:
    whole = Enclosure(ENTRY, SALT, body(5))
    found = enclosed(parse_receipt(LOG.receipt(5, whole.encode()).encode()))
    assert found == whole
    assert checked(found, 5) == entry(5)


def test_a_body_that_is_withheld_leaves_the_entry() -> None:
    found = enclosed(LOG.receipt(5, Enclosure(ENTRY).encode()))
    assert found == Enclosure(ENTRY)
    assert checked(found, 5) == entry(5)
    assert enclosed(RECEIPT) is None


@pytest.mark.parametrize(
    ("enclosure", "refusal"),
    [
        (Enclosure(ENTRY, SALT, body(4)), BodyAltered),
        (Enclosure(ENTRY, SALT[:-1], body(5)), BodyAltered),
        (Enclosure(ENTRY, SALT + b"{", body(5)[1:]), BodyAltered),
        (Enclosure(LOG.entries[4], SALT, body(4)), NotIncluded),
        (Enclosure(b"{}", SALT, body(5)), Malformed),
    ],
    ids=["body", "salt", "moved", "entry", "none"],
)
def test_what_is_enclosed_must_be_what_the_entry_commits_to(
    enclosure: Enclosure, refusal: type[NotProved]
) -> None:
    with pytest.raises(refusal):
        checked(enclosure, 5)


@pytest.mark.parametrize(
    "extra",
    [
        b"",
        b"\xff",
        b"[]",
        b"{}",
        b'{"entry":1}',
        b'{"entry":"a","salt":"00"}',
        b'{"entry":"a","salt":"x","body":"b"}',
        b'{"entry":"a","more":1}',
        b'{"entry":"\\ud800"}',
        b"[" * 100_000,
    ],
    ids=count(),
)
def test_extra_data_of_another_form_is_not_ours(extra: bytes) -> None:
    with pytest.raises(Malformed, match="is not what this log encloses"):
        enclosed(LOG.receipt(5, extra))
