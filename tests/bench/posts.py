"""Measures reports posted one by one, durable when answered; the limit is a bare route."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from pydantic_core import to_json

from tests.bench.generator import Load, reports
from tests.bench.load import Measured, loaded, row
from tests.bench.result import Row
from tests.bench.scene import Found, Scene
from tests.bench.sending import prepare
from tests.bench.server import Server, program, serving, settle

ROUNDS = 5
WARM_UP = 300
WORK = (("one client", 1, 800, 0.5), ("64 clients", 64, 4_000, 1.6))
"""Description, number of clients, requests per round, target of the ratio."""


def measure(scene: Scene) -> Found:
    """Posts from one client and from many."""
    folder = scene.folder("posts")
    bodies = folder / "bodies"
    write_bodies(bodies, WARM_UP + ROUNDS * sum(count for _, _, count, _ in WORK))
    bare = ("-m", "tests.bench.bare", "--data", str(folder))
    with serving(folder / "data") as ours, program(*bare, ready="/answers/none") as limit:
        prepare(ours, folder)
        for server in (ours, limit):
            loaded(server.port, bodies, 16, 0, WARM_UP)
        rows, skip = list[Row](), WARM_UP
        for words, clients, count, must in WORK:
            rows.append(_row(ours, limit, bodies, (words, clients, count, must), skip))
            skip += ROUNDS * count
    return Found(rows)


def _row(
    ours: Server, limit: Server, bodies: Path, work: tuple[str, int, int, float], skip: int
) -> Row:
    words, clients, count, must = work
    found: dict[int, list[Measured]] = {ours.port: [], limit.port: []}
    for number in range(ROUNDS):
        for server in (ours, limit):
            measured = loaded(server.port, bodies, clients, skip + number * count, count)
            found[server.port].append(measured)
            settle(ours.port)
    name, size = f"a report over HTTP, {words}", f"{ROUNDS} rounds of {count:,}, 3 claims each"
    return row(name, found[ours.port], found[limit.port], "reports/s", must, size)


def write_bodies(path: Path, count: int, prefix: str = "p") -> None:
    """Write a number of requests that post generated reports, none of which depends on another."""
    with path.open("wb") as file:
        for report in islice(independent(prefix), count):
            file.write(b"/v1/reports " + to_json(report) + b"\n")


def independent(prefix: str) -> Iterator[dict[str, object]]:
    """Generated reports with few claims, none of which depends on another."""
    # Many clients overtake each other, so a link could arrive before the report that it names.
    for line in reports(Load(10_000_000, relays=0, prefix=prefix)):
        report = line["file_report"]
        if len(report["claims"]) < 100:
            yield report
