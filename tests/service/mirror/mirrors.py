"""What tests of mirrors share: what two logs store, and a connection that changes what it carries."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from service.log.open import read_log
from service.log.port import EventLog
from service.mirror.mirror import follow_once
from tests.http_spec import Api, Ask, Clock, claim, indicator, report, source

STORY = (indicator(), source("nis"), report("r1"), report("r2", claim(200), claim(300)))


@dataclass(frozen=True)
class Source:
    """A service to mirror, at an address, with the clock that both sides read."""

    api: Api
    url: str
    address: tuple[str, int]
    clock: Clock
    token: str | None = None

    def once(self, directory: Path, url: str | None = None) -> int:
        """Mirror it into a directory, and return the position that this reaches."""
        return follow_once(directory, url or self.url, self.token, self.clock)

    def keyed(self, ask: Ask, key: str) -> Any:
        """The answer to a request with an idempotency key."""
        answer = self.api.send(ask.under(idempotency_key=key))
        assert answer.is_success, answer.text
        return answer.json()


def stored(log: EventLog) -> dict[str, Any]:
    """Everything that a log stores, as it is stored."""
    with log.snapshot() as snapshot:
        entries, keys = snapshot.entries(0, 10_000), snapshot.keys("", 10_000)
        return {"id": log.id, "secret": log.secret, "entries": entries, "keys": keys}


def stored_in(directory: Path) -> dict[str, Any]:
    """Everything that the log of a directory stores."""
    with closing(read_log(directory, None)) as log:
        return stored(log)


Change = Callable[[bytes], bytes]


@contextmanager
def changing(address: tuple[str, int], change: Change) -> Iterator[str]:
    """The URL of a proxy that reads each answer whole, and passes it on changed."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threads = list[threading.Thread]()

        def accept() -> None:
            with suppress(OSError):
                while True:
                    near, _ = listener.accept()
                    threads.append(threading.Thread(target=_carry, args=(near, address, change)))
                    threads[-1].start()

        accepting = threading.Thread(target=accept)
        accepting.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()
            for each in (accepting, *threads):
                each.join()


def _carry(near: socket.socket, address: tuple[str, int], change: Change) -> None:
    """One request and its answer, for which the server hangs up afterwards."""
    with near, socket.create_connection(address) as far, suppress(OSError):
        asked = near.recv(65_536).replace(b"Connection: keep-alive", b"Connection: close")
        far.sendall(asked)
        answer = b""
        while part := far.recv(65_536):
            answer += part
        near.sendall(change(answer))
