"""Run all measurements or some: `python -m tests.bench --sizes 10000,100000 --only posts,reads`."""

import argparse
import json
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.bench import (
    appends,
    as_of,
    board,
    disk,
    ends,
    flags,
    growth,
    histories,
    imports,
    nodes,
    peers,
    postgres,
    posts,
    proofs,
    reading,
    reads,
    rebuilds,
    replays,
    verifying,
    visible,
)
from tests.bench.machine import machine
from tests.bench.page import page
from tests.bench.progress import say
from tests.bench.result import Peer, Row, Slope
from tests.bench.scene import CACHE, Found, Measurement, Scene

SIZES = (10_000, 100_000, 1_000_000)
MEASUREMENTS: Mapping[str, Measurement] = {
    "posts": posts.measure,
    "reads": reads.measure,
    "imports": imports.measure,
    "replays": replays.measure,
    "visible": visible.measure,
    "rebuilds": rebuilds.measure,
    "growth": growth.measure,
    "histories": histories.measure,
    "disk": disk.measure,
    "appends": appends.measure,
    "proofs": proofs.measure,
    "verifying": verifying.measure,
    "reading": reading.measure,
    "board": board.measure,
    "flags": flags.measure,
    "nodes": nodes.measure,
    "postgres": lambda _: Found(postgres.rows()),
    "peers": lambda _: peers.measure(),
    "ends": ends.measure,
    "as-of": as_of.measure,
}


def main() -> None:
    """Run the measurements named on the command line; print the results and write them to files."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)), help="numbers of claims")
    parser.add_argument("--only", default=",".join(MEASUREMENTS), help="which measurements")
    parser.add_argument("--result", default="bench", help="name of the files of results, in build")
    asked = parser.parse_args()
    names = asked.only.split(",")
    if unknown := [name for name in names if name not in MEASUREMENTS]:
        parser.error(f"there is no {', '.join(unknown)}; there are {', '.join(MEASUREMENTS)}")
    sizes = tuple(sorted(int(size) for size in asked.sizes.split(",")))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # servers are stopped
    CACHE.mkdir(parents=True, exist_ok=True)
    out, where, all_found = Console(width=160), machine(CACHE), list[Found]()
    out.print(where)
    result, tables = (CACHE.parent / f"{asked.result}.{kind}" for kind in ("json", "md"))
    for name in names:
        begun = time.monotonic()
        say(f"{name} begins")
        scratch = Path(tempfile.mkdtemp(prefix="scratch-", dir=CACHE))
        try:
            found = MEASUREMENTS[name](Scene(sizes, scratch))
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
        all_found.append(found)
        say(f"{name} took {time.monotonic() - begun:,.0f} s")
        out.print(_table(found.rows), *map(_slope, found.slopes), *map(_peer, found.peers), sep="\n")
        out.file.flush()
        write(result, where, all_found)
        tables.write_text(page(where, all_found))


def write(path: Path, where: str, found: Sequence[Found]) -> None:
    """Write the results as JSON."""
    rows, slopes, peers = (
        [asdict(each) for one in found for each in getattr(one, name)]
        for name in ("rows", "slopes", "peers")
    )
    whole = {"machine": where, "rows": rows, "slopes": slopes, "peers": peers}
    path.write_text(json.dumps(whole, indent=2) + "\n")


def _table(rows: Sequence[Row]) -> Table:
    table = Table("", "work", "ours", "limit", "unit", "ratio", "target", "size", box=None)
    for row in rows:
        figures = (f"{row.ours:,.4g}", f"{row.limit:,.4g}", row.unit)
        mark = "✓" if row.reached else "✗"
        table.add_row(mark, row.name, *figures, f"{row.ratio:.2f}", row.target, row.size)
    return table


def _slope(slope: Slope) -> str:
    at = ", ".join(f"{cost:,.3g} at {size:,}" for size, cost in slope.at.items())
    return f"{slope.name}, {slope.unit}: {at}"


def _peer(peer: Peer) -> str:
    work = f"{peer.work}: {peer.rate:,.4g} {peer.unit}"
    return f"{peer.name} {peer.version}, {work}; gives {peer.gives}; lacks {peer.lacks}"


if __name__ == "__main__":
    main()
