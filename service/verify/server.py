"""What a verification asks of a server: public reads, whose answers are believed in nothing."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import httpx2
from pydantic_core import from_json

from service import __version__
from service.tree.tiles import Tile
from service.verify.verdicts import CannotRead

CONNECT_SECONDS, SILENT_SECONDS = 10.0, 60.0
MOST_BYTES = 64 * 1_048_576
"""Maximum size of an answer that is read whole, and of a line."""
_TEXT = "text/plain, application/octet-stream, */*;q=0.1"
Query = Mapping[str, str]


class NotLetIn(CannotRead):
    """The server wants to know who asks, or does not let that one read this."""


class Server:
    """A server of a log; every method raises CannotRead where it does not give what is asked for."""

    def __init__(self, http: httpx2.Client) -> None:
        self._http = http

    def checkpoint(self) -> bytes:
        """Return the newest checkpoint with its cosignatures."""
        return self.get("/checkpoint")

    def tile(self, tile: Tile) -> bytes:
        """Return the bytes of a tile."""
        return self.get(f"/tile/{tile.address()}")

    def json(self, path: str, query: Query | None = None) -> Any:
        """Return the decoded JSON of an address."""
        content = self.get(path, query, "application/json")
        try:
            return from_json(content)
        except ValueError:
            raise CannotRead(f"{path} of the server is no JSON") from None

    def get(self, path: str, query: Query | None = None, accept: str = _TEXT) -> bytes:
        """Return the whole content of an address."""
        with self._asked(path, query or {}, accept) as answer:
            content = b""
            for chunk in answer.iter_bytes():
                content += chunk
                if len(content) > MOST_BYTES:
                    raise CannotRead(f"{path} of the server is longer than {MOST_BYTES:,} bytes")
        return content

    def lines(self, path: str, query: Query) -> Iterator[bytes]:
        """Yield the lines of a stream, without their ends."""
        with self._asked(path, query, "application/x-ndjson") as answer:
            rest = b""
            for chunk in answer.iter_bytes():
                *whole, rest = (rest + chunk).split(b"\n")
                yield from whole
                if len(rest) > MOST_BYTES:
                    raise CannotRead(f"{path} of the server: a line of more than {MOST_BYTES:,} bytes")
        if rest:
            raise CannotRead(f"{path} of the server was cut within a line; run this again")

    @contextmanager
    def _asked(self, path: str, query: Query, accept: str) -> Iterator[httpx2.Response]:
        try:
            with self._http.stream("GET", path, params=query, headers={"Accept": accept}) as answer:
                if answer.status_code != 200:
                    said = _said(answer.status_code, answer.read())
                    kind = NotLetIn if answer.status_code in (401, 403) else CannotRead
                    raise kind(f"{path} of the server: {said}")
                yield answer
        except (httpx2.HTTPError, httpx2.StreamError, OSError) as error:
            what = " ".join(str(error).split()) or type(error).__name__
            raise CannotRead(f"{path} of the server cannot be read: {what}") from None


@contextmanager
def server_at(url: str, headers: Mapping[str, str]) -> Iterator[Server]:
    """Open connections to a server; `headers` may hold a token. Raises CannotRead for no address."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise CannotRead(f"--url {url[:200]}: a server has the form https://HOST:PORT")
    timeout = httpx2.Timeout(SILENT_SECONDS, connect=CONNECT_SECONDS)
    agent = {"User-Agent": f"intellog/{__version__}"}
    with httpx2.Client(
        base_url=url, timeout=timeout, headers={**headers, **agent}, follow_redirects=False
    ) as http:
        yield Server(http)


def _said(status: int, body: bytes) -> str:
    try:
        members = from_json(body)
        detail = " ".join(str(members["detail"]).split())[:300]
    except (ValueError, KeyError, TypeError):
        detail = "it says nothing of the reason"
    return f"it answers {status}: {detail}"
