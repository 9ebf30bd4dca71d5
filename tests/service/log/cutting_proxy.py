"""A proxy before a PostgreSQL server that breaks a connection at the moment that a test names.

A connection is doomed once its client sends a marker, which a test puts into an event. It is then
broken before the server receives that, or only when the server says that its transaction is over: the
client has learnt the same both times.
"""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread
from typing import Literal

MARKER = b"the connection breaks here"
IDLE = b"Z\x00\x00\x00\x05I"
"""What a server sends when it is ready and in no transaction."""
Moment = Literal["before", "after", "meanwhile"]


class Proxy:
    """Passes on what clients and server send, but for connections that are to break.

    A doomed connection breaks `before` the server receives the marker, `after` it has committed, or
    `meanwhile`: as soon as the marker was passed on. `broken` is set when one has.
    """

    def __init__(self, port: int) -> None:
        self._server = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.moment: Moment | None = None
        self.silent = False
        """Whether nothing is passed on any more, as where a network swallows it."""
        self.refusing = False
        """Whether new connections are broken at once."""
        self.broken = Event()
        self._links: list[tuple[socket.socket, socket.socket]] = []
        self._threads = [self._started(self._accept)]

    def close(self) -> None:
        """Break all connections, and take no more."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for link in self._links:
            _break(*link)
        for thread in self._threads:
            thread.join(10)

    def _started(self, run: Callable[..., None], *given: object) -> Thread:
        thread = Thread(target=run, args=given, daemon=True)
        thread.start()
        return thread

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                if self.refusing:
                    client.close()
                    continue
                server = socket.create_connection(("127.0.0.1", self._server))
                self._links.append((client, server))
                doomed = Event()
                self._threads += [
                    self._started(self._from_client, client, server, doomed),
                    self._started(self._from_server, client, server, doomed),
                ]

    def _from_client(self, client: socket.socket, server: socket.socket, doomed: Event) -> None:
        with suppress(OSError):
            while data := client.recv(65_536):
                if self.moment is not None and MARKER in data:
                    doomed.set()
                if doomed.is_set() and self.moment == "before":
                    break
                if not self.silent:
                    server.sendall(data)
                if doomed.is_set() and self.moment == "meanwhile":
                    break
        self._end(client, server, doomed)

    def _from_server(self, client: socket.socket, server: socket.socket, doomed: Event) -> None:
        with suppress(OSError):
            while data := server.recv(65_536):
                if doomed.is_set() and IDLE in data:
                    break
                if not self.silent:
                    client.sendall(data)
        self._end(client, server, doomed)

    def _end(self, client: socket.socket, server: socket.socket, doomed: Event) -> None:
        _break(client, server)
        if doomed.is_set():
            self.moment = None
            self.broken.set()


def _break(client: socket.socket, server: socket.socket) -> None:
    for each in client, server:
        with suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)
        each.close()


@contextmanager
def proxied(port: int) -> Iterator[Proxy]:
    """A proxy before the server at this port, for as long as the block runs."""
    proxy = Proxy(port)
    try:
        yield proxy
    finally:
        proxy.close()
