"""Reports posted one by one, durable when answered, beside a bare route that keeps as much."""

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
WORK = (("one client", 1, 800, 0.7), ("64 clients", 64, 4_000, 2.4))
"""How it is said, clients, requests a round, and what the ratio must be."""


def measure(scene: Scene) -> Found:
    """Posts by one client and by many."""
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
    """Write posts of so many generated reports, none of which needs another to be there."""
    with path.open("wb") as file:
        for report in islice(_reports(prefix), count):
            file.write(b"/v1/reports " + to_json(report) + b"\n")


def _reports(prefix: str) -> Iterator[dict[str, object]]:
    # Many clients overtake each other: a link to a report of the same load could come too early.
    for line in reports(Load(10_000_000, relays=0, prefix=prefix)):
        report = line["file_report"]
        if len(report["claims"]) < 100:
            yield report
