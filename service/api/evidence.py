"""Files of evidence over HTTP: sent under their own hashes, and given to those who may see why."""

import os
from base64 import b64encode
from functools import partial
from io import BufferedReader

from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response
from typing_extensions import TypedDict

from service.evidence.errors import EvidenceRefused
from service.evidence.media_types import ANY, HEAD_BYTES, KINDS, check_declared, kind_of, media_types
from service.evidence.store import NAME
from service.http.bodies import media_type_of, refuse_compressed
from service.http.elsewhere import to_writer
from service.http.file_answer import file_answer
from service.http.parameters import Asked, parameters
from service.http.problem_kinds import CONDITIONAL, KEPT, READ
from service.http.problems import Problem
from service.http.questions import Questions
from service.http.routing import JSON, FileBody, Operation, Shape
from service.http.times import behind_header, caught_up, require_sound, standing
from service.http.uploads import kept, received
from service.query.stored_copies import naming_of
from service.service import Service

PATH = "/v1/evidence/{sha256}"


class StoredEvidence(TypedDict):
    """A file that is stored: what a report that rests on it says as its `evidence`."""

    sha256: str
    media_type: str
    size: int


def operations(service: Service, questions: Questions) -> list[Operation]:
    """The operations by which files are stored and read."""

    async def send(request: Request) -> Response:
        return await _send(service, questions, request)

    async def read(request: Request) -> Response:
        asked = parameters(request, "min_position")
        sha256 = _named(request)
        if not service.node.writes and service.evidence.presence(sha256) is None:
            raise to_writer(request.scope, service.node.writer)  # whether or not it is there
        await caught_up(service, asked)
        return await questions.answer(request, PATH, partial(_read, service, request, asked, sha256))

    answer = {JSON: Shape(StoredEvidence)}
    files = {media_type: Shape(bytes) for media_type in (*(each.media_type for each in KINDS), ANY)}
    return [
        Operation(
            "PUT",
            PATH,
            send,
            name="StoreEvidence",
            summary="Store a file under the SHA-256 of its bytes; a report then names it as evidence.",
            tag="writing",
            body=FileBody(tuple(media_types())),
            returns={200: answer, 201: answer},
            problems=KEPT,
            role="reporter",
        ),
        Operation(
            "GET",
            PATH,
            read,
            name="evidence",
            summary="A stored file, for those who may see a report that rests on it.",
            tag="reading",
            query=("min_position",),
            returns={200: files, 206: files},
            problems=(
                *(*READ, *CONDITIONAL, "range-not-satisfiable"),
                *("evidence-missing", "evidence-altered", "evidence-unavailable"),
            ),
            tagged=True,
        ),
    ]


def _named(request: Request) -> str:
    name: str = request.path_params["sha256"]
    if not NAME.fullmatch(name):
        detail = f"'{name[:80]}' is no hash: a file is named by 64 digits, 0-9 and a-f"
        raise Problem("not-found", detail)
    return name


async def _send(service: Service, questions: Questions, request: Request) -> Response:
    asked = parameters(request)
    sha256, declared = _named(request), media_type_of(request)
    check_declared(declared)
    refuse_compressed(request)
    require_sound(service)
    with service.evidence.incoming() as coming:
        await received(request, coming, coming.write)
        kind = coming.kind(declared)
        if coming.sha256 != sha256:
            detail = f"the file has the SHA-256 {coming.sha256}, and the address names {sha256}"
            raise EvidenceRefused("evidence-mismatch", detail)
        await caught_up(service, asked)
        known = await questions.answer(request, PATH, partial(_is_readable, service, asked, sha256))
        await kept(service, request, coming)
        size = coming.size
    body: StoredEvidence = {"sha256": sha256, "media_type": kind.media_type, "size": size}
    headers = {"Location": f"/v1/evidence/{sha256}"}
    return Response(to_json(body), 200 if known else 201, headers, JSON)


def _is_readable(service: Service, asked: Asked, sha256: str) -> bool:
    """Whether whoever asks could read the file before: nobody else learns that it was there."""
    with standing(service, asked) as here:
        return naming_of(here, service.evidence, sha256) is not None


def _read(service: Service, request: Request, asked: Asked, sha256: str) -> Response:
    with standing(service, asked) as here:
        naming = naming_of(here, service.evidence, sha256)
        if naming is None:
            raise Problem("not-found", f"there is no evidence '{sha256}'")
        behind = behind_header(here)
    where = f"report {naming.report} names it at position {naming.position}"
    try:
        file = service.evidence.opened(sha256)
    except EvidenceRefused as refused:
        raise Problem(refused.code, f"{refused}; {where}", position=naming.position) from None
    if file is None:
        detail = f"the stored file {sha256} is gone; {where}; restore it from a backup or send it again"
        raise Problem("evidence-missing", detail, position=naming.position)
    size = os.fstat(file.fileno()).st_size
    return file_answer(request, file, size, {**_headers(sha256, file), **behind})


def _headers(sha256: str, file: BufferedReader) -> dict[str, str]:
    """What is said of a file: what its bytes are, and that a browser saves it."""
    kind = kind_of(file.read(HEAD_BYTES))
    media_type, extension = (kind.media_type, kind.extension) if kind else (ANY, ".bin")
    return {
        "Content-Type": media_type,
        "Content-Disposition": f'attachment; filename="evidence-{sha256[:12]}{extension}"',
        "ETag": f'"{sha256}"',
        "Repr-Digest": f"sha-256=:{b64encode(bytes.fromhex(sha256)).decode()}:",
    }
