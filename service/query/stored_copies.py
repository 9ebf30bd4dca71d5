"""The stored copies that reports rest on, as far as a reader may have them."""

from dataclasses import dataclass
from typing import Literal

from typing_extensions import TypedDict

from domain.vocabulary import Evidence
from projections.tables.journal import last_naming
from service.evidence.store import EvidenceStore
from service.query.standpoint import Standpoint

CopyState = Literal["stored", "missing", "altered", "hash-only", "elsewhere"]
"""How a stored copy is, without reading it; what is read is always compared with its hash.

`missing` is one that should be here, as its recorded size says; of one that is `hash-only` nothing but
the hash was recorded. `altered` is one that is seen not to be what was stored. `elsewhere` is one that
this node does not have: whoever asks for it is sent to the node that writes the log.
"""


class ReportEvidence(TypedDict):
    """The stored copy of a report: its hash, its media type, its bytes, and whether it is here."""

    sha256: str | None
    media_type: str | None
    size: int | None
    state: CopyState


@dataclass(frozen=True, slots=True)
class Naming:
    """Where the log names a stored copy."""

    report: str
    position: int


def naming_of(here: Standpoint, store: EvidenceStore, sha256: str) -> Naming | None:
    """The last event by which a file may be read: one that the reader may see, by one who has sent it.

    None where there is none, whether or not the file is there.
    """
    found = last_naming(here.db, sha256, store.senders(sha256))
    return None if found is None else Naming(*found)


def report_evidence(here: Standpoint, store: EvidenceStore | None, given: Evidence) -> ReportEvidence:
    """The stored copy that a report names; without a store, nothing is stored."""
    sha256, size = given.sha256, given.size
    state: CopyState = "missing" if size else "hash-only"
    if store is not None and sha256 is not None and naming_of(here, store, sha256):
        state = store.presence(sha256, size) or "missing"
        size = size or store.size(sha256)
    if state == "missing" and store is not None and not store.keeps:
        state = "elsewhere"
    return {"sha256": sha256, "media_type": given.media_type, "size": size, "state": state}
