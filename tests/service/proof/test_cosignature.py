"""Cosignatures: what a witness says, and when."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from service.proof.cosignature import cosigned, time_of
from service.proof.errors import BadSignature, Malformed
from service.proof.note import Note, parse_note, verified
from service.proof.signature import Signature
from tests.service.proof.logs import ORIGIN, Log, key, witness

WITNESS = witness(1)
NOTE = parse_note(Log(5).checkpoint())
TIME = 1_679_315_147
COSIGNATURE = cosigned(NOTE.text, WITNESS, TIME)


def test_a_witness_signs_the_time_before_the_whole_text() -> None:
    message = f"cosignature/v1\ntime 1679315147\n{NOTE.text}".encode()
    assert COSIGNATURE.name == "w1.example"
    assert COSIGNATURE.value[:8] == TIME.to_bytes(8, "big")
    Ed25519PublicKey.from_public_bytes(WITNESS.public.content).verify(COSIGNATURE.value[8:], message)


def test_it_is_verified_beside_the_signature_of_the_log() -> None:
    note = NOTE.with_signatures([COSIGNATURE])
    log = Log(5).keys[0]
    found = verified(parse_note(note.encode()), [WITNESS.public, log.public])
    assert [each.key for each in found] == [log.public, WITNESS.public]
    assert time_of(found[1].signature) == TIME


@pytest.mark.parametrize(
    "value",
    [
        (TIME + 1).to_bytes(8, "big") + COSIGNATURE.value[8:],
        b"\xff" + COSIGNATURE.value[1:],
        COSIGNATURE.value[:-1],
        COSIGNATURE.value[8:],
        b"\0" * 8,
        b"\0",
    ],
    ids=["back-dated", "beyond 2**63", "cut", "no time", "no signature", "nothing"],
)
def test_an_altered_one_refuses_the_note(value: bytes) -> None:
    altered = Note(NOTE.text, (Signature("w1.example", WITNESS.public.id, value),))
    with pytest.raises(BadSignature, match=r"w1\.example"):
        verified(altered, [WITNESS.public])


def test_the_key_of_a_log_does_not_cosign() -> None:
    with pytest.raises(Malformed, match="of kind 1, and one of 4 signs this"):
        cosigned(NOTE.text, key(ORIGIN), TIME)


def test_a_time_beyond_2_to_the_63_is_refused_though_the_witness_signed_it() -> None:
    beyond = cosigned(NOTE.text, WITNESS, 1 << 63)
    with pytest.raises(BadSignature, match=r"w1\.example"):
        verified(NOTE.with_signatures([beyond]), [WITNESS.public])
