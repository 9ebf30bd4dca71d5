"""Receipts (C2SP tlog-proof) with the entry and, for those who may read it, the body of an event."""

import json

from service.proof.standalone.checkpoints import decoded
from service.proof.standalone.proved import Proved
from service.proof.standalone.refusals import Refused

_FIRST = "c2sp.org/tlog-proof@v1"


def receipt_of(text: str) -> tuple[Proved, str]:
    """The event of a receipt, and the checkpoint; raises Refused."""
    head, blank, checkpoint = text.partition("\n\n")
    first, *lines = head.split("\n")
    if first != _FIRST or not blank:
        raise Refused("cannot-read", f"a receipt begins with {_FIRST}")
    if not lines or not lines[0].startswith("extra "):
        raise Refused("cannot-read", "the receipt does not hold the entry that it is for")
    enclosed = json.loads(decoded(lines.pop(0)[6:], "the extra data"))
    if not lines or not lines[0].startswith("index ") or not lines[0][6:].isdecimal():
        raise Refused("cannot-read", "a receipt has a line with the index of its entry")
    index = int(lines.pop(0)[6:])
    path = [decoded(line, "a hash of the path") for line in lines]
    body, salt = enclosed.get("body"), enclosed.get("salt")
    event = Proved(
        index + 1,
        enclosed["entry"].encode(),
        path,
        "withheld" if body is None else "whole",
        None if body is None else body.encode(),
        None if salt is None else bytes.fromhex(salt),
    )
    return event, checkpoint
