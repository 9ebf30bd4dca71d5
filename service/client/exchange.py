"""One request and its answer, without I/O: what is sent, what may be sent again, and when.

A program is a generator that yields steps and receives what came of them. The two clients carry the
steps out, one blocking and one awaiting; every rule is in the programs, once.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit

from pydantic_core import from_json

from service.client.errors import Unreachable, refusal

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Call:
    """A request. `body` gives what httpx is handed for each attempt: `content` or `files`.

    One that `repeats` may be sent again after any failure, because it changes nothing or nothing twice.
    One that `waits` takes `min_position`, so that it sees what this client wrote. The body of one that
    goes out `once` is used up by that.
    """

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Callable[[], Mapping[str, Any]] = dict
    repeats: bool = True
    waits: bool = False
    paced: bool = False
    once: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server returned; the names of `headers` are in lower case."""

    status: int
    headers: Mapping[str, str]
    content: bytes = b""

    @property
    def retry_after(self) -> float | None:
        """Seconds after which to ask again, if the server says so."""
        text = self.headers.get("retry-after", "")
        return float(text) if text.isascii() and text.isdigit() and len(text) < 7 else None


@dataclass(frozen=True, slots=True)
class Lost:
    """No answer, or none to its end; whether anything of the request may have arrived."""

    reason: str
    sent: bool = True


@dataclass(frozen=True, slots=True)
class Send:
    """Send a request and read its whole answer. Comes to an `Answer` or `Lost`."""

    call: Call


@dataclass(frozen=True, slots=True)
class Open:
    """Send a request; of a good answer only the head is read. Comes to an `Answer` or `Lost`."""

    call: Call


@dataclass(frozen=True, slots=True)
class Chunk:
    """Read on in what is open. Comes to bytes, None at the end, or `Lost`."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Wait for so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Emit:
    """Hand an item to whoever iterates."""

    item: Any


Step = Send | Open | Chunk | Wait | Emit
Program = Generator[Step, Any, T]


@dataclass(frozen=True, slots=True)
class Patience:
    """For how many seconds a request is repeated, and the clock and chance that this is timed by."""

    seconds: float
    clock: Callable[[], float]
    chance: Callable[[], float]

    def tries(self) -> Tries:
        """The attempts at one thing, from now on."""
        return Tries(self)


FIRST_PAUSE, LONGEST_PAUSE = 0.1, 5.0
"""Seconds."""


class Tries:
    """How long to wait before each further attempt: twice as long each time, about half by chance."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self.begin()

    def begin(self) -> None:
        """Count from here: something has succeeded."""
        self._end, self._n = self._patience.clock() + self._patience.seconds, 0

    def pause(self, at_least: float | None = None) -> float | None:
        """Seconds to wait before the next attempt; None if there is to be none."""
        longest = min(LONGEST_PAUSE, FIRST_PAUSE * 2**self._n)
        wait = max(longest * (1 + self._patience.chance()) / 2, at_least or 0.0)
        self._n += 1
        return wait if self._patience.clock() + wait <= self._end else None


@dataclass(slots=True)
class Session:
    """What a client remembers between its calls: the last position that it wrote.

    `writers` are the addresses to which a node may send its requests, None for any.
    """

    url: str
    patience: Patience
    new_key: Callable[[], str]
    position: int = 0
    writers: Collection[str] | None = None

    def wrote(self, position: int) -> None:
        """Note a position that later reads must have reached."""
        self.position = max(self.position, position)

    def placed(self, call: Call) -> Mapping[str, str]:
        """The query of a call, with the position that it waits for.

        It waits for what this client wrote, unless it asks for what was known at another time.
        """
        if not call.waits or not self.position or {"min_position", "known_at"} & call.query.keys():
            return call.query
        return {**call.query, "min_position": str(self.position)}


Plan = Callable[[Session], Program[T]]
"""A call of the client that is not yet made."""

ELSEWHERE = 307
"""The status of a node that does not write the log."""
MOST_HOPS = 4
BAD_GATEWAY, UNAVAILABLE, GATEWAY_TIMEOUT = 502, 503, 504
_PASSING = (BAD_GATEWAY, UNAVAILABLE, GATEWAY_TIMEOUT)
_LASTING = ("log-damaged", "clock-leap", "evidence-altered", "took-too-long")
"""Codes that will be the answer to the same request again."""


def reached(
    session: Session,
    call: Call,
    how: Callable[[Call], Send | Open] = Send,
    tries: Tries | None = None,
) -> Program[Answer]:
    """The good answer to a call, which is repeated where that is safe.

    Raises `Refused`, and `Unreachable` where none came.
    """
    tries = tries or session.patience.tries()
    while True:
        reply: Answer | Lost = yield from _answered_there(session, call, how)
        if isinstance(reply, Answer) and reply.status < 400 and reply.status != ELSEWHERE:
            return reply
        after = reply.retry_after if isinstance(reply, Answer) else None
        pause = tries.pause(after) if may_repeat(call, reply) else None
        if pause is None:
            break
        yield Wait(pause)
    if isinstance(reply, Lost):
        raise Unreachable(session.url, reply.reason, sent=reply.sent)
    raise refusal(reply)


def _answered_there(
    session: Session, call: Call, how: Callable[[Call], Send | Open]
) -> Program[Answer | Lost]:
    """The reply to a call, sent to the writer where a node says that it is another one."""
    at = call
    for _ in range(MOST_HOPS):
        reply: Answer | Lost = yield how(at)
        if isinstance(reply, Lost) or reply.status != ELSEWHERE or call.once:
            break
        writer = told_writer(session, call, reply)
        if writer is None:
            break
        at = replace(call, path=f"{writer}{call.path}")
    return reply


def placed_at_writer(session: Session, call: Call) -> Program[Call]:
    """A call with a body that can be sent once, at the node that takes it.

    The same without a body, which changes nothing, finds out which one that is.
    """
    at = replace(call, body=lambda: {"content": b""}, once=False)
    for _ in range(MOST_HOPS):
        reply: Answer | Lost = yield Send(at)
        writer = told_writer(session, call, reply) if isinstance(reply, Answer) else None
        if writer is None:
            break
        at = replace(at, path=f"{writer}{call.path}")
    return replace(call, path=at.path)


def told_writer(session: Session, call: Call, reply: Answer) -> str | None:
    """The address that a node says takes writes; None where its answer is not one to be followed.

    The token goes there with the request. A node that was given a token can be told nothing more by
    it, so its word is enough, but only in the problem that nodes answer, about this very address, and
    never from https to http, where others could read it.
    """
    if reply.status != ELSEWHERE or refusal(reply).code != "not-the-writer":
        return None
    try:
        told, ours = urlsplit(reply.headers.get("location", "")), urlsplit(session.url)
    except ValueError:
        return None
    writer = f"{told.scheme}://{told.netloc}"
    same = unquote(told.path) == unquote(call.path) and not told.fragment
    readable = told.scheme == "http" and ours.scheme == "https"
    if told.scheme not in ("http", "https") or "@" in told.netloc or readable or not same:
        return None
    return writer if session.writers is None or writer in session.writers else None


def may_repeat(call: Call, reply: Answer | Lost) -> bool:
    """Whether to send a call again after this: it can do no harm and may help."""
    if isinstance(reply, Lost):
        return call.repeats or not reply.sent
    passing = reply.status in _PASSING and refusal(reply).code not in _LASTING
    return call.repeats and passing


def decoded(answer: Answer) -> Any:
    """The JSON of an answer."""
    return from_json(answer.content)
