"""Histories of which some reports were redacted: what their events said is gone."""

from collections.abc import Sequence
from dataclasses import replace
from random import Random

from domain.events import Destroyed, EventRedacted, RedactedClaim, ReportFiled
from domain.streams.report_state import Redacted
from domain.times import from_micros
from projections.tables.projection import Recorded


def without_some(recorded: Sequence[Recorded], random: Random) -> list[Recorded]:
    """A history as it is read once some of its reports were redacted."""
    reports = [each.event.report for each in recorded if isinstance(each.event, ReportFiled)]
    gone = set(random.sample(reports, min(2, len(reports))))
    return [_destroyed(each) if _report(each) in gone else each for each in recorded]


def _report(each: Recorded) -> str | None:
    return getattr(each.event, "report", None)


def _destroyed(each: Recorded) -> Recorded:
    report, redaction = _report(each), None
    assert report is not None
    if isinstance(each.event, ReportFiled):
        redaction = EventRedacted(
            report=report,
            position=each.position,
            event=each.type,
            reason="a name",
            authority="a court",
            indicators=tuple(sorted({claim.indicator for claim in each.event.claims})),
            marking="TLP:CLEAR",
            claims=tuple(
                RedactedClaim(n=claim.n, indicator=claim.indicator, derived_from=claim.derived_from)
                for claim in each.event.claims
            ),
        )
    # The tables need no more of the redaction itself than that it came after.
    event = Destroyed(
        report=report, redaction=redaction, position=10_000, at=from_micros(each.recorded_at), by="desk"
    )
    return replace(each, event=event, state=Redacted(each.version, report))
