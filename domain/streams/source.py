"""A source: its description and its latest grade."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import assert_never

from domain.commands import AnySourceCommand, GradeSource, RegisterSource
from domain.errors import Refused, refuse
from domain.events import AnySourceEvent, Event, SourceGraded, SourceRegistered
from domain.stream_names import source_stream
from domain.streams.context import Context
from domain.streams.repeated import check_once
from domain.vocabulary import MARKINGS


@dataclass(frozen=True, slots=True)
class Source:
    """A source as its events made it; `version` 0 means never registered."""

    version: int = 0
    registered: SourceRegistered | None = None
    graded: SourceGraded | None = None


def evolve(source: Source, event: AnySourceEvent) -> Source:
    """The source after one more of its events."""
    match event:
        case SourceRegistered():
            return replace(source, version=source.version + 1, registered=event)
        case SourceGraded():
            return replace(source, version=source.version + 1, graded=event)
        case _:
            assert_never(event)


def decide(command: AnySourceCommand, source: Source, context: Context) -> list[Event]:
    """The events that a command yields on a source; raises `Refused`."""
    match command:
        case RegisterSource():
            return _register(command, source, context)
        case GradeSource():
            return _grade(command, source, context.actor)
        case _:
            assert_never(command)


def _register(command: RegisterSource, source: Source, context: Context) -> list[Event]:
    before = source.registered
    speaks_for = command.speaks_for
    if speaks_for is None and before is not None and not _may_see(before.speaks_for, context):
        speaks_for = before.speaks_for
    event = SourceRegistered(
        source=command.id,
        name=command.name,
        kind=command.kind,
        country=command.country,
        note=command.note,
        aliases=command.aliases,
        speaks_for=speaks_for,
        marking=command.marking or (before.marking if before else MARKINGS[0]),
    )
    if before == event:
        return []
    check_once("/aliases", command.aliases)
    _check_voice(command, context)
    return [*newcomers([command.speaks_for], context), event]


def _may_see(source: str | None, context: Context) -> bool:
    """Whether the caller saw the source that was named; what is hidden stays as it is."""
    return source is None or context.may_see(source_stream(source))


def _check_voice(command: RegisterSource, context: Context) -> None:
    """Refuse a source that would speak for itself, directly or through others."""
    if command.speaks_for == command.id:
        raise refuse("invalid", "/speaks_for", "a source cannot speak for itself")
    voice = command.speaks_for
    while voice is not None:
        voice = context.speaks_for(voice)
        if voice == command.id:
            message = f"'{command.speaks_for}' itself speaks for '{command.id}'"
            raise refuse("invalid", "/speaks_for", f"{message}; voices may not go round")


def _grade(command: GradeSource, source: Source, actor: str) -> list[Event]:
    event = SourceGraded(
        source=command.source,
        reliability=command.reliability,
        grader=actor,
        reason=command.reason,
        marking=command.marking,
    )
    if source.registered is None:
        return [SourceRegistered(source=command.source), event]
    return [] if source.graded == event else [event]


def newcomers(names: Iterable[str | None], context: Context) -> list[SourceRegistered]:
    """Registrations, without a grade, of the named sources that are not registered.

    Raises `Refused` for a name that is taken by a source that the caller may not see.
    """
    named = dict.fromkeys(filter(None, names))
    for name in named:
        if not context.may_see(source_stream(name)):
            raise Refused("id-taken", f"the name '{name}' cannot be used for a source; use another one")
    return [SourceRegistered(source=name) for name in named if not context.has_source(name)]
