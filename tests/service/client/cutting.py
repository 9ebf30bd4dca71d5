"""A proxy that cuts connections: what a client meets on a bad line, with a real server behind it."""

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

Cuts = Sequence[int | None]
"""For each connection in order how many bytes of answers pass before it breaks; None for all."""


@contextmanager
def cutting(address: tuple[str, int], cuts: Cuts) -> Iterator[str]:
    """The URL of a proxy before a server; connections after the last of the `cuts` are whole."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        left = list(cuts)
        threads = list[threading.Thread]()

        def accept() -> None:
            while True:
                try:
                    near, _ = listener.accept()
                except OSError:
                    return
                passing = left.pop(0) if left else None
                thread = threading.Thread(target=_carry, args=(near, address, passing))
                thread.start()
                threads.append(thread)

        accepting = threading.Thread(target=accept)
        accepting.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()
            accepting.join()
            for each in threads:
                each.join()


def _carry(near: socket.socket, address: tuple[str, int], passing: int | None) -> None:
    with near, socket.create_connection(address) as far:
        asking = threading.Thread(target=_pass_on, args=(near, far))
        asking.start()
        _answer(far, near, passing)
        for each in (near, far):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        asking.join()


def _pass_on(near: socket.socket, far: socket.socket) -> None:
    with suppress(OSError):
        while part := near.recv(65_536):
            far.sendall(part)
    with suppress(OSError):  # also where the client has broken off
        far.shutdown(socket.SHUT_RDWR)


def _answer(far: socket.socket, near: socket.socket, passing: int | None) -> None:
    """Pass answers on, as many bytes as may pass; the server has written them all the same."""
    with suppress(OSError):
        while part := far.recv(65_536):
            near.sendall(part if passing is None else part[:passing])
            if passing is not None:
                passing -= len(part)
                if passing <= 0:
                    return
