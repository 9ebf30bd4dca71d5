"""Deciding on a report: which events a command yields, or why it is refused.

In the order of a report's life: file, correct, withdraw, hold, release, mark. Commands about one claim
are in `claim_findings`. A command whose effect the state already has yields no event.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import assert_never

from domain.commands import (
    AnyReportCommand,
    ClaimCommand,
    CorrectReport,
    FileReport,
    HoldReport,
    MarkReport,
    NewProvenance,
    RedactReport,
    ReleaseReport,
    WithdrawReport,
)
from domain.errors import Refused, refuse
from domain.events import (
    Event,
    ReportCorrected,
    ReportFiled,
    ReportHeld,
    ReportMarked,
    ReportReleased,
    ReportWithdrawn,
)
from domain.stream_names import report_stream
from domain.streams import claim_findings
from domain.streams.admission import Door
from domain.streams.context import Context
from domain.streams.dates import check_published
from domain.streams.hints import unknown_report
from domain.streams.redaction import redacted
from domain.streams.report_state import (
    Filed,
    Redacted,
    Report,
    Unfiled,
    changes,
    claim_numbers,
    evolve,
    in_force,
    proposed,
)
from domain.streams.source import newcomers
from domain.streams.versions import named_sources
from domain.times import Written, show_instant
from domain.vocabulary import (
    NumberedStatement,
    Provenance,
    ProvenanceChange,
    RestatedStatement,
    Statement,
    split_claim_id,
)


def decide(command: AnyReportCommand, report: Report, context: Context) -> list[Event]:
    """The events that a command yields on a report; raises `Refused`."""
    if isinstance(report, Redacted):
        return _on_redacted(command, report)
    if isinstance(command, FileReport):
        return _file(command, report, context)
    if isinstance(report, Unfiled):
        raise Refused("not-found", unknown_report(context, command.report))
    if isinstance(command, RedactReport):
        return redacted(command, report, context)
    if report.withdrawal is not None:
        return _on_withdrawn(command, report)
    match command:
        case CorrectReport():
            return _correct(command, report, context)
        case WithdrawReport():
            _check_date(command, report, context)
            return [_withdrawal(command, report)]
        case HoldReport():
            return [] if report.held else [ReportHeld(report=report.id, reason=command.reason)]
        case ReleaseReport():
            return [ReportReleased(report=report.id, reason=command.reason)] if report.held else []
        case MarkReport():
            return _mark(command, report)
        case ClaimCommand():
            return claim_findings.decide(command, report, context)
        case _:
            assert_never(command)


def filing(command: FileReport, report: str) -> ReportFiled:
    """The report as it is to be stored under an id; equal for commands of equal content."""
    # A command is validated where it comes in, and its parts take the same forms in the event.
    provenance = {
        "publisher": command.publisher,
        "url": command.url,
        "title": command.title,
        "published_at": command.published_at.at,
        "published_on": command.published_at.on,
        "evidence": command.evidence,
    }
    filed = {
        "report": report,
        "provenance": Provenance.of_valid(provenance),
        "marking": command.marking,
        "claims": tuple([_numbered(claim, n) for n, claim in enumerate(command.claims, start=1)]),
    }
    return ReportFiled.of_valid(filed)


def _file(command: FileReport, report: Report, context: Context) -> list[Event]:
    assert command.id is not None, "ids come in as data"
    event = filing(command, command.id)
    if isinstance(report, Filed):
        if report.filed == event:
            return []
        raise Refused(
            "id-taken",
            f"report '{command.id}' already exists with other content; choose another id, or "
            "correct it",
        )
    check_published(command.published_at, "/published_at", context.now)
    filed = proposed(event)
    Door(context, filed, filed.versions[-1]).admit()
    return [*newcomers(named_sources(event.provenance.publisher, event.claims), context), event]


def _correct(command: CorrectReport, report: Filed, context: Context) -> list[Event]:
    _check_date(command, report, context)
    change = _change(command.provenance)
    if command.claims is None and not changes(command.kind, change):
        raise refuse("invalid", "", "corrects nothing; give provenance, claims or both")
    if _repeats(command, report, context):
        return []
    claims = _with_hidden_links(_renumbered(command.claims, report), report, context)
    event = _correction(command, report.id, claims)
    corrected = evolve(report, event)
    assert isinstance(corrected, Filed)
    door = Door(context, corrected, corrected.versions[-1])
    if event.claims is not None:
        door.admit()
    elif "published_at" in changes(command.kind, change):
        door.admit_date("/provenance/published_at")
    publisher = change.publisher if change else None
    return [*newcomers(named_sources(publisher, event.claims or ()), context), event]


def _correction(
    command: CorrectReport, report: str, claims: tuple[NumberedStatement, ...] | None
) -> ReportCorrected:
    return ReportCorrected(
        report=report,
        kind=command.kind,
        reason=command.reason,
        published_at=_instant(command.published_at),
        provenance=_change(command.provenance),
        claims=claims,
    )


def _change(given: NewProvenance | None) -> ProvenanceChange | None:
    if given is None:
        return None
    published = given.published_at
    return ProvenanceChange(
        publisher=given.publisher,
        url=given.url,
        title=given.title,
        published_at=_instant(published),
        published_on=published.on if published else None,
        evidence=given.evidence,
    )


def _instant(written: Written | None) -> datetime | None:
    return written.at if written else None


def _repeats(command: CorrectReport, report: Filed, context: Context) -> bool:
    """Whether this is the last correction again, whose new claims have numbers by now."""
    last = report.last_correction
    if last is None or len(command.claims or ()) != len(last.claims or ()):
        return False
    pairs = list(zip(command.claims or (), last.claims or (), strict=True))
    before = {n for version in report.versions[:-1] for n in version.claims}
    if any(mine.n is None and theirs.n in before for mine, theirs in pairs):
        return False
    claims = tuple(_numbered(mine, mine.n or theirs.n) for mine, theirs in pairs)
    kept = _with_hidden_links(claims or None, report, context)
    return _correction(command, report.id, kept) == last


def _with_hidden_links(
    claims: tuple[NumberedStatement, ...] | None, report: Filed, context: Context
) -> tuple[NumberedStatement, ...] | None:
    """Claims of a correction with the links that its author may not see, and so cannot mean to drop."""

    def kept(names: Sequence[str], before: Sequence[str]) -> tuple[str, ...]:
        hidden = (p for p in before if not context.may_see(report_stream(split_claim_id(p)[0])))
        return tuple(dict.fromkeys((*names, *hidden)))

    said, found = (in_force(report) or report.versions[-1]).claims, list[NumberedStatement]()
    for claim in claims or ():
        before = said.get(claim.n)
        if before is not None and (before.derived_from or before.rests_on):
            links = {
                "derived_from": kept(claim.derived_from, before.derived_from),
                "rests_on": kept(claim.rests_on, before.rests_on),
            }
            claim = claim.model_copy(update=links)
        found.append(claim)
    return None if claims is None else tuple(found)


def _check_date(command: CorrectReport | WithdrawReport, report: Filed, context: Context) -> None:
    """Refuse a publisher's act without a date, in the future or before its report; ours with a date."""
    published, pointer = command.published_at, "/published_at"
    if isinstance(command, CorrectReport) and command.provenance is not None:
        check_published(command.provenance.published_at, "/provenance/published_at", context.now)
    if command.kind == "record":
        if published is not None:
            raise refuse(
                "invalid",
                pointer,
                "belongs to kind 'publisher' only; to fix the report's own date give "
                "provenance.published_at",
            )
        return
    if published is None:
        raise refuse("invalid", pointer, "is missing; say when the publisher did it")
    dated = (in_force(report) or report.versions[0]).provenance.published_at
    if published.at < dated:
        raise refuse("invalid", pointer, f"lies before the report itself ({show_instant(dated)})")
    check_published(published, pointer, context.now)


