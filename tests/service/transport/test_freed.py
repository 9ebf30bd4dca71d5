"""Connections and streams are freed when they are over, not when somebody looks for garbage."""

import gc
import socket
from collections.abc import Callable

from service.http.streaming import _Watched
from service.transport.connection import Connection
from tests.garbage import uncollected
from tests.http_spec import SSE, Api, Server, source
from tests.processes import until
from tests.service.transport.wires import HEAD, answered_promptly, wire


def alive(kind: type) -> set[int]:
    """Which objects of a kind there are."""
    return {id(each) for each in gc.get_objects() if type(each) is kind}


def is_freed(kind: type, server: Server, ask: Callable[[socket.socket], None]) -> None:
    """See that what one who asks makes is gone once he has left."""
    with uncollected():
        before = alive(kind)
        with wire(server) as connection:
            ask(connection)
            those = alive(kind) - before
            assert len(those) == 1
        until(lambda: alive(kind) & those, lambda left: not left)


def test_a_connection_is_freed_once_it_is_closed(small: Api, bounded: Server) -> None:
    def ask(connection: socket.socket) -> None:
        connection.sendall(b"GET /healthz HTTP/1.1\r\n" + HEAD + b"\r\n")
        assert b"200 OK" in connection.recv(65_536)

    is_freed(Connection, bounded, ask)
    answered_promptly(small)


def test_a_stream_whose_reader_leaves_is_freed(small: Api, bounded: Server) -> None:
    small.send(source("nis"))

    def ask(connection: socket.socket) -> None:
        asked = b"GET /v1/events HTTP/1.1\r\nAccept: %b\r\n" % SSE.encode()
        connection.sendall(asked + HEAD + b"\r\n")
        while b"caught-up" not in connection.recv(65_536):
            pass

    is_freed(_Watched, bounded, ask)
    answered_promptly(small)
