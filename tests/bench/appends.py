"""Measures appends to logs of growing length: reports one by one, and in batches."""

from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from statistics import median

from tests.bench.generator import Line
from tests.bench.load import loaded
from tests.bench.posts import independent, write_bodies
from tests.bench.progress import say
from tests.bench.result import Slope
from tests.bench.scene import Found, Scene
from tests.bench.sending import Imported, send, written
from tests.bench.server import Server, serving, settle
from tests.bench.stores import copy, made

POSTS = 500
BATCH, BATCHES = 1_000, 10


def measure(scene: Scene) -> Found:
    """Slopes for reports over HTTP: single, in batches, and of the import of the whole log."""
    found = {size: _appended(scene, size) for size in scene.sizes}
    imports = {size: made(size) for size in scene.sizes}
    whole = {size: 1e6 * each.viewed / each.events for size, each in imports.items()}

    def slope(name: str, place: int) -> Slope:
        return Slope(name, "ms", {size: figures[place] for size, figures in found.items()})

    return Found(
        slopes=[
            slope("report over HTTP, one client", 0),
            slope(f"batch of {BATCH:,} reports over HTTP, acknowledged", 1),
            slope(f"batch of {BATCH:,} reports over HTTP, in the views", 2),
            Slope("import of the whole log, in the views", "microseconds an event", whole),
        ]
    )


def _appended(scene: Scene, size: int) -> tuple[float, float, float]:
    """Milliseconds of a report, and of a batch until acknowledged and viewed, on a copy of a log."""
    say(f"appends: copying the log of {size:,} claims")
    folder = scene.folder(f"appended-{size}")
    write_bodies(folder / "bodies", POSTS, prefix="later")
    with serving(copy(size, folder)) as server:
        settle(server.port)
        say(f"appends: {size:,} claims, {POSTS} reports, {BATCHES} batches")
        single = loaded(server.port, folder / "bodies", 1, 0, POSTS).p50
        batches = list(_batches(server, folder / "batch"))
    return (
        single,
        median(each.acknowledged for each in batches) * 1e3,
        median(each.viewed for each in batches) * 1e3,
    )


def _batches(server: Server, path: Path) -> Iterable[Imported]:
    reports = independent("batch")
    for _ in range(BATCHES):
        lines: Iterable[Line] = ({"file_report": each} for each in islice(reports, BATCH))
        path.write_bytes(b"".join(map(written, lines)))
        yield send(server, path)
