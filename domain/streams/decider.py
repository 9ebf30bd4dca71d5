"""Deciding over every kind of stream: the only place that tells them apart.

A command leads to a stream, the events of a stream fold to a state, and command, state and context
(what the decision may know of other streams) yield new events.
"""

from collections.abc import Iterable
from typing import assert_never

from domain.commands import (
    AcceptClock,
    AcceptLoss,
    AddSigningKey,
    AnyCitationCommand,
    AnyIndicatorCommand,
    AnyReportCommand,
    AnySourceCommand,
    CiteFigure,
    ClaimCommand,
    CloseCitation,
    Command,
    DefineIndicator,
    EndWebhook,
    FileReport,
    GradeSource,
    IssueToken,
    OperatorCommand,
    RecordAssessment,
    RegisterSource,
    ReportCommand,
    RetireSigningKey,
    RevokeToken,
    SetWebhook,
)
from domain.events import (
    CitationEvent,
    Destroyed,
    Event,
    IndicatorEvent,
    OperationEvent,
    ReportEvent,
    SourceEvent,
)
from domain.stream_names import (
    CITATION,
    INDICATOR,
    LOG,
    OPERATIONS,
    REPORT,
    SOURCE,
    citation_stream,
    indicator_stream,
    report_stream,
    source_stream,
    split_stream,
)
from domain.streams import citation, indicator, operations, report, report_state, source
from domain.streams.citation import Citation
from domain.streams.context import Context
from domain.streams.indicator import Indicator
from domain.streams.operations import Operations
from domain.streams.report_state import Report, Unfiled
from domain.streams.source import Source

State = Report | Source | Indicator | Citation | Operations


def stream_of(command: Command) -> str:
    """The name of the stream that a command changes; what it begins must have its id."""
    match command:
        case FileReport():
            assert command.id is not None, "ids come in as data"
            return report_stream(command.id)
        case ReportCommand() | ClaimCommand():
            return report_stream(command.report)
        case RegisterSource():
            return source_stream(command.id)
        case GradeSource():
            return source_stream(command.source)
        case DefineIndicator():
            return indicator_stream(command.id)
        case RecordAssessment():
            return indicator_stream(command.indicator)
        case CiteFigure():
            assert command.id is not None, "ids come in as data"
            return citation_stream(command.id)
        case CloseCitation():
            return citation_stream(command.citation)
        case AcceptLoss() | AcceptClock() | IssueToken() | RevokeToken():
            return OPERATIONS
        case SetWebhook() | EndWebhook() | AddSigningKey() | RetireSigningKey():
            return OPERATIONS
        case _:
            assert_never(command)


def initial(stream: str) -> State:
    """The state of a stream without events; raises ValueError if it is of no known kind."""
    match split_stream(stream)[0]:
        case kind if kind == REPORT:
            return Unfiled()
        case kind if kind == SOURCE:
            return Source()
        case kind if kind == INDICATOR:
            return Indicator()
        case kind if kind == CITATION:
            return Citation()
        case kind if kind == LOG:
            return Operations()
        case kind:
            raise ValueError(f"stream {stream!r}: there is no kind {kind!r}")


def evolve(state: State, event: Event | Destroyed) -> State:
    """The state of a stream after one more of its events."""
    match event:
        case ReportEvent():
            assert isinstance(state, Report)
            return report_state.evolve(state, event)
        case SourceEvent():
            assert isinstance(state, Source)
            return source.evolve(state, event)
        case IndicatorEvent():
            assert isinstance(state, Indicator)
            return indicator.evolve(state, event)
        case CitationEvent():
            assert isinstance(state, Citation)
            return citation.evolve(state, event)
        case OperationEvent():
            assert isinstance(state, Operations)
            return operations.evolve(state, event)
        case _:
            assert_never(event)


def decide(command: Command, state: State, context: Context) -> list[Event]:
    """The events that a command yields on the state of its stream; raises `Refused`."""
    if isinstance(command, AnyReportCommand):
        assert isinstance(state, Report)
        return report.decide(command, state, context)
    if isinstance(command, AnySourceCommand):
        assert isinstance(state, Source)
        return source.decide(command, state, context)
    if isinstance(command, AnyIndicatorCommand):
        assert isinstance(state, Indicator)
        return indicator.decide(command, state, context)
    if isinstance(command, AnyCitationCommand):
        assert isinstance(state, Citation)
        return citation.decide(command, state, context)
    if isinstance(command, OperatorCommand):
        assert isinstance(state, Operations)
        return operations.decide(command, state, context)
    assert_never(command)


def fold(stream: str, events: Iterable[Event | Destroyed]) -> State:
    """The state that the events of a stream make."""
    state = initial(stream)
    for event in events:
        state = evolve(state, event)
    return state
