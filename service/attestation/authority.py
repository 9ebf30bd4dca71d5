"""The authority that stamps checkpoints with the time (RFC 3161)."""

import logging
import math
from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from service.attestation.asking import Asking, asked
from service.attestation.attester import Attester, NotAttested
from service.log.tree import LogTree, StoredCheckpoint
from service.proof.time_stamp import MEDIA_TYPE, REQUEST_TYPE, Roots, request_over, verified

MOST_BYTES = 65_536
"""Maximum size of a reply: a token with a chain of certificates has less than a tenth."""
LAG_SECONDS = 5.0
"""How old the oldest event may be that a checkpoint lacks while it is stamped.

A later time stamp also says that what the checkpoint lacks was recorded later, so it must be recent.
"""
_FAR = timedelta(seconds=60)
_logger = logging.getLogger("intellog.attestation")


def authority(
    tree: LogTree,
    url: str,
    roots: Roots,
    seconds: float,
    asking: Asking,
    clock: Callable[[], datetime],
) -> Attester:
    """The authority at an address, asked at most once in so many seconds."""

    def due(checkpoint: StoredCheckpoint) -> float:
        return due_in(tree, checkpoint, seconds, clock())

    async def ask(checkpoint: StoredCheckpoint) -> bytes:
        request = request_over(checkpoint.note)
        answer = await asked(asking, url, REQUEST_TYPE, request.body, MOST_BYTES)
        if answer.status != 200:
            raise NotAttested(f"answered {answer.status}")
        if answer.media_type != MEDIA_TYPE:
            raise NotAttested(f"answered {answer.media_type[:60] or 'nothing'}, not {MEDIA_TYPE}")
        stamp = verified(answer.body, checkpoint.note, roots, request.nonce)
        if abs(stamp.time - clock()) > _FAR:
            _logger.warning(
                "the time of %s, %s, is far from that of this machine", name_of(url), stamp.time
            )
        return answer.body

    return Attester("timestamp", name_of(url), due, ask, patient=True)


def name_of(url: str) -> str:
    """Return by which name an authority is shown: its host, and nothing that may be a secret."""
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port}" if parts.port else f"{parts.hostname}"


def due_in(tree: LogTree, checkpoint: StoredCheckpoint, seconds: float, now: datetime) -> float:
    """Seconds until a checkpoint is to be stamped: 0 for now, infinity if it need not be."""
    last = tree.newest("timestamp")
    if last is not None:
        size, stamp = last
        if size >= checkpoint.size:
            return math.inf
        since = (now - datetime.fromisoformat(stamp.added_at)).total_seconds()
        if 0 <= since < seconds:
            return seconds - since
    lacking = tree.entries(checkpoint.size, 1)
    if lacking and _age(lacking[0].recorded_at, now) > LAG_SECONDS:
        return math.inf  # the next checkpoint has it, and comes shortly
    return 0.0


def _age(recorded_at: str, now: datetime) -> float:
    return (now - datetime.fromisoformat(recorded_at)).total_seconds()
