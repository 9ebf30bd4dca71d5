"""Publishes checkpoints: a thread of the process that writes the log signs it as it grows.

It is never in the way of a write, and what it cannot do is logged, told and tried again. Whoever wants
a proof of what is not signed yet has it signed at once, at most so often.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from service.log.port import LogUnavailable
from service.log.tree import StoredCheckpoint
from service.proof.errors import NotProved
from service.proof.key_file import KeyUnusable
from service.signing.guard import SigningRefused
from service.signing.keyring import KeyRefused
from service.signing.signer import Signer

AT_ONCE_SECONDS = 1.0
"""Between two checkpoints that are signed because somebody asks for a proof, at least."""
_FAILURES = (KeyUnusable, KeyRefused, SigningRefused, NotProved, LogUnavailable, OSError)
_logger = logging.getLogger("intellog.proof")
Hook = Callable[[StoredCheckpoint], None]


class Publisher:
    """Signs one log: on a schedule while it is started, and when somebody asks."""

    def __init__(self, signer: Signer, seconds: float) -> None:
        self.signer, self._seconds = signer, seconds
        self.failure: str | None = None
        """Why the log was not signed when that was last tried; None if it was."""
        self.before: Callable[[], None] = lambda: None
        """Called in the thread before each look, for what is to be recorded first."""
        self._hooks: list[Hook] = []
        self._signing, self._stop = threading.Lock(), threading.Event()
        self._signed_at = -AT_ONCE_SECONDS
        self._thread: threading.Thread | None = None

    def listen(self, hook: Hook) -> None:
        """Call a function with each new checkpoint, once it is stored; it must not block."""
        self._hooks.append(hook)

    def unlisten(self, hook: Hook) -> None:
        """Call it no longer."""
        self._hooks.remove(hook)

    def covering(self, size: int) -> StoredCheckpoint | None:
        """Return the first checkpoint of at least this size, signed now if there is none.

        None where it cannot be signed; `failure` says why. Waits for a second at most.
        """
        tree = self.signer.log.tree
        if (found := tree.covering(size)) is not None or tree.size() < size:
            return found
        with self._signing:
            if (found := tree.covering(size)) is None:
                self._stop.wait(self._signed_at + self._pause - time.monotonic())
                self._sign()
        return tree.covering(size)

    def wait(self) -> None:
        """Wait until what is being signed is stored, with the keys that signed it."""
        with self._signing:
            return

    def sign(self) -> None:
        """Sign the log if it has grown; what fails is logged, and in `failure`."""
        with self._signing:
            self._sign()

    def start(self) -> None:
        """Sign on schedule from now on."""
        self._thread = threading.Thread(target=self._run, name="publisher", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop, and sign what came last."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
            self.sign()

    @property
    def _pause(self) -> float:
        return min(AT_ONCE_SECONDS, self._seconds)

    def _run(self) -> None:
        while True:
            try:
                self.before()
            except Exception as error:
                _logger.warning("the log does not know of its keys yet: %s", error)
            self.sign()
            if self._stop.wait(self._seconds):
                return

    def _sign(self) -> None:
        self._signed_at = time.monotonic()
        try:
            made = self.signer.sign()
        except _FAILURES as error:
            self._failed(str(error))
            return
        except Exception as error:
            _logger.exception("the log is not signed")
            self.failure = repr(error)
            return
        if self.failure is not None:
            self.failure = None
            _logger.warning("the log is signed again")
        if made is not None:
            self._tell(made)

    def _tell(self, made: StoredCheckpoint) -> None:
        for hook in list(self._hooks):
            try:
                hook(made)
            except Exception:  # it is signed, whatever others make of it
                _logger.exception("who listens for checkpoints failed")

    def _failed(self, why: str) -> None:
        if why != self.failure:
            _logger.error("the log is not signed: %s", why)
        self.failure = why


@contextmanager
def publishing(publisher: Publisher | None) -> Iterator[None]:
    """Sign on schedule until the block ends; nothing where there is no publisher."""
    if publisher is None:
        yield
        return
    publisher.start()
    try:
        yield
    finally:
        publisher.close()
