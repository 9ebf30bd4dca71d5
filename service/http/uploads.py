"""Files that come with a request, on their way into the store of evidence."""

from collections.abc import Callable
from functools import partial

import anyio.to_thread
from starlette.requests import Request

from service.evidence.incoming import Incoming
from service.http.admission import principal_of
from service.http.routing import header
from service.service import Service


async def received(
    request: Request, coming: Incoming, write: Callable[[bytes], None], besides: int = 0
) -> None:
    """Have the body of a request written, which has a file and up to some bytes besides.

    Raises what `write` raises, and `EvidenceRefused` at once if the body says that it is too large.
    """
    announced = header(request.scope, b"content-length") or ""
    if announced.isdigit():
        coming.check_size(int(announced) - besides)
    async for chunk in request.stream():
        await anyio.to_thread.run_sync(write, chunk)


async def kept(service: Service, request: Request, coming: Incoming) -> None:
    """Keep a file that has come whole, sent by whoever makes the request."""
    keep = partial(service.evidence.keep, coming, principal_of(request).subject)
    await anyio.to_thread.run_sync(keep)
