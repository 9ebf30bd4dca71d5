"""What a reader may see: nothing that is, or rests on, what is marked above the clearance.

A report is as restricted as the most restrictive of its own marking and those of the sources and
indicators that it names: otherwise it would tell of them. What names something hidden in passing, as a
link does, is shown without it.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import NamedTuple, assert_never

from domain.commands import (
    CiteFigure,
    Command,
    DefineIndicator,
    FileReport,
    GradeSource,
    RegisterSource,
)
from domain.errors import Refused
from domain.events import (
    AssessmentRecorded,
    CitationClosed,
    CitationEvent,
    ClaimDisputed,
    ClaimGraded,
    ClaimLinked,
    ClaimUnlinked,
    Definition,
    Destroyed,
    Event,
    EventRedacted,
    FigureCited,
    IndicatorDefined,
    IndicatorRevised,
    OperationEvent,
    RedactedClaim,
    ReportCorrected,
    ReportFiled,
    ReportHeld,
    ReportMarked,
    ReportReleased,
    ReportWithdrawn,
    SourceGraded,
    SourceRegistered,
)
from domain.stream_names import indicator_stream, report_stream, source_stream, split_stream
from domain.streams.citation import Citation
from domain.streams.decider import State, stream_of
from domain.streams.indicator import Indicator
from domain.streams.report_state import Filed, Redacted
from domain.streams.source import Source
from domain.streams.versions import Version, named_sources
from domain.vocabulary import MARKINGS, Marking, NumberedStatement, restriction, split_claim_id

Hidden = Callable[[str], bool]
"""Whether a stream (of a report, a source or an indicator) is above the reader's clearance."""
Load = Callable[[str], State]
"""Returns the state of a stream."""


def own_marking(state: State) -> Marking:
    """The marking that the last event of a stream left it with."""
    match state:
        case Filed() | Redacted():
            return state.marking
        case Source(registered=SourceRegistered(marking=marking)):
            return marking
        case Indicator(definition=Definition(marking=marking)):
            return marking
        case Citation(cited=FigureCited(marking=marking)):
            return marking
        case _:
            return MARKINGS[0]


def is_cleared(clearance: Marking, stream: str, load: Load) -> bool:
    """Whether a clearance reaches up to a stream, and to all that it names, as `load` finds them."""
    if sees_everything(clearance):
        return True
    state, most = load(stream), restriction(clearance)
    streams = _streams_named(state)
    return all(restriction(own_marking(each)) <= most for each in (state, *map(load, streams)))


def sees_everything(clearance: Marking) -> bool:
    """Whether nothing is above a clearance."""
    return clearance == MARKINGS[-1]


def marking_in_force(stream: str, load: Load) -> Marking:
    """How restricted a stream is, with all that it names, as `load` finds them."""
    state = load(stream)
    markings = (own_marking(each) for each in (state, *map(load, _streams_named(state))))
    return max(markings, key=restriction)


def _streams_named(state: State) -> set[str]:
    """The streams without which nobody may see a stream."""
    match state:
        case Filed():
            return named_by(state)
        case Citation(cited=FigureCited() as cited):
            return subjects(cited)
        case _:
            return set()


def refuse_taken(command: Command) -> None:
    """Refuse to add something under a name that is taken above the clearance of who gives the command.

    Ids are one namespace, so it cannot be hidden that they are taken; any other command hears that
    what it names is not there.
    """
    if isinstance(command, FileReport | DefineIndicator | RegisterSource | GradeSource | CiteFigure):
        kind, name = split_stream(stream_of(command))
        message = f"the id '{name}' cannot be used for a new {kind}; choose another one"
        raise Refused("id-taken", message)


def report_of(claim: str) -> str:
    """The stream of the report that makes a claim."""
    return report_stream(split_claim_id(claim)[0])


def named_by(report: Filed) -> set[str]:
    """The streams of the sources and indicators that a report names in any of its versions."""
    return names_in(report).streams()


class Names(NamedTuple):
    """Ids of sources and of indicators."""

    sources: set[str]
    indicators: set[str]

    def streams(self) -> set[str]:
        """The names of their streams."""
        return {*map(source_stream, self.sources), *map(indicator_stream, self.indicators)}


def names_in(report: Filed) -> Names:
    """The sources and indicators that a report names in any of its versions."""
    sources, indicators = set[str](), set[str]()
    for version in report.versions:
        claims = version.claims.values()
        indicators.update([claim.indicator for claim in claims])
        sources.update(named_sources(version.provenance.publisher, claims))
    return Names(sources, indicators)


def subjects(event: Event | Destroyed) -> set[str]:
    """The streams beside its own that an event is about: where one is hidden, the event is too."""
    match event:
        case ReportFiled():  # first, as most are
            return set()
        case ClaimLinked() | ClaimUnlinked():
            return {report_of(event.derived_from)}
        case ClaimDisputed():
            return {source_stream(event.by)}
        case AssessmentRecorded():
            return {report_of(claim) for claim in event.claims}
        case CitationEvent():
            voice = () if event.originator is None else (source_stream(event.originator),)
            return {indicator_stream(event.indicator), *voice}
        case ReportCorrected() | ReportWithdrawn() | ReportHeld() | ReportReleased():
            return set()
        case ReportMarked() | ClaimGraded() | SourceRegistered() | SourceGraded():
            return set()
        case EventRedacted() | Destroyed():
            return set()
        case IndicatorDefined() | IndicatorRevised() | OperationEvent():
            return set()
        case _:
            assert_never(event)


