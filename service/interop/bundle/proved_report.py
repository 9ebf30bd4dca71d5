"""The files of a bundle: a report, its events with their proofs, and what checks them."""

from collections.abc import Iterator, Sequence
from importlib.resources import files
from typing import NamedTuple

from pydantic_core import to_json
from typing_extensions import TypedDict

from projections.answers.values import EventType, Instant
from service.interop.bundle.readme import readme
from service.log.tree import LogTree, StoredCheckpoint
from service.proof.standalone.single import NAME, single_file
from service.query.reports import ReportAnswer
from service.query.standpoint import AsOfAnswer
from service.signing.published import Content, State, cose_receipt_of, note_of, receipt_of, verifiers_of


class BundledEvent(TypedDict):
    """An event of the report, in the order of the log; its files are named by its position."""

    position: int
    type: EventType
    recorded_at: Instant
    state: State


class BundledReport(TypedDict):
    """What `report.json` holds: the report as this server shows it, and the events that prove it."""

    report: ReportAnswer
    events: list[BundledEvent]
    as_of: AsOfAnswer


class Stamp(NamedTuple):
    """A time stamp of a checkpoint, and the certificates of those who are trusted to make one."""

    reply: bytes
    certificates: bytes | None


class Proven(NamedTuple):
    """An event to be bundled: its position, and what of it the reader is given."""

    position: int
    type: str
    content: Content


def bundle_files(
    tree: LogTree,
    checkpoint: StoredCheckpoint,
    report: tuple[ReportAnswer, AsOfAnswer],
    events: Sequence[Proven],
    stamp: Stamp | None,
) -> dict[str, bytes]:
    """The files by their names."""
    keys = verifiers_of(tree, checkpoint)
    found = {
        "README.txt": _readme(report[0]["id"], checkpoint, stamp),
        "report.json": to_json(_described(tree, report, events), indent=1) + b"\n",
        "checkpoint": note_of(tree, checkpoint),
        "log.vkey": "".join(f"{key}\n" for key in keys).encode(),
        NAME: single_file().encode(),
        "main.go": files(__package__).joinpath("main.go").read_bytes(),
    }
    if stamp is not None:
        found |= {"time-stamp.tsr": stamp.reply, "checkpoint.stamped": checkpoint.note}
        if stamp.certificates is not None:
            found["time-certificates.pem"] = stamp.certificates
    for event in events:
        found.update(_files_of(tree, checkpoint, event))
    return found


def _files_of(
    tree: LogTree, checkpoint: StoredCheckpoint, event: Proven
) -> Iterator[tuple[str, bytes]]:
    name, content = f"events/{event.position:06}", event.content
    [entry] = tree.entries(event.position - 1, 1)
    yield f"{name}.entry", entry.encode()
    yield f"{name}.receipt.txt", receipt_of(tree, event.position, checkpoint, content).encode()
    if content.body is not None and content.salt is not None:
        yield f"{name}.json", content.body
        yield f"{name}.salt", content.salt
    if tree.attachments(checkpoint.size, "cose"):
        yield f"{name}.cose", cose_receipt_of(tree, event.position, checkpoint)


def _described(
    tree: LogTree, report: tuple[ReportAnswer, AsOfAnswer], events: Sequence[Proven]
) -> BundledReport:
    listed: list[BundledEvent] = [
        {
            "position": each.position,
            "type": each.type,
            "recorded_at": tree.entries(each.position - 1, 1)[0].recorded_at,
            "state": each.content.state,
        }
        for each in events
    ]
    return {"report": report[0], "events": listed, "as_of": report[1]}


def _readme(report: str, checkpoint: StoredCheckpoint, stamp: Stamp | None) -> bytes:
    certificates = stamp is not None and stamp.certificates is not None
    text = readme(report, checkpoint, stamped=stamp is not None, certificates=certificates)
    return text.encode()
