"""Nodes of a service on the machines of a cluster, each a standby until it gets the log."""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import psycopg

from service.access.token_store import FILE, KEY_FILE
from service.access.tokens import TokenFile
from service.log.open import migrate
from service.signing.signer import KEYS
from service.views.comparison import Digests
from tests.processes import PATIENCE, Process, asked, process, until
from tests.service.failover.cluster import ADDRESSES, DESK, Cluster, NoCluster, block
from tests.service.failover.load import same_views, views_in
from tests.service.failover.machines import inside

PROXY = f"http://{DESK['desk']}:8080"
"""The address by which clients reach the service, whichever node writes."""
ENVIRONMENT = {"INTELLOG_RATE": "100000", "INTELLOG_PUBLIC_URL": PROXY}
"""Settings of all nodes; the load must not be refused."""
AGREEING = 5 * PATIENCE
"""For how long three nodes on one busy machine may take to have the same views after a load."""


class Site:
    """A cluster with a node of the service on each machine."""

    def __init__(self, cluster: Cluster, folder: Path, started: ExitStack) -> None:
        self.cluster = cluster
        self._folder = folder
        self._started = started
        self.token = ""
        self.nodes: dict[str, Process] = {}
        self.log = cluster.url("intellog_service", "SERVICE_PASSWORD", "intellog")

    @property
    def urls(self) -> list[str]:
        """The addresses of the nodes."""
        return [each.url for each in self.nodes.values()]

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def start(self, name: str) -> None:
        """Start the node of a machine."""
        options = ("--standby", "--host", ADDRESSES[name], "--port", "8000")
        os.environ["INTELLOG_NODE_URL"] = f"http://{ADDRESSES[name]}:8000"
        with inside(name):
            self.nodes[name] = self._started.enter_context(process(self._folder / name, *options))

    def state(self, name: str) -> dict[str, Any]:
        """What a node says of itself; empty if it does not answer."""
        return self._answers(f"{self.nodes[name].url}/readyz")

    def writer(self) -> str:
        """The machine whose node writes the log."""
        return str(until(self._writer, bool))

    @contextmanager
    def proxy(self) -> Iterator[str]:
        """A proxy as the document has it, on the machine of this thread; gives its address."""
        program = shutil.which("haproxy")
        if program is None:
            raise NoCluster("haproxy is not on the PATH")
        file = self._folder / "haproxy.cfg"
        host = PROXY.partition("//")[2]
        file.write_text(block("haproxy").replace("TOKEN", self.token).replace("intel.example", host))
        with subprocess.Popen([program, "-db", "-f", str(file)], stderr=subprocess.DEVNULL) as popen:
            try:
                until(lambda: self._answers(f"{PROXY}/v1/me"), lambda found: "subject" in found)
                yield PROXY
            finally:
                popen.kill()

    def kill_writer(self) -> str:
        """Kill the node that writes the log, with its projector."""
        name = self.writer()
        self.nodes[name].kill("service", "projector")
        return name

    def repair(self) -> None:
        """Connect what was cut off, start what is gone, and wait until one node writes."""
        for name in ADDRESSES:
            self.cluster.machines.connect(name)
        self.cluster.start_again()
        for name in [name for name, node in self.nodes.items() if node.popen.poll() is not None]:
            self.start(name)
        self.cluster.wait_until_whole()
        self.writer()

    def wait_until_agreed(self) -> None:
        """Wait until one node writes, two stand by, and all have the same views."""
        states = until(self._states, _settled, AGREEING)
        head = states["one"]["head"]
        until(self._views, lambda seen: same_views(seen, head), AGREEING)

    def _states(self) -> dict[str, dict[str, Any]]:
        return {name: self.state(name) for name in self.nodes}

    def _views(self) -> list[tuple[int, Digests]]:
        return [views_in(self._folder / name) for name in self.nodes]

    def _writer(self) -> str | None:
        states = self._states().items()
        return next((name for name, state in states if state.get("role") == "writer"), None)

    def _answers(self, url: str) -> dict[str, Any]:
        with suppress(httpx2.TransportError, ValueError):
            found: dict[str, Any] = asked(url, 3, headers=self.headers).json()
            return found
        return {}

    def start_all(self) -> None:
        """Start all nodes, the first one first: the others get its tokens, and its keys once it has
        signed the log."""
        (self._folder / "one").mkdir(mode=0o700)
        with closing(TokenFile(self._folder / "one", lambda: datetime.now(UTC))) as file:
            _, self.token = file.issue("desk", "admin", "TLP:RED", None, "", "local")
        self.start("one")
        signed = f"{self.nodes['one'].url}/checkpoint"
        until(lambda: asked(signed, headers=self.headers).status_code, lambda status: status == 200)
        for name in list(ADDRESSES)[1:]:
            (self._folder / name).mkdir(mode=0o700)
            shutil.copytree(self._folder / "one" / KEYS, self._folder / name / KEYS)
            shutil.copy(self._folder / "one" / KEY_FILE, self._folder / name / KEY_FILE)
            copied = self._folder / "one" / FILE, self._folder / name / FILE
            with (
                closing(sqlite3.connect(copied[0])) as tokens,
                closing(sqlite3.connect(copied[1])) as copy,
            ):
                tokens.backup(copy)
            self.start(name)
        self.wait_until_agreed()


def _settled(states: dict[str, dict[str, Any]]) -> bool:
    """Whether one node writes, two stand by, and the views of all are up with the log."""
    roles = sorted(str(state.get("role")) for state in states.values())
    places = {(state.get("head"), state.get("position")) for state in states.values()}
    return roles == ["standby", "standby", "writer"] and len({*places.pop()}) == 1 and not places


@contextmanager
def site(cluster: Cluster, folder: Path) -> Iterator[Site]:
    """Nodes on all machines of a cluster, over a log that was made as the document says."""
    with psycopg.connect(cluster.url(), autocommit=True) as connection:
        for statement in block("sql").split(";"):
            connection.execute(statement.encode())
    migrate(cluster.url("intellog", "OWNER_PASSWORD", "intellog"), "intellog_service")
    try:
        with ExitStack() as started:
            here = Site(cluster, folder, started)
            os.environ.update(INTELLOG_LOG=here.log, **ENVIRONMENT)
            here.start_all()
            yield here
    finally:
        for each in "INTELLOG_LOG", "INTELLOG_NODE_URL", *ENVIRONMENT:
            os.environ.pop(each, None)
