"""What projections need of a report that is filed, found from the event alone.

Most events file a report, and what follows from one takes longer to find than to write. All of it is
plain values, so that another process can find it and send it here.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from domain.clearance import Names, names_in
from domain.events import Destroyed, Event, ReportFiled
from domain.streams.report_state import Filed, Report, in_force
from domain.vocabulary import restriction
from projections.tables.claim_rows import unplaced_rows
from projections.tables.projection import Recorded


class Filing(NamedTuple):
    """A report as it was filed: `sources` and `indicators` are named by it, `level` is of its marking.

    `parents` are the claims that its own link to, `copy` the hash of its stored copy, `text` what is
    searched, `claims` the rows of its claims but for their place.
    """

    report: str
    level: int
    sources: set[str]
    indicators: set[str]
    parents: set[str]
    copy: str | None
    text: str
    claims: list[tuple[Any, ...]]


class Prepared(Recorded):
    """A filed report of which another process found what it comes to; its event is read if needed."""

    def __init__(
        self,
        place: tuple[int, str, str, int],
        recorded_at: int,
        actor: str,
        filing: Filing,
        read: Callable[[], Recorded],
    ) -> None:
        position, type, stream, version = place
        self.__dict__.update(
            position=position,
            type=type,
            stream=stream,
            version=version,
            recorded_at=recorded_at,
            actor=actor,
            _filing=filing,
            _named=Names(filing.sources, filing.indicators),
            _read=read,
        )

    @property
    def event(self) -> Event | Destroyed:
        """The event, read again."""
        read: Recorded = self.__dict__["_read"]()
        return read.event

    @property
    def state(self) -> Report | None:
        """The state of the report after the event, read again."""
        read: Recorded = self.__dict__["_read"]()
        return read.state


def filing_of(recorded: Recorded) -> Filing | None:
    """What a report comes to that an event files, found once; None for any other event."""
    kept = recorded.__dict__
    if "_filing" not in kept:
        filed = isinstance(recorded.event, ReportFiled)
        kept["_filing"] = filed_as(recorded.event, recorded.state) if filed else None
    found: Filing | None = kept["_filing"]
    return found


def others(events: Iterable[Recorded]) -> Iterator[Recorded]:
    """The events that do not file a report."""
    return (each for each in events if filing_of(each) is None)


def filed_as(event: object, state: Report | None) -> Filing:
    """What a report comes to that an event files."""
    assert isinstance(event, ReportFiled) and isinstance(state, Filed)
    named, evidence = names_in(state), event.provenance.evidence
    return Filing(
        event.report,
        restriction(state.marking),
        named.sources,
        named.indicators,
        {parent for c in event.claims for parent in (*c.derived_from, *c.rests_on)},
        evidence.sha256 if evidence else None,
        report_text(state),
        [*map(tuple, unplaced_rows(state))],
    )


def report_text(report: Filed) -> str:
    """The words by which a report is found: those of what it says now."""
    version = in_force(report) or report.versions[-1]
    lines = [report.id, version.provenance.publisher, version.provenance.title or ""]
    for claim in version.claims.values():
        words = [claim.indicator, claim.originator, claim.spokesperson, claim.cohort, claim.text]
        if claim.quote:
            words.append(claim.quote.exact)
        lines.append(" ".join(filter(None, words)))
    return "\n".join(lines)
