"""Tables over HTTP: what one would come to under a mapping. It is imported line by line elsewhere.

The body is `multipart/form-data`: a table is bytes of some format, mostly not UTF-8 text, which JSON
cannot carry without a coding of its own; and it is what forms and `curl -F` send as they are.
"""

from functools import partial
from typing import IO, Annotated

from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response

from domain.errors import refuse
from service.http.admission import caller_of, principal_of
from service.http.form_parts import MULTIPART, Parts, uploaded
from service.http.parameters import parameters
from service.http.problem_kinds import READ
from service.http.questions import Questions, still_asked
from service.http.routing import JSON, Body, Operation, Shape
from service.interop.import_run import Order
from service.interop.tables.mapping import Mapping, mapping_of
from service.interop.tables.preview import TablePreview, preview_of
from service.interop.tables.readers import UNPACKED_BYTES
from service.interop.tables.reading import converted
from service.interop.tables.table_import import import_table
from service.service import Service

_PATH = "/v1/tables/preview"


class TableUpload(BaseModel):
    """A table and its mapping, as the parts of a form."""

    model_config = ConfigDict(extra="forbid")
    table: Annotated[bytes, Field(description="CSV, also gzipped; XLSX or ODS.")]
    mapping: Annotated[str, Field(description="The mapping in TOML, as text or as a file.")]


def operations(service: Service, questions: Questions) -> list[Operation]:
    """The operation that previews a table."""

    async def preview(request: Request) -> Response:
        dry_run = parameters(request, "dry_run").get("dry_run") == "true"
        async with uploaded(
            request, service.settings.table_limit, [*TableUpload.model_fields]
        ) as parts:
            mapping, file = read_parts(parts)
            found = await questions.answer(request, _PATH, partial(_preview, mapping, file))
            if dry_run:
                await _try(service, request, mapping, file, found)
        return Response(to_json(found), 200, None, JSON)

    return [
        Operation(
            "POST",
            _PATH,
            preview,
            name="PreviewTable",
            summary="Preview a table (CSV, XLSX, ODS) as commands, by a mapping; writes nothing.",
            tag="writing",
            query=("dry_run",),
            body=Body(TableUpload, media_type=MULTIPART),
            returns={200: {JSON: Shape(TablePreview)}},
            problems=("wrong-media-type", "too-large", "cross-origin", "no-room", *READ),
            role="analyst",
            at_writer=False,
        )
    ]


def read_parts(parts: Parts) -> tuple[Mapping, IO[bytes]]:
    """The mapping and the table of an upload; raises `Refused`."""
    for name in TableUpload.model_fields:
        if name not in parts:
            raise refuse("invalid", f"/{name}", "is missing: send it as a part of the form")
    parts["mapping"].file.seek(0)
    return mapping_of(parts["mapping"].file.read()), parts["table"].file


def _preview(mapping: Mapping, file: IO[bytes]) -> TablePreview:
    with converted(mapping, file, UNPACKED_BYTES) as conversion:
        return preview_of(conversion, still_asked)


async def _try(
    service: Service, request: Request, mapping: Mapping, file: IO[bytes], found: TablePreview
) -> None:
    """Add what importing the table would come to, and the rows that the log would refuse."""
    order = Order(principal_of(request), caller_of(request).holds, dry_run=True)
    tried = await import_table(service, order, mapping, file)
    assert tried.counts is not None
    found["dry_run"] = tried.counts
    found["refused_rows"], found["refused"] = tried.refused_rows, tried.refused
