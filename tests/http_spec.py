"""Given, when, then over HTTP: requests as plain data, and the events that they add to the log."""

import hashlib
import json
import socket
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
from starlette.types import ASGIApp, Receive, Scope, Send

from domain.times import parse_instant
from service import server as service_server
from service.log.open import opened_log
from service.nodes.node import Node
from service.service import OpenLog, Service, opened
from service.settings import Limits, Settings
from tests.service.api.schema_check import checked_app

Body = dict[str, Any]
Fact = tuple[str, str, Body]
JSON = {"Content-Type": "application/json"}
NDJSON = "application/x-ndjson"
SSE = "text/event-stream"
AS_OF = {"position", "known_at", "published_by", "valid_at"}
DAY = "2025-01-10"
LATER = parse_instant("2026-03-01T00:00:00Z")
"""After all that the tests report."""


@dataclass(frozen=True)
class Ask:
    """A request as data."""

    method: str
    path: str
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)

    def under(self, **headers: str) -> "Ask":
        """The same request with headers: `if_match='"1"'` is `If-Match: "1"`."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return Ask(self.method, self.path, self.body, {**self.headers, **named})


def indicator(name: str = "troops", /, **fields: Any) -> Ask:
    """Define an indicator: a stock unless said otherwise."""
    return Ask("PUT", f"/v1/indicators/{name}", {"title": name.title(), "measure": "stock", **fields})


def source(name: str, /, **fields: Any) -> Ask:
    """Register a source."""
    return Ask("PUT", f"/v1/sources/{name}", fields)


def post(path: str, /, **fields: Any) -> Ask:
    """A POST with a body of these fields."""
    return Ask("POST", path, fields)


def claim(best: Any = 100, /, originator: str = "nis", about: str = "troops", **fields: Any) -> Body:
    """One claim with a figure."""
    given = {"indicator": about, "originator": originator, "status": "estimated"}
    return {**given, "quantity": {"best": best}, **fields}


def report(name: str | None = "r1", /, *claims: Body, **fields: Any) -> Ask:
    """File a report, by default with one claim."""
    body = {"publisher": "wire", "published_at": DAY, "claims": list(claims) or [claim()], **fields}
    return Ask("POST", "/v1/reports", {"id": name, **body} if name else body)


PAGE = b"<!doctype html><title>A page</title><p>Many were there."
"""A file that a report may rest on."""


def sha256(content: bytes = PAGE) -> str:
    """The hash by which a file is named."""
    return hashlib.sha256(content).hexdigest()


def stored(content: bytes = PAGE, media_type: str = "text/html") -> Ask:
    """Store a file."""
    return Ask("PUT", f"/v1/evidence/{sha256(content)}", content, {"Content-Type": media_type})


def evidence(content: bytes = PAGE, media_type: str = "text/html") -> Body:
    """What a report says that rests on a stored file."""
    return {"sha256": sha256(content), "media_type": media_type, "size": len(content)}


FILED = (indicator(), report())
"""The least that a claim `r1/1` needs."""


@dataclass(frozen=True)
class Api:
    """A service as anybody reaches it, and what an operator of it has at hand."""

    client: httpx2.Client
    service: Service

    def send(self, ask: Ask) -> httpx2.Response:
        """The answer to a request."""
        if ask.body is None:
            return self.client.request(ask.method, ask.path, headers=ask.headers)
        content = ask.body if isinstance(ask.body, bytes) else json.dumps(ask.body).encode()
        headers = {**JSON, **ask.headers}
        return self.client.request(ask.method, ask.path, content=content, headers=headers)

    def given(self, *asks: Ask) -> int:
        """What went before, all of it accepted; gives the position that it reaches."""
        position = 0
        for ask in asks:
            answer = self.send(ask)
            expect(answer.is_success, f"{ask.method} {ask.path}: {answer.text}")
            position = max(position, answer.json()["position"])
        return position

    def set(self, ask: Ask) -> None:
        """Ask for something that is no event, and is accepted."""
        answer = self.send(ask)
        expect(answer.is_success, f"{ask.method} {ask.path}: {answer.text}")

    def head(self) -> int:
        """The last position in the log."""
        position: int = self.client.get("/readyz").json()["head"]
        return position

    def get(self, path: str, **query: Any) -> Body:
        """The body of an address, the views being up with the log."""
        answer = self.client.get(path, params={"min_position": self.head(), **query})
        expect(answer.status_code == 200, f"GET {path}: {answer.status_code} {answer.text}")
        body: Body = answer.json()
        return body

    def items(self, path: str, **query: Any) -> list[Body]:
        """The items of a list, all its pages."""
        page = self.get(path, **query)
        found: list[Body] = page["items"]
        while page["next_cursor"] is not None:
            page = self.get(path, cursor=page["next_cursor"], **query)
            found += page["items"]
        return found

    def events(self, after: int = 0) -> list[Body]:
        """The events behind a position."""
        return self.items("/v1/events", after=after, limit=1000)

    def facts(self, after: int = 0) -> list[Fact]:
        """The events behind a position as stream, type and data."""
        return [(each["stream"], each["type"], each["data"]) for each in self.events(after)]

    def import_(self, *lines: Any) -> list[Body]:
        """Import these lines; what was answered, line by line."""
        body = b"\n".join(
            line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines
        )
        return self.import_bytes(body)

    def import_bytes(self, body: bytes | Iterable[bytes]) -> list[Body]:
        """Import a body as it is; what was answered, line by line."""
        answer = self.client.post("/v1/import", content=body, headers={"Content-Type": NDJSON})
        expect(answer.status_code == 200, answer.text)
        return ndjson(answer.content)


def expect(held: bool, otherwise: str) -> None:
    """Fail with a message of one's own: this module's assertions are not rewritten."""
    if not held:
        raise AssertionError(otherwise)


def ndjson(content: bytes) -> list[Body]:
    """The objects of a body, one a line, which ends in a line end."""
    *lines, rest = content.split(b"\n")
    expect(rest == b"", f"the last line has no end: {rest[:80]!r}")
    return [json.loads(line) for line in lines]


def problem(answer: httpx2.Response, status: int, code: str) -> Body:
    """The problem that an answer is, its shape checked to the last member (RFC 9457)."""
    what = f"{answer.request.method} {answer.request.url!s:.200}: {answer.status_code} {answer.text}"
    expect(answer.status_code == status, what)
    expect(answer.headers["content-type"] == "application/problem+json", what)
    body: Body = answer.json()
    check_problem(body, status, code)
    if status == 503:
        expect(answer.headers["retry-after"].isdigit(), what)
    return body


def check_problem(body: Body, status: int, code: str) -> None:
    """Check the shape of a problem, wherever it stands."""
    expect(body["type"] == f"/problems/{code}" and body["status"] == status, str(body))
    expect(isinstance(body["title"], str) and bool(body["title"]), str(body))
    expect(isinstance(body["detail"], str) and "\n" not in body["detail"], str(body))
    for fault in body.get("errors", []):
        expect(set(fault) == {"pointer", "message"} and bool(fault["message"]), str(body))
        expect(fault["pointer"] == "" or fault["pointer"].startswith("/"), str(body))


def faults(body: Body) -> list[tuple[str, str]]:
    """The faults that a problem names: pointer and message."""
    return [(fault["pointer"], fault["message"]) for fault in body["errors"]]


@contextmanager
def unchanged(api: Api) -> Iterator[None]:
    """Whatever happens within adds nothing to the log."""
    before = api.head()
    yield
    expect(api.head() == before, f"written: {api.facts(before)}")


@dataclass(frozen=True)
class Sent:
    """One server-sent event, or a comment."""

    event: str | None
    id: str | None
    data: Any
    comment: str | None = None


def server_sent(chunks: Iterable[bytes]) -> Iterator[Sent]:
    """Read server-sent events as the standard says (HTML, 9.2.6), each as soon as it is there."""
    rest = b""
    for chunk in chunks:
        rest += chunk
        *blocks, rest = rest.split(b"\n\n")
        for block in blocks:
            yield _sent(block.decode())
    expect(rest == b"", f"the stream ends within an event: {rest[:80]!r}")


def _sent(block: str) -> Sent:
    fields: dict[str, str] = {}
    for line in block.split("\n"):
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        fields[name] = f"{fields[name]}\n{value}" if name in fields else value
    data = json.loads(fields["data"]) if "data" in fields else None
    return Sent(fields.get("event"), fields.get("id"), data, fields.get(""))


def _now() -> datetime:
    return datetime.now(UTC)


class Server:
    """One server for many tests: each has it serve a service of its own."""

    def __init__(self, address: tuple[str, int], client: httpx2.Client) -> None:
        self.address = address
        self._client = client
        self._app: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert self._app is not None
        await self._app(scope, receive, send)

    @contextmanager
    def over(
        self,
        folder: Path,
        clock: "Clock | None" = None,
        open_log: OpenLog = opened_log,
        own: tuple[str, ...] = (),
        **settings: Any,
    ) -> Iterator["Api"]:
        """Serve the log in a directory, which is made if it is not there."""
        given = Settings(data=folder, **settings)
        if clock is not None:
            open_log = partial(open_log, monotonic=clock.waited)
        with opened(given, clock or _now, open_log=open_log, place=Node(own=own)) as service:
            self._app = checked_app(service)
            yield Api(self._client, service)
            service.stopping.set()
            service.follower.notify()


@contextmanager
def views_held(api: Api) -> Iterator[None]:
    """As if another program had locked the view file: nothing can be written to it."""
    with closing(sqlite3.connect(api.service.views.file.path)) as db:
        db.execute("BEGIN IMMEDIATE")
        yield
        db.execute("ROLLBACK")
    assert api.service.follower.wait(api.service.log.head(), 30)


def plain_client(url: str) -> httpx2.Client:
    """A client of a server that does not encrypt: it spares loading the certificates of the machine."""
    return httpx2.Client(base_url=url, timeout=60, verify=False)


@contextmanager
def one_server(limits: Limits | None = None) -> Iterator[Server]:
    """A server on a port of this machine, until it is no longer needed."""
    with (
        socket.create_server(("127.0.0.1", 0), backlog=128) as taken,
        plain_client(f"http://127.0.0.1:{taken.getsockname()[1]}") as client,
    ):
        made = Server(taken.getsockname(), client)
        running = service_server.Server(made, limits or Limits(), lambda: None)
        thread = threading.Thread(target=running.run, kwargs={"sockets": [taken]}, daemon=True)
        thread.start()
        try:
            yield made
        finally:
            running.should_exit = True
            thread.join()


@dataclass(frozen=True)
class RawAnswer:
    """An answer as it came over the wire: its status line, headers by lower-case name, its body."""

    status: int
    headers: dict[str, str]
    body: bytes


def raw(address: tuple[str, int], request: bytes) -> RawAnswer:
    """Write a request byte for byte, then read all until the server hangs up."""
    with socket.create_connection(address) as wire:
        wire.sendall(request)
        return read_answer(wire)


def read_answer(wire: socket.socket, begun: bytes = b"") -> RawAnswer:
    """Read an answer until the server hangs up."""
    answer = bytearray(begun)
    while chunk := wire.recv(65_536):
        answer += chunk
    front, _, rest = bytes(answer).partition(b"\r\n\r\n")
    status, *lines = front.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (x.partition(":") for x in lines)}
    chunked = headers.get("transfer-encoding") == "chunked"
    return RawAnswer(int(status.split()[1]), headers, dechunked(rest) if chunked else rest)


def dechunked(body: bytes) -> bytes:
    """A body without its chunk sizes (RFC 9112, 7.1)."""
    whole, at = bytearray(), 0
    while True:
        end = body.index(b"\r\n", at)
        size = int(body[at:end], 16)
        if size == 0:
            return bytes(whole)
        whole += body[end + 2 : end + 2 + size]
        at = end + 2 + size + 2


@dataclass
class Clock:
    """A clock that stands still until it is set: time has then passed, and it has not leapt."""

    now: datetime = field(default_factory=lambda: parse_instant("2025-01-01T00:00:00Z"))
    latest: float = 0.0

    def __call__(self) -> datetime:
        return self.now

    def set(self, text: str) -> None:
        """Set the clock to an RFC 3339 time."""
        self.now = parse_instant(text)

    def waited(self) -> float:
        """The seconds that the service has waited; it does not wait less if the clock is set back."""
        self.latest = max(self.latest, self.now.timestamp())
        return self.latest
