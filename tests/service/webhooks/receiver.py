"""A program that is told: it keeps what comes, and answers as it is told to."""

import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeVar

from standardwebhooks import Webhook as Verifier

from tests.http_spec import Api, Ask, Body

PATIENCE = 30.0
"""Seconds after which a test fails that waits for something to come."""


@dataclass
class Received:
    """A message as it came: its headers by lower-case name, and its body."""

    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        """Its id."""
        return self.headers["webhook-id"]

    def said(self) -> Body:
        """What it says."""
        body: Body = json.loads(self.body)
        return body

    def verified(self, secret: str) -> Body:
        """What it says, if the library for receivers accepts its signature."""
        body: Body = Verifier(secret).verify(self.body, self.headers)
        return body


@dataclass
class Receiver:
    """Keeps what comes in order; `answers` gives a status for the n-th message, from 0.

    While `stalling` is not set it does not answer.
    """

    answers: Callable[[int], int] = lambda n: 204
    came: list[Received] = field(default_factory=list)
    port: int = 0
    location: str | None = None
    stalling: threading.Event = field(default_factory=threading.Event)
    _more: threading.Condition = field(default_factory=threading.Condition)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}/hook"

    def take(self, received: Received) -> int:
        """Keep a message; gives the status of the answer."""
        with self._more:
            self.came.append(received)
            n = len(self.came) - 1
            self._more.notify_all()
        self.stalling.wait(PATIENCE)
        return self.answers(n)

    def wait(self, count: int) -> list[Received]:
        """The messages that came, once there are so many."""
        with self._more:
            if not self._more.wait_for(lambda: len(self.came) >= count, PATIENCE):
                raise AssertionError(f"{len(self.came)} of {count} messages came")
            return list(self.came)


Seen = TypeVar("Seen")


def until(look: Callable[[], Seen], right: Callable[[Seen], bool]) -> Seen:
    """What is seen once it is right; it is looked at again and again."""
    end = time.monotonic() + PATIENCE
    while not right(seen := look()):
        if time.monotonic() > end:
            raise AssertionError(f"still {seen}")
    return seen


def shown(api: Api, path: str) -> Any:
    """What an address shows."""
    answer = api.send(Ask("GET", path))
    if not answer.is_success:
        raise AssertionError(answer.text)
    return answer.json()


@contextmanager
def receiving(
    receiver: Receiver | None = None, *, stalls: bool = False, tls: ssl.SSLContext | None = None
) -> Iterator[Receiver]:
    """A receiver that listens on its port, or a free one, until the block ends."""
    taken = receiver or Receiver()
    if not stalls:
        taken.stalling.set()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            try:
                self.send_response(taken.take(Received(headers, body)))
                if taken.location is not None:
                    self.send_header("Location", taken.location)
                self.send_header("Content-Length", "0")
                self.end_headers()
            except OSError:  # the sender has given up
                self.close_connection = True

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing is logged."""

    class Listener(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False

    with Listener(("127.0.0.1", taken.port), Handler) as server:
        taken.port = server.server_address[1]
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield taken
        finally:
            taken.stalling.set()
            server.shutdown()
            thread.join()
