"""A server that may open few files: idle connections take none that the log and the views need."""

import resource
import socket
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import httpx2

from service.transport.connections import raise_open_files
from tests.http_spec import indicator, report
from tests.processes import Process, process, wait_for_views
from tests.service.transport.wires import HEAD

FILES, IDLE = 1_024, 1_500
CAPACITY = 768
"""What 1,024 files leave for connections; the others are for the log, the views and pipes."""
few_files = partial(resource.setrlimit, resource.RLIMIT_NOFILE, (FILES, FILES))


def filed(server: Process, name: str) -> None:
    """A report is written, is in the views and can be read and found, by new connections."""
    answer = httpx2.post(f"{server.url}/v1/reports", json=report(name).body, timeout=60)
    wait_for_views(server.url, answer.raise_for_status().json()["position"])
    assert server.get(f"/v1/reports/{name}")["id"] == name
    assert server.get("/v1/estimates/troops/vintages")["items"]


def test_idle_connections_take_no_file_that_others_need(tmp_path: Path) -> None:
    raise_open_files()
    with process(tmp_path, preexec_fn=few_files) as server, ExitStack() as held:
        ask, address = indicator(), (urlsplit(server.url).hostname, urlsplit(server.url).port)
        httpx2.put(server.url + ask.path, json=ask.body).raise_for_status()
        for n in range(IDLE):
            held.enter_context(socket.create_connection(address, timeout=20))
            if n % 500 == 0:
                filed(server, f"r{n}")
        filed(server, "last")
        httpx2.post(f"{server.url}/v1/projections/claims/rebuild").raise_for_status()
        job = server.wait_until(lambda job: job["state"] != "running", "/v1/projections/claims/rebuild")
        assert job["state"] == "done"
        filed(server, "after-rebuild")


def test_past_the_capacity_that_the_files_allow_it_says_so(tmp_path: Path) -> None:
    raise_open_files()
    unfinished = b"POST /v1/reports HTTP/1.1\r\n" + HEAD + b"Content-Type: application/json\r\n"
    with process(tmp_path, preexec_fn=few_files) as server, ExitStack() as held:
        address = urlsplit(server.url).hostname, urlsplit(server.url).port
        wires = [
            held.enter_context(socket.create_connection(address, timeout=20)) for _ in range(CAPACITY)
        ]
        for each in wires:
            each.sendall(unfinished + b"Content-Length: 9\r\n\r\n")
        answers = [_asked(address) for _ in range(20)]
        assert answers[-1].startswith(b"HTTP/1.1 503 ") and b"retry-after: 1" in answers[-1].lower()
        for each in wires:
            each.close()
        server.wait_until(lambda state: state["ready"])


def _asked(address: tuple[str | None, int | None]) -> bytes:
    with socket.create_connection(address, timeout=20) as wire:
        wire.sendall(b"GET /healthz HTTP/1.1\r\n" + HEAD + b"Connection: close\r\n\r\n")
        return wire.recv(65_536)
