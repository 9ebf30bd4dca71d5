"""Bundles: a report with all that proves it, in one file to hand on."""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from domain.stream_names import report_stream
from service.http.lookups import nothing
from service.http.parameters import Asked
from service.http.reads import Read, Reading, read_operations
from service.http.routing import Operation, Shape
from service.http.signed import contents, covering
from service.interop.bundle.archive import zipped
from service.interop.bundle.proved_report import Proven, Stamp, bundle_files
from service.log.tree import LogTree, StoredCheckpoint
from service.query.reports import report
from service.query.standpoint import Standpoint
from service.service import Service

ZIP = "application/zip"
NEAR = 500
"""Number of checkpoints among which one with a time stamp is looked for, from the first that fits."""


def _bundle(service: Service, request: Request, asked: Asked, here: Standpoint) -> Response:
    """A report as a ZIP file: its events with their proofs, and three ways to check them."""
    name, tree = request.path_params["id"], service.log.tree
    given = contents(service, here, _positions(here, name))
    then = here.at(given[-1][0].position) if given else here
    found = report(then, service.log, name)
    if found is None:
        raise nothing("report", name, here)
    events = [Proven(each.position, each.type, content) for each, content in given]
    last = events[-1].position
    checkpoint = _stamped(tree, last) or covering(service, last)
    stamp = _stamp(tree, checkpoint, service.settings.attestation.time_certificates)
    files = bundle_files(tree, checkpoint, (found, then.echo), events, stamp)
    headers = {"Content-Disposition": f'attachment; filename="{name}.zip"'}
    return Response(zipped(f"report-{name}", files), 200, headers, ZIP)


def _positions(here: Standpoint, name: str) -> list[int]:
    """The positions of the events of a report that the reader may see."""
    query = "SELECT position FROM journal WHERE stream = ? AND position <= ? ORDER BY position"
    return [row[0] for row in here.db.execute(query, (report_stream(name), here.as_of.position))]


def _stamped(tree: LogTree, size: int) -> StoredCheckpoint | None:
    """The first checkpoint over so many entries that has a time stamp, or the newest that has one."""
    for each in tree.checkpoints(after_size=size - 1, limit=NEAR):
        if tree.attachments(each.size, "timestamp"):
            return each
    newest = tree.newest("timestamp")
    return tree.covering(newest[0]) if newest and newest[0] >= size else None


def _stamp(tree: LogTree, checkpoint: StoredCheckpoint, certificates: Path | None) -> Stamp | None:
    found = tree.attachments(checkpoint.size, "timestamp")
    if not found:
        return None
    return Stamp(found[0].value, certificates.read_bytes() if certificates else None)


BUNDLES: tuple[Read, ...] = (
    Read(
        "/v1/reports/{id}/bundle.zip",
        _bundle,
        ("min_position",),
        Shape(bytes),
        of_views=False,
        media_type=ZIP,
        problems=("not-signed-yet",),
    ),
)


def operations(reading: Reading) -> list[Operation]:
    """The operations that give reports with their proofs."""
    return read_operations(reading, BUNDLES)
