"""Signatures verified with whole numbers, against the library that makes them."""

from random import Random

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from service.proof.standalone.ed25519 import signed_by

# RFC 8032, section 7.1, tests 1 to 3: public key, message, signature
VECTORS = (
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
        "d25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
        "387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc659"
        "4a7c15e9716ed28dc027beceea1ec40a",
    ),
)


def test_the_vectors_of_the_standard() -> None:
    for key, message, signature in VECTORS:
        given = bytes.fromhex(key), bytes.fromhex(message), bytes.fromhex(signature)
        assert signed_by(*given)
        assert not signed_by(given[0], given[1] + b"x", given[2])


def test_what_a_library_signed_and_no_byte_of_it_changed() -> None:
    random = Random(8032)
    for length in range(0, 60, 7):
        private = Ed25519PrivateKey.from_private_bytes(random.randbytes(32))
        message, key = random.randbytes(length), private.public_key().public_bytes_raw()
        signature = private.sign(message)
        assert signed_by(key, message, signature)
        for place in (0, 31, 32, 63):
            flipped = bytearray(signature)
            flipped[place] ^= 1 << random.randrange(8)
            assert not signed_by(key, message, bytes(flipped))
        assert not signed_by(random.randbytes(32), message, signature)


def test_what_is_no_key_or_no_signature_signs_nothing() -> None:
    key, message, signature = map(bytes.fromhex, VECTORS[1])
    order = 2**252 + 27742317777372353535851937790883648493
    scalar = int.from_bytes(signature[32:], "little") + order
    assert not signed_by(key, message, signature[:32] + scalar.to_bytes(32, "little"))
    assert not signed_by(key[:31], message, signature)
    assert not signed_by(key, message, signature + b"\0")
    assert not signed_by(b"\xff" * 32, message, signature)
