"""The log as import commands: what another intellog needs to hold the same facts."""

from collections.abc import Iterator
from typing import Any, assert_never

from domain import commands
from domain.commands import DeskCommand
from domain.events import (
    AssessmentRecorded,
    CitationClosed,
    ClaimDisputed,
    ClaimGraded,
    ClaimLinked,
    ClaimUnlinked,
    ClockAccepted,
    Event,
    EventRedacted,
    FigureCited,
    IndicatorDefined,
    IndicatorRevised,
    LossAccepted,
    ReportCorrected,
    ReportFiled,
    ReportHeld,
    ReportMarked,
    ReportReleased,
    ReportWithdrawn,
    SigningKeyAdded,
    SigningKeyRetired,
    SourceGraded,
    SourceRegistered,
    TokenIssued,
    TokenRevoked,
    WebhookEnded,
    WebhookSet,
)
from domain.times import Written, parse_instant
from domain.vocabulary import MARKINGS, claim_id

Fields = dict[str, Any]
"""The fields of an event or a command as JSON has them."""

_RECORDED_BY = {"grader", "analyst"}
_WRITTEN = {"published_at": "published_on", "stated_at": "stated_on"}
"""Times, each with the field that holds its day, month or year where that is not the UTC day."""


class CommandLines:
    """The import lines of a log's events, one after the other from the first.

    A command that gives a source or an indicator no marking keeps the one that it has, so the line that
    takes one away says so.
    """

    def __init__(self) -> None:
        self._marked = set[str]()

    def line(self, event: Event) -> dict[str, Fields]:
        """The import line of the next event; raises ValueError as `command_line` does."""
        line, *explicit = lines_of(event)
        if explicit and event.stream in self._marked:
            self._marked.remove(event.stream)
            return explicit[0]
        if "marking" in _named(line):
            self._marked.add(event.stream)
        return line


def lines_of(event: Event) -> Iterator[dict[str, Fields]]:
    """The import lines that an event may have: for no marking there are two ways to say it."""
    line = command_line(event)
    yield line
    fields = _named(line)
    if fields and "marking" not in fields:
        yield {kind: {**fields, "marking": MARKINGS[0]} for kind in line}


def _named(line: dict[str, Fields]) -> Fields:
    """The fields of what registers a source or defines an indicator."""
    kinds = (commands.RegisterSource, commands.DefineIndicator)
    return next((line[kind.NAME] for kind in kinds if kind.NAME in line), {})


def command_line(event: Event) -> dict[str, Fields]:
    """The import line that makes an event's fact again; who recorded it, and when, is left out.

    Raises ValueError for an operator's act, which is about this log and no other.
    """
    kind, fields = _command(event, _as_written(event.model_dump(mode="json", exclude_none=True)))
    return {kind.NAME: {name: value for name, value in fields.items() if name not in _RECORDED_BY}}


def _command(event: Event, fields: Fields) -> tuple[type[DeskCommand], Fields]:
    match event:
        case ReportFiled():
            return commands.FileReport, _filing(fields)
        case ReportCorrected():
            return commands.CorrectReport, fields
        case ReportWithdrawn():
            return commands.WithdrawReport, fields
        case ReportHeld():
            return commands.HoldReport, fields
        case ReportReleased():
            return commands.ReleaseReport, fields
        case ReportMarked():
            return commands.MarkReport, fields
        case ClaimGraded():
            return commands.GradeClaim, _about_claim(fields)
        case ClaimLinked():
            return commands.LinkClaim, _about_claim(fields)
        case ClaimUnlinked():
            return commands.UnlinkClaim, _about_claim(fields)
        case ClaimDisputed():
            return commands.DisputeClaim, _about_claim(fields)
        case SourceRegistered():
            return commands.RegisterSource, {"id": fields.pop("source"), **fields}
        case SourceGraded():
            return commands.GradeSource, fields
        case IndicatorDefined() | IndicatorRevised():
            # Without a minimum, figures may go below 0; a command that leaves it out means 0.
            return commands.DefineIndicator, {
                "id": fields["indicator"],
                "minimum": None,
                **fields["definition"],
            }
        case AssessmentRecorded():
            return commands.RecordAssessment, fields
        case FigureCited():
            # A position is one of this log: elsewhere the figure is cited where its line stands.
            del fields["position"]
            return commands.CiteFigure, {"id": fields.pop("citation"), **fields}
        case CitationClosed():
            return commands.CloseCitation, {"citation": event.citation, "reason": event.reason}
        case EventRedacted():
            raise _not_elsewhere(event)
        case LossAccepted() | ClockAccepted() | TokenIssued() | TokenRevoked():
            raise _not_elsewhere(event)
        case WebhookSet() | WebhookEnded() | SigningKeyAdded() | SigningKeyRetired():
            raise _not_elsewhere(event)
        case _:
            assert_never(event)


def _not_elsewhere(event: Event) -> ValueError:
    return ValueError(f"{event.TYPE} is no fact that another log could hold")


def _as_written(fields: Fields) -> Fields:
    """The fields, also of parts, with times as text that leads to the same day, month or year again."""
    written: Fields = {}
    for name, value in fields.items():
        if name in _WRITTEN and (on := fields.get(_WRITTEN[name])):
            written[name] = str(Written(parse_instant(value), on))
        elif isinstance(value, dict):
            written[name] = _as_written(value)
        elif name == "claims" and value and isinstance(value[0], dict):
            written[name] = [_as_written(claim) for claim in value]
        elif name not in _WRITTEN.values():
            written[name] = value
    return written


def _about_claim(fields: Fields) -> Fields:
    return {"claim": claim_id(fields.pop("report"), fields.pop("n")), **fields}


def _filing(fields: Fields) -> Fields:
    claims = [{k: v for k, v in claim.items() if k != "n"} for claim in fields["claims"]]
    return {
        "id": fields["report"],
        **fields["provenance"],
        "marking": fields["marking"],
        "claims": claims,
    }
