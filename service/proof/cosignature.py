"""Cosignatures (C2SP tlog-cosignature, version 1): a witness says when it saw a tree that only grew."""

from service.proof.errors import Malformed
from service.proof.keys import Kind, PrivateKey
from service.proof.lines import MOST_LEAVES
from service.proof.signature import Signature

_TIME_BYTES = 8


def cosigned(text: str, key: PrivateKey, time: int) -> Signature:
    """Cosign the text of a checkpoint as a witness; `time` is in seconds since 1970."""
    signature = key.sign(statement(text, time), Kind.COSIGNATURE)
    value = time.to_bytes(_TIME_BYTES, "big") + signature
    return Signature(key.name, key.public.id, value)


def statement(text: str, time: int) -> bytes:
    """Return what a witness signs."""
    return f"cosignature/v1\ntime {time}\n{text}".encode()


def time_of(cosignature: Signature) -> int:
    """Return when a cosignature was made, in seconds since 1970."""
    return parted(cosignature.value)[0]


def parted(value: bytes) -> tuple[int, bytes]:
    """Return the time of a cosignature, and the signature that the key made."""
    time = int.from_bytes(value[:_TIME_BYTES], "big")
    if len(value) <= _TIME_BYTES or time > MOST_LEAVES:
        raise Malformed("a cosignature has a time of eight bytes, below 2**63, and a signature")
    return time, value[_TIME_BYTES:]
