"""Signs the tree of a log as it is now: a checkpoint, stored in the log with all that goes with it."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from pydantic_core import to_json

from domain.times import show_instant
from service.log.errors import LogDamaged
from service.log.port import EventLog, Loss
from service.log.tree import StoredCheckpoint
from service.proof.checkpoint import Checkpoint, signed_checkpoint
from service.proof.cose import signed_root
from service.settings import Settings
from service.signing.guard import Signed, SigningGuard, SigningRefused
from service.signing.keyring import KeyRing

KEYS = "keys"
CURE = (
    "stop the service and restore the log from a backup, or go on without what is gone: start it with "
    "--accept-loss, then run `intellog key recover --accept-loss`"
)


class Signer:
    """What signs one log. One thread at a time calls it."""

    def __init__(self, settings: Settings, log: EventLog, clock: Callable[[], datetime]) -> None:
        directory = keys_directory(settings)
        self.ring, self.guard = KeyRing(directory, clock), SigningGuard(directory, log.id)
        self.log, self._clock, self._settings = log, clock, settings

    def sign(self) -> StoredCheckpoint | None:
        """Sign the tree, unless it is signed already; return the new checkpoint.

        What is signed is on the disk beside the keys before anybody sees it. Raises KeyUnusable,
        SigningRefused, and what the log raises.
        """
        self.check()
        if self.log.damage is not None:
            raise SigningRefused(self.log.damage)
        tree = self.log.tree
        size, latest = tree.size(), tree.latest()
        if size == 0 or (latest is not None and latest.size == size):
            return None
        self._refuse_without_keys(latest)
        root, at = tree.root(size), show_instant(self._clock())
        keys = self.ring.signing_keys(self.log.id, origin_of(self._settings, self.log.id))
        origin = keys[-1].name
        self.guard.refuse(origin, size, root)
        note = signed_checkpoint(Checkpoint(origin, size, root), keys)
        self.guard.note(Signed(origin, size, root, at))
        tree.add_checkpoint(size, note, at)
        for key in keys:
            vkey = key.public.written()
            tree.attach(size, "cose", vkey, signed_root(size, root, key), at)
        self._attach_keys(size, at)
        return StoredCheckpoint(size, note, at)

    def check(self) -> None:
        """Note as damage of the log that it lacks what was signed; raises KeyUnusable."""
        missing = self.guard.missing(self.log.tree)
        if missing is not None:
            self.log.note(LogDamaged(missing, None, CURE))

    def accepted_loss(self) -> Loss | None:
        """Return what the log lacks of what was signed, as a loss that an operator accepts."""
        last, missing = self.guard.last(), self.guard.missing(self.log.tree)
        return None if last is None or missing is None else Loss(last.size, self.log.head(), missing)

    def _refuse_without_keys(self, latest: StoredCheckpoint | None) -> None:
        """Raise SigningRefused where the keys of a log that was signed are not here.

        A new key under the same name is for an operator to make, who tells those who verify.
        """
        if latest is not None and not self.ring.read().keys:
            raise SigningRefused(
                f"the log was signed before, and its keys are not in {self.ring.directory}: copy them"
                " there, or name their directory with INTELLOG_KEYS; if they are lost, run"
                " `intellog key create` and tell those who verify"
            )

    def _attach_keys(self, size: int, at: str) -> None:
        """Let the log name every key that ever signed it, as of the first checkpoint after a change."""
        tree = self.log.tree
        keys = to_json([asdict(each) for each in self.ring.read().keys])
        known = tree.newest("keys")
        if known is None or known[1].value != keys:
            tree.attach(size, "keys", "ring", keys, at)


def keys_directory(settings: Settings) -> Path:
    """The directory of the keys: that of the settings, or `keys` beside the log."""
    return settings.keys or settings.data / KEYS


def origin_of(settings: Settings, log: str) -> str:
    """The name under which a log signs unless its keys have one: a host, and a path if there is one."""
    if settings.origin is not None:
        return settings.origin
    if settings.public_url is not None:
        return settings.public_url.partition("://")[2]
    return f"intellog.invalid/{log}"
