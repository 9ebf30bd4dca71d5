"""The source of a mirror: its log over HTTP, line by line, and what its refusals mean."""

import json
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager, contextmanager
from typing import Any
from urllib.parse import urlsplit

import httpx2

from service import __version__
from service.log.recorder import KeyRow
from service.mirror.lines import (
    BadLine,
    CaughtUp,
    FileLine,
    Head,
    Line,
    key_tag,
    read_file_line,
    read_key_line,
    read_line,
)

CONNECT_SECONDS, SILENT_SECONDS = 10.0, 45.0
"""For how long is waited for a connection, and for anything at all to arrive by it.

A source repeats its last line every 15 seconds, so one that is silent for longer is gone.
"""
LONGEST_LINE = 256 * 1_048_576
_ENDED = {"/problems/beyond-head", "/problems/other-history"}


CUT = "its answer was cut"


class SourceAway(Exception):
    """The source is not reached, gives nothing, or its answer was cut: to be tried again."""


class HistoryEnded(Exception):
    """What the source has does not continue what is here: it is not followed any more."""


class BadAddress(ValueError):
    """The address of a source is not one that can be asked."""


def checked_address(url: str) -> str:
    """The address of a source without a slash at its end; raises `BadAddress`."""
    try:
        parts = urlsplit(url)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        sound = False
    if not sound or parts.query or parts.fragment or "@" in parts.netloc:
        raise BadAddress(
            "a source has the form https://HOST:PORT; its token is in INTELLOG_FOLLOW_TOKEN, or in the"
            " file that INTELLOG_FOLLOW_TOKEN_FILE names"
        )
    return url.rstrip("/")


class Source:
    """The log at an address, as whoever may see everything is sent it."""

    def __init__(self, url: str, token: str | None) -> None:
        self.url = checked_address(url)
        self._http = httpx2.AsyncClient(
            headers={
                "Accept": "application/x-ndjson",
                "Accept-Encoding": "identity",
                "User-Agent": f"intellog/{__version__}",
                **({"Authorization": f"Bearer {token}"} if token else {}),
            },
            timeout=httpx2.Timeout(SILENT_SECONDS, connect=CONNECT_SECONDS),
            follow_redirects=False,
        )

    async def __aenter__(self) -> "Source":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def head(self, after: int = 0, log: str | None = None) -> Head:
        """Which log it is, how far it goes, and its running digest through a position."""
        async with aclosing(self.entries(after, log, before=after + 1)) as lines:
            async for line in lines:
                if isinstance(line, Head):
                    return line
        raise SourceAway(CUT)

    async def entries(
        self, after: int, log: str | None = None, *, live: bool = False, before: int | None = None
    ) -> AsyncGenerator[Line, None]:
        """Its entries after a position; live, without an end.

        Raises `SourceAway`, also where the answer ends without saying so, `HistoryEnded` for a position
        that it does not have, and `BadLine`.
        """
        asked = {"after": after, "log": log, "live": "true" if live else None, "before": before}
        async with aclosing(self._lines("/v1/log/entries", asked)) as lines:
            async for line in lines:
                said = read_line(line)
                yield said
                if isinstance(said, CaughtUp) and not live:
                    return

    async def keys(self, log: str, known: int) -> AsyncGenerator[KeyRow, None]:
        """All its keys; none where it has as many as are known, which then are the same."""
        async with aclosing(self._lines("/v1/log/keys", {"log": log}, key_tag(known))) as lines:
            async for line in lines:
                said = read_key_line(line)
                if isinstance(said, CaughtUp):
                    return
                yield said

    async def files(self, log: str) -> AsyncGenerator[FileLine, None]:
        """All files of evidence that it stores."""
        async with aclosing(self._lines("/v1/log/evidence", {"log": log})) as lines:
            async for line in lines:
                said = read_file_line(line)
                if isinstance(said, CaughtUp):
                    return
                yield said

    async def file(self, sha256: str) -> AsyncGenerator[bytes, None]:
        """The bytes of a file."""
        async with self._asked(f"/v1/evidence/{sha256}", {}, {"Accept": "*/*"}) as answer:
            async for chunk in answer.aiter_raw():
                yield chunk

    async def may_be_written(self) -> bool:
        """Whether it answers as a writer, or as a node that knows one."""
        with _named():
            answer = await self._http.get(f"{self.url}/readyz", headers={"Accept": "application/json"})
        said = _members(answer.content)
        return said.get("role", "writer") == "writer" or bool(said.get("writer"))

    async def _lines(
        self, path: str, asked: dict[str, Any], tag: str | None = None
    ) -> AsyncGenerator[bytes, None]:
        """The lines of an answer, none of one that is known; raises `SourceAway` once they end."""
        query = {name: value for name, value in asked.items() if value is not None}
        headers = {"If-None-Match": tag} if tag else {}
        async with self._asked(path, query, headers) as answer:
            if answer.status_code == 304:
                return
            rest = b""
            async for chunk in answer.aiter_raw():
                *whole, rest = (rest + chunk).split(b"\n")
                for line in whole:
                    yield line
                if len(rest) > LONGEST_LINE:
                    raise BadLine(f"it is longer than {LONGEST_LINE:,} bytes")
        raise SourceAway(CUT)

    @asynccontextmanager
    async def _asked(
        self, path: str, query: dict[str, Any], headers: dict[str, str]
    ) -> AsyncIterator[httpx2.Response]:
        url = f"{self.url}{path}"
        with _named():
            async with self._http.stream("GET", url, params=query, headers=headers) as answer:
                if answer.status_code not in (200, 304):
                    raise _refusal(answer.status_code, await answer.aread())
                yield answer


def _refusal(status: int, body: bytes) -> Exception:
    """What an answer means that is neither given nor known."""
    members = _members(body)
    detail = " ".join(str(members.get("detail", "")).split())[:300]
    said = f"it answers {status}{f': {detail}' if detail else ''}"
    if members.get("type") in _ENDED:
        return HistoryEnded(said)
    return SourceAway(said)


def _members(body: bytes) -> dict[str, Any]:
    try:
        members = json.loads(body)
    except ValueError:
        return {}
    return members if isinstance(members, dict) else {}


@contextmanager
def _named() -> Iterator[None]:
    """Raise failures of the connection as what they mean, in a few words."""
    try:
        yield
    except httpx2.ConnectError:
        raise SourceAway("it cannot be connected to") from None
    except httpx2.TimeoutException:
        raise SourceAway("it does not answer in time") from None
    except (httpx2.HTTPError, httpx2.StreamError, OSError) as error:
        raise SourceAway(f"the connection broke ({type(error).__name__})") from None
