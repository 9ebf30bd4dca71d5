"""Keys: their ids, how they are written, and what is none."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.proof.errors import Malformed
from service.proof.keys import Kind, PrivateKey, PublicKey, new_key, private_key_of, public_key_of
from tests.effort import examples
from tests.service.proof.logs import ORIGIN, key, witness

KEY = key(ORIGIN)
WRITTEN = KEY.public.written()
PRIVATE = KEY.written()


@pytest.mark.parametrize("one", [KEY, witness(1), new_key(ORIGIN)], ids=["log", "witness", "new"])
def test_a_key_is_read_back(one: PrivateKey) -> None:
    assert public_key_of(one.public.written()) == one.public
    again = private_key_of(one.written())
    assert again.public == one.public and again.written() == one.written()


def test_the_id_covers_the_name_the_kind_and_the_key() -> None:
    content = KEY.public.content
    assert KEY.public.id == sha256(ORIGIN.encode() + b"\n\1" + content).digest()[:4]
    same = PublicKey(ORIGIN, Kind.COSIGNATURE, content)
    assert same.id == sha256(ORIGIN.encode() + b"\n\4" + content).digest()[:4]
    assert len({KEY.public.id, same.id, PublicKey("other", Kind.NOTE, content).id}) == 3


def test_two_new_keys_are_different() -> None:
    assert new_key(ORIGIN).public != new_key(ORIGIN).public


def test_a_message_never_holds_the_secret() -> None:
    secret = PRIVATE.rpartition("+")[2]
    assert secret not in repr(KEY) and WRITTEN in repr(KEY)
    for altered in (PRIVATE[:-1], PRIVATE.replace("log.", "dog."), PRIVATE.replace("KEY", "key")):
        with pytest.raises(Malformed) as refused:
            private_key_of(altered)
        assert secret[:-1] not in str(refused.value)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ("", "has the form"),
        (ORIGIN, "has the form"),
        (WRITTEN.rpartition("+")[0], "has the form"),
        (WRITTEN.replace(ORIGIN, ""), "the name of a key"),
        (WRITTEN.replace("desk", "de sk"), "the name of a key"),
        (WRITTEN.replace("desk", "mesk"), "another id"),
        (WRITTEN.replace(KEY.public.id.hex(), KEY.public.id.hex().upper()), "another id"),
        (WRITTEN[:-4], "has 29 bytes|has the form"),
        (WRITTEN.replace("+AY", "+BY", 1), "kind 5"),
        (f"{WRITTEN}\n", "has the form"),
        (PRIVATE, "has the form"),
    ],
)
def test_what_is_no_public_key(given: str, why: str) -> None:
    with pytest.raises(Malformed, match=why):
        public_key_of(given)


@examples(200)
@given(st.data())
def test_a_key_in_which_a_character_is_altered_is_none(data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(WRITTEN) - 1))
    other = data.draw(st.characters(min_codepoint=33, max_codepoint=126))
    altered = WRITTEN[:at] + other + WRITTEN[at + 1 :]
    if altered != WRITTEN:
        with pytest.raises(Malformed):
            public_key_of(altered)
