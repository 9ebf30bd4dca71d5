"""What stands, as a command would say it: what a form is filled with before it is changed."""

from collections.abc import Mapping
from typing import Any

from domain import commands
from domain.commands import DeskCommand
from domain.events import IndicatorDefined, ReportCorrected
from domain.streams.versions import Version
from domain.vocabulary import ProvenanceChange, split_claim_id
from projections.answers.latest_assessment import latest_assessment
from projections.tables.registry import indicator_at, source_at
from service.interop.export import command_line
from service.query.reports import report_in_force
from service.query.standpoint import Standpoint
from service.service import Service

Body = Mapping[str, Any]


def what_stands(
    service: Service, here: Standpoint, command: type[DeskCommand], target: str
) -> Body | None:
    """The fields of a command as they stand at a standpoint; None where nothing does yet."""
    position = here.as_of.position
    if command is commands.DefineIndicator:
        row = indicator_at(here.db, target, position)
        return None if row is None else _definition(target, row.definition)
    if command is commands.RegisterSource:
        source = source_at(here.db, target, position)
        if source is None:
            return None
        return {"marking": source.registered.marking, **_fields(command_line(source.registered))}
    if command is commands.GradeSource:
        source = source_at(here.db, target, position)
        return {"reliability": source.graded.reliability} if source and source.graded else None
    if command is commands.RecordAssessment:
        return _assessment(here, target)
    return _of_report(service, here, command, target)


def _definition(name: str, definition: Any) -> Body:
    event = IndicatorDefined(indicator=name, definition=definition)
    return {"marking": definition.marking, **_fields(command_line(event))}


def _assessment(here: Standpoint, indicator: str) -> Body | None:
    found = latest_assessment(here.db, indicator, here.as_of)
    if found is None:
        return None
    assessment = found[0]
    figure = {name: getattr(assessment, name) for name in ("low", "best", "high")}
    return {
        **{name: value for name, value in figure.items() if value is not None},
        "confidence": assessment.confidence,
        "rationale": assessment.rationale,
        "claims": list(assessment.claims),
        "marking": assessment.marking,
    }


def _of_report(
    service: Service, here: Standpoint, command: type[DeskCommand], target: str
) -> Body | None:
    name, n = split_claim_id(target) if "/" in target else (target, 0)
    report = report_in_force(here, service.log, name)
    if report is None:
        return None
    if command is commands.CorrectReport:
        return as_correction(name, report.version)
    if command is commands.MarkReport:
        return {"marking": report.state.marking}
    if command is commands.GradeClaim and n in report.state.grades:
        return {"credibility": report.state.grades[n].credibility}
    return None


def as_correction(report: str, version: Version) -> Body:
    """A version of a report as the correction that would make it say that."""
    event = ReportCorrected(
        report=report,
        kind="record",
        reason="",
        provenance=ProvenanceChange(**dict(version.provenance)),
        claims=tuple(version.claims.values()),
    )
    fields = _fields(command_line(event))
    return {name: fields[name] for name in ("provenance", "claims")}


def _fields(line: Mapping[str, Body]) -> Body:
    [fields] = line.values()
    return fields
