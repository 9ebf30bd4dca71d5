"""What `intellog verify` prints: what was found first, then what was verified, by whom it is signed."""

from collections.abc import Iterator

from service.verify.consistency import ConsistencyReport
from service.verify.estimates import FiguresReport
from service.verify.receipts import ReceiptReport
from service.verify.report import LogReport, SignedBy
from service.verify.stamps import TimesReport
from service.verify.verdicts import Finding

MOST_NAMED = 10
_MANY = {"entry": "entries", "body": "bodies", "event": "events", "finding": "findings"}
_BODIES = {
    "whole": "verified: its body is what the log committed to then",
    "withheld": "body-withheld: this receipt has no body; give it with --body, or ask who may read it",
    "redacted": "body-redacted: the body was destroyed; a later event of the log says why",
}


def log_lines(report: LogReport) -> Iterator[str]:
    """What was found in a log."""
    yield from (f"✗ {each['line']}" for each in report["findings"])
    if report["status"]:
        yield f"not verified: {counted(len(report['findings']), 'finding')}, {report['verdict']} first"
    entries, bodies = counted(report["entries"], "entry"), counted(report["bodies"], "body")
    yield f"{'hashed' if report['status'] else 'verified'} {entries} and {bodies}"
    yield f"root {report['root']}"
    if report["signed"] is None:
        yield "signed by nobody: the log has no checkpoint"
    else:
        yield from signed_lines(report["signed"])
    if report["unsigned"]:
        yield f"signed by nobody yet: the last {counted(report['unsigned'], 'entry')}"
    if report["redacted"]:
        places = ", ".join(map(str, report["redacted"][:MOST_NAMED]))
        more = ", ..." if len(report["redacted"]) > MOST_NAMED else ""
        yield f"redacted, as later events say: {len(report['redacted']):,} (position {places}{more})"
    if report["withheld"]:
        yield f"withheld from this reader: {counted(report['withheld'], 'body')}"


def figures_lines(report: FiguresReport) -> Iterator[str]:
    """What was found of its figures."""
    yield from log_lines(report["log"])
    different = [each["name"] for each in report["projections"] if not each["same"]]
    where = f"at position {report['position']}"
    for name in different:
        finding = Finding("figure-differs", f"projection {name} {where}", "its rows differ")
        yield f"✗ {finding.line()}"
    if report["projections"] and not different:
        yield f"verified {len(report['projections'])} projections {where}: every figure is the same"


def time_lines(report: TimesReport) -> Iterator[str]:
    """What was found of its times."""
    yield from (f"✗ {each['line']}" for each in report["findings"])
    yield from log_lines(report["log"])
    for each in report["stamps"]:
        yield f"stamped: {counted(each['size'], 'entry')}, at {each['time']}, by {each['authority']}"
    if report["after"]:
        yield f"stamped by nobody yet: the last {counted(report['after'], 'entry')}"
    if not report["status"] and report["stamps"]:
        yield "verified: no event is dated before or after the time stamps around it"


def signed_lines(signed: SignedBy) -> Iterator[str]:
    """Who has signed a checkpoint."""
    yield f"signed: {counted(signed['size'], 'entry')}, by {signed['origin']}"
    yield from (f"  {each}" for each in signed["keys"])
    if signed["source"] == "stated":
        yield "  as the log itself names its key, believed this once: compare it elsewhere"
    if signed["cosigned"]:
        yield f"cosigned by {', '.join(signed['cosigned'])}"


def receipt_lines(report: ReceiptReport) -> Iterator[str]:
    """What was found of a receipt."""
    place = f"position {report['position']} (index {report['index']})"
    yield f"{place}, recorded at {report['recorded_at']}, is in the log"
    yield from signed_lines(report["signed"])
    yield _BODIES[report["body"]]


def consistency_lines(report: ConsistencyReport) -> Iterator[str]:
    """What was found of two checkpoints."""
    older, newer = report["older"], report["newer"]
    yield f"verified: the log of {older:,} entries is the beginning of that of {newer:,}"
    yield f"signed by {report['origin']}"
    yield from (f"  {each}" for each in report["keys"])


def counted(number: int, what: str) -> str:
    """A number of things in words."""
    return f"{number:,} {what if number == 1 else _MANY[what]}"
