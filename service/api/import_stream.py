"""Import over HTTP, streaming both ways: one command per line in, refusals and a count out.

The answer starts before the request has ended, so this reads the request itself, as plain ASGI.
"""

import asyncio
from functools import partial

from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from domain.errors import Refused
from projections.tables.projection import FOREVER
from projections.tables.registry import source_at
from service.http.admission import caller_of, principal_of
from service.http.bodies import check_media_type, media_type_of, read_body
from service.http.noted import see_stream
from service.http.parameters import Asked, parameters
from service.http.problem_kinds import READ
from service.http.problems import Problem, problem_of, problem_response
from service.http.routing import NDJSON, Body, Operation, Shape
from service.http.times import caught_up, standing
from service.http.turns import in_turn
from service.interop.import_lines import ImportLine
from service.interop.import_run import IDLE_SECONDS, Chunks, Gone, ImportRun, Order
from service.interop.import_spool import RefusedLine
from service.interop.import_tally import DoneLine, FailedLine, ProgressLine
from service.interop.stix.bundles import STIX, STIX_TYPE
from service.interop.stix.inbound.conversion import converted
from service.interop.stix.inbound.outcome import Conversion, ObjectLine
from service.metrics.metrics import counted
from service.service import Service


def operations(service: Service) -> list[Operation]:
    """The operation that imports."""

    async def imported(request: Request) -> Response:
        return Import(service)

    answers = ObjectLine | RefusedLine | ProgressLine | DoneLine | FailedLine
    return [
        Operation(
            "POST",
            "/v1/import",
            imported,
            name="Import",
            summary="Import any number of commands, one per line, answering as they arrive; or STIX.",
            tag="writing",
            query=("name", "dry_run"),
            body=Body(ImportLine, media_type=NDJSON, or_files=(STIX,)),
            returns={200: {NDJSON: Shape(answers, "lines")}},
            problems=("wrong-media-type", "too-large", "cross-origin", "no-room", *READ),
            role="analyst",
        )
    ]


class Import(Response):
    """The answer to an import, which reads the request while it is sent."""

    def __init__(self, service: Service) -> None:
        super().__init__()
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            asked = parameters(request, "name", "dry_run")
            bundle = None
            if media_type_of(request) == STIX_TYPE:
                bundle = await self._bundle(request, asked)
            else:
                check_media_type(request, NDJSON)
            dry_run = asked.get("dry_run") == "true"
            order = Order(principal_of(request), caller_of(request).holds, asked.get("name"), dry_run)
            run = ImportRun(self._service, order, partial(_sent, send))
        except (Problem, Refused) as error:
            await problem_response(problem_of(error))(scope, receive, send)
            return
        headers = [(b"content-type", NDJSON.encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        see_stream()
        try:
            with counted(self._service.metrics.imports):
                if bundle is None:
                    await run.complete(_chunks(receive))
                else:
                    await _sent(send, _told(bundle), True)
                    await run.complete(_lines_of(bundle))
        finally:
            run.close()

    async def _bundle(self, request: Request, asked: Asked) -> Conversion:
        """What a STIX bundle becomes; raises `Problem` and `Refused`."""
        body = await read_body(request, self._service.settings.table_limit, STIX_TYPE)
        await caught_up(self._service, asked)
        return await in_turn(self._converted, body, asked)

    def _converted(self, body: bytes, asked: Asked) -> Conversion:
        with standing(self._service, asked) as here:
            return converted(body, lambda name: source_at(here.db, name, FOREVER - 1) is not None)


def _told(bundle: Conversion) -> bytes:
    """What became of each object of a bundle, a line each."""
    return b"".join(to_json(each) + b"\n" for each in bundle.objects.values())


async def _lines_of(bundle: Conversion) -> Chunks:
    yield bundle.body()


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
