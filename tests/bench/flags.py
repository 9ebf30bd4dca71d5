"""Measures the flags over all claims of an indicator: judged from all, after a touch, of one cell.

Processor time, in process, of random events on random indicators; the views are read, not written.
"""

import sqlite3
import time
from collections.abc import Callable
from random import Random
from statistics import median

from domain.period import parse_period
from projections.answers.as_of import AsOf
from projections.answers.flags import flags, suspicions_of
from projections.answers.kept_suspicions import judged_again
from projections.answers.moments import touching
from projections.answers.questions import Narrowing
from service.views.history import position_of
from service.views.store import ViewFile
from tests.bench.generator import INDICATORS, indicator
from tests.bench.progress import say
from tests.bench.result import Slope
from tests.bench.scene import Found, Scene
from tests.bench.stores import store

ASKED = 100
"""Number of events after which flags are looked for."""
JUDGED, TOUCHED, CELL = "judged from all claims", "after a touch", "of one period"
_PERIOD = "SELECT period FROM claims WHERE indicator = ? AND since <= ? ORDER BY since DESC LIMIT 1"


def measure(scene: Scene) -> Found:
    """A slope for each kind of question, in milliseconds of a processor."""
    taken = {size: measured(size) for size in scene.sizes}
    return Found(
        slopes=[
            Slope(f"flags {kind}", "ms", {size: found[kind] for size, found in taken.items()})
            for kind in (JUDGED, TOUCHED, CELL)
        ]
    )


def measured(size: int) -> dict[str, float]:
    """The median of each kind at one size."""
    say(f"flags: {size:,} claims")
    data, random = store(size), Random(1)
    file = ViewFile(data / (data / "views.current").read_text().strip())
    taken: dict[str, list[float]] = {JUDGED: [], TOUCHED: [], CELL: []}
    with file.reading() as db:
        head = position_of(db)
        for _ in range(ASKED):
            name = indicator(random.randrange(INDICATORS))
            for kind, asked in _questions(db, name, random.randint(head // 2, head)).items():
                begun = time.process_time()
                asked()
                taken[kind].append((time.process_time() - begun) * 1e3)
    file.close()
    return {kind: median(times) for kind, times in taken.items()}


def _questions(db: sqlite3.Connection, name: str, position: int) -> dict[str, Callable[[], object]]:
    """Each kind of question about an indicator, after the last event that touched it by a position."""
    cause = touching(db, name, 0, position)[-1]
    before, now = AsOf(cause.position - 1), AsOf(cause.position)
    [period] = db.execute(_PERIOD, (name, position)).fetchone()
    asked = Narrowing(period=parse_period(period))
    return {
        JUDGED: lambda: suspicions_of(db, name, now),
        TOUCHED: lambda: judged_again(db, name, before, now, [cause]),
        CELL: lambda: flags(db, name, now, asked),
    }
