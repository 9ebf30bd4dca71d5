"""Measures imports over HTTP; the limit validates the same lines and stores them in a table."""

import time
from collections.abc import Callable, Iterable
from itertools import chain, islice
from pathlib import Path
from statistics import median

from service.interop.import_lines import ImportLine
from tests.bench.bare import durable
from tests.bench.result import Row, rate
from tests.bench.scene import REAL, Found, Scene
from tests.bench.sending import Imported, send
from tests.bench.server import serving
from tests.bench.stores import lines_file
from tests.real import FILES, lines_of, ndjson

ROUNDS, MOST_OFTEN = 3, 150_000
"""Number of rounds, and the maximum number of claims for it; larger imports run once."""
A_COMMIT = 1_000
LEAST = {"real": (0.35, 0.28), "generated": (0.18, 0.15)}
"""Targets of the ratios: until acknowledged, and until it is in the views."""
PARTS_OF_OTHERS = ("epidata_archive_ca_ny_2020-12_2021-01.csv", "gaza_incident_2026-06.csv")


def measure(scene: Scene) -> Found:
    """Imports of real figures, if they are available, and of generated ones."""
    rows = list[Row]()
    if REAL.is_dir():
        path = scene.folder("real") / "real.ndjson"
        path.write_bytes(b"".join(real_lines()))
        rows += _rows(scene, "real", path)
    size = min(scene.sizes[-1], 100_000)
    rows += _rows(scene, "generated", lines_file(size))
    return Found(rows)


def real_lines() -> Iterable[bytes]:
    """The import lines of all real figures, without files that are part of others."""
    names = [name for name in FILES if name not in PARTS_OF_OTHERS]
    return ndjson(chain.from_iterable(lines_of(REAL / name) for name in names))


def _rows(scene: Scene, words: str, path: Path) -> list[Row]:
    """The rows for one file; rounds of ours and of the limit alternate."""
    folder = scene.folder(f"import-{words}")
    ours, limits = list[Imported](), list[float]()
    lines, claims = _counted(path)
    rounds = ROUNDS if claims <= MOST_OFTEN else 1
    for number in range(rounds):
        with serving(folder / f"data-{number}") as server:
            ours.append(send(server, path))
        limits.append(limit(path, folder / f"limit-{number}.sqlite"))
    size = f"{lines:,} {words} lines with {claims:,} claims, rounds: {rounds}"

    def row(what: str, seconds: Callable[[Imported], float], must: float) -> Row:
        figures = claims / median(map(seconds, ours)), claims / median(limits)
        return rate(f"import of {words} lines, {what}", *figures, "claims/s", must, size)

    acknowledged, viewed = LEAST[words]
    return [
        row("acknowledged", lambda done: done.acknowledged, acknowledged),
        row("in the views", lambda done: done.viewed, viewed),
    ]


def limit(path: Path, database: Path) -> float:
    """Seconds to validate the lines of a file and store them, 1000 per commit."""
    db = durable(database)
    start = time.perf_counter()
    with path.open("rb") as file:
        while some := list(islice(file, A_COMMIT)):
            for line in some:
                ImportLine.model_validate_json(line)
            db.execute("BEGIN")
            db.executemany("INSERT INTO rows (body) VALUES (?)", [(line,) for line in some])
            db.execute("COMMIT")
    seconds = time.perf_counter() - start
    db.close()
    return seconds


def _counted(path: Path) -> tuple[int, int]:
    """The number of lines in a file, and of claims that they file or restate."""
    lines = claims = 0
    with path.open("rb") as file:
        for line in file:
            lines += 1
            claims += line.count(b'"originator":')
    return lines, claims
