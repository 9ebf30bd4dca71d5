"""Verifies that two checkpoints are of one history: that one is the beginning of the other."""

from base64 import b64decode
from collections.abc import Sequence
from pathlib import Path

from typing_extensions import TypedDict

from service.proof.checkpoint import Checkpoint, refuse_inconsistent
from service.proof.errors import Inconsistent
from service.verify.server import Server
from service.verify.signatures import recalled, trust_in
from service.verify.stated import keys_at
from service.verify.trust import Trust
from service.verify.verdicts import VERIFIED, CannotRead, NotVerified


class ConsistencyReport(TypedDict):
    """Two checkpoints of one log, the older one first, and the size and root of each."""

    verdict: str
    status: int
    origin: str
    older: int
    newer: int
    keys: list[str]
    source: str


def verify_consistency(
    old: bytes,
    new: bytes,
    server: Server | None = None,
    given: Trust | None = None,
    known: Path | None = None,
) -> ConsistencyReport:
    """Verify two signed checkpoints against each other; a server is asked for the proof between sizes.

    Raises NotVerified, or CannotRead where there is no server to ask.
    """
    stated = [] if server is None else keys_at(server)
    trust = trust_in(given, recalled(known, old, None), stated)
    both = [trust.checkpoint(note, name) for note, name in ((old, "OLD"), (new, "NEW"))]
    older, newer = sorted(both, key=lambda each: each.size)
    where = f"the checkpoints of {older.size} and {newer.size} entries"
    if older.origin != newer.origin:
        raise CannotRead(f"{where} are of two logs: {older.origin} and {newer.origin}")
    try:
        refuse_inconsistent(older, newer, _path(older, newer, server))
    except Inconsistent as refused:
        what = f"a split view: {refused}"
        raise NotVerified("inconsistent", where, what) from None
    return {
        "verdict": "verified",
        "status": VERIFIED,
        "origin": older.origin,
        "older": older.size,
        "newer": newer.size,
        "keys": [each.written() for each in trust.keys],
        "source": trust.source,
    }


def _path(older: Checkpoint, newer: Checkpoint, server: Server | None) -> Sequence[bytes]:
    """The hashes that lead from one tree to the other, which nobody needs to be trusted for."""
    if older.size in (0, newer.size):
        return ()
    if server is None:
        raise CannotRead(
            f"{older.size} and {newer.size} entries: a proof leads from one to the other;"
            " name the server that gives it with --url"
        )
    query = {"from": str(older.size), "to": str(newer.size)}
    answer = server.json("/v1/log/consistency", query)
    try:
        return [b64decode(each, validate=True) for each in answer["hashes"]]
    except (KeyError, TypeError, ValueError):
        raise CannotRead("/v1/log/consistency of the server gave no proof") from None
