"""A mark that tells what a page was made from: at which position, for which clearance.

With it a reader who follows the log proves what a page has shown, so that it can be told that some of
it has vanished since, also after a break. Nobody else is told of what vanished before.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode

from domain.vocabulary import Marking
from service.http.parameters import bad_parameter

_SIGNATURE_BYTES = 12


def seen_mark(secret: bytes, position: int, clearance: Marking) -> str:
    """The mark of what a reader of a clearance saw at a position."""
    place = b"%d" % position
    signature = hmac.digest(secret, b"seen %s " % place + clearance.encode(), "sha256")
    return urlsafe_b64encode(signature[:_SIGNATURE_BYTES] + place).decode().rstrip("=")


def seen_position(secret: bytes, mark: str, clearance: Marking) -> int:
    """The position of a mark; raises `Problem` for one that was not made here for this clearance."""
    try:
        position = int(urlsafe_b64decode(mark + "=" * (-len(mark) % 4))[_SIGNATURE_BYTES:])
        genuine = hmac.compare_digest(seen_mark(secret, position, clearance), mark)
    except ValueError:
        genuine = False
    if not genuine:
        raise bad_parameter("seen", "was not made by this log for your clearance; load the page again")
    return position
