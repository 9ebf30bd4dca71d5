"""A stored file as an answer: all of it or one part (RFC 9110, 14), never shown by a browser itself."""

import re
from collections.abc import Mapping
from io import BufferedReader

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from service.http.preconditions import conditional
from service.http.problems import Problem
from service.http.routing import header

CHUNK_BYTES = 262_144
_RANGE = re.compile(r"bytes=([0-9]{0,15})-([0-9]{0,15})")
"""One part; several at once are not given, and all of the file is."""
HARMLESS = {"Content-Security-Policy": "sandbox; default-src 'none'"}
"""Even where a browser shows the file, nothing in it runs or loads anything."""


class FileAnswer(Response):
    """Sends an open file, or a part of it, in constant memory, and closes it."""

    def __init__(
        self, file: BufferedReader, size: int, headers: Mapping[str, str], part: range | None = None
    ) -> None:
        self._file, self._part = file, range(size) if part is None else part
        all_ = {**HARMLESS, **headers, "Content-Length": str(len(self._part)), "Accept-Ranges": "bytes"}
        if part is not None:
            all_["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{size}"
        super().__init__(None, 200 if part is None else 206, all_)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._file as file:
            start = {"type": "http.response.start", "status": self.status_code}
            await send({**start, "headers": self.raw_headers})
            file.seek(self._part.start)
            left = len(self._part)
            while left:
                chunk = await anyio.to_thread.run_sync(file.read, min(left, CHUNK_BYTES))
                if not chunk:
                    raise OSError("the file ends before it should")
                left -= len(chunk)
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})


def file_answer(
    request: Request, file: BufferedReader, size: int, headers: Mapping[str, str]
) -> Response:
    """An open file under the conditions of a request; closed here unless it is what is sent.

    `headers` have its `ETag`. Raises `Problem`.
    """
    try:
        whole = FileAnswer(file, size, headers)
        answer = conditional(request, whole)
        if answer is whole:
            part = part_asked(request.scope, size, headers["ETag"])
            return whole if part is None else FileAnswer(file, size, headers, part)
    except Problem:
        file.close()
        raise
    file.close()
    return answer


def part_asked(scope: Scope, size: int, tag: str) -> range | None:
    """The part that a request asks for; None for all. Raises `Problem` if there is no such part."""
    found = _RANGE.fullmatch((header(scope, b"range") or "").strip())
    if found is None or header(scope, b"if-range") not in (None, tag):
        return None
    first, last = found[1], found[2]
    if (not first and not last) or (first and last and int(last) < int(first)):
        return None
    part = range(int(first), min(int(last or size) + 1, size)) if first else range(size)[-int(last) :]
    if not part or (not first and not int(last)):
        detail = f"the file has {size:,} bytes, and the part asked for begins behind them"
        raise Problem("range-not-satisfiable", detail, size=size)
    return part