def is_seen(event: Event | Destroyed, clearance: Marking, hidden: Hidden) -> bool:
    """Whether a reader sees an event of a stream that it may see."""
    if isinstance(event, AssessmentRecorded) and restriction(event.marking) > restriction(clearance):
        return False
    return not any(map(hidden, subjects(event)))


def cleared(event: Event, hidden: Hidden, clearance: Marking) -> Event:
    """An event that a reader may see, without what it names in passing and the reader may not see."""
    match event:
        case ReportFiled():
            return event.model_copy(update={"claims": _cleared_claims(event.claims, hidden)})
        case ReportCorrected():
            claims = None if event.claims is None else _cleared_claims(event.claims, hidden)
            return event.model_copy(update={"claims": claims})
        case SourceRegistered():
            return cleared_source(event, hidden)
        case IndicatorDefined() | IndicatorRevised():
            return event.model_copy(update={"definition": cleared_definition(event.definition, hidden)})
        case SourceGraded() | ClaimGraded() | ClaimLinked() | ClaimUnlinked():
            reason = reason_for(event, clearance)
            if reason == event.reason:
                return event
            return event.model_copy(update={"reason": reason, "marking": clearance})
        case EventRedacted():
            stubs = tuple(_cleared_stub(claim, hidden) for claim in event.claims)
            return event.model_copy(update={"claims": stubs})
        case ReportWithdrawn() | ReportHeld() | ReportReleased() | ReportMarked() | ClaimDisputed():
            return event
        case AssessmentRecorded() | FigureCited() | CitationClosed() | OperationEvent():
            return event
        case _:
            assert_never(event)


def reason_for(
    event: SourceGraded | ClaimGraded | ClaimLinked | ClaimUnlinked, clearance: Marking
) -> str:
    """The reason of a grade or a link as a reader may see it: empty where it is marked above."""
    return "" if restriction(event.marking) > restriction(clearance) else event.reason


def cleared_source(event: SourceRegistered, hidden: Hidden) -> SourceRegistered:
    """A source that a reader may see, without whom it speaks for where that is hidden."""
    if event.speaks_for is None or not hidden(source_stream(event.speaks_for)):
        return event
    return event.model_copy(update={"speaks_for": None})


def cleared_definition(definition: Definition, hidden: Hidden) -> Definition:
    """A definition that a reader may see, without the parts and the plan that are hidden."""
    parts = tuple(part for part in definition.parts if not hidden(indicator_stream(part)))
    plan = definition.plans_for
    if plan is not None and hidden(indicator_stream(plan)):
        plan = None
    if parts == definition.parts and plan == definition.plans_for:
        return definition
    return definition.model_copy(update={"parts": parts, "plans_for": plan})


def cleared_report(report: Filed, hidden: Hidden) -> Filed:
    """A report that a reader may see, without links to hidden claims and disputes of hidden sources."""
    disputes = (each for each in report.disputes if not hidden(source_stream(each.disputed.by)))
    return replace(
        report,
        versions=tuple(_cleared_version(version, hidden) for version in report.versions),
        linked=_cleared_links(report.linked, hidden),
        unlinked=_cleared_links(report.unlinked, hidden),
        disputes=tuple(disputes),
    )


def _cleared_version(version: Version, hidden: Hidden) -> Version:
    claims = {n: _cleared_claim(claim, hidden) for n, claim in version.claims.items()}
    return version._replace(claims=claims)


def _cleared_claims(
    claims: Iterable[NumberedStatement], hidden: Hidden
) -> tuple[NumberedStatement, ...]:
    return tuple(_cleared_claim(claim, hidden) for claim in claims)


def _cleared_claim(claim: NumberedStatement, hidden: Hidden) -> NumberedStatement:
    if not (claim.derived_from or claim.rests_on):
        return claim
    seen = {
        "derived_from": visible_claims(claim.derived_from, hidden),
        "rests_on": visible_claims(claim.rests_on, hidden),
    }
    return claim.model_copy(update=seen)


def _cleared_stub(claim: RedactedClaim, hidden: Hidden) -> RedactedClaim:
    return claim.model_copy(update={"derived_from": visible_claims(claim.derived_from, hidden)})


def visible_claims(claims: Iterable[str], hidden: Hidden) -> tuple[str, ...]:
    """Those of several claims whose reports are not hidden."""
    return tuple(claim for claim in claims if not hidden(report_of(claim)))


def _cleared_links(links: Iterable[tuple[int, str]], hidden: Hidden) -> frozenset[tuple[int, str]]:
    return frozenset((n, parent) for n, parent in links if not hidden(report_of(parent)))
