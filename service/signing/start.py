"""What a service does about signing when it opens the log that it writes."""

import logging
from collections.abc import Callable
from functools import partial

from service.log.errors import LogDamaged
from service.log.port import Loss
from service.proof.key_file import KeyUnusable
from service.settings import Settings
from service.signing.keyring import Ring
from service.signing.publisher import Publisher
from service.signing.recording import record_keys
from service.signing.signer import Signer
from service.write.writer import Writer

_logger = logging.getLogger("intellog.signing")


def signed_loss(signer: Signer, *, accept: bool) -> Loss | None:
    """Return what the log lacks of what was signed, if that is accepted.

    Without that it is damage of the log: no figure is served from it, and nothing is written.
    """
    try:
        if accept:
            return signer.accepted_loss()
        signer.check()
    except KeyUnusable as error:
        _logger.error("what was signed last is not known: %s", error)
    except LogDamaged:
        pass  # the log has noted it
    return None


def publisher_of(signer: Signer, settings: Settings, writer: Writer) -> Publisher:
    """The publisher of a log, which records what happened to its keys before it signs."""
    publisher = Publisher(signer, settings.checkpoint_seconds)
    publisher.before = _recorder(signer, settings, writer)
    return publisher


def _recorder(signer: Signer, settings: Settings, writer: Writer) -> Callable[[], None]:
    recorded = Ring()
    record = partial(record_keys, writer=writer, actor=settings.actor, patience=settings.write_patience)

    def look() -> None:
        nonlocal recorded
        ring = signer.ring.read()
        if ring.keys != recorded.keys:
            record(ring)
            recorded = ring

    return look
