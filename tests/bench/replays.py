"""Measures the log as NDJSON over HTTP; the limit is a `SELECT` of the same bytes to a socket."""

import argparse
import socket
import sqlite3
import time
from pathlib import Path
from statistics import median

from tests.bench.bare import durable
from tests.bench.result import rate
from tests.bench.scene import Found, Scene
from tests.bench.server import connected, head, program, received, serving
from tests.bench.stores import store

ROUNDS = 5
PAGE = 200
MOST = 100_000
"""Maximum number of claims in the log."""
REPLAY = head("GET", "/v1/events", "Accept: application/x-ndjson", "Connection: close")


def measure(scene: Scene) -> Found:
    """Reads of a whole log as a stream."""
    folder = scene.folder("replay")
    size = max(size for size in scene.sizes if size <= MOST or size == scene.sizes[0])
    details = f"{size:,} claims, {ROUNDS} rounds"
    with serving(store(size)) as ours:
        whole = replayed(ours.port)
        _keep(whole, folder / "bare.sqlite")
        bare = ("-m", "tests.bench.replays", "--table", str(folder / "bare.sqlite"))
        with program(*bare, ready="/ready") as limit:
            found: dict[int, list[float]] = {ours.port: [], limit.port: []}
            for _ in range(ROUNDS):
                for each in found:
                    start = time.perf_counter()
                    length = drained(each)
                    found[each].append(length / (time.perf_counter() - start) / 2**20)
    sent, plain = (median(each) for each in found.values())
    return Found([rate("replay of the log over HTTP", sent, plain, "MiB/s", 0.55, details)])


def replayed(port: int) -> bytes:
    """The bytes that a server sends, HTTP framing included."""
    with connected(port) as connection:
        connection.sendall(REPLAY)
        return b"".join(received(connection))


def drained(port: int) -> int:
    """The number of those bytes, none of which is kept."""
    with connected(port) as connection:
        connection.sendall(REPLAY)
        return sum(map(len, received(connection)))


def _keep(answer: bytes, path: Path) -> None:
    """Insert the events of a replay into a plain table."""
    db = durable(path)
    lines = (line for line in answer.splitlines() if line.startswith(b'{"position"'))
    db.execute("BEGIN")
    db.executemany("INSERT INTO rows (body) VALUES (?)", ((line,) for line in lines))
    db.execute("COMMIT")
    db.close()


def _serve(path: Path, port: int) -> None:
    """The limit: return the rows of the table as they are."""
    db = sqlite3.connect(path)
    with socket.create_server(("127.0.0.1", port)) as listening:
        while True:
            connection, _ = listening.accept()
            with connection:
                asked = connection.recv(4_096)
                connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                after = 0
                while asked == REPLAY and (
                    page := db.execute(
                        "SELECT position, body FROM rows WHERE position > ? ORDER BY position LIMIT ?",
                        (after, PAGE),
                    ).fetchall()
                ):
                    connection.sendall(b"".join(b"%b\n" % body for _, body in page))
                    after = page[-1][0]


def _main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--table", type=Path)
    parser.add_argument("--port", type=int)
    asked = parser.parse_args()
    _serve(asked.table, asked.port)


if __name__ == "__main__":
    _main()
