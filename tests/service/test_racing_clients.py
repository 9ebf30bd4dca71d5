"""Racing clients: what each was told, held against the log that all of them have written.

Every client writes, retries, aborts and reads as it likes; all that it sent and was told is recorded.
In the end the log must explain the whole record: what was acknowledged is there once and where it was
said to be, what was refused is not there, versions follow each other, writes are ordered as they
happened, and no client was ever told something older than it already knew.
"""

import json
import socket
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import httpx2
import pytest

from tests.http_spec import Api, Ask, Body, Server, claim, indicator, post, report, source
from tests.places import LONG

CLIENTS, STEPS = (16, 200) if LONG else (6, 40)
SHARED = ("shared-0", "shared-1", "shared-2")


@dataclass(frozen=True)
class Write:
    """One request to write: its mark, which only its event bears, and what came of it."""

    mark: str
    begun: float
    ended: float
    status: int | None
    """None where the client hung up before it was told."""
    position: int = 0
    version: int = 0
    matched: int | None = None


@dataclass
class Client:
    """A client with dice of its own, and the record of what it sent and was told."""

    name: str
    address: tuple[str, int]
    dice: Random
    writes: list[Write] = field(default_factory=list)
    seen: list[int] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def run(self) -> "Client":
        """Do one thing after another, as the dice fall."""
        base = f"http://{self.address[0]}:{self.address[1]}"
        with httpx2.Client(base_url=base, timeout=60) as http:
            for step in range(STEPS):
                does = self.dice.choice((self.files, self.corrects, self.grades, self.reads))
                does(http, f"{self.name}-{step}")
        return self

    def files(self, http: httpx2.Client, mark: str) -> None:
        """File a report; perhaps hang up, perhaps send it again."""
        self._sent_perhaps_again(http, report(mark, claim(self.dice.randrange(1_000), self.name)), mark)

    def grades(self, http: httpx2.Client, mark: str) -> None:
        """Grade a source that all grade, under a key; perhaps hang up, perhaps send it again."""
        ask = post("/v1/sources/nis/grades", reliability=self.dice.choice("ABCDEF"), reason=mark)
        self._sent_perhaps_again(http, ask.under(idempotency_key=mark), mark)

    def corrects(self, http: httpx2.Client, mark: str) -> None:
        """Correct a report that all correct, if it is still as it was read."""
        name = self.dice.choice(SHARED)
        version = http.get(f"/v1/reports/{name}").json()["version"]
        ask = post(f"/v1/reports/{name}/corrections", kind="record", reason=mark, claims=[])
        self._write(http, ask.under(if_match=f'"{version}"'), mark, version)

    def reads(self, http: httpx2.Client, mark: str) -> None:
        """Read what was written last, and the figure of all."""
        told = [each for each in self.writes if each.status in (200, 201) and each.matched is None]
        if told:
            last = max(told, key=lambda write: write.position)
            asked = {"min_position": last.position, "after": last.position - 1, "limit": 1}
            [event] = http.get("/v1/events", params=asked).json()["items"]
            if event["position"] != last.position or last.mark not in json.dumps(event):
                self.faults.append(f"{last} is not read back: {event}")
        query = {"min_position": max((each.position for each in self.writes), default=0)}
        body = http.get("/v1/estimates/troops", params=query).json()
        if body["as_of"]["position"] < query["min_position"]:
            self.faults.append(f"{query} was answered at {body['as_of']}")
        self.seen.append(http.get("/v1/estimates/troops").json()["as_of"]["position"])

    def _sent_perhaps_again(self, http: httpx2.Client, ask: Ask, mark: str) -> None:
        for _ in range(self.dice.choice((1, 1, 2, 3))):
            if self.dice.random() < 0.3:
                self._abort(ask, mark)
            else:
                self._write(http, ask, mark)

    def _write(self, http: httpx2.Client, ask: Ask, mark: str, matched: int | None = None) -> None:
        begun = time.monotonic()
        answer = http.request(ask.method, ask.path, json=ask.body, headers=ask.headers)
        told = answer.json() if answer.is_success else {}
        self.writes.append(
            Write(
                mark,
                begun,
                time.monotonic(),
                answer.status_code,
                told.get("position", 0),
                told.get("version", 0),
                matched,
            )
        )

    def _abort(self, ask: Ask, mark: str) -> None:
        """Send a request, or a part of it, and hang up."""
        body = json.dumps(ask.body).encode()
        lines = [f"{ask.method} {ask.path} HTTP/1.1", "Host: localhost", f"Content-Length: {len(body)}"]
        lines += ["Content-Type: application/json", *(f"{k}: {v}" for k, v in ask.headers.items())]
        sent = "\r\n".join([*lines, "", ""]).encode() + body
        begun = time.monotonic()
        with socket.create_connection(self.address) as wire:
            wire.sendall(sent[: self.dice.choice((len(sent), len(sent) - 1, len(sent) // 2))])
        self.writes.append(Write(mark, begun, time.monotonic(), None))


@pytest.mark.parametrize("seed", range(8 if LONG else 2))
def test_the_log_explains_all_that_racing_clients_were_told(
    server: Server, tmp_path: Path, seed: int
) -> None:
    with server.over(tmp_path / "log") as api:
        api.given(indicator(), source("nis"), *(report(name) for name in SHARED))
        clients = [Client(f"c{n}", server.address, Random(100 * seed + n)) for n in range(CLIENTS)]
        with ThreadPoolExecutor(CLIENTS) as pool:
            list(pool.map(Client.run, clients))
        log = api.events()
        assert list(_faults(clients, log)) == []
        assert len({write.status for client in clients for write in client.writes}) >= 3
        _views_agree(api, log)


def _faults(clients: list[Client], log: list[Body]) -> Iterator[str]:
    """Whatever the log does not explain."""
    writes = [write for client in clients for write in client.writes]
    for client in clients:
        yield from client.faults
        if client.seen != sorted(client.seen):
            yield f"{client.name} was told older positions: {client.seen}"
    yield from _of_versions(log)
    marked = {event["position"]: _mark(event) for event in log}
    counts = Counter(marked.values())
    yield from (f"{mark} is there {n} times" for mark, n in counts.items() if mark and n > 1)
    acknowledged = {write.mark for write in writes if write.status in (200, 201)}
    unknown = {write.mark for write in writes if write.status is None}
    for write in writes:
        if write.status in (200, 201):
            yield from _of_acknowledged(write, log, marked)
        elif write.mark not in acknowledged | unknown and counts[write.mark]:
            yield f"{write} was refused, and is there"
    yield from _of_order([write for write in writes if write.status == 201])


def _mark(event: Body) -> str | None:
    data = event["data"]
    if event["type"] == "ReportFiled":
        return str(event["stream"].partition(":")[2])
    return data.get("reason") or None


def _of_versions(log: list[Body]) -> Iterator[str]:
    streams = defaultdict[str, list[int]](list)
    for event in log:
        streams[event["stream"]].append(event["version"])
    for stream, versions in streams.items():
        if versions != list(range(1, len(versions) + 1)):
            yield f"{stream} has versions {versions}"


def _of_acknowledged(write: Write, log: list[Body], marked: dict[int, str | None]) -> Iterator[str]:
    if marked.get(write.position) != write.mark:
        yield f"{write} is not where it was said to be"
        return
    event = log[write.position - 1]
    if write.matched is not None and event["version"] != write.matched + 1:
        yield f"{write} did not follow the version that it matched: {event['version']}"


def _of_order(written: list[Write]) -> Iterator[str]:
    """A write that was acknowledged before another began stands before it."""
    by_end = sorted(written, key=lambda write: write.ended)
    for one in written:
        earlier = [each.position for each in by_end if each.ended < one.begun]
        if earlier and max(earlier) > one.position:
            yield f"{one} stands before what was acknowledged earlier, at {max(earlier)}"


def _views_agree(api: Api, log: list[Body]) -> None:
    """The views have what the log has, each report at its last version."""
    last = {event["stream"]: event["version"] for event in log}
    for name in SHARED:
        assert api.get(f"/v1/reports/{name}")["version"] == last[f"report:{name}"]
    grades = api.get("/v1/sources/nis")["grades"]
    given = [event["data"]["reason"] for event in log if event["type"] == "SourceGraded"]
    assert [grade["reason"] for grade in grades] == given
