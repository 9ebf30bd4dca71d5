"""Measures the log as NDJSON over HTTP; the limit is a `SELECT` of the same bytes to a socket."""

import argparse
import socket
import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from tests.bench.bare import durable
from tests.bench.result import Row, rate
from tests.bench.scene import Found, Scene
from tests.bench.server import Server, connected, head, program, received, serving
from tests.bench.stores import store

ROUNDS = 5
UNTIL_KNOWN = 2
"""Number of replays in which each event is verified by itself, before its page is known."""
PAGE = 200
MOST = 100_000
"""Maximum number of claims in the log."""
REPLAY = head("GET", "/v1/events", "Accept: application/x-ndjson", "Connection: close")


def measure(scene: Scene) -> Found:
    """Reads of a whole log as a stream: the first since a start, and those of pages that are known."""
    table = scene.folder("replay") / "bare.sqlite"
    size = max(size for size in scene.sizes if size <= MOST or size == scene.sizes[0])
    with serving(store(size)) as ours:
        _keep(replayed(ours.port), table)
    bare = ("-m", "tests.bench.replays", "--table", str(table))
    with program(*bare, ready="/ready") as limit:
        first = [once for _ in range(ROUNDS) for once in _rates(size, limit, rounds=1, before=0)]
        again = _rates(size, limit, rounds=ROUNDS, before=UNTIL_KNOWN)
    details = f"{size:,} claims, {ROUNDS} rounds"
    return Found(
        [
            _row("the first since a start", first, details),
            _row(f"after {UNTIL_KNOWN} others", again, details),
        ]
    )


def _rates(size: int, limit: Server, *, rounds: int, before: int) -> list[tuple[float, float]]:
    """MiB/s of a service started for this, after some replays, and of the limit, round by round."""
    with serving(store(size)) as ours:
        for _ in range(before):
            drained(ours.port)
        return [(_rate(ours.port), _rate(limit.port)) for _ in range(rounds)]


def _rate(port: int) -> float:
    start = time.perf_counter()
    length = drained(port)
    return length / (time.perf_counter() - start) / 2**20


def _row(when: str, rates: Sequence[tuple[float, float]], details: str) -> Row:
    sent, plain = (median(each) for each in zip(*rates, strict=True))
    return rate(f"replay of the log over HTTP, {when}", sent, plain, "MiB/s", 0.55, details)


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
