"""Tokens on a node: the writer says who holds one, and the log says when one is revoked.

A node has no tokens of its own. It asks the writer about one that it does not know, and keeps the
answer in its own file, as a keyed hash like all. The answer holds until the log says that the token is
revoked or until it expires; about once a minute the writer is asked again, and while it does not
answer, what is known goes on to hold for a stated time. A standby that takes over has what it learnt
as its own.
"""

import logging
import threading
import time
from collections.abc import Callable

import httpx2
from pydantic_core import from_json

from domain.events import TokenIssued, TokenRevoked
from domain.stream_names import OPERATIONS
from domain.times import parse_instant
from service.access.memory import Memory
from service.access.principal import Principal
from service.access.token_store import TokensUnavailable
from service.access.tokens import Refusal, TokenFile, token_id
from service.log.port import LogUnavailable
from service.nodes.followed import FollowedLog

ASK_SECONDS = 60.0
"""After how long the writer is asked again about a token; also one that it has refused."""
AGAIN_SECONDS = 5.0
"""After how long it is asked again where it did not answer."""
ANSWER_SECONDS = 3.0
PAUSE_SECONDS = 0.5
"""Between two looks at what the log says of tokens."""
UNAUTHENTICATED = 401
_logger = logging.getLogger("intellog.access")


class Vouching:
    """What the writer says of the tokens that come to a node; for use by any thread.

    `writer` returns its address, None while it is not known. What is known holds for `hold` seconds
    without it.
    """

    def __init__(
        self,
        tokens: TokenFile,
        log: FollowedLog,
        writer: Callable[[], str | None],
        hold: float,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._tokens, self._log, self._writer = tokens, log, writer
        self._hold, self._now = hold, now
        self._started = now()
        self._asked: dict[str, float] = {}
        self._confirmed: dict[str, float] = {}
        self._refused: Memory[float] = Memory()
        self._ended = set[str]()
        self.any = False
        """Whether a token was ever made for this log: whether callers need one."""
        self._read = 0
        self._client = httpx2.Client(timeout=ANSWER_SECONDS)
        self._look()
        self._due, self._closing = threading.Event(), threading.Event()
        log.listen(self._due.set)
        self._thread = threading.Thread(target=self._run, name="vouching", daemon=True)
        self._thread.start()

    def is_due(self, principal: Principal) -> bool:
        """Whether the writer is to be asked again about a token that was accepted."""
        return principal.id is not None and self._now() - self._last(principal.id) > ASK_SECONDS

    def judge(self, text: str) -> Principal | Refusal:
        """Who holds a token, or why it is not accepted. May block; raises `TokensUnavailable`."""
        found = self._tokens.judged(text)
        if token_id(text) in self._ended:
            return Refusal("revoked", token_id(text))
        if isinstance(found, Refusal) and found.reason != "unknown":
            return found
        if isinstance(found, Principal) and not self.is_due(found):
            return found
        refused = self._refused.get((b"token", text.encode()))
        if refused is not None and self._now() - refused < ASK_SECONDS:
            return Refusal("unknown", token_id(text))
        return self._ask(text, found)

    def close(self) -> None:
        """Ask no more."""
        self._closing.set()
        self._due.set()
        self._thread.join()
        self._client.close()

    def _last(self, id: str) -> float:
        return self._asked.get(id, float("-inf"))

    def _ask(self, text: str, found: Principal | Refusal) -> Principal | Refusal:
        """What the writer says of a token; what is known already while it does not answer."""
        id = token_id(text)
        try:
            principal = self._answer(text, id)
        except _NoAnswer as silent:
            return self._without_answer(found, str(silent))
        if principal is None:
            self._refused.keep((b"token", text.encode()), self._now())
            return Refusal("unknown", id)
        self._asked[id] = self._confirmed[id] = self._now()
        if isinstance(found, Refusal):
            self._tokens.learn(text, principal)
        return self._tokens.judged(text)

    def _answer(self, text: str, id: str) -> Principal | None:
        """Who holds a token by what the writer says, None if it accepts it not."""
        url = self._writer()
        if url is None:
            raise _NoAnswer("no node is known to write the log")
        try:
            answer = self._client.get(f"{url}/v1/me", headers={"Authorization": f"Bearer {text}"})
        except (httpx2.TransportError, httpx2.InvalidURL) as error:
            raise _NoAnswer(f"the writer at {url} does not answer: {error}") from None
        if answer.status_code == UNAUTHENTICATED:
            return None
        if not answer.is_success:
            raise _NoAnswer(f"the writer at {url} answered {answer.status_code}")
        me = from_json(answer.content)
        if not me["access"]:
            raise _NoAnswer(f"the writer at {url} needs no tokens")
        expires_at = None if me["expires_at"] is None else parse_instant(me["expires_at"])
        return Principal(me["subject"], me["role"], me["clearance"], id, expires_at)

    def _without_answer(self, found: Principal | Refusal, why: str) -> Principal | Refusal:
        if isinstance(found, Refusal) or found.id is None:
            raise TokensUnavailable(f"a token that is new to this node cannot be checked: {why}")
        now = self._now()
        if now - self._confirmed.get(found.id, self._started) > self._hold:
            raise TokensUnavailable(f"the token was not confirmed for {self._hold:.0f} s: {why}")
        self._asked[found.id] = now - ASK_SECONDS + AGAIN_SECONDS
        return found

    def _run(self) -> None:
        while not self._closing.is_set():
            self._due.wait()
            self._due.clear()
            self._look()
            self._closing.wait(PAUSE_SECONDS)

    def _look(self) -> None:
        """Take in what the log says of tokens since the last look."""
        try:
            for stored in self._log.stream(OPERATIONS, self._read):
                if stored.type == TokenIssued.TYPE:
                    self.any = True
                elif stored.type == TokenRevoked.TYPE and stored.body:
                    self._end(from_json(stored.body)["data"]["token"])
                self._read = stored.version
        except (LogUnavailable, TokensUnavailable) as error:
            _logger.warning("revocations are not known yet: %s", error)

    def _end(self, id: str) -> None:
        self._ended.add(id)
        if self._tokens.valid(id):
            self._tokens.end(id)


class _NoAnswer(Exception):
    """The writer did not say whether it accepts a token."""
