"""Measures rebuilds of the views; the limit scans the log and decodes each event.

The ratio is that of the clock, on a machine that does nothing else; a rebuild uses two processors where
there are two. What all processes together took of them is said beside it.
"""

import json
import resource
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from projections.catalogue import CATALOGUE
from projections.headlines import HEADLINES
from projections.tables.projection import Projection
from service.log.port import EventLog
from service.log.sqlite import open_sqlite_log
from service.process import collect_rarely
from service.streams.upcasters import read_event
from service.views.batches import BATCH, Batches
from service.views.helping import helped
from service.views.store import ViewFile
from tests.bench.growth import memory
from tests.bench.progress import say
from tests.bench.result import Row, Slope, rate
from tests.bench.scene import Found, Scene
from tests.bench.server import peak_while_running
from tests.bench.stores import store

CLAIMS_AND_ESTIMATES = CATALOGUE[: CATALOGUE.index(HEADLINES) + 1]
"""With all that estimates are computed from: definitions, grades, assessments, sums."""
KEEP_NOTHING = {"INTELLOG_ROLL_BACK_SECONDS": "0"}
"""The views that are replaced take no room of the disk."""
MOST_OFTEN = 300_000
"""Maximum number of claims for three rounds; larger logs are rebuilt once."""


def measure(scene: Scene) -> Found:
    """Rebuilds at every size, with rows for 100,000 claims and more, or for the largest size."""
    collect_rarely()  # as the processes of the service do
    peaks = dict[int, float]()
    found = {size: _rows(scene, size, peaks) for size in scene.sizes}
    large = [size for size in scene.sizes if size >= 100_000] or [scene.sizes[-1]]
    a_claim = {size: 1e6 / rows[-1].ours for size, rows in found.items()}
    slope = Slope("rebuild of all projections", "microseconds a claim", a_claim)
    grown = memory("rebuild", {size: peaks[size] for size in scene.sizes[-2:]})
    return Found([*(row for size in large for row in found[size]), grown], [slope])


def _rows(scene: Scene, size: int, peaks: dict[int, float]) -> list[Row]:
    folder, data = scene.folder(f"rebuild-{size}"), store(size)
    some, every, limits = list[Spent](), list[Spent](), list[float]()
    rounds = 3 if size <= MOST_OFTEN else 1
    for number in range(rounds):
        say(f"rebuilds: {size:,} claims, round {number + 1} of {rounds}")
        log = open_sqlite_log(data, lambda: datetime.now(UTC))
        limits.append(scanned(log))
        some.append(rebuilt(log, folder / f"some-{number}.sqlite", CLAIMS_AND_ESTIMATES))
        log.close()
        spent, peaks[size] = rebuilt_by_the_service(data, folder / "rebuilt.json")
        every.append(spent)
        say(f"rebuilds: {size:,} claims took {limits[-1]:,.1f} s to scan, {spent} to rebuild")
    must = 0.25 if size <= 100_000 else 0.2
    details = f"{size:,} claims, {rounds} rounds"
    work = (("claims and estimates", some, must), ("all projections", every, 0.12))
    return [
        rate(
            f"rebuild of {words}, {size:,} claims",
            size / median(each.seconds for each in spent),
            size / median(limits),
            "claims/s",
            least,
            f"{details}; {median(each.processors for each in spent):,.1f} s of processors",
        )
        for words, spent, least in work
    ]


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds on the clock, and those that all processes together took of the processors."""

    seconds: float
    processors: float

    def __str__(self) -> str:
        return f"{self.seconds:,.1f} s ({self.processors:,.1f} s of processors)"


def rebuilt(log: EventLog, path: Path, catalogue: Sequence[Projection] = CATALOGUE) -> Spent:
    """What it takes to build the views of some projections from the whole log."""
    start, before, head = time.perf_counter(), _processors(), log.head()
    file, after = ViewFile.create(path, catalogue=catalogue, building=True), 0
    with helped(head, lambda: None) as helper:
        batches = Batches(log, helper)
        while after < head:
            stored, recorded = batches.after(after, head)
            file.apply(recorded, catalogue=catalogue)
            after = stored[-1].position
        file.finish(catalogue, helper)
        seconds = time.perf_counter() - start
    spent = Spent(seconds, _processors() - before)
    file.retire()
    return spent


def _processors() -> float:
    """Seconds of processors that this process and those it has started took."""
    own, others = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own.ru_utime + own.ru_stime + others.ru_utime + others.ru_stime


def rebuilt_by_the_service(data: Path, said: Path) -> tuple[Spent, float]:
    """What a rebuild of all projections by the service takes, and its peak memory in MiB.

    Its processes also start and compare the views, which the clock leaves out.
    """
    before = _processors()
    command = ("-m", "service.cli", "rebuild", "--data", str(data), "--json")
    peak = peak_while_running(*command, said=said, **KEEP_NOTHING)
    job = json.loads(said.read_bytes())
    return Spent(float(job["done"] / job["rate"]), _processors() - before), peak


def scanned(log: EventLog) -> float:
    """Seconds to read the whole log and decode each event."""
    start, after = time.perf_counter(), 0
    while stored := log.read(after=after, limit=BATCH):
        for each in stored:
            read_event(each.body)
        after = stored[-1].position
    return time.perf_counter() - start
