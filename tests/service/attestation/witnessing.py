"""Two logs of ours that witness each other, and witnesses that behave badly."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from service.log.private import write_durably
from service.proof.cosignature import cosigned
from service.proof.keys import Kind, PrivateKey, PublicKey, new_key
from service.proof.note import parse_note
from service.proof.witnessing import encode_cosignatures, parse_addition
from service.signing.keyring import RING, KeyRing
from tests.service.attestation.conftest import Attested, attested


def now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Place:
    """A log before it is served: where it is, the key of its log and that with which it cosigns."""

    data: Path
    log: PublicKey
    witness: PublicKey


def place(folder: Path, name: str) -> Place:
    """Make the keys of a log, as `intellog key` does."""
    ring = KeyRing(folder / name / "keys", now)
    return Place(folder / name, ring.create(f"{name}.example").public, ring.witness_key().public)


def same_keys(keys: Path, directory: Path) -> Path:
    """Copy keys for another log, as somebody does who shows two histories under one name."""
    directory.mkdir(mode=0o700, parents=True)
    for each in (*keys.glob("*.key"), keys / RING):
        write_durably(directory / each.name, each.read_bytes())
    ring = json.loads((directory / RING).read_bytes())
    write_durably(directory / RING, json.dumps({**ring, "log": None}).encode())
    return directory


def policy_file(path: Path, *lines: str) -> Path:
    """Write a policy; one without a quorum wants none."""
    quorum = [] if any(line.startswith("quorum") for line in lines) else ["quorum none"]
    path.write_text("".join(f"{line}\n" for line in [*lines, *quorum]))
    return path


@dataclass
class BadWitness:
    """A witness whose answers a test decides; `key` is the one that policies name."""

    url: str
    key: PrivateKey = field(default_factory=lambda: new_key("bad.example", Kind.COSIGNATURE))
    answer: Callable[[bytes], tuple[int, str, bytes]] = lambda body: (500, "text/plain", b"")
    asked: list[bytes] = field(default_factory=list)

    def line(self, name: str = "bad") -> str:
        return f"witness {name} {self.key.public.written()} {self.url}"

    def cosignature(self, body: bytes, key: PrivateKey | None = None, text: str | None = None) -> bytes:
        """What a witness answers that has cosigned: with its key, and the text that it was sent."""
        sent = parse_note(parse_addition(body).checkpoint).text
        return encode_cosignatures([cosigned(text or sent, key or self.key, int(now().timestamp()))])


@contextmanager
def bad_witness() -> Iterator[BadWitness]:
    """A witness on a port of its own."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            witness.asked.append(body)
            status, media_type, answer = witness.answer(body)
            self.send_response(status)
            self.send_header("Content-Type", media_type)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        witness = BadWitness(f"http://127.0.0.1:{server.server_address[1]}")
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield witness
        finally:
            server.shutdown()
            thread.join()


def dead_url() -> str:
    """An address where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return f"http://127.0.0.1:{taken.getsockname()[1]}"


@contextmanager
def witnesses(folder: Path, *names: str, of: Place) -> Iterator[dict[str, tuple[Place, Attested]]]:
    """Services that witness one log."""
    known = policy_file(folder / "witnessed.txt", f"log {of.log.written()}")
    with ExitStack() as resources:
        found = dict[str, tuple[Place, Attested]]()
        for name in names:
            there = place(folder, name)
            found[name] = there, resources.enter_context(attested(there.data, witnessed=known))
        yield found
