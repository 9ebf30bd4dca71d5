"""Time stamps of others (RFC 3161): asked for over some bytes, and verified.

The library is an extra, so it is imported within functions.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from importlib.util import find_spec
from typing import TYPE_CHECKING, NamedTuple

from cryptography import x509

from service.proof.errors import NotProved

if TYPE_CHECKING:
    from rfc3161_client import TimeStampResponse

MEDIA_TYPE, REQUEST_TYPE = "application/timestamp-reply", "application/timestamp-query"
Roots = Sequence[x509.Certificate]
"""Certificates to one of which that of an authority must lead."""
_COARSE = timedelta(seconds=1)
"""How exact a time is at most: many authorities give whole seconds and say nothing of accuracy."""


class StampRefused(NotProved):
    """A time stamp does not show what it should; the message says what is wrong with it."""

    code = "time-wrong"


class Request(NamedTuple):
    """A request for a time stamp: its bytes, and the number that its answer must repeat."""

    body: bytes
    nonce: int


class Stamp(NamedTuple):
    """A verified time: what was stamped was there at `time` at the latest, give or take `accuracy`."""

    time: datetime
    accuracy: timedelta


def can_stamp() -> bool:
    """Whether the library is installed."""
    return find_spec("rfc3161_client") is not None


def roots_of(pem: bytes) -> Roots:
    """Return the certificates of a PEM file; raises ValueError if it holds none."""
    try:
        return x509.load_pem_x509_certificates(pem)
    except ValueError:
        raise ValueError("it holds no certificates in PEM") from None


def request_over(data: bytes) -> Request:
    """Return a request over the SHA-256 of some bytes, with the authority's certificate asked for."""
    from rfc3161_client import HashAlgorithm, TimestampRequestBuilder

    built = TimestampRequestBuilder().data(data).hash_algorithm(HashAlgorithm.SHA256).build()
    assert built.nonce is not None
    return Request(built.as_bytes(), built.nonce)


def verified(reply: bytes, data: bytes, roots: Roots, nonce: int | None = None) -> Stamp:
    """Return the time that a reply proves for some bytes; raises StampRefused.

    The chain must lead to one of the roots and be valid at the time that is stamped. Where a nonce is
    given, the reply must repeat it.
    """
    from rfc3161_client import VerificationError, VerifierBuilder, decode_timestamp_response

    try:
        response = decode_timestamp_response(reply)
        _refuse_rejection(response)
        VerifierBuilder(roots=list(roots), nonce=nonce).build().verify_message(response, data)
        return Stamp(response.tst_info.gen_time, _accuracy(response))
    except VerificationError as error:
        raise StampRefused(_words(str(error))) from None
    except StampRefused:
        raise
    except ValueError:
        raise StampRefused("it is not a time stamp") from None


def _refuse_rejection(response: "TimeStampResponse") -> None:
    if response.status != 0:
        reasons = "; ".join(response.status_string)[:200]
        said = f": {reasons}" if reasons else ""
        raise StampRefused(f"the authority has not granted it, status {response.status}{said}")


def _accuracy(response: "TimeStampResponse") -> timedelta:
    given = response.tst_info.accuracy
    if given is None:
        return _COARSE
    exact = timedelta(
        seconds=given.seconds or 0, milliseconds=given.millis or 0, microseconds=given.micros or 0
    )
    return max(exact, _COARSE)


def _words(error: str) -> str:
    """What the library says, without where in its own source it says so."""
    if "certificate has expired" in error:
        return "a certificate had expired when it was stamped"
    if "certificates" in error:
        return "its signature does not lead to a root that is trusted"
    return {
        "Nonce mismatch": "it does not repeat the number of the request",
        "Mismatch between messages": "it is over other bytes",
    }.get(error.rstrip("."), error[:200])
