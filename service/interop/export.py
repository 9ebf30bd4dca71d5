"""The log as import commands: what another intellog needs to hold the same facts."""

from typing import Any

Wire = dict[str, Any]

_COMMANDS = {
    "ReportCorrected": "correct_report",
    "ReportWithdrawn": "withdraw_report",
    "ReportHeld": "hold_report",
    "ReportReleased": "release_report",
    "ReportMarked": "mark_report",
    "ClaimGraded": "grade_claim",
    "ClaimLinked": "link_claim",
    "ClaimUnlinked": "unlink_claim",
    "ClaimDisputed": "dispute_claim",
    "SourceGraded": "grade_source",
    "AssessmentRecorded": "record_assessment",
}


_RECORDED_BY = ("grader", "analyst")


def command_line(event: Wire) -> Wire:
    """The import line that makes an event's fact again; who recorded it, and when, stays behind."""
    data = {name: value for name, value in event["data"].items() if name not in _RECORDED_BY}
    match event["type"]:
        case "ReportFiled":
            return {"file_report": _filing(data)}
        case "SourceRegistered":
            return {"register_source": {"id": data.pop("source"), **data}}
        case "IndicatorDefined" | "IndicatorRevised":
            return {"define_indicator": {"id": data["indicator"], **data["definition"]}}
        case "ClaimGraded" | "ClaimLinked" | "ClaimUnlinked" | "ClaimDisputed":
            claim = f"{data.pop('report')}/{data.pop('n')}"
            return {_COMMANDS[event["type"]]: {"claim": claim, **data}}
        case kind:
            return {_COMMANDS[kind]: data}


def _filing(data: Wire) -> Wire:
    claims = [{k: v for k, v in claim.items() if k != "n"} for claim in data["claims"]]
    return {
        "id": data["report"],
        **data["provenance"],
        "marking": data["marking"],
        "claims": claims,
    }
