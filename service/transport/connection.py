"""One connection: uvicorn's protocol, with the limits and the care for odd requests that it lacks.

It bounds the head of a request in time and size, pauses between requests, and the time for which a
client does not read. It refuses what is not HTTP with a problem, and can hang up in the middle of an
answer, so that a client does not take what it has for the whole.
"""

from collections.abc import Callable
from typing import Any

import httptools
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)

from service.http.problems import Problem, problem_response
from service.http.routing import HANG_UP
from service.transport.connections import Connections
from service.transport.cycle import Cycle

LINGER_SECONDS = 5
"""How long a refused client may go on sending: closing at once would destroy our answer to it."""
MOST_PIPELINED = 256


class Connection(HttpToolsProtocol):
    """One connection and its place in the server's limits."""

    def __init__(self, every: Connections, **given: Any) -> None:
        super().__init__(**given)
        self._every, self._limits, self._now = every, every.limits, every.clock
        self._running: RequestResponseCycle | None = None
        self._used = self._refused = False
        self._head_bytes = 0
        self._idle_since: float | None = None
        self._head_since: float | None = None
        self._in_head = True
        self._stalled_since: float | None = None

    # What the server asks

    def waiting_since(self) -> tuple[bool, float] | None:
        """Whether it was ever used, and since when nothing has come; None while it is in use."""
        if self._idle_since is None or self._head_since is not None:
            return None
        return self._used, self._idle_since

    def overdue(self, now: float) -> bool:
        """Close it if its time is over, and return whether it was."""
        limits = self._limits
        if self._over(self._stalled_since, limits.send_seconds, now):
            self.drop()
        elif self._refused:
            if not self._over(self._idle_since, LINGER_SECONDS, now):
                return False
            self.drop()
        elif self._over(self._head_since, limits.head_seconds, now):
            self._refuse("too-slow", f"the head of the request took over {limits.head_seconds} s")
            return False
        elif self._over(self._idle_since, self._patience(), now) and self._head_since is None:
            self.transport.close()
        else:
            return False
        return True

    def drop(self) -> None:
        """Close it at once; what was not sent yet is lost."""
        self._abandon()
        self.transport.abort()

    def hang_up(self) -> None:
        """Close it after what was sent, without the end of an answer that is on its way."""
        if isinstance(self._running, Cycle):
            self._running.flush()
        self._abandon()
        self.transport.close()

    def _patience(self) -> int:
        """How long it may be idle: shorter before its first request, or within a body unread."""
        resting = self._used and self._in_head
        return self._limits.idle_seconds if resting else self._limits.head_seconds

    @staticmethod
    def _over(since: float | None, seconds: int, now: float) -> bool:
        return since is not None and now - since > seconds

    def _abandon(self) -> None:
        """Have whoever answers on this connection learn that nobody reads it."""
        for cycle in (self._running, self.cycle):
            if cycle is not None and not cycle.response_complete:
                cycle.disconnected = True
                cycle.message_event.set()

    # What the transport reports

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._idle_since = self._now()
        if not self._every.admit(self):
            self.app = _overloaded

    def connection_lost(self, exc: Exception | None) -> None:
        self._every.forget(self)
        self._abandon()
        super().connection_lost(exc)
        # Requests lead back to their connection: without these, nothing has to look for the cycle.
        self.cycle = self._running = None  # type: ignore[assignment]
        self.scope = {}  # type: ignore[typeddict-item]

    def data_received(self, data: bytes) -> None:
        if self._refused:
            return
        self._unset_keepalive_if_required()
        if self._in_head:
            self._head_bytes += len(data)
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            pass  # the request is answered as if it had not asked
        except httptools.HttpParserError as error:
            if not self._refused:
                hint = "; percent-encode the address" if "url" in str(error) else ""
                self._refuse("bad-request", f"this is not well-formed HTTP: {error}{hint}")
        if self._in_head and self._head_bytes > self._limits.head_bytes and not self._refused:
            self._refuse_head()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stalled_since = self._now()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._stalled_since = None

    # What the parser reports

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._head_since = self._now()
        self.scope["extensions"] = {HANG_UP: {"call": self.hang_up}}

    def on_headers_complete(self) -> None:
        if self._refused:
            return
        self._in_head, self._head_since, self._idle_since = False, None, None
        size = len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
        if size > self._limits.head_bytes:
            self._refuse_head()
        elif len(self.pipeline) >= MOST_PIPELINED:
            self._refuse("bad-request", "too many requests were sent before an answer was read")
        else:
            self._to_origin_form()
            self._used = True
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        if not self._refused:
            super().on_body(body)

    def on_message_complete(self) -> None:
        self._in_head, self._head_bytes = True, 0
        if not self._refused:
            super().on_message_complete()

    def on_response_complete(self) -> None:
        # Without uvicorn's timer for each request: connections whose time is over are swept.
        self.server_state.total_requests += 1
        if not self.transport.is_closing():
            self.flow.resume_reading()
            if self.pipeline:
                self._start_asgi_task(*self.pipeline.pop())
        if self._running is not None and self._running.response_complete:
            self._idle_since = self._now()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        cycle.__class__ = Cycle
        self._running = cycle
        super()._start_asgi_task(cycle, app)

    def _to_origin_form(self) -> None:
        """Make the target a path; the host of an absolute one replaces `Host` (RFC 9112, 3.2.2)."""
        if self.url.startswith(b"/"):
            return
        target = httptools.parse_url(self.url)
        if target.host is not None:
            name = b"[%b]" % target.host if b":" in target.host else target.host
            host = name if target.port is None else b"%b:%d" % (name, target.port)
            self.headers[:] = [each for each in self.headers if each[0] != b"host"]
            self.headers.append((b"host", host))
        query = b"" if target.query is None else b"?" + target.query
        self.url = (target.path or b"/") + query

    # Refusals before there is a request

    def _refuse_head(self) -> None:
        limit = self._limits.head_bytes
        self._refuse("head-too-large", f"the head of the request is larger than {limit:,} bytes")

    def _refuse(self, code: str, detail: str) -> None:
        """Answer a problem, unless another answer is on its way, and close after that."""
        self._refused, self._idle_since, self._head_since = True, None, None
        running = self._running
        if running is not None and not running.response_complete:
            for cycle in (running, self.cycle, *(waiting for waiting, _ in self.pipeline)):
                cycle.keep_alive = False
            if not running.more_body or running.response_started:
                return  # it is whole, or already answered
            self._abandon()
        self._idle_since = self._now()
        if not self.transport.is_closing():
            self.transport.write(self._answer(Problem(code, detail)))
            if self.transport.can_write_eof():
                self.transport.write_eof()

    def _answer(self, problem: Problem) -> bytes:
        answer = problem_response(problem, {"Connection": "close"})
        headers = [*self.server_state.default_headers, *answer.raw_headers]
        lines = [b"%b: %b\r\n" % each for each in headers]
        return b"".join([STATUS_LINE[answer.status_code], *lines, b"\r\n", bytes(answer.body)])


async def _overloaded(scope: Scope, receive: Receive, send: Send) -> None:
    problem = Problem("overloaded", "too many connections are open")
    await problem_response(problem, {"Connection": "close"})(scope, receive, send)


def connections_of(every: Connections) -> Callable[..., Connection]:
    """What makes the connections of a server, as uvicorn calls it."""

    def connection(**given: Any) -> Connection:
        return Connection(every, **given)

    return connection
