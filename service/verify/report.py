"""What a verification of a log came to, as programs get it with `--json`."""

from collections.abc import Sequence

from typing_extensions import TypedDict

from service.verify.verdicts import VERDICTS, VERIFIED, Finding, at, by_cause


class FindingItem(TypedDict):
    """One thing that is wrong: its code, in one line, and the position if it is at one event."""

    code: str
    position: int | None
    line: str


class SignedBy(TypedDict):
    """The newest checkpoint that was verified, whose keys count and why, and who cosigned it."""

    origin: str
    size: int
    root: str
    keys: list[str]
    source: str
    cosigned: list[str]


class LogReport(TypedDict):
    """What a verification found.

    `entries` and `bodies` were hashed, `redacted` are the positions that later events say were
    redacted, `withheld` counts what this reader may not see, `unsigned` the entries after the newest
    checkpoint. `remembered` is the file with what was verified last.
    """

    verdict: str
    status: int
    entries: int
    root: str
    bodies: int
    redacted: list[int]
    withheld: int
    checkpoints: int
    unsigned: int
    signed: SignedBy | None
    remembered: str | None
    findings: list[FindingItem]


class Counted(TypedDict):
    """The numbers of a report."""

    entries: int
    root: str
    bodies: int
    redacted: list[int]
    withheld: int
    checkpoints: int
    unsigned: int


def report_of(
    counted: Counted, signed: SignedBy | None, remembered: str | None, findings: Sequence[Finding]
) -> LogReport:
    """Return the report; its verdict is that of the finding that names its event most exactly."""
    ordered = by_cause(findings)
    decisive = ordered[0] if ordered else None
    return {
        "verdict": "verified" if decisive is None else decisive.code,
        "status": VERIFIED if decisive is None else VERDICTS[decisive.code].status,
        **counted,
        "signed": signed,
        "remembered": remembered,
        "findings": [
            {"code": each.code, "position": each.position, "line": each.line()} for each in ordered
        ],
    }


def complete(report: LogReport) -> LogReport:
    """Return a report as one for who wants every body: what is withheld or redacted counts as well."""
    if report["findings"]:
        return report
    findings = []
    if report["withheld"]:
        what = f"{report['withheld']} bodies are not for this reader"
        findings.append(Finding("body-withheld", "the log", what))
    findings += [
        Finding("body-redacted", at(each), "its bytes are gone", each) for each in report["redacted"]
    ]
    signed, remembered = report["signed"], report["remembered"]
    counted: Counted = {
        "entries": report["entries"],
        "root": report["root"],
        "bodies": report["bodies"],
        "redacted": report["redacted"],
        "withheld": report["withheld"],
        "checkpoints": report["checkpoints"],
        "unsigned": report["unsigned"],
    }
    return report_of(counted, signed, remembered, findings)
