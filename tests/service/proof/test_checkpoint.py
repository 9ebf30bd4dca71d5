"""Checkpoints: what they say, who may sign them, and which follow on which."""

from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.proof.checkpoint import (
    Checkpoint,
    checkpoint_of,
    refuse_inconsistent,
    signed_checkpoint,
    verified_checkpoint,
)
from service.proof.errors import BadSignature, Inconsistent, Malformed, NotProved
from service.proof.keys import PrivateKey
from service.proof.lines import MOST_LEAVES
from tests.effort import examples
from tests.service.proof.logs import ORIGIN, Log, key

LOG = Log(300)
KEY = LOG.keys[0]
CHECKPOINT = Checkpoint(ORIGIN, 300, LOG.root(300))
TEXT = CHECKPOINT.text()


def test_it_says_of_which_log_how_large_and_what_root() -> None:
    origin, size, root, rest = TEXT.split("\n")
    assert (origin, size, rest) == (ORIGIN, "300", "") and len(root) == 44
    assert verified_checkpoint(LOG.checkpoint(), [KEY.public]) == CHECKPOINT


def test_while_keys_are_changed_either_key_is_enough() -> None:
    old, new = key(ORIGIN, 1), key(ORIGIN, 2)
    encoded = signed_checkpoint(CHECKPOINT, [old, new])
    for known in ([old.public], [new.public], [old.public, new.public]):
        assert verified_checkpoint(encoded, known) == CHECKPOINT


@pytest.mark.parametrize(
    ("keys", "why"),
    [
        ([], "no key of that name is known"),
        ([key("other.example", 1)], "no key of that name is known"),
        ([key(ORIGIN, 9)], "its known keys have not signed it"),
    ],
    ids=["none", "another name", "another key"],
)
def test_one_that_no_known_key_of_the_log_has_signed_is_refused(
    keys: list[PrivateKey], why: str
) -> None:
    with pytest.raises(BadSignature, match=f"nobody signs for the log '{ORIGIN}': {why}"):
        verified_checkpoint(LOG.checkpoint(), [each.public for each in keys])


def test_the_key_of_another_log_does_not_sign_for_this_one() -> None:
    other = key("other.example", 5)
    with pytest.raises(Malformed, match="does not sign for"):
        signed_checkpoint(CHECKPOINT, [other])


def test_extension_lines_are_signed_and_read() -> None:
    extended = CHECKPOINT._replace(extensions=("a line", "— another"))
    encoded = signed_checkpoint(extended, [KEY])
    assert verified_checkpoint(encoded, [KEY.public]) == extended
    with pytest.raises(BadSignature):
        verified_checkpoint(encoded.replace(b"a line", b"A line"), [KEY.public])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        TEXT[:-1],
        TEXT.replace("300", "0300"),
        TEXT.replace("300", "+300"),
        TEXT.replace("300", "-300"),
        TEXT.replace("300", "3_00"),
        TEXT.replace("300", "\u0663\u0660\u0660"),
        TEXT.replace("300", str(MOST_LEAVES + 1)),
        TEXT.replace("300\n", ""),
        TEXT.replace(ORIGIN, ""),
        TEXT.replace("300", ""),
        TEXT.replace("=\n", "\n"),
        TEXT + "\n",
        TEXT + "\nmore\n",
        f"{ORIGIN}\n300\nAAAA\n",
        f"{ORIGIN}\n300\n",
    ],
    ids=count(),
)
def test_what_is_no_checkpoint(text: str) -> None:
    with pytest.raises(Malformed):
        checkpoint_of(text)


@pytest.mark.parametrize(
    "checkpoint",
    [
        CHECKPOINT._replace(origin=""),
        CHECKPOINT._replace(origin="a\nb"),
        CHECKPOINT._replace(size=-1),
        CHECKPOINT._replace(root=b"short"),
        CHECKPOINT._replace(extensions=("",)),
        CHECKPOINT._replace(extensions=("one\nmore",)),
        CHECKPOINT._replace(origin=TEXT.removesuffix("\n")),
    ],
)
def test_what_would_not_be_read_back_is_not_written(checkpoint: Checkpoint) -> None:
    with pytest.raises(Malformed):
        checkpoint.text()


LINES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20)


@examples(200)
@given(
    LINES,
    st.integers(0, MOST_LEAVES),
    st.binary(min_size=32, max_size=32),
    st.lists(LINES, max_size=3).map(tuple),
)
def test_every_checkpoint_is_read_back(
    origin: str, size: int, root: bytes, extensions: tuple[str, ...]
) -> None:
    checkpoint = Checkpoint(origin, size, root, extensions)
    assert checkpoint_of(checkpoint.text()) == checkpoint


@examples(400)
@given(st.data())
def test_a_signed_one_in_which_a_byte_is_altered_is_refused(data: st.DataObject) -> None:
    encoded = bytearray(LOG.checkpoint())
    at = data.draw(st.integers(0, len(encoded) - 1))
    encoded[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(NotProved):
        verified_checkpoint(bytes(encoded), [KEY.public])


def of(size: int, root: bytes | None = None) -> Checkpoint:
    return Checkpoint(ORIGIN, size, LOG.root(size) if root is None else root)


def test_a_log_that_has_only_grown_is_shown_to_have_done_so() -> None:
    refuse_inconsistent(of(100), of(300), LOG.consistency(100, 300))
    refuse_inconsistent(of(0), of(300), [])
    refuse_inconsistent(of(300), of(300), [])


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        (of(300), of(100), []),
        (of(100), of(300), LOG.consistency(101, 300)),
        (of(100, bytes(32)), of(300), LOG.consistency(100, 300)),
        (of(300), of(300, bytes(32)), []),
    ],
    ids=["smaller", "other path", "other history", "two of a size"],
)
def test_anything_else_is_inconsistent(old: Checkpoint, new: Checkpoint, path: list[bytes]) -> None:
    with pytest.raises(Inconsistent, match=f"the tree of {old.size} entries is not shown"):
        refuse_inconsistent(old, new, path)


def test_two_logs_are_not_compared() -> None:
    with pytest.raises(Malformed, match="two logs"):
        refuse_inconsistent(of(100), of(300)._replace(origin="other.example"), [])
