"""Import over HTTP, streaming both ways: one command per line in, refusals and a count out.

The answer starts before the request has ended, so this reads the request itself, as plain ASGI.
"""

import asyncio
from functools import partial

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from service.http.admission import caller_of, principal_of
from service.http.bodies import check_media_type
from service.http.parameters import parameters
from service.http.problem_kinds import READ
from service.http.problems import Problem, problem_response
from service.http.routing import NDJSON, Body, Operation, Shape
from service.interop.import_lines import ImportLine
from service.interop.import_run import IDLE_SECONDS, Chunks, Gone, ImportRun, Order
from service.interop.import_spool import RefusedLine
from service.interop.import_tally import DoneLine, FailedLine, ProgressLine
from service.service import Service


def operations(service: Service) -> list[Operation]:
    """The operation that imports."""

    async def imported(request: Request) -> Response:
        return Import(service)

    answers = RefusedLine | ProgressLine | DoneLine | FailedLine
    return [
        Operation(
            "POST",
            "/v1/import",
            imported,
            name="Import",
            summary="Import any number of commands, one per line, and answer while they arrive.",
            tag="writing",
            query=("name", "dry_run"),
            body=Body(ImportLine, media_type=NDJSON),
            returns={200: {NDJSON: Shape(answers, "lines")}},
            problems=("wrong-media-type", "cross-origin", "no-room", *READ),
            role="analyst",
        )
    ]


class Import(Response):
    """The answer to an import, which reads the request while it is sent."""

    def __init__(self, service: Service) -> None:
        super().__init__()
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        try:
            asked = parameters(request, "name", "dry_run")
            check_media_type(request, NDJSON)
            dry_run = asked.get("dry_run") == "true"
            order = Order(principal_of(request), caller_of(request).holds, asked.get("name"), dry_run)
            run = ImportRun(self._service, order, partial(_sent, send))
        except Problem as problem:
            await problem_response(problem)(scope, receive, send)
            return
        headers = [(b"content-type", NDJSON.encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        try:
            await run.complete(_chunks(receive))
        finally:
            run.close()


async def _sent(send: Send, body: bytes, more: bool) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": more})


async def _chunks(receive: Receive) -> Chunks:
    """The body of a request as it comes."""
    receiving: asyncio.Task[Message] | None = None
    try:
        while True:
            receiving = receiving or asyncio.ensure_future(_received(receive))
            done, _ = await asyncio.wait([receiving], timeout=IDLE_SECONDS)
            if not done:
                yield None
                continue
            message, receiving = receiving.result(), None
            if message["type"] == "http.disconnect":
                raise Gone
            yield message.get("body", b"")
            if not message.get("more_body", False):
                return
    finally:
        if receiving is not None:
            receiving.cancel()


async def _received(receive: Receive) -> Message:
    return await receive()
