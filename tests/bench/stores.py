"""Logs with generated claims, created once per size and stored.

A log is imported in parts, and each part is noted when it is done. A run that was broken off goes on
with the part that it was in; lines of it that are stored already are not stored again.
"""

import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.bench.generator import VERSION, Load, write
from tests.bench.progress import say
from tests.bench.scene import CACHE
from tests.bench.sending import send
from tests.bench.server import Server, head_of, serving, wait_for_sums
from tests.places import ROOT

PROGRAM = ("domain", "projections", "service")
PART_BYTES = 1 << 28
"""Size of the lines of a part: about a million claims."""


@dataclass(frozen=True, slots=True)
class Made:
    """The cost of an import: seconds until all was acknowledged, and until it was in the views.

    `events` is the number of events that it stored; those stored before it was broken off are not among
    them. `peak` is the most memory of the service, in MiB.
    """

    acknowledged: float
    viewed: float
    events: int
    peak: float


def lines_file(size: int) -> Path:
    """The file with the import lines of a number of claims; generated once."""
    path = CACHE / f"v{VERSION}-{size}.ndjson"
    if not path.is_file():
        CACHE.mkdir(parents=True, exist_ok=True)
        say(f"generating the import lines of {size:,} claims")
        write(Load(size), path)
    return path


def made(size: int) -> Made:
    """The cost of importing a stored log with this version of the program; imports it if necessary."""
    lines = lines_file(size)
    parts = list(parts_of(lines))
    done = _noted(size)
    if len(done) < len(parts):
        done = _import(size, lines, parts, done)
    return Made(
        sum(each.acknowledged for each in done),
        sum(each.viewed for each in done),
        sum(each.events for each in done),
        max(each.peak for each in done),
    )


def store(size: int) -> Path:
    """The data directory of a stored log; it must not be written to."""
    made(size)
    return _folder(size) / "data"


def copy(size: int, folder: Path) -> Path:
    """A copy of a stored log that may be written to."""
    return Path(shutil.copytree(store(size), folder / f"copy-{size}"))


def _import(
    size: int, lines: Path, parts: Sequence[tuple[int, int]], done: Sequence[Made]
) -> Sequence[Made]:
    """Import the parts that are missing, and note each."""
    folder, done = _folder(size), list(done)
    if not done:
        shutil.rmtree(folder, ignore_errors=True)
    with serving(folder / "data") as server:
        for number, part in enumerate(parts[len(done) :], len(done) + 1):
            done.append(_import_part(server, lines, part))
            if number == len(parts):
                _follow_sums(server)
            note = {"program": _program(), "parts": [asdict(each) for each in done]}
            (folder / "made.json").write_text(json.dumps(note))
            a_second = done[-1].events / done[-1].viewed
            say(f"{size:,} claims: imported {len(done)} of {len(parts)} at {a_second:,.0f} events/s")
    return done


def _follow_sums(server: Server) -> None:
    """Have the views whole: what is measured in process builds no deferred rows."""
    begun = time.perf_counter()
    wait_for_sums(server.port)
    say(f"sums were followed {time.perf_counter() - begun:.1f} s after the rest")


def _import_part(server: Server, lines: Path, part: tuple[int, int]) -> Made:
    before = head_of(server.port)
    sent = send(server, lines, *part)
    return Made(sent.acknowledged, sent.viewed, sent.position - before, server.peak())


def parts_of(lines: Path, most_bytes: int = PART_BYTES) -> Iterator[tuple[int, int]]:
    """The offset and the number of bytes of each part; it ends with the line that makes it whole."""
    with lines.open("rb") as file:
        start, end = 0, os.path.getsize(lines)
        while start < end:
            file.seek(min(start + most_bytes, end) - 1)
            file.readline()
            yield start, file.tell() - start
            start = file.tell()


def _noted(size: int) -> Sequence[Made]:
    """What was noted of the parts imported so far by this version of the program."""
    try:
        known = json.loads((_folder(size) / "made.json").read_text())
    except (OSError, ValueError):
        return ()
    if known["program"] != _program() or "parts" not in known:
        return ()
    return [Made(**each) for each in known["parts"]]


def _folder(size: int) -> Path:
    return CACHE / f"v{VERSION}-{size}"


def _program() -> str:
    """A digest of the source code; another version may store other logs and views."""
    digest = hashlib.sha256()
    for path in sorted(p for part in PROGRAM for p in (ROOT / part).rglob("*") if p.is_file()):
        if path.suffix in (".py", ".sql"):
            digest.update(path.read_bytes())
    return digest.hexdigest()