def _renumbered(
    claims: Sequence[RestatedStatement] | None, report: Filed
) -> tuple[NumberedStatement, ...] | None:
    """Claims keep their n; a new one takes the next n, never used before."""
    if claims is None:
        return None
    used = claim_numbers(report)
    following, seen, numbered = max(used) + 1, set[int](), []
    for i, claim in enumerate(claims):
        n = claim.n if claim.n is not None else following
        if n in seen:
            raise refuse("invalid", f"/claims/{i}/n", f"{n} is given twice")
        if n not in used and n != following:
            raise refuse(
                "invalid",
                f"/claims/{i}/n",
                f"{n} names no claim of this report; leave n out for a new one",
            )
        following += n == following
        seen.add(n)
        numbered.append(_numbered(claim, n))
    return tuple(numbered)


def _numbered(claim: Statement, n: int) -> NumberedStatement:
    values = vars(claim).copy()
    values["n"], values["stated_on"] = n, None
    if stated := claim.stated_at:
        values["stated_at"], values["stated_on"] = stated.at, stated.on
    return NumberedStatement.of_valid(values)


def _withdrawal(command: WithdrawReport, report: Filed) -> ReportWithdrawn:
    return ReportWithdrawn(
        report=report.id,
        kind=command.kind,
        reason=command.reason,
        published_at=_instant(command.published_at),
    )


def _on_withdrawn(command: AnyReportCommand, report: Filed) -> list[Event]:
    if isinstance(command, WithdrawReport) and _withdrawal(command, report) == report.withdrawal:
        return []
    raise Refused(
        "report-withdrawn",
        f"report '{report.id}' is withdrawn and takes nothing more; file a new report instead",
    )


def _on_redacted(command: AnyReportCommand, report: Redacted) -> list[Event]:
    if isinstance(command, RedactReport):
        return []
    raise Refused(
        "report-redacted",
        f"report '{report.id}' was redacted and takes nothing more; its id stays taken",
    )


def _mark(command: MarkReport, report: Filed) -> list[Event]:
    if command.marking == report.marking:
        return []
    return [ReportMarked(report=report.id, marking=command.marking, reason=command.reason)]
