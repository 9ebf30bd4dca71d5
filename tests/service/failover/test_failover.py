"""A database on two servers, a writer and a standby writer: whichever is killed, nothing is lost.

Clients post to both nodes all the while. What they were told is stored is in the log, once, and both
nodes have the same views in the end.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("psycopg")

from service.log.postgres import read_postgres_log
from service.views.comparison import Digests
from tests.places import LONG
from tests.processes import PATIENCE, Process, process, until
from tests.service.failover.load import (
    all_is_there,
    define_indicators,
    disturbed,
    loaded,
    same_views,
    views_in,
)
from tests.service.log.postgres_pair import Pair, paired_here
from tests.service.log.postgres_server import free_port

ROUNDS = 20 if LONG else 1
AGREEING = 5 * PATIENCE
"""For how long two nodes on a busy machine may take to have the same views after a load."""


class Nodes:
    """Two nodes over one database, each in a directory of its own: one writes, one stands by."""

    def __init__(self, folder: Path, started: ExitStack) -> None:
        self._folder = folder
        self._started = started
        self._ports = free_port(), free_port()
        with ThreadPoolExecutor(2) as at_once:
            self.processes = list(at_once.map(self._start, range(2)))

    @property
    def urls(self) -> list[str]:
        return [each.url for each in self.processes]

    def states(self) -> list[Any]:
        """What each node says of itself."""
        return [each.get("/readyz") for each in self.processes]

    def positions(self) -> list[object]:
        """The position of the views of each node; None while it does not say so."""
        return [state.get("position") for state in self.states()]

    def views(self) -> list[tuple[int, Digests]]:
        """The views of each node."""
        return [views_in(self._folder / f"node-{n}") for n in range(2)]

    def writer(self) -> int:
        """Which of them writes."""
        roles = until(
            lambda: [state.get("role") for state in self.states()], lambda seen: "writer" in seen
        )
        return int(roles.index("writer"))

    def kill_writer(self) -> None:
        self.processes[self.writer()].kill("service", "projector")

    def start_again(self) -> None:
        """Start what was killed; it stands by, for the other one writes."""
        for n, each in enumerate(self.processes):
            if each.popen.poll() is not None:
                self.processes[n] = self._start(n)

    def _start(self, n: int) -> Process:
        options = ("--standby", "--port", str(self._ports[n]))
        return self._started.enter_context(process(self._folder / f"node-{n}", *options))


@pytest.fixture
def pair() -> Iterator[Pair]:
    with paired_here() as pair:
        yield pair


@pytest.fixture
def nodes(pair: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Nodes]:
    monkeypatch.setenv("INTELLOG_LOG", pair.url)
    with ExitStack() as started:
        nodes = Nodes(tmp_path, started)
        define_indicators(nodes.urls[nodes.writer()], {})
        yield nodes


def kill_primary(pair: Pair, nodes: Nodes) -> None:
    pair.kill()
    pair.promote()


def kill_both(pair: Pair, nodes: Nodes) -> None:
    nodes.kill_writer()
    kill_primary(pair, nodes)


def kill_writer(pair: Pair, nodes: Nodes) -> None:
    nodes.kill_writer()


KILLS: tuple[Callable[[Pair, Nodes], None], ...] = kill_both, kill_writer, kill_primary


def test_primary_and_writer_are_killed_and_every_acknowledged_report_is_there_once(
    pair: Pair, nodes: Nodes
) -> None:
    silences: dict[str, list[float]] = {}
    with loaded(nodes.urls) as load:
        for n in range(ROUNDS):
            kill = KILLS[n % len(KILLS)]
            silence = disturbed(load, lambda: kill(pair, nodes))  # noqa: B023
            silences.setdefault(kill.__name__, []).append(silence)
            if n < ROUNDS - 1:
                nodes.start_again()
                if kill is not kill_writer:
                    pair.join()
    for name, each in silences.items():
        print(f"{name}: seconds without writes", *(f"{seconds:.1f}" for seconds in sorted(each)))
    with closing(read_postgres_log(pair.url)) as log:
        all_is_there(load, log)
        head = log.head()
    nodes.start_again()
    until(nodes.positions, lambda seen: seen == [head, head], AGREEING)
    until(nodes.views, lambda seen: same_views(seen, head), AGREEING)
