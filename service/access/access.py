"""Who may come in, and how often: the tokens of a data directory, a provider, and their limits."""

import logging
import threading
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from service.access.memory import Memory
from service.access.oidc import Verifier
from service.access.principal import Principal
from service.access.rates import LoginDelays, Rates
from service.access.recording import record_tokens
from service.access.token_store import FILE, TokensUnavailable
from service.access.tokens import TokenFile
from service.access.vouching import Vouching
from service.log.port import LogUnavailable
from service.nodes.node import Node
from service.settings import Settings
from service.write.writer import Overloaded, Writer

RECORDING_SECONDS = 1.0
"""How often is looked whether the command line has made or revoked tokens."""
NOTICED_SECONDS = 0.01
"""Within which time is noticed what the command line did to tokens: looking takes 5 microseconds."""
WRONG_A_SECOND, WRONG_AT_ONCE = 1.0, 20.0
"""Wrong tokens that one address may send before it is told to wait; a right one never waits."""
_logger = logging.getLogger("intellog.access")


class Access:
    """The tokens, the identity provider and the limits of a service, for use by any thread."""

    def __init__(
        self, settings: Settings, clock: Callable[[], datetime], writer: Writer, node: Node
    ) -> None:
        self._writer, self._patience = writer, settings.write_patience
        self.tokens = TokenFile(settings.data, clock, NOTICED_SECONDS)
        self.vouching: Vouching | None = None
        """What asks the writer, on a node that does not write."""
        if node.followed is not None:
            given = node.followed, lambda: node.writer, settings.token_hold_seconds
            self.vouching = Vouching(self.tokens, *given)
        self.verifier = Verifier(settings.provider, clock) if settings.provider else None
        self.delays = LoginDelays()
        self.memory: Memory[Any] = Memory()
        """Who was let in by which header."""
        self._rates = Rates(settings.limits.rate, 2 * settings.limits.rate)
        self._wrong = Rates(WRONG_A_SECOND, WRONG_AT_ONCE)
        self._on = settings.exposed or self.verifier is not None
        self._stopping = threading.Event()
        self._recorder = threading.Thread(target=self._keep_recording, name="tokens", daemon=True)
        self._recorder.start()

    @property
    def on(self) -> bool:
        """Whether callers must say who they are; once they must, that lasts as long as the service."""
        if not self._on and (self.tokens.any or (self.vouching is not None and self.vouching.any)):
            self._on = True
        return self._on

    def is_due(self, principal: Principal) -> bool:
        """Whether another node is to be asked again about a token that was accepted before."""
        return self.vouching is not None and self.vouching.is_due(principal)

    def wait(self, share: str) -> float:
        """Seconds until whoever has this share may ask; 0 if it may now, which then counts."""
        return self._rates.take(share, time.monotonic())

    def wait_after_wrong(self, address: str) -> float:
        """Count a wrong token from an address; return for how long it must wait, 0 if it need not."""
        return self._wrong.take(address, time.monotonic())

    def record(self) -> None:
        """Write into the log what happened to tokens and is not there yet. Blocks.

        Raises what the writer raises.
        """
        record_tokens(self.tokens, self._writer, self._patience)

    def close(self) -> None:
        """Stop, and close the file of the tokens."""
        self._stopping.set()
        if self.vouching is not None:
            self.vouching.close()
        self._recorder.join()
        self.tokens.close()

    def _keep_recording(self) -> None:
        told = ""
        while not self._stopping.wait(RECORDING_SECONDS):
            try:
                if self.tokens.pending:
                    self.record()
                told = ""
            except (TokensUnavailable, LogUnavailable, Overloaded, TimeoutError) as error:
                if told != str(error):
                    _logger.warning("acts on tokens are not in the log yet: %s", error)
                told = str(error)


def share(principal: Principal) -> str:
    """By what the requests of a principal are counted: its token, or its name at the provider."""
    return f"token {principal.id}" if principal.id else f"subject {principal.subject}"


def any_token(directory: Path) -> bool:
    """Whether there is any token in a data directory; raises `TokensUnavailable`."""
    if not (directory / FILE).exists():
        return False
    with closing(TokenFile(directory, lambda: datetime.now(UTC))) as tokens:
        return tokens.any
