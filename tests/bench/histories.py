"""Measures the history of one indicator: vintages, changes, policies, its series, and its page.

Sizes are the claims on one indicator. A year has a thousand reports with a claim each by eight
originators; a quarter revise an earlier cell, one in fourteen relays. Costs are processor time, and the
limit of each is what the smallest size costs a claim. Of a page it is a fixed time: the page is asked
for after a write, so that nothing that was kept of the indicator is right any more.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from statistics import median

from domain.times import to_micros
from projections.answers.as_of import AsOf
from projections.answers.questions import HEADLINE
from service.query.changes import counted_changes
from service.query.comparison import comparison
from service.query.history import known_vintage_rows, series_rows, vintage_rows
from service.query.standpoint import Standpoint
from service.views.history import position_of
from service.views.store import ViewFile
from tests.bench.generator import Line
from tests.bench.growth import nothing
from tests.bench.result import Row, Slope, cost
from tests.bench.scene import Found, Scene
from tests.bench.sending import send, written
from tests.bench.server import Server, get, serving, settle

SIZES = (1_000, 5_000, 50_000)
INDICATORS = {"level": "stock", "total": "cumulative", "sum": "increment"}
START, PACE, YEARS = datetime(2015, 1, 1, tzinfo=UTC), timedelta(hours=9), 8
AT_MOST, PAGE_MS, ROUNDS = 2.0, 300.0, 7
Work = Callable[[Standpoint, str], object]
WORKS: dict[str, Work] = {
    "vintages along the record": lambda here, name: vintage_rows(
        here, name, HEADLINE, "record", every=True
    ),
    "vintages along publication": lambda here, name: vintage_rows(
        here, name, HEADLINE, "publication", every=True
    ),
    "first page of vintages": lambda here, name: vintage_rows(
        here, name, HEADLINE, "publication", every=True, part=slice(0, 101)
    ),
    "vintages along both": lambda here, name: known_vintage_rows(here, name, HEADLINE),
    "changes from the beginning": lambda here, name: counted_changes(
        here, name, (0, here.as_of.position), HEADLINE
    ),
    "two policies compared": lambda here, name: comparison(
        here, (None, "envelope/1"), "publication", name, "", 1
    ),
    "series as of a day": lambda here, name: series_rows(_as_of_a_day(here), name, HEADLINE),
}
Taken = dict[tuple[str, str], dict[int, float]]
"""Milliseconds of processor time by work, indicator and size."""


def measure(scene: Scene) -> Found:
    """A slope for each work and indicator, and a row for the largest size."""
    taken: Taken = {}
    for size in SIZES:
        folder = scene.folder(f"histories-{size}")
        path, data = folder / "lines.ndjson", folder / "data"
        path.write_bytes(b"".join(map(written, lines(size))))
        with serving(data) as server:
            send(server, path)
            settle(server.port)
            for name in INDICATORS:
                found = median(page_after_a_write(server, folder, name, n) for n in range(ROUNDS))
                taken.setdefault(("page after a write", name), {})[size] = found
        for key, spent in computed(data).items():
            taken.setdefault(key, {})[size] = spent
    return Found(
        [_row(work, name, by) for (work, name), by in taken.items()],
        [Slope(f"{work}, {name}", "ms", by) for (work, name), by in taken.items()],
    )


def _row(work: str, name: str, by: dict[int, float]) -> Row:
    small, large = min(by), max(by)
    if work.startswith("page"):
        details = f"one indicator with {large:,} claims, {ROUNDS} rounds, processor time"
        return cost(f"{work}, {name}", by[large], PAGE_MS, "ms", 1.0, details)
    ours, limit = (by[size] / size * 1e3 for size in (large, small))
    details = f"one indicator, {large:,} claims against {small:,}, processor time"
    return cost(f"{work}, {name}", ours, limit, "us a claim", AT_MOST, details)


def lines(size: int) -> Iterator[Line]:
    """The import lines of so many claims on each indicator."""
    random = Random(size)
    for name, kind in INDICATORS.items():
        yield {"define_indicator": {"id": name, "title": name.title(), "measure": kind}}
    for rank in range(8):
        yield {"grade_source": {"source": f"origin-{rank}", "reliability": "ABBCCFAB"[rank]}}
    earlier = dict[str, list[tuple[str, Line]]]()
    for n in range(size):
        published = START + n * min(PACE, timedelta(days=365 * YEARS) / size)
        for name in INDICATORS:
            said, chance = earlier.setdefault(name, []), random.random()
            claim = _claim(random, name, published)
            if said and chance < 0.3:
                parent, before = random.choice(said[-12:])
                claim["period"] = before["period"]
                claim |= (
                    {"derived_from": [parent]}
                    if chance < 0.07
                    else {"originator": before["originator"]}
                )
            report = f"{name}-{n}"
            if "derived_from" not in claim:
                said.append((f"{report}/1", claim))
            day = f"{published:%Y-%m-%dT%H:%M:%SZ}"
            body = {"id": report, "publisher": "wire", "published_at": day, "claims": [claim]}
            yield {"file_report": body}


def _claim(random: Random, name: str, published: datetime) -> Line:
    covered = published - timedelta(days=random.randrange(3))
    value = (covered - START).days * 7 * (name == "total") + random.randrange(1_000, 1_100)
    return {
        "indicator": name,
        "originator": f"origin-{random.randrange(8)}",
        "status": "estimated",
        "period": covered.date().isoformat(),
        "quantity": {"best": value, "qualifier": random.choice(("about", "exact"))},
    }


def page_after_a_write(server: Server, folder: Path, name: str, n: int) -> float:
    """Milliseconds of the server's processor time for the page of an indicator, just written to."""
    claim = _claim(Random(n), name, START + timedelta(days=365 * YEARS))
    body = {"id": f"after-{name}-{n}", "publisher": "wire", "published_at": "2023-01-01"}
    path = folder / "one.ndjson"
    path.write_bytes(written({"file_report": {**body, "claims": [claim]}}))
    sent, before = send(server, path), server.spent()
    status, _ = get(server.port, f"/estimates/{name}?min_position={sent.position}")
    if status != 200:
        raise RuntimeError(f"the page of {name} was answered {status}")
    return (server.spent() - before) * 1e3


def computed(data: Path) -> dict[tuple[str, str], float]:
    """Milliseconds of processor time of each work on each indicator, in process."""
    file, found = (
        ViewFile(data / (data / "views.current").read_text().strip()),
        dict[tuple[str, str], float](),
    )
    with file.reading() as db:
        here = Standpoint(db, AsOf(position_of(db)), current=True, suspect=nothing)
        for work, do in WORKS.items():
            for name in INDICATORS:
                begun = time.process_time()
                do(here, name)
                found[work, name] = (time.process_time() - begun) * 1e3
    file.close()
    return found


def _as_of_a_day(here: Standpoint) -> Standpoint:
    day = to_micros(START + timedelta(days=365 * YEARS // 2))
    return replace(here, as_of=replace(here.as_of, published_by=day), current=False)
