"""Verifies the bundle of a report: a ZIP file, or the directory that it was unpacked into."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from pydantic import TypeAdapter, ValidationError
from typing_extensions import TypedDict

from domain.events import Event
from domain.stream_names import report_stream
from domain.streams.decider import fold
from domain.streams.report_state import Filed, in_force
from service.interop.bundle.proved_report import BundledReport
from service.proof.enclosure import Enclosure, enclosed
from service.proof.errors import NotProved
from service.proof.receipt import Receipt, parse_receipt
from service.query.report_claims import ReportClaim, report_claim
from service.streams.upcasters import UnknownEvent, read_event
from service.verify.report import SignedBy
from service.verify.signed_files import refuse_unproved, signed_by
from service.verify.trust import Trust
from service.verify.verdicts import VERDICTS, VERIFIED, CannotRead, Code, NotVerified

MOST_BYTES = 500_000_000
"""Maximum size of all files of a bundle, so that a small archive cannot fill the memory."""


class BundleReport(TypedDict):
    """What a verification of a bundle found: the report's claims, as its events say, and who signed.

    `missing` are the positions of events whose bodies are withheld or redacted. Where one is, the
    claims are those that the bundle states.
    """

    verdict: str
    status: int
    report: str
    events: list[int]
    missing: list[int]
    claims: list[ReportClaim]
    signed: SignedBy


_REPORT = TypeAdapter(BundledReport)


def verify_bundle(path: Path, given: Trust | None = None, known: Path | None = None) -> BundleReport:
    """Verify a bundle; return what was found. Raises NotVerified, or CannotRead for what is none."""
    files = _files(path)
    try:
        described = _REPORT.validate_json(_file(files, "report.json"))
    except ValidationError as error:
        raise CannotRead(f"report.json is not that of a bundle: {error.errors()[0]['msg']}") from None
    encoded = _file(files, "checkpoint")
    keys = _file(files, "log.vkey").decode(errors="replace").split()
    checkpoint, signed = signed_by(encoded, keys, given, known)
    bodies = dict[int, bytes]()
    for event in described["events"]:
        position = event["position"]
        receipt, enclosure = _receipt(files, position)
        if receipt.checkpoint != encoded:
            raise NotVerified("not-included", f"event {position}", "its receipt has another checkpoint")
        if receipt.index != position - 1:
            raise NotVerified("not-included", f"event {position}", "its receipt is that of another")
        refuse_unproved(position, enclosure, receipt.path, checkpoint)
        if enclosure.body is not None:
            bodies[position] = enclosure.body
    places = [event["position"] for event in described["events"]]
    report, missing = described["report"], [at for at in places if at not in bodies]
    if not missing:
        _refuse_other_claims(report["id"], [bodies[at] for at in places], report["claims"])
    code = _code([event["state"] for event in described["events"]], missing)
    return {
        "verdict": code or "verified",
        "status": VERDICTS[code].status if code else VERIFIED,
        "report": report["id"],
        "events": places,
        "missing": missing,
        "claims": report["claims"],
        "signed": signed,
    }


def _code(states: list[str], missing: list[int]) -> Code | None:
    if not missing:
        return None
    return "body-redacted" if "withheld" not in states and "redacted" in states else "body-withheld"


def _files(path: Path) -> Mapping[str, bytes]:
    """The files by their names in the bundle; raises CannotRead."""
    try:
        if path.is_dir():
            return {
                str(each.relative_to(path)): each.read_bytes()
                for each in path.rglob("*")
                if each.is_file()
            }
        with ZipFile(path) as archive:
            if sum(each.file_size for each in archive.infolist()) > MOST_BYTES:
                raise CannotRead(f"{path}: unpacked it has more than {MOST_BYTES:,} bytes")
            return {each.partition("/")[2]: archive.read(each) for each in archive.namelist()}
    except (OSError, BadZipFile) as error:
        raise CannotRead(f"{path}: {error}") from None


def _file(files: Mapping[str, bytes], name: str) -> bytes:
    if name not in files:
        raise CannotRead(f"this is no bundle of a report: {name} is missing")
    return files[name]


def _receipt(files: Mapping[str, bytes], position: int) -> tuple[Receipt, Enclosure]:
    """The receipt of an event, with the body and the salt that lie beside it."""
    name = f"events/{position:06}"
    try:
        receipt = parse_receipt(_file(files, f"{name}.receipt.txt"))
        found = enclosed(receipt)
    except NotProved as error:
        raise CannotRead(f"{name}.receipt.txt: {error}") from None
    if found is None:
        raise CannotRead(f"{name}.receipt.txt: it does not hold the entry that it is for")
    if found.body is None:
        return receipt, found
    body, salt = _file(files, f"{name}.json"), _file(files, f"{name}.salt")
    return receipt, Enclosure(found.entry, salt, body)


def _refuse_other_claims(report: str, bodies: list[bytes], stated: list[ReportClaim]) -> None:
    """Raise NotVerified unless the events say what the bundle states."""
    try:
        state = fold(report_stream(report), _events(bodies))
    except (UnknownEvent, ValueError) as error:
        raise CannotRead(f"the events of the report cannot be read: {error}") from None
    version = in_force(state, None) if isinstance(state, Filed) else None
    if not isinstance(state, Filed) or version is None:
        raise NotVerified("body-altered", f"report {report}", "its events do not file it")
    said = {n: report_claim(state, version, n) for n in version.claims}
    for claim in stated:
        if said.pop(claim["n"], None) != claim:
            what = "report.json is not what its events say"
            raise NotVerified("body-altered", f"claim {claim['id']}", what)
    if said:
        what = "report.json leaves it out"
        raise NotVerified("body-altered", f"claim {report}/{min(said)}", what)


def _events(bodies: list[bytes]) -> Iterator[Event]:
    return (read_event(body)[1] for body in bodies)
