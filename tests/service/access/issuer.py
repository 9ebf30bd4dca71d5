"""An identity provider on this machine: its documents over HTTP, and the tokens that it signs."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey

from tests.service.access.access_spec import NOW

AUDIENCE = "intellog"
RSA = RSAKey.generate_key(2048, {"kid": "rsa-1"})
NEXT = RSAKey.generate_key(2048, {"kid": "rsa-2"})
EC = ECKey.generate_key("P-256", {"kid": "ec-1"})
ED = OKPKey.generate_key("Ed25519", {"kid": "ed-1"})


@dataclass
class Issuer:
    """What the provider publishes, and every request that it got."""

    url: str = ""
    keys: list[dict[str, Any]] = field(default_factory=list)
    documents: dict[str, Any] = field(default_factory=dict)
    status: int = 200
    asked: list[str] = field(default_factory=list)
    meanwhile: Callable[[], None] = lambda: None
    """What happens while it answers."""

    def publish(self, *keys: Key, **more: Any) -> None:
        """Publish these keys and no others."""
        self.keys = [{**key.as_dict(private=False), **more} for key in keys]

    def document(self, path: str) -> Any:
        if path in self.documents:
            return self.documents[path]
        if path == "/.well-known/openid-configuration":
            return {"issuer": self.url, "jwks_uri": f"{self.url}/keys"}
        return {"keys": self.keys} if path == "/keys" else None

    def claims(self, **changed: Any) -> dict[str, Any]:
        """The claims of a token that is accepted; one that is None is left out."""
        now = int(NOW.timestamp())
        claims = {
            "iss": self.url,
            "aud": AUDIENCE,
            "sub": "ana@example.org",
            "iat": now,
            "exp": now + 600,
            "role": "analyst",
            "clearance": "TLP:AMBER",
            **changed,
        }
        return {name: value for name, value in claims.items() if value is not None}

    def token(self, key: Key = RSA, alg: str = "RS256", header: Any = None, **changed: Any) -> str:
        """A token signed with a key."""
        head = {"alg": alg, "kid": key.kid, **(header or {})}
        head = {name: value for name, value in head.items() if value is not None}
        return jwt.encode(head, self.claims(**changed), key, algorithms=[alg])


@contextmanager
def running_issuer() -> Iterator[Issuer]:
    """An issuer that publishes one key."""
    issuer = Issuer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            issuer.asked.append(self.path)
            issuer.meanwhile()
            found = issuer.document(self.path)
            body = found if isinstance(found, bytes) else json.dumps(found).encode()
            self.send_response(404 if found is None else issuer.status)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Location", f"{issuer.url}/keys")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        issuer.url = f"http://127.0.0.1:{server.server_address[1]}"
        issuer.publish(RSA)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield issuer
        finally:
            server.shutdown()
            thread.join()
