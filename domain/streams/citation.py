"""A citation: a figure that was used somewhere, until it is closed or cited anew."""

from dataclasses import dataclass, replace
from typing import assert_never

from domain.commands import AnyCitationCommand, CiteFigure, CloseCitation
from domain.errors import Refused, refuse
from domain.estimates.policies import POLICY_NAMES, REPLACED
from domain.events import AnyCitationEvent, CitationClosed, Definition, Event, FigureCited
from domain.near import did_you_mean, nearest
from domain.stream_names import indicator_stream, source_stream
from domain.streams.context import Context
from domain.streams.hints import unknown_citation, unknown_indicator

_FIGURE = ("indicator", "period", "cohort", "incident", "originator", "where")
"""What a citation is of, and where, for good; to cite anew may change the rest."""
NOT_IDENTIFYING = {"position", "note", "when_it_moves"}
"""What two commands that cite the same figure in the same place may differ in."""
_AGAIN = ("published_by", "valid_at", "note", "when_it_moves", "marking")


@dataclass(frozen=True, slots=True)
class Citation:
    """A citation as its events made it; `version` 0 means that nothing was cited."""

    version: int = 0
    cited: FigureCited | None = None
    closed: CitationClosed | None = None


def evolve(citation: Citation, event: AnyCitationEvent) -> Citation:
    """The citation after one more of its events."""
    match event:
        case FigureCited():
            return Citation(citation.version + 1, event)
        case CitationClosed():
            return replace(citation, version=citation.version + 1, closed=event)
        case _:
            assert_never(event)


def decide(command: AnyCitationCommand, citation: Citation, context: Context) -> list[Event]:
    """The events that a command yields on a citation; raises `Refused`."""
    match command:
        case CiteFigure():
            return _cite(command, citation, context)
        case CloseCitation():
            return _close(command, citation, context)
        case _:
            assert_never(command)


def _cite(command: CiteFigure, citation: Citation, context: Context) -> list[Event]:
    assert command.id is not None, "ids come in as data"
    _check_same(command, citation.cited)
    position, definition = _place(command, citation, context)
    given = {name: getattr(command, name) for name in (*_FIGURE, *_AGAIN)}
    asked = command.policy or definition.policy
    given["policy"] = REPLACED.get(asked, asked)
    event = FigureCited(citation=command.id, position=position, **given)
    if citation.cited == event and citation.closed is None:
        return []
    _check_question(event, definition, context)
    return [event]


def _place(command: CiteFigure, citation: Citation, context: Context) -> tuple[int, Definition]:
    """The position at which a figure is cited, and the definition of its indicator there.

    A citation that is open stays where it is unless another position is given.
    """
    name, cited = command.indicator, citation.cited
    if not context.may_see(indicator_stream(name)) or context.definition(name) is None:
        raise refuse("unknown-indicator", "/indicator", unknown_indicator(context, name))
    position = command.position
    if position is None:
        position = cited.position if cited and citation.closed is None else context.head
    if position > context.head:
        message = f"{position} lies beyond the head of the log, {context.head}"
        raise refuse("invalid", "/position", message)
    definition = context.definition_at(name, position)
    if definition is None:
        message = f"'{name}' was not defined yet at position {position}; cite it at a later one"
        raise refuse("invalid", "/position", message)
    return position, definition


def _check_same(command: CiteFigure, before: FigureCited | None) -> None:
    """Refuse to make a citation one of another figure, or of a figure somewhere else."""
    if before is None:
        return
    changed = [each for each in _FIGURE if getattr(before, each) != getattr(command, each)]
    if changed:
        message = f"citation '{command.id}' already exists with another {changed[0]}"
        raise Refused("id-taken", f"{message}; choose another id")


def _check_question(event: FigureCited, definition: Definition, context: Context) -> None:
    if event.policy not in POLICY_NAMES:
        near = did_you_mean(nearest(event.policy, POLICY_NAMES), f"; use {' or '.join(POLICY_NAMES)}")
        raise refuse("invalid", "/policy", f"'{event.policy}' is no policy{near}")
    if event.incident is not None and definition.measure != "increment":
        message = f"belongs to an increment only; '{event.indicator}' is {definition.measure}"
        raise refuse("invalid", "/incident", message)
    source = event.originator
    if source and not (context.may_see(source_stream(source)) and context.has_source(source)):
        raise refuse("invalid", "/originator", f"there is no source '{source}'; /v1/sources lists them")
    if not event.where.strip():
        raise refuse("invalid", "/where", "is empty; say where the figure was used")


def _close(command: CloseCitation, citation: Citation, context: Context) -> list[Event]:
    cited = citation.cited
    if cited is None:
        raise Refused("not-found", unknown_citation(context, command.citation))
    if citation.closed is not None:
        return []
    return [
        CitationClosed(
            citation=cited.citation,
            indicator=cited.indicator,
            originator=cited.originator,
            reason=command.reason,
        )
    ]
