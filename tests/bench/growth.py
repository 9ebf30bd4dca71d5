"""Measures how costs grow with the log: the same work at the smallest and the largest size."""

import sqlite3
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from random import Random
from statistics import median

from domain.estimates.suspicions.suspicion import Suspicion
from domain.times import to_micros
from projections.answers.as_of import AsOf
from projections.answers.flags import suspicions_of
from service.query.estimates import counted_estimate
from service.query.standpoint import Standpoint
from service.views.history import position_of
from service.views.store import ViewFile
from tests.bench.generator import INDICATORS, START, indicator, measure_of, pace_minutes
from tests.bench.progress import say
from tests.bench.replays import drained
from tests.bench.result import Row, Slope, cost
from tests.bench.scene import Found, Scene
from tests.bench.server import peak_while_running, serving
from tests.bench.stores import made, store

ASKED, SECONDS = 3_000, 10.0
"""Maximum number of headlines read at one size, and maximum time for it."""
STARTS = 5
MEMORY_AT_MOST, START_AT_MOST = 1.2, 1.2
EVERY = [indicator(number) for number in range(INDICATORS)]
SUMS = ", sums of increments"
KINDS = {
    "": EVERY,
    ", levels and totals": [n for i, n in enumerate(EVERY) if measure_of(i) != "increment"],
    SUMS: [n for i, n in enumerate(EVERY) if measure_of(i) == "increment"],
}
"""The answer for a sum lists up to 100 of its claims, so it grows until then; others do not."""
Suspect = Callable[[sqlite3.Connection, str, AsOf], Sequence[Suspicion]]
By = dict[int, float]
"""Cost by number of claims."""


def measure(scene: Scene) -> Found:
    """Rows for costs that must not grow, and slopes for those that may."""
    sizes, rows, slopes = scene.sizes, list[Row](), list[Slope]()
    for words, published, at_most in (("", False, 2), (" and published_by", True, 5)):
        for kind, names in KINDS.items():
            times = {size: headlines(size, names, published=published) for size in sizes}
            name = f"headline at any known_at{words}{kind}"
            if kind != SUMS:
                rows.append(_grown(f"{name}, p99", "ms", {s: t[1] for s, t in times.items()}, at_most))
            slopes.append(Slope(f"{name}, p50", "ms", {s: t[0] for s, t in times.items()}))
    flagged = {size: headlines(size, EVERY, suspicions_of, published=False)[0] for size in sizes}
    slopes.append(Slope("the same with the flags over all claims, p50", "ms", flagged))
    starts = {size: started(scene, size) for size in sizes}
    empty = started(scene, 0)
    details = f"{sizes[-1]:,} claims against none, {STARTS} starts"
    rows.append(
        cost("start with views in place", starts[sizes[-1]], empty, "s", START_AT_MOST, details)
    )
    slopes.append(Slope("start with views in place", "s", starts))
    for what, peak in PEAKS.items():
        say(f"growth: peak memory of {what}")
        rows.append(memory(what, {size: peak(size) for size in sizes[-2:]}))
    slopes.append(Slope("peak memory of import", "MiB", {size: made(size).peak for size in sizes}))
    return Found(rows, slopes)


def memory(what: str, by: By) -> Row:
    """The row for the peak memory of some work, in MiB, by number of claims."""
    return _grown(f"peak memory of {what}", "MiB", by, MEMORY_AT_MOST)


def _grown(name: str, unit: str, by: By, at_most: float) -> Row:
    """The cost at the largest size beside that at the smallest."""
    small, large = min(by), max(by)
    details = f"{large:,} claims against {small:,}, {INDICATORS} indicators"
    return cost(name, by[large], by[small], unit, at_most, details)


def headlines(
    size: int, names: Sequence[str], suspect: Suspect | None = None, *, published: bool
) -> tuple[float, float]:
    """Median and 99th percentile of reading a headline in process, in milliseconds.

    Indicators and positions are random; with `published`, publication times are too. With `suspect`,
    the time includes the flags over all claims.
    """
    say(f"growth: headlines at {size:,} claims")
    data, random, times = store(size), Random(1), list[float]()
    file = ViewFile(data / (data / "views.current").read_text().strip())
    with file.reading() as db:
        end, until = position_of(db), time.perf_counter() + SECONDS
        while len(times) < ASKED and time.perf_counter() < until:
            position = random.randint(end // 5, end)
            minutes = random.uniform(0.2, 1.0) * position * pace_minutes(size)
            by = to_micros(START + timedelta(minutes=minutes)) if published else None
            name, finding = random.choice(names), suspect or nothing
            begun = time.perf_counter()
            here = Standpoint(db, AsOf(position, by), suspect=finding)
            counted_estimate(here, name, with_cohorts=False)
            times.append((time.perf_counter() - begun) * 1e3)
    file.close()
    times.sort()
    return times[len(times) // 2], times[len(times) * 99 // 100]


def nothing(db: sqlite3.Connection, indicator: str, as_of: AsOf) -> Sequence[Suspicion]:
    """No suspicions: what an answer costs without its flags."""
    return ()


def started(scene: Scene, size: int) -> float:
    """Median seconds from start to first answer, with a stored log or, for size 0, an empty one."""
    say(f"growth: starts at {size:,} claims")
    folder = store(size) if size else scene.folder("empty")
    times = list[float]()
    for _ in range(STARTS + 1):
        with serving(folder) as server:
            times.append(server.started)
    return median(times[1:])


def _importing(size: int) -> float:
    return made(size).peak


def _replaying(size: int) -> float:
    with serving(store(size)) as server:
        drained(server.port)
        return server.peak()


def _exporting(size: int) -> float:
    data = str(store(size))
    return peak_while_running("-m", "service.cli", "export", "--data", data, "-o", "/dev/null")


PEAKS = {
    "import": _importing,
    "replay": _replaying,
    "export": _exporting,
}
