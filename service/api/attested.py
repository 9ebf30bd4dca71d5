"""One checkpoint over HTTP: as the log signed it, and its time stamp over just these bytes."""

from starlette.requests import Request
from starlette.responses import Response

from service.http.parameters import Asked
from service.http.problems import Problem
from service.log.tree import StoredCheckpoint
from service.proof import time_stamp
from service.service import Service

NOTE, TIMESTAMP = "/v1/log/checkpoints/{size}", "/v1/log/checkpoints/{size}/timestamp"
STAMP = time_stamp.MEDIA_TYPE
TEXT_UTF8 = "text/plain; charset=utf-8"


def checkpoint_note(service: Service, request: Request, asked: Asked) -> Response:
    """A checkpoint as the log signed it, which is what time stamps are over, byte for byte."""
    return Response(_named(service, request).note, 200, None, TEXT_UTF8)


def timestamp(service: Service, request: Request, asked: Asked) -> Response:
    """The time stamp of a checkpoint: the reply of the authority (RFC 3161), as openssl reads it."""
    stored = _named(service, request)
    found = service.log.tree.attachments(stored.size, "timestamp")
    if not found:
        raise Problem("not-found", _no_stamp(service, stored))
    name = f'attachment; filename="checkpoint-{stored.size}.tsr"'
    return Response(found[0].value, 200, {"Content-Disposition": name}, STAMP)


def _named(service: Service, request: Request) -> StoredCheckpoint:
    """The checkpoint that an address names by its size; raises `Problem`."""
    text = request.path_params["size"]
    size = int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0
    found = service.log.tree.covering(size) if size else None
    if found is None or found.size != size or str(size) != text:
        raise Problem("not-found", f"there is no checkpoint of size {text[:20]}")
    return found


def _no_stamp(service: Service, stored: StoredCheckpoint) -> str:
    """That a checkpoint has no time stamp, and which is the newest that has one."""
    newest = service.log.tree.newest("timestamp")
    other = f"; that of size {newest[0]} has" if newest else ""
    return f"the checkpoint of size {stored.size} has no time stamp{other}"
