"""Files that come with a request, on their way into the store of evidence."""

from functools import partial

import anyio.to_thread
from starlette.requests import Request

from service.evidence.incoming import Incoming
from service.http.admission import principal_of
from service.http.routing import header
from service.service import Service


async def received(request: Request, coming: Incoming) -> None:
    """Write the whole body of a request as a file that is coming; raises `EvidenceRefused`."""
    announced = header(request.scope, b"content-length") or ""
    if announced.isdigit():
        coming.check_size(int(announced))
    async for chunk in request.stream():
        await anyio.to_thread.run_sync(coming.write, chunk)


async def kept(service: Service, request: Request, coming: Incoming) -> None:
    """Keep a file that has come whole, sent by whoever makes the request."""
    keep = partial(service.evidence.keep, coming, principal_of(request).subject)
    await anyio.to_thread.run_sync(keep)
