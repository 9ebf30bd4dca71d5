"""Signed notes: what is one, who has signed it, and what is refused."""

from base64 import b64encode
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.proof.errors import BadSignature, Malformed, NotProved
from service.proof.keys import Kind
from service.proof.note import MOST_BYTES, Note, parse_note, signed, verified
from service.proof.signature import Signature
from tests.effort import examples
from tests.service.proof.logs import key

ANNA, BERTA = key("anna.example", 1), key("berta.example", 2)
TEXT = "first line\n\nand the last — with a dash\n"
NOTE = signed(TEXT, [ANNA, BERTA])
LINE = NOTE.signatures[0].line()


def test_what_two_have_signed_is_read_back_and_verified() -> None:
    encoded = NOTE.encode()

    assert encoded.decode() == f"{TEXT}\n{LINE}{NOTE.signatures[1].line()}"
    assert LINE.startswith("— anna.example ")
    assert parse_note(encoded) == NOTE
    found = verified(NOTE, [BERTA.public, ANNA.public])
    assert [each.key.name for each in found] == ["anna.example", "berta.example"]


def test_a_signature_by_an_unknown_key_is_ignored() -> None:
    of_another_name = key("clara.example", 1)
    of_another_id = key("anna.example", 3)
    assert verified(NOTE, [of_another_name.public, of_another_id.public]) == ()
    assert [each.key for each in verified(NOTE, [BERTA.public])] == [BERTA.public]


def test_a_known_key_whose_signature_is_of_another_text_refuses_the_note() -> None:
    other = Note("another text\n", NOTE.signatures)
    with pytest.raises(BadSignature, match=r"berta\.example does not belong to this text"):
        verified(other, [BERTA.public])
    assert verified(other, [key("clara.example").public]) == ()


def test_every_signature_of_a_known_key_is_verified_and_not_only_its_first() -> None:
    bad = Signature("anna.example", ANNA.public.id, bytes(64))
    with pytest.raises(BadSignature):
        verified(Note(TEXT, (*NOTE.signatures, bad)), [ANNA.public])


def test_a_signature_is_added_once() -> None:
    one = signed(TEXT, [ANNA])
    assert one.with_signatures(NOTE.signatures) == NOTE
    later = Signature("anna.example", ANNA.public.id, bytes(64))
    assert one.with_signatures([later]) == one


def test_a_key_for_cosignatures_signs_no_note() -> None:
    with pytest.raises(Malformed, match="of kind 4, and one of 1 signs this"):
        signed(TEXT, [key("anna.example", 1, Kind.COSIGNATURE)])


@pytest.mark.parametrize(
    "encoded",
    [
        "",
        "\n",
        "\n\n",
        TEXT,
        f"{TEXT}\n",
        LINE,
        f"\n{LINE}",
        f"{TEXT}{LINE}",
        f"{TEXT}\n{LINE}".removesuffix("\n"),
        f"{TEXT}\n{LINE}\n",
        f"{TEXT}\n{LINE}{LINE}",
        f"{TEXT}\n{LINE}{Signature('anna.example', ANNA.public.id, bytes(64)).line()}",
        f"{TEXT}\n{LINE}more\n",
        f"{TEXT}\n{LINE}".replace("— anna", "- anna"),
        f"{TEXT}\n{LINE}".replace("— anna", "—anna"),
        f"{TEXT}\n{LINE}".replace("anna.example ", "anna.example  "),
        f"{TEXT}\n{LINE}".replace("anna.example", "anna+example"),
        f"{TEXT}\n{LINE}".replace("anna.example", "anna\u00a0example"),
        f"{TEXT}\n{LINE}".replace("anna.example", ""),
        f"{TEXT}\n{LINE}".replace("=", ""),
        f"{TEXT}\n{LINE}".replace("=\n", "-\n"),
        f"{TEXT}\n— anna.example\n",
        f"{TEXT}\n— anna.example \n",
        f"{TEXT}\n— anna.example {b64encode(bytes(4)).decode()}\n",
        f"{TEXT}\n— anna.example AAAAAAE=\n".replace("E=", "F="),
        f"{TEXT}\n{LINE}".replace("first", "first\t"),
        f"{TEXT}\n{LINE}".replace("first", "first\r"),
        f"{TEXT}\n{LINE}".replace("first", "first\0"),
        f"{TEXT}\n{LINE}".replace("\n", "\r\n"),
        f"{'x' * MOST_BYTES}\n\n{LINE}",
        f"{TEXT}\n" + "".join(Signature("a", bytes([0, 0, 0, n]), b"x").line() for n in range(101)),
    ],
    ids=count(),
)
def test_anything_else_is_no_note(encoded: str) -> None:
    with pytest.raises(Malformed):
        parse_note(encoded.encode())


def test_what_is_not_utf_8_is_no_note() -> None:
    with pytest.raises(Malformed, match="not UTF-8 at byte 2"):
        parse_note(NOTE.encode().replace(b"first", b"fi\xffst"))


def test_a_hundred_signatures_are_read() -> None:
    lines = "".join(Signature("a", bytes([0, 0, 0, n]), b"x").line() for n in range(100))
    assert len(parse_note(f"text\n\n{lines}".encode()).signatures) == 100


@pytest.mark.parametrize(
    "note",
    [
        Note("no end", NOTE.signatures),
        Note(TEXT, ()),
        Note("", ()),
        Note(f"text\n\n{LINE}".removesuffix("\n"), NOTE.signatures[1:]),
    ],
    ids=["no end", "nobody", "nothing", "a signature in the text"],
)
def test_what_would_not_be_read_back_is_not_written(note: Note) -> None:
    with pytest.raises(Malformed):
        note.encode()


TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.just("\n")).map(lambda t: f"{t}\n")
NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"], exclude_characters="+"), min_size=1)
SIGNATURES = st.builds(
    Signature,
    NAMES.filter(lambda name: not any(each.isspace() for each in name)),
    st.binary(min_size=4, max_size=4),
    st.binary(min_size=1, max_size=80),
)
NOTES = st.builds(
    Note,
    TEXTS,
    st.lists(SIGNATURES, min_size=1, max_size=5, unique_by=lambda each: each[:2]).map(tuple),
)


@examples(400)
@given(NOTES)
def test_every_note_is_read_back(note: Note) -> None:
    assert parse_note(note.encode()) == note


@examples(400)
@given(st.data())
def test_a_note_in_which_a_byte_is_altered_is_refused(data: st.DataObject) -> None:
    encoded = bytearray(signed(TEXT, [ANNA]).encode())
    at = data.draw(st.integers(0, len(encoded) - 1))
    encoded[at] ^= data.draw(st.integers(1, 255))
    try:
        found = verified(parse_note(bytes(encoded)), [ANNA.public])
    except NotProved:
        return
    assert found == ()
