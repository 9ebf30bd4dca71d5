"""Measures how soon a report is visible in the views; the limit is how soon it is acknowledged."""

import socket
import time
from selectors import EVENT_READ, DefaultSelector
from statistics import median

from tests.bench.load import request_of
from tests.bench.posts import write_bodies
from tests.bench.result import cost
from tests.bench.scene import Found, Scene
from tests.bench.sending import prepare
from tests.bench.server import Server, connected, head, head_of, serving, settle

REPORTS, WARM_UP = 600, 100
AT_MOST = 1.8
PATIENCE = 30.0
LIVE, READ = "/v1/events?after={}", "/v1/indicators?limit=1&min_position={}"


def measure(scene: Scene) -> Found:
    """Posts from one client while a subscriber listens, and while a reader waits for each."""
    folder = scene.folder("visible")
    bodies = folder / "bodies"
    write_bodies(bodies, 2 * (REPORTS + WARM_UP))
    requests = [request_of(line) for line in bodies.read_bytes().splitlines()]
    half = len(requests) // 2
    with serving(folder / "data") as server:
        prepare(server, folder)
        subscribed = _times(server, requests[:half], reading=False)
        read = _times(server, requests[half:], reading=True)
    rows = []
    for words, (post, seen) in (("to a subscriber", subscribed), ("to a waiting reader", read)):
        name = f"write to visible in the views, {words}, p50"
        rows.append(cost(name, seen * 1e3, post * 1e3, "ms", AT_MOST, f"{REPORTS} reports"))
    return Found(rows)


def _times(server: Server, requests: list[bytes], *, reading: bool) -> tuple[float, float]:
    """Median seconds from sending a report to its answer, and to its arrival on another connection.

    A subscriber receives events once the views hold them. A reader requests the position that the
    report will get, just after the report is sent, on a connection of its own.
    """
    settle(server.port)
    posted, seen = list[float](), list[float]()
    with connected(server.port) as writer, connected(server.port) as other:
        position = head_of(server.port)
        if not reading:
            other.sendall(head("GET", LIVE.format(position), "Accept: text/event-stream"))
            while b"event: caught-up" not in other.recv(1 << 16):
                pass
        for request in requests:
            position += 1
            start = time.perf_counter()
            writer.sendall(request)
            if reading:
                other.sendall(head("GET", READ.format(position)))
            awaited = b'"next_cursor"' if reading else b"id: %d" % position
            times = _both(writer, other, awaited)
            posted.append(times[0] - start)
            seen.append(times[1] - start)
    return median(posted[WARM_UP:]), median(seen[WARM_UP:])


def _both(writer: socket.socket, other: socket.socket, awaited: bytes) -> tuple[float, float]:
    """The times at which a post was answered and at which some bytes came on the other connection."""
    marks = {writer: b'"position"', other: awaited}
    buffers, times = dict.fromkeys(marks, b""), dict[socket.socket, float]()
    with DefaultSelector() as selector:
        for each in marks:
            selector.register(each, EVENT_READ)
        while len(times) < len(marks):
            ready = selector.select(PATIENCE)
            if not ready:
                raise TimeoutError(f"after {PATIENCE} s there is only {buffers}")
            for key, _ in ready:
                each = writer if key.fileobj is writer else other
                buffers[each] += each.recv(1 << 16)
                if each not in times and marks[each] in buffers[each]:
                    times[each] = time.perf_counter()
    return times[writer], times[other]
