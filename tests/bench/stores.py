"""Logs with generated claims, created once per size and stored."""

import hashlib
import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.bench.generator import VERSION, Load, write
from tests.bench.scene import CACHE
from tests.bench.sending import Imported, send
from tests.bench.server import serving
from tests.places import ROOT

PROGRAM = ("domain", "projections", "service")


@dataclass(frozen=True, slots=True)
class Made:
    """The cost of importing a log: times, and peak memory in MiB."""

    imported: Imported
    peak: float


def lines_file(size: int) -> Path:
    """The file with the import lines of a number of claims; generated once."""
    path = CACHE / f"v{VERSION}-{size}.ndjson"
    if not path.is_file():
        CACHE.mkdir(parents=True, exist_ok=True)
        write(Load(size), path)
    return path


def make(size: int) -> Made:
    """Import a number of claims into a new log and store it."""
    folder = CACHE / f"v{VERSION}-{size}"
    shutil.rmtree(folder, ignore_errors=True)
    lines = lines_file(size)
    with serving(folder / "data") as server:
        made = Made(send(server, lines), server.peak())
    (folder / "made.json").write_text(json.dumps({"program": _program(), **asdict(made)}))
    return made


def made(size: int) -> Made:
    """The cost of importing a stored log with this version of the program; imports it if necessary."""
    try:
        known = json.loads((CACHE / f"v{VERSION}-{size}" / "made.json").read_text())
    except OSError:
        return make(size)
    if known["program"] != _program():
        return make(size)
    return Made(Imported(**known["imported"]), known["peak"])


def store(size: int) -> Path:
    """The data directory of a stored log; it must not be written to."""
    made(size)
    return CACHE / f"v{VERSION}-{size}" / "data"


def copy(size: int, folder: Path) -> Path:
    """A copy of a stored log that may be written to."""
    return Path(shutil.copytree(store(size), folder / f"copy-{size}"))


def _program() -> str:
    """A digest of the source code; another version may store other logs and views."""
    digest = hashlib.sha256()
    for path in sorted(p for part in PROGRAM for p in (ROOT / part).rglob("*") if p.is_file()):
        if path.suffix in (".py", ".sql"):
            digest.update(path.read_bytes())
    return digest.hexdigest()
