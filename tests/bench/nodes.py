"""Measures reads from nodes that follow one log in PostgreSQL; the limit is as many bare routes.

Database, writer, nodes and load share the cores of this machine, so its rates end where its cores do.
The processor time of a read is given too: it says whether nodes beside each other make a read dearer.
"""

import json
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from statistics import median
from typing import NamedTuple

from tests.bench.board import wait_for_rows
from tests.bench.generator import INDICATORS, indicator
from tests.bench.load import Measured, loaded_together
from tests.bench.progress import say
from tests.bench.result import Row, rate
from tests.bench.scene import Found, Scene
from tests.bench.server import Server, get, head_of, peak_while_running, program, settle
from tests.bench.stores import store
from tests.service.log.postgres_server import NoServer, running

MOST_NODES = 3
MOST = 100_000
"""Maximum number of claims in the log."""
CLIENTS, ROUNDS = 16, 3
"""Clients of each node, and rounds with each number of nodes."""
NAMES = [indicator(number) for number in range(INDICATORS)]
THEN = "?known_at="
NODES = ("writer", *(f"node-{number}" for number in range(1, MOST_NODES + 1)))


class _Work(NamedTuple):
    """What is read: words for it, the file of requests, requests of a node in a round, and the target.

    One round is sent before, with all nodes, and not measured: a server that has just begun is slower.
    """

    words: str
    file: str
    requests: int
    must: float


WORK = (
    _Work("current estimate", "now", 1_500, 0.9),
    _Work("estimate at any known_at", "then", 300, 0.0),
)


@dataclass(slots=True)
class _Side:
    """Servers that answer the same requests, and what was measured of some of them together."""

    servers: Sequence[Server]
    path: Path
    requests: int
    rounds: list[list[Measured]] = field(default_factory=list)
    spent: list[float] = field(default_factory=list)
    """Processor time a read, in microseconds."""

    def load(self, count: int, skip: int) -> None:
        """One round with the first of the servers."""
        some = self.servers[:count]
        before = sum(each.spent() for each in some)
        ports = [each.port for each in some]
        self.rounds.append(loaded_together(ports, self.path, CLIENTS, skip, self.requests))
        used = sum(each.spent() for each in some) - before
        self.spent.append(used / (count * self.requests) * 1e6)

    @property
    def rate(self) -> float:
        """Reads per second of all servers together: those of a round by the slowest of them."""
        return median(len(each) * min(one.rate for one in each) for each in self.rounds)

    def p(self, name: str) -> float:
        """The median of a percentile, in milliseconds."""
        found: float = median(getattr(one, name) for each in self.rounds for one in each)
        return found


def measure(scene: Scene) -> Found:
    """Reads from one, two and three nodes; nothing if no database can be started."""
    size = max(size for size in scene.sizes if size <= MOST or size == scene.sizes[0])
    try:
        with running() as database:
            return Found(_rows(scene, size, database.fresh()))
    except NoServer as reason:
        say(f"nodes are not measured: {reason}")
        return Found()


def _rows(scene: Scene, size: int, url: str) -> list[Row]:
    folder = scene.folder("nodes")
    say(f"nodes: moving the log of {size:,} claims to PostgreSQL")
    peak_while_running("-m", "service.cli", "move", url, "--data", str(store(size)))
    (folder / NODES[1]).mkdir(mode=0o700)
    for path in store(size).glob("views*"):  # the moved log is the same log: its views hold
        shutil.copy2(path, folder / NODES[1])
    with ExitStack() as started:
        nodes = started.enter_context(_nodes(folder, url))
        _write_requests(folder, nodes[0])
        bare = ("-m", "tests.bench.bare", "--data")
        bares = [
            started.enter_context(program(*bare, str(each), ready=f"/answers/{NAMES[0]}"))
            for each in (_with_answers(folder, number) for number in range(MOST_NODES))
        ]
        return [row for work in WORK for row in _measured(folder, size, nodes, bares, work)]


