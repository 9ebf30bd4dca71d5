"""Measures the board over HTTP, as a page and as a list: first, again, and after a write.

First is the first request after a start: where none of the rows is built that the views keep, as
after an import; after a rebuild, which builds those of the page; and where all of them are. Where
none is built the page leaves rows for later, so it is also requested until all are there. After a
write, the views keep nothing of the indicators that it touches until they have built it again, so the
reader computes their rows.
"""

import shutil
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from statistics import median

from projections.kept_flags import TABLES
from service.views.seal import seal
from tests.bench.generator import INDICATORS
from tests.bench.load import loaded
from tests.bench.posts import write_bodies
from tests.bench.progress import say
from tests.bench.rebuilds import rebuilt_by_the_service
from tests.bench.result import Slope
from tests.bench.scene import Found, Scene
from tests.bench.server import Server, get, head_of, serving, settle
from tests.bench.stores import copy

ROUNDS = 9
LISTS = {
    "board page": "/?sort=",
    "list of estimates": "/v1/estimates?limit=100",
    "list of all estimates": "/v1/estimates?limit=300",
    "list of estimates by flag, last revised first": "/v1/estimates?flag=fall&sort=revised&limit=100",
    "page of what is open": "/open?valid_at=",
}
"""What is read; a blank parameter counts as absent."""
NOTHING_BUILT, REBUILT = "first, nothing built", "first after a rebuild"
WHOLE = "until all rows are there, nothing built"
LEFT = b"data-later"
"""What marks a row of the page that is left for later."""
MOMENTS = (NOTHING_BUILT, WHOLE, REBUILT, "first", "again", "after a write")
BUILT_SECONDS, LOOK_SECONDS = 3_600.0, 0.2
OK, TOOK_TOO_LONG = 200, 503


def measure(scene: Scene) -> Found:
    """A slope for each list and moment, in milliseconds, and for the size of each list."""
    taken = {size: measured(scene, size) for size in scene.sizes}
    names = [(name, moment) for name in LISTS for moment in (*MOMENTS, "size")]
    return Found(
        slopes=[
            Slope(
                f"{name}, {moment}",
                "kB" if moment == "size" else "ms",
                {size: found[name, moment] for size, found in taken.items()},
            )
            for name, moment in names
        ]
    )


def measured(scene: Scene, size: int) -> dict[tuple[str, str], float]:
    """The times at one size, by list and moment."""
    folder = scene.folder(f"board-{size}")
    data, found = copy(size, folder), dict[tuple[str, str], float]()
    without_rows(data)
    found |= {(name, NOTHING_BUILT): at_first(data, folder, path) for name, path in LISTS.items()}
    found |= {(name, WHOLE): at_first(data, folder, path, whole=True) for name, path in LISTS.items()}
    say(f"board: {size:,} claims, rebuilding")
    rebuilt_by_the_service(data, folder / "rebuilt.json")
    found |= {(name, REBUILT): at_first(data, folder, path) for name, path in LISTS.items()}
    with serving(data) as server:
        settle(server.port)
        wait_for_rows(data)
    for name, path in LISTS.items():
        with serving(data) as server:
            found[name, "first"] = timed(server, path)
            found[name, "again"] = median(timed(server, path) for _ in range(ROUNDS))
            found[name, "size"] = len(get(server.port, path)[1]) / 1e3
            found[name, "after a write"] = median(
                written(server, folder, path, n) for n in range(ROUNDS)
            )
            wait_for_rows(data)
    return found


def views_in(data: Path) -> Path:
    """The views in use in a data directory."""
    return data / (data / "views.current").read_text().strip()


def without_rows(data: Path) -> None:
    """Have the views in a directory keep no row of the board, as right after an import."""
    with closing(sqlite3.connect(views_in(data), isolation_level=None)) as db:
        for table in ("glances", *TABLES):
            db.execute(f"DELETE FROM {table}")
    seal(views_in(data))  # or the service would take them for damaged, and build others


def at_first(data: Path, folder: Path, path: str, *, whole: bool = False) -> float:
    """Milliseconds of the first request to a service over a copy of a directory; if `whole`, of all."""
    fresh = folder / "fresh"
    shutil.copytree(data, fresh)
    with serving(fresh) as server:
        taken = timed(server, path, whole=whole)
    shutil.rmtree(fresh)
    return taken


def wait_for_rows(data: Path) -> None:
    """Wait until the views in a directory, which a service has open, keep all rows of the board."""
    file, until = views_in(data), time.monotonic() + BUILT_SECONDS
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as db:
        while db.execute("SELECT count(*) FROM flag_tallies").fetchone()[0] < INDICATORS:
            if time.monotonic() > until:
                raise TimeoutError(f"{file} has no rows of the board after {BUILT_SECONDS} s")
            time.sleep(LOOK_SECONDS)


def timed(server: Server, path: str, *, whole: bool = False) -> float:
    """Milliseconds of one request; one that takes too long is repeated, as its 503 asks.

    With `whole`, it is repeated until no row is left for later.
    """
    begun = time.perf_counter()
    while True:
        status, body = get(server.port, path)
        if status == OK and not (whole and LEFT in body):
            return (time.perf_counter() - begun) * 1e3
        if status not in (OK, TOOK_TOO_LONG):
            raise RuntimeError(f"{path} was answered {status}")
        time.sleep(LOOK_SECONDS if status == TOOK_TOO_LONG else 0)


def written(server: Server, folder: Path, path: str, n: int) -> float:
    """Milliseconds of the first request after a report was filed and is in the views."""
    write_bodies(folder / "bodies", 1, prefix=f"board-{list(LISTS.values()).index(path)}-{n}")
    loaded(server.port, folder / "bodies", 1, 0, 1)
    head = head_of(server.port)
    between = "&" if "?" in path else "?"
    return timed(server, f"{path}{between}min_position={head}")
