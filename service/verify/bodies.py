"""Stored events against what was committed to, and what is gone: redacted, or withheld."""

from hashlib import sha256
from typing import NamedTuple

from pydantic_core import from_json

from service.log.damage import front_fits
from service.log.envelope import recorded_in
from service.log.hashes import COMMIT
from service.verify.rewriting import Altered
from service.verify.stored import StoredEntry, StoredEvent
from service.verify.verdicts import Finding, at

REDACTION = "EventRedacted"
MISMATCH = "its bytes are not those that were committed to"
COLUMNS = "it is listed under another type, stream or version than its bytes say"


class Event(NamedTuple):
    """An event that is as it was committed to."""

    position: int
    body: bytes


class Lost(NamedTuple):
    """What is left of an event whose bytes are gone; no hash covers it."""

    position: int
    type: str
    stream: str
    version: int


class Gone:
    """Events whose bytes are gone, and those that later events say were redacted."""

    def __init__(self) -> None:
        self.positions: list[int] = []
        self._redacted: dict[int, int] = {}

    def note(self, event: Event) -> None:
        """Note what an event says was redacted; it must have been verified."""
        if b'"type":"EventRedacted"' not in event.body[:200]:
            return
        members = from_json(event.body)
        named = members["data"].get("position") if members.get("type") == REDACTION else None
        if type(named) is int and named < event.position:
            self._redacted.setdefault(named, event.position)

    def redacted(self) -> list[int]:
        """Return the positions that are gone because a later event says so."""
        return [each for each in self.positions if each in self._redacted]

    def withheld(self) -> list[Finding]:
        """Return a finding for each event that is gone and that no later event names."""
        what = "its bytes are gone, and no later event records a redaction"
        gone = (each for each in self.positions if each not in self._redacted)
        return [Finding("body-withheld", at(each), what, each) for each in gone]


def altered(event: StoredEvent, entry: StoredEntry) -> Altered | None:
    """Return what differs from what was committed to; None for an event that is as it was."""
    position, type, stream, version, body = event
    salt, commitment = entry.salt, entry.commitment
    if not all(isinstance(each, bytes) for each in (body, salt, commitment)):
        return Altered(position, b"", b"", b"", "its bytes, salt or commitment are of another kind")
    if sha256(COMMIT + salt + body).digest() != commitment:
        return Altered(position, salt, body, commitment, MISMATCH)
    try:
        fits = front_fits(body, type, stream, version)
    except (TypeError, ValueError, AttributeError):
        fits = False
    return None if fits else Altered(position, salt, body, b"", COLUMNS)


def misdated(event: Event, recorded_at: str) -> Finding | None:
    """Return a finding if the entry of an event has another time than the event itself."""
    stated = recorded_in(event.body) or "nothing"
    if stated == recorded_at:
        return None
    what = f"its entry says that it was recorded at {recorded_at[:40]}, its bytes say {stated[:40]}"
    return Finding("time-wrong", at(event.position), what, event.position)
