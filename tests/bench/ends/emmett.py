"""emmett with Express on SQLite, in Node.js; its packages are installed into `build` by npm, once."""

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.bench.ends.end import MANY, ONE, End
from tests.bench.ends.ours import ON_SQLITE
from tests.bench.peers.ground import Ground
from tests.bench.progress import say
from tests.bench.server import get, program
from tests.places import ROOT

SOURCE = ROOT / "tests" / "bench" / "peers" / "emmett"
PACKAGES, SERVER, INSTALLED = "package.json", "server.mjs", "installed"
# Its packages name each other in versions that do not all exist: the pins decide.
INSTALL = ("install", "--no-package-lock", "--no-audit", "--no-fund", "--legacy-peer-deps")
INSTALL_SECONDS = 1_200
FULL, WAL = 2, "wal"
GIVES = "a decision on the state of the stream, read for it; 403 for one that is there"
LACKS = (
    "a schema of the body; checks against indicators, sources and earlier reports; "
    "hash, salt and index; any view, unless a user writes one"
)
PLAIN_LACKS = (
    f"{LACKS}; clients at the same time: each call opens and closes the file, and SQLITE_BUSY is a "
    "500, now and then for one client as well"
)
KEPT_LACKS = f"{LACKS}; clients at the same time: they share a transaction, answered before it commits"


@contextmanager
def on_sqlite(ground: Ground) -> Iterator[End]:
    """As documented: the store is given the name of a file, and opens it for each call."""
    name = "emmett on SQLite, in Express"
    with _serving(ground.directory / "emmett", name, PLAIN_LACKS, (ONE, MANY)) as end:
        yield end


@contextmanager
def on_kept(ground: Ground) -> Iterator[End]:
    """With the one connection that its options take; for one client, because of what it lacks."""
    name = "emmett on SQLite, connection kept, in Express"
    with _serving(ground.directory / "emmett-kept", name, KEPT_LACKS, (ONE,), "--keep") as end:
        yield end


@contextmanager
def _serving(data: Path, name: str, lacks: str, works: Sequence[str], *options: str) -> Iterator[End]:
    script, node = installed() / SERVER, _found("node")
    data.mkdir()
    arguments = (str(script), "--data", str(data), *options)
    with program(*arguments, ready="/readyz", interpreter=node) as server:
        state = json.loads(get(server.port, "/readyz")[1])
        if (state["synchronous"], state["journal_mode"]) != (FULL, WAL):
            raise RuntimeError(f"it is not as durable as ours: {state}")
        yield End(name, _version(), server, GIVES, lacks, ON_SQLITE, works)


def installed() -> Path:
    """The folder with the server and its packages, of the versions that are pinned now.

    Raises FileNotFoundError where there is no Node.js, CalledProcessError where npm cannot install.
    """
    node, npm = _found("node"), _found("npm")
    pins = (SOURCE / PACKAGES).read_bytes()
    folder = ROOT / "build" / f"emmett-{hashlib.sha256(pins).hexdigest()[:12]}"
    if not (folder / INSTALLED).is_file():
        say("ends: npm installs emmett")
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        (folder / PACKAGES).write_bytes(pins)
        whole = {**os.environ, **_headers(node)}
        subprocess.run(
            [npm, *INSTALL],
            cwd=folder,
            env=whole,
            check=True,
            capture_output=True,
            timeout=INSTALL_SECONDS,
        )
        (folder / INSTALLED).touch()
    shutil.copy2(SOURCE / SERVER, folder)
    return folder


def _headers(node: str) -> Mapping[str, str]:
    """Where Node.js came with its headers, SQLite is built from source and not fetched ready-made."""
    prefix = Path(node).resolve().parents[1]
    if not (prefix / "include" / "node" / "node_api.h").is_file():
        return {}
    return {"npm_config_nodedir": str(prefix), "npm_config_build_from_source": "true"}


def _found(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        raise FileNotFoundError(f"there is no {name} here")
    return path


def _version() -> str:
    pins = json.loads((SOURCE / PACKAGES).read_bytes())["dependencies"]
    version: str = pins["@event-driven-io/emmett-sqlite"]
    return version
