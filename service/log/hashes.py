"""The hashes of a log: the commitment of each event, and the running digest over all of them.

    commitment = SHA-256("intellog/commit/v1\\0" || salt || stored bytes)
    digest(n)  = SHA-256("intellog/chain/v1\\0" || digest(n - 1) || commitment(n)), digest(0) = 32 zeros

The commitment shows that an event is as it was stored, the digest that nothing before it is missing,
added or in another order. Both stay when an event is redacted.
"""

import hmac
import secrets
from collections.abc import Iterable, Sequence
from hashlib import sha256
from itertools import repeat
from typing import NamedTuple

SALT_BYTES = 32
SECRET_BYTES = 32
TIME_CHARACTERS = 27
EMPTY = bytes(32)
"""The running digest of an empty log."""
UNKNOWN = bytes(32)
"""Stands for the commitment of an event that was redacted before the log had hashes."""

COMMIT = b"intellog/commit/v1\0"
_COMMITTING = sha256(COMMIT)
_CHAIN = b"intellog/chain/v1\0"
_KEY = b"intellog/key/v1\0"
_LOG_ID = b"intellog/log-id/v1\0"


class Seal(NamedTuple):
    """What is stored beside an event: its salt, its commitment, the running digest through it, and the
    time at which it was recorded, as its envelope has it."""

    salt: bytes
    commitment: bytes
    digest: bytes
    recorded_at: str


def commitment(salt: bytes, body: bytes) -> bytes:
    """Return the commitment of stored bytes."""
    # Hashed part by part: joined they would be copied first, and the body is the most of an event.
    hashed = _COMMITTING.copy()
    hashed.update(salt)
    hashed.update(body)
    return hashed.digest()


def digest_after(digest: bytes, commitment: bytes) -> bytes:
    """Return the running digest through an event, given the one before it."""
    return sha256(_CHAIN + digest + commitment).digest()


def digests_after(digest: bytes, commitments: Iterable[bytes]) -> list[bytes]:
    """Return the running digest through each of these events, given the one before the first."""
    found = []
    for each in commitments:
        digest = digest_after(digest, each)
        found.append(digest)
    return found


def sealed(bodies: Sequence[bytes], digest: bytes, recorded_at: str) -> list[Seal]:
    """Return the seals of new events, with new random salts; `digest` is the one before them."""
    drawn = secrets.token_bytes(SALT_BYTES * len(bodies))
    salts = [drawn[at : at + SALT_BYTES] for at in range(0, len(drawn), SALT_BYTES)]
    commitments = [commitment(salt, body) for salt, body in zip(salts, bodies, strict=True)]
    return list(map(Seal, salts, commitments, digests_after(digest, commitments), repeat(recorded_at)))


def joined(seals: Sequence[Seal]) -> tuple[bytes, bytes, bytes, bytes]:
    """Return each column of seals as one string of bytes, for statements that cut it up again.

    A time is filled up with spaces to 27 characters, which is the longest.
    """
    salts, commitments, digests, times = zip(*seals, strict=True)
    filled = "".join([each.ljust(TIME_CHARACTERS) for each in times]).encode()
    return b"".join(salts), b"".join(commitments), b"".join(digests), filled


def key_check(name: str, position: int, digest: bytes) -> bytes:
    """Return the check value of a stored key: eight bytes, against accidents and not against people."""
    written = name.encode()
    head = b"%b%d,%d\0" % (_KEY, position, len(written))
    return sha256(head + written + digest).digest()[:8]


def log_id(secret: bytes) -> str:
    """Return the public id of the log that has this secret, which it does not reveal."""
    return hmac.new(secret, _LOG_ID, sha256).hexdigest()[:16]
