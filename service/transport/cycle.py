"""One request and its answer: uvicorn's, which writes the head of an answer at less cost.

Nine of ten headers of an answer are those of every other answer. uvicorn searches each one, each time,
for what must not be in a header; here that is remembered of the ones that come again. uvicorn writes
the head by itself, so that the client is woken twice; here it is written with what comes first of the
body, if that comes at once.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any

from starlette.types import Message
from uvicorn.protocols.http.httptools_impl import (
    HEADER_RE,
    HEADER_VALUE_RE,
    STATUS_LINE,
    RequestResponseCycle,
)

Header = tuple[bytes, bytes]
MOST_LINES = 256
_FRAMING = frozenset((b"content-length", b"transfer-encoding", b"connection"))
"""Headers that say where an answer ends: each is acted by, so that none is remembered."""
_VARYING = _FRAMING | {b"date", b"etag", b"location", b"x-request-id", b"link", b"last-modified"}
"""Headers that differ from answer to answer, so that remembering them would help nobody."""
_lines = dict[Header, bytes]()


class Held:
    """A transport that holds back the head of an answer until something is written after it."""

    def __init__(self, transport: asyncio.Transport, head: bytes) -> None:
        self._transport, self._head = transport, head

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Write it after the head, both at once."""
        head, self._head = self._head, b""
        if head:
            self._transport.writelines((head, data))
        else:
            self._transport.write(data)

    def close(self) -> None:
        self.flush()
        self._transport.close()

    def flush(self) -> None:
        """Write the head, if nothing was written until now."""
        if self._head:
            self._transport.write(self._head)
            self._head = b""


class Cycle(RequestResponseCycle):
    """An answer whose head is written with the lines of headers that were checked before."""

    def flush(self) -> None:
        """Write what is held back of the answer."""
        if isinstance(self.transport, Held):
            self.transport.flush()

    def send(self, message: Message) -> Coroutine[Any, Any, None]:  # type: ignore[override]
        if self.response_started or message["type"] != "http.response.start":
            return super().send(message)  # type: ignore[arg-type]
        return self._start(message)

    async def _start(self, message: Message) -> None:
        if self.flow.write_paused and not self.disconnected:
            await self.flow.drain()
        if self.disconnected:
            return
        self.response_started, self.waiting_for_100_continue = True, False
        content, closes = [STATUS_LINE[message["status"]]], False
        for header in (*self.default_headers, *message["headers"]):
            line = _lines.get(header)
            if line is None:
                line = line_of(header)
                closes = self._frame(header) or closes
            content.append(line)
        if not self.keep_alive and not closes:
            content.append(b"connection: close\r\n")
        bodiless = self.scope["method"] == "HEAD" or message["status"] in (204, 304)
        if self.chunked_encoding is None and not bodiless:
            self.chunked_encoding = True
            content.append(b"transfer-encoding: chunked\r\n")
        held = Held(self.transport, b"".join([*content, b"\r\n"]))
        self.transport = held  # type: ignore[assignment]
        asyncio.get_running_loop().call_soon(held.flush)

    def _frame(self, header: Header) -> bool:
        """Act by a header that says where the answer ends; return whether the connection ends too."""
        name, value = header[0].lower(), header[1]
        if name == b"content-length" and self.chunked_encoding is None:
            self.expected_content_length, self.chunked_encoding = int(value.decode()), False
        elif name == b"transfer-encoding" and value.lower() == b"chunked":
            self.expected_content_length, self.chunked_encoding = 0, True
        elif name == b"connection":
            closes = b"close" in [token.strip() for token in value.lower().split(b",")]
            self.keep_alive = self.keep_alive and not closes
            return closes
        return False


def line_of(header: Header) -> bytes:
    """A header as a line; raises RuntimeError for what may not be in one."""
    name, value = header
    if HEADER_RE.search(name):
        raise RuntimeError("Invalid HTTP header name.")
    if HEADER_VALUE_RE.search(value):
        raise RuntimeError("Invalid HTTP header value.")
    name = name.lower()
    line = b"%b: %b\r\n" % (name, value)
    if name not in _VARYING and len(_lines) < MOST_LINES:
        _lines[header] = line
    return line