@contextmanager
def _nodes(folder: Path, url: str) -> Iterator[list[Server]]:
    """Nodes of a log, and its writer, all with views that have no rows of the board left to build."""
    writer, *nodes = (folder / name for name in NODES)
    with _serving(nodes[0], "--follow", url) as first:
        settle(first.port)
        wait_for_rows(nodes[0])
    for each in (writer, *nodes[1:]):
        shutil.copytree(nodes[0], each)
    with ExitStack() as started:
        begun = [started.enter_context(_serving(writer, INTELLOG_LOG=url))]
        begun += [started.enter_context(_serving(each, "--follow", url)) for each in nodes]
        for server in begun:
            settle(server.port)
        say(f"nodes: a writer and {len(nodes)} nodes are up")
        yield begun[1:]


def _serving(data: Path, *options: str, **environment: str) -> AbstractContextManager[Server]:
    serve = ("-m", "service.cli", "serve", "--data", str(data), *options)
    return program(*serve, ready="/readyz", **environment)


def _write_requests(folder: Path, node: Server) -> None:
    """Write the requests for both sides, and the answers that the bare routes return."""
    random, end, answers = Random(1), head_of(node.port), dict[str, object]()
    for name in NAMES:
        answers[name] = json.loads(get(node.port, f"/v1/estimates/{name}")[1])
        then = f"/v1/estimates/{name}{THEN}{random.randint(end // 5, end)}"
        answers[f"{name}-then"] = json.loads(get(node.port, then)[1])
    (folder / "answers.json").write_text(json.dumps(answers))
    rounds = MOST_NODES + ROUNDS * sum(range(1, MOST_NODES + 1))
    count = rounds * max(work.requests for work in WORK)
    asked = [random.choice(NAMES) for _ in range(count)]
    positions = [random.randint(end // 5, end) for _ in range(count)]
    for path, line in (
        ("now", "/v1/estimates/{}"),
        ("then", "/v1/estimates/{}" + THEN + "{}"),
        ("bare-now", "/answers/{}"),
        ("bare-then", "/answers/{}-then"),
    ):
        lines = (line.format(name, at) for name, at in zip(asked, positions, strict=True))
        (folder / path).write_text("".join(f"{each}\n" for each in lines))


def _with_answers(folder: Path, number: int) -> Path:
    """A folder of a bare route, which also keeps a database in it."""
    own = folder / f"bare-{number}"
    own.mkdir()
    (own / "answers.json").hardlink_to(folder / "answers.json")
    return own


def _measured(
    folder: Path, size: int, nodes: list[Server], bares: list[Server], work: _Work
) -> Iterator[Row]:
    """A row for each number of nodes.

    No question about the past is asked twice, so its answer is computed and not one that was kept.
    """
    asked, same, skip = folder / work.file, folder / f"bare-{work.file}", 0
    for count in (0, *range(1, MOST_NODES + 1)):  # 0: the round before, with all of them
        ours, limit = _Side(nodes, asked, work.requests), _Side(bares, same, work.requests)
        for _ in range(ROUNDS if count else 1):
            for side in (ours, limit):
                side.load(count or MOST_NODES, skip)
            skip += (count or MOST_NODES) * work.requests
        if count:
            say(f"nodes: {work.words}, {count}: {ours.rate:,.0f} reads/s beside {limit.rate:,.0f}")
            yield _row(work, size, count, ours, limit)


def _row(work: _Work, size: int, count: int, ours: _Side, limit: _Side) -> Row:
    took, bare = (
        "/".join(f"{each.p(name):.2g}" for name in ("p50", "p90", "p99")) for each in (ours, limit)
    )
    details = (
        f"{size:,} claims, {ROUNDS} rounds of {work.requests:,} and {CLIENTS} clients a node,"
        f" database, nodes and load on {os.cpu_count()} cores;"
        f" {ours.rate / count:,.0f} reads/s a node; processor {median(ours.spent):.0f} us a read,"
        f" bare {median(limit.spent):.0f}; p50/p90/p99 in ms: {took}, bare {bare}"
    )
    name = f"{work.words} over HTTP, {count} node{'s' if count > 1 else ''}"
    return rate(name, ours.rate, limit.rate, "reads/s", work.must, details)
