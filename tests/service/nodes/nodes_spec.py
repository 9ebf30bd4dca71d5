"""A writer and nodes over one log in PostgreSQL, each on a port of this machine."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import psycopg

from service.nodes.followed import FollowedLog
from service.nodes.standby import Standby
from service.server import Server
from service.settings import Settings
from tests.http_spec import Api, one_server
from tests.processes import asked, until
from tests.service.api.schema_check import checked_app


@dataclass(frozen=True)
class Placed:
    """A service and the address at which it is reached."""

    api: Api
    url: str
    address: tuple[str, int]

    @property
    def followed(self) -> FollowedLog:
        """The log of a node as it follows it."""
        log = self.api.service.log
        assert isinstance(log, FollowedLog)
        return log


@contextmanager
def placed(data: Path, **settings: Any) -> Iterator[Placed]:
    """A service over a directory, on a port of its own."""
    with one_server() as server, server.over(data, **settings) as api:
        host, port = server.address
        yield Placed(api, f"http://{host}:{port}", server.address)


Start = Callable[..., Placed]


@contextmanager
def nodes_over(url: str, folder: Path) -> Iterator[tuple[Start, Start]]:
    """Two functions: one starts the writer of a log, the other a node that follows it."""
    with ExitStack() as resources:

        def writer(name: str = "writer", **settings: Any) -> Placed:
            found = resources.enter_context(placed(folder / name, log=url, **settings))
            holders = found.api.service.log.holders
            assert holders is not None
            holders.publish(found.url)
            return found

        def node(name: str = "node", **settings: Any) -> Placed:
            given = {"log": url, "follow": url, **settings}
            return resources.enter_context(placed(folder / name, **given))

        yield writer, node


@dataclass(frozen=True)
class Standing:
    """A standby and the address at which it is reached."""

    standby: Standby
    url: str

    def get(self, path: str) -> httpx2.Response:
        """What an address is answered with."""
        return asked(self.url + path)

    def wait_for_role(self, role: str) -> Any:
        """Wait until this is its role; return what it says of itself."""
        return until(lambda: self.get("/readyz").json(), lambda said: said.get("role") == role)


@contextmanager
def standing(data: Path, *, accept_loss: bool = False, **settings: Any) -> Iterator[Standing]:
    """A standby over a directory, on a port of its own."""
    with socket.create_server(("127.0.0.1", 0), backlog=128) as taken:
        host, port = taken.getsockname()
        url, given = f"http://{host}:{port}", Settings(data=data, **settings)
        standby = Standby(
            given,
            url,
            separate_projector=False,
            make_app=checked_app,
            accept_loss=accept_loss,
        )
        server = Server(standby.app, given.limits, standby.stop)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [taken]}, daemon=True)
        thread.start()
        standby.start()
        try:
            yield Standing(standby, url)
        finally:
            server.stop()
            thread.join()
            standby.close()


TABLES = ("stored_events", "entries", "marks")


def lose_last_event(url: str) -> None:
    """As after a failover to a server that never had it: the event is gone, and all sessions end."""
    with closing(psycopg.connect(url, autocommit=True)) as raw:
        for table in TABLES:
            raw.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER".encode())
        last = "(SELECT max(position) FROM stored_events)"
        for table in reversed(TABLES):
            raw.execute(f"DELETE FROM {table} WHERE position = {last}".encode())
        for table in TABLES:
            raw.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER".encode())
        raw.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'intellog'"
        )
