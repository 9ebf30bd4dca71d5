"""Measures the board over HTTP, as a page and as a list: first, again, and after a write.

First is the first request after a start, with what the views keep in place. After a write, the views
keep nothing of one indicator until they have built it again, so the reader computes its row.
"""

import sqlite3
import time
from contextlib import closing
from pathlib import Path
from statistics import median

from tests.bench.generator import INDICATORS
from tests.bench.load import loaded
from tests.bench.posts import write_bodies
from tests.bench.result import Slope
from tests.bench.scene import Found, Scene
from tests.bench.server import Server, get, head_of, serving, settle
from tests.bench.stores import copy

ROUNDS = 9
LISTS = {
    "board page": "/?sort=",
    "list of estimates": "/v1/estimates?limit=100",
    "list of estimates by flag, last revised first": "/v1/estimates?flag=fall&sort=revised&limit=100",
    "page of what is open": "/open?valid_at=",
}
"""What is read; a blank parameter counts as absent."""
MOMENTS = ("first", "again", "after a write")
BUILT_SECONDS, LOOK_SECONDS = 3_600.0, 0.2


def measure(scene: Scene) -> Found:
    """A slope for each list and moment, in milliseconds."""
    taken = {size: measured(scene, size) for size in scene.sizes}
    names = [(name, moment) for name in LISTS for moment in MOMENTS]
    return Found(
        slopes=[
            Slope(
                f"{name}, {moment}", "ms", {size: found[name, moment] for size, found in taken.items()}
            )
            for name, moment in names
        ]
    )


def measured(scene: Scene, size: int) -> dict[tuple[str, str], float]:
    """The times at one size, by list and moment."""
    folder = scene.folder(f"board-{size}")
    data, found = copy(size, folder), dict[tuple[str, str], float]()
    with serving(data) as server:
        settle(server.port)
        wait_for_rows(data)
    for name, path in LISTS.items():
        with serving(data) as server:
            found[name, "first"] = timed(server, path)
            found[name, "again"] = median(timed(server, path) for _ in range(ROUNDS))
            found[name, "after a write"] = median(
                written(server, folder, path, n) for n in range(ROUNDS)
            )
            wait_for_rows(data)
    return found


def wait_for_rows(data: Path) -> None:
    """Wait until the views in a directory, which a service has open, keep a row of every indicator."""
    file, until = data / (data / "views.current").read_text().strip(), time.monotonic() + BUILT_SECONDS
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as db:
        while db.execute("SELECT count(*) FROM glances").fetchone()[0] < INDICATORS:
            if time.monotonic() > until:
                raise TimeoutError(f"{file} has no rows of the board after {BUILT_SECONDS} s")
            time.sleep(LOOK_SECONDS)


def timed(server: Server, path: str) -> float:
    """Milliseconds of one request."""
    begun = time.perf_counter()
    status, _ = get(server.port, path)
    if status != 200:
        raise RuntimeError(f"{path} was answered {status}")
    return (time.perf_counter() - begun) * 1e3


def written(server: Server, folder: Path, path: str, n: int) -> float:
    """Milliseconds of the first request after a report was filed and is in the views."""
    write_bodies(folder / "bodies", 1, prefix=f"board-{list(LISTS.values()).index(path)}-{n}")
    loaded(server.port, folder / "bodies", 1, 0, 1)
    head = head_of(server.port)
    between = "&" if "?" in path else "?"
    return timed(server, f"{path}{between}min_position={head}")
