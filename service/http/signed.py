"""What is proved to a reader: under which checkpoint, and what of each event the proof holds."""

from collections.abc import Sequence

from service.attestation.quorum import with_quorum
from service.http.problems import Problem
from service.log.port import Stored
from service.log.tree import StoredCheckpoint
from service.query.cleared_events import seen_events
from service.query.standpoint import Standpoint
from service.service import Service
from service.signing.published import Content, verifiers_of

WAIT_SECONDS = 3
"""After how long a node may have the checkpoint that the writer signs on its schedule."""


def covering(service: Service, size: int) -> StoredCheckpoint:
    """A checkpoint over at least so many entries: the first, or one that has the quorum.

    May block for a second.
    Raises `Problem` where there is none yet; why, `/readyz` tells whoever runs the service.
    """
    publisher, tree = service.publisher, service.log.tree
    found = tree.covering(size) if publisher is None else publisher.covering(size)
    if found is not None:
        return with_quorum(tree, service.trust.witnesses, named(service, found))
    why = (
        "the writer signs the log from time to time" if publisher is None else "it cannot be signed now"
    )
    detail = f"no checkpoint covers {size:,} events yet: {why}"
    raise Problem("not-signed-yet", detail, retry_after=WAIT_SECONDS)


def named(service: Service, stored: StoredCheckpoint) -> StoredCheckpoint:
    """A checkpoint, once the log names the keys that signed it: it stores them right after it."""
    if service.publisher is not None and not verifiers_of(service.log.tree, stored):
        service.publisher.wait()
    return stored


def contents(
    service: Service, here: Standpoint, positions: Sequence[int]
) -> list[tuple[Stored, Content]]:
    """Events that a reader may see, and what of each is given: nothing where something is hidden."""
    stored = service.log.at(positions)
    return [
        (each, _content(service, each, seen))
        for each, seen in zip(stored, seen_events(here.db, stored), strict=True)
    ]


def _content(service: Service, stored: Stored, seen: Stored) -> Content:
    if not (stored.body and seen.body):
        return Content("redacted")
    salt = service.log.tree.salt(stored.position)
    if seen.body != stored.body or salt is None:
        return Content("withheld")
    return Content("whole", stored.body, salt)
