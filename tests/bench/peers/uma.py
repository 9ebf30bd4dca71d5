"""UmaDB: the server and the client from its wheel."""

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from socket import create_server

import umadb

from tests.bench.peers.contender import (
    BATCHES,
    SINGLES,
    Act,
    Contender,
    Work,
    in_batches,
    one_by_one,
)
from tests.bench.peers.filings import Filing
from tests.bench.peers.ground import Ground

GIVES = "positions without gaps, conditions on tags, idempotent append by event id, subscriptions"
LACKS = "stream versions, unique keys, salts, use without a server"
UNCONDITIONAL_GIVES = "positions without gaps, subscriptions"
UNCONDITIONAL_LACKS = "stream versions, unique keys, salts, refusal of duplicates"
SERVER = "from umadb.umadb_server_cli import main; main()"
PATIENCE = 10.0


@contextmanager
def contend(ground: Ground) -> Iterator[list[Contender]]:
    """Run a server on a free port, with one client that appends in both ways."""
    with _serving(ground.directory / "uma.db") as url, _connected(url) as client:
        yield [
            _contender("UmaDB", _append_if_new(client), GIVES, LACKS),
            _contender(
                "UmaDB, unconditional", _append(client), UNCONDITIONAL_GIVES, UNCONDITIONAL_LACKS
            ),
        ]


def _contender(name: str, append: Act, gives: str, lacks: str) -> Contender:
    works = {
        SINGLES: Work(one_by_one(append), gives, lacks),
        BATCHES: Work(in_batches(append), gives, lacks),
    }
    return Contender(name, version("umadb"), works)


def _append_if_new(client: umadb.Client) -> Act:
    """Append as our log does: refuse events of streams that exist already, unless they are the same."""

    def append(events: Sequence[Filing]) -> None:
        streams = [umadb.QueryItem(tags=[event.pending.stream]) for event in events]
        condition = umadb.AppendCondition(umadb.Query(streams))
        client.append([_event(event) for event in events], condition)

    return append


def _append(client: umadb.Client) -> Act:
    def append(events: Sequence[Filing]) -> None:
        client.append([_event(event) for event in events])

    return append


def _event(filing: Filing) -> umadb.Event:
    return umadb.Event(filing.pending.type, filing.body, [filing.pending.stream], filing.id)


@contextmanager
def _serving(path: Path) -> Iterator[str]:
    with create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    command = [sys.executable, "-c", SERVER, "--listen", address, "--db-path", str(path)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield f"http://{address}"
    finally:
        server.terminate()
        server.wait(PATIENCE)


@contextmanager
def _connected(url: str) -> Iterator[umadb.Client]:
    client = _client(url, time.monotonic() + PATIENCE)
    try:
        yield client
    finally:
        client.close()


def _client(url: str, deadline: float) -> umadb.Client:
    while True:
        try:
            return umadb.Client(url)
        except umadb.TransportError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
