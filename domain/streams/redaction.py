"""Deciding to redact a report: which of its events are to be destroyed, and what is said of it."""

from domain.commands import RedactReport
from domain.events import Event, EventRedacted, RedactedClaim
from domain.stream_names import report_stream
from domain.streams.context import Context
from domain.streams.report_state import Filed, in_force, links


def redacted(command: RedactReport, report: Filed, context: Context) -> list[Event]:
    """An event for each that the report's stream holds: all of them may repeat its words."""
    indicators = {c.indicator for version in report.versions for c in version.claims.values()}
    found: list[Event] = []
    for position, kind in context.events_of(report_stream(report.id)):
        found.append(
            EventRedacted(
                report=report.id,
                position=position,
                event=kind,
                reason=command.reason,
                authority=command.authority,
                indicators=tuple(sorted(indicators)),
                marking=context.marking(report_stream(report.id)),
                claims=() if found else _claims(report),
            )
        )
    return found


def _claims(report: Filed) -> tuple[RedactedClaim, ...]:
    """Every claim that the report ever made, with what it was derived from in the end."""
    last = in_force(report) or report.versions[-1]
    words = {n: claim for version in report.versions for n, claim in version.claims.items()}
    return tuple(
        RedactedClaim(
            n=n, indicator=words[n].indicator, derived_from=tuple(sorted(links(report, last, n)))
        )
        for n in sorted(words)
    )
