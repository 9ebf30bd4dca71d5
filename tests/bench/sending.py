"""Imports a file over HTTP with little overhead, and measures how long it takes."""

import json
import os
import socket
import time
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

from pydantic_core import to_json

from tests.bench.generator import Line, preamble
from tests.bench.server import Server, connected, head, received, wait_for_views


@dataclass(frozen=True, slots=True)
class Imported:
    """Seconds until all lines were acknowledged and until they were in the views; the position."""

    acknowledged: float
    viewed: float
    position: int


def send(server: Server, path: Path, offset: int = 0, size: int | None = None) -> Imported:
    """Import a file or a part of it and wait for the views; raises unless every line is accepted."""
    size = os.path.getsize(path) - offset if size is None else size
    length, media_type = f"Content-Length: {size}", "Content-Type: application/x-ndjson"
    request = head("POST", "/v1/import", media_type, length, "Connection: close")
    start = time.perf_counter()
    with connected(server.port) as connection:
        connection.sendall(request)
        writer = Thread(target=_write, args=(connection, path, offset, size))
        writer.start()
        answer = b"".join(received(connection))
        writer.join()
    acknowledged = time.perf_counter() - start
    last = _last_line(answer)
    if not last.get("done") or last["refused"]:
        raise RuntimeError(f"the import of {path} was not accepted: {answer[:2_000].decode()}")
    wait_for_views(server.port, last["position"])
    return Imported(acknowledged, time.perf_counter() - start, last["position"])


def prepare(server: Server, folder: Path) -> None:
    """Import the definitions and sources that generated reports need."""
    path = folder / "preamble.ndjson"
    path.write_bytes(b"".join(map(written, preamble())))
    send(server, path)


def written(line: Line) -> bytes:
    """An import line as bytes."""
    return to_json(line) + b"\n"


def _write(connection: socket.socket, path: Path, offset: int, size: int) -> None:
    with path.open("rb") as file:
        connection.sendfile(file, offset, size)


def _last_line(answer: bytes) -> Line:
    """The last line of a chunked body."""
    found: Line = {}
    for line in answer.splitlines():
        if line.startswith(b'{"done"'):
            found = json.loads(line)
    return found
