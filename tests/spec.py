"""Deciders as specifications: given these events, when this command, then these events or a refusal.

A command is written as a caller sends it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import to_json

from domain.clearance import is_cleared, marking_in_force
from domain.commands import Command
from domain.errors import Code, Fault, Refused
from domain.events import (
    Definition,
    Event,
    IndicatorDefined,
    ReportCorrected,
    ReportFiled,
    SourceRegistered,
)
from domain.stream_names import indicator_stream, report_stream, source_stream, split_stream
from domain.streams.decider import State, decide, evolve, initial, stream_of
from domain.streams.indicator import Indicator
from domain.streams.report_state import Report
from domain.streams.source import Source
from domain.times import parse_instant
from domain.vocabulary import MARKINGS, Marking, Model

Value = TypeVar("Value", bound=Model)
ACTOR = "ana"
NOW = parse_instant("2026-12-31")
"""The log's clock, unless said otherwise."""


class World:
    """All streams folded in memory, and what a decision may know of them."""

    def __init__(
        self,
        events: Iterable[Event] = (),
        actor: str = ACTOR,
        now: datetime = NOW,
        clearance: Marking = MARKINGS[-1],
    ) -> None:
        self.clearance = clearance
        self.actor = actor
        self.now = now
        self.states: dict[str, State] = {}
        self._with_claims: set[str] = set()
        self._events: list[Event] = []
        self.record(events)

    def record(self, events: Iterable[Event]) -> None:
        for event in events:
            self._events.append(event)
            self.states[event.stream] = evolve(self.state(event.stream), event)
            if isinstance(event, ReportFiled | ReportCorrected):
                self._with_claims |= {claim.indicator for claim in event.claims or ()}

    def state(self, stream: str) -> State:
        return self.states.get(stream, initial(stream))

    def decide(self, command: Command) -> list[Event]:
        return decide(command, self.state(stream_of(command)), self)

    def may_see(self, stream: str) -> bool:
        return is_cleared(self.clearance, stream, self.state)

    def definition(self, indicator: str) -> Definition | None:
        state = self.state(indicator_stream(indicator))
        assert isinstance(state, Indicator)
        return state.definition

    @property
    def head(self) -> int:
        return len(self._events)

    def definition_at(self, indicator: str, position: int) -> Definition | None:
        return World(self._events[:position]).definition(indicator)

    def alike(self, stream: str) -> set[str]:
        names = map(split_stream, self.states)
        return {name for kind, name in names if kind == split_stream(stream)[0]}

    def marking(self, stream: str) -> Marking:
        return marking_in_force(stream, self.state)

    def events_of(self, stream: str) -> list[tuple[int, str]]:
        return [(at, e.TYPE) for at, e in enumerate(self._events, 1) if e.stream == stream]

    def has_claims(self, indicator: str) -> bool:
        return indicator in self._with_claims

    def has_source(self, source: str) -> bool:
        return self.state(source_stream(source)).version > 0

    def speaks_for(self, source: str) -> str | None:
        state = self.state(source_stream(source))
        assert isinstance(state, Source)
        return state.registered.speaks_for if state.registered else None

    def report(self, report: str) -> Report:
        state = self.state(report_stream(report))
        assert isinstance(state, Report)
        return state


@dataclass(frozen=True)
class Decided:
    """What became of a command."""

    world: World
    command: Command | None
    events: list[Event]
    refused: Refused | None

    def then_events(self, *events: Event) -> None:
        """These events and no other; and the same command again yields nothing."""
        assert self.refused is None, self.refused
        assert self.events == list(events)
        assert self.command is not None
        self.world.record(events)
        assert self.world.decide(self.command) == []

    def then_nothing(self) -> None:
        self.then_events()

    def then_refused(self, code: Code, *pointers: str) -> str:
        """Refused with this code, these places being at fault; gives what it says."""
        assert self.refused is not None, self.events
        assert self.refused.code == code, self.refused
        assert [fault.pointer for fault in self.refused.faults] == list(pointers)
        return self.refused.detail


@dataclass(frozen=True)
class Given:
    """What happened before."""

    events: tuple[Event, ...]
    actor: str = ACTOR
    now: datetime = NOW
    clearance: Marking = MARKINGS[-1]

    def when(self, kind: type[Command], /, **body: Any) -> Decided:
        return self.when_sent(kind, to_json(body))

    def when_sent(self, kind: type[Command], body: bytes) -> Decided:
        world, command = World(self.events, self.actor, self.now, self.clearance), None
        try:
            command = read(kind, body)
            return Decided(world, command, world.decide(command), None)
        except Refused as refused:
            return Decided(world, command, [], refused)


def read(kind: type[Command], body: bytes) -> Command:
    """A command from JSON; raises `Refused` with every fault of its shape."""
    try:
        return kind.model_validate_json(body)
    except ValidationError as error:
        details = error.errors(include_url=False)
        faults = [Fault("".join(f"/{step}" for step in each["loc"]), each["msg"]) for each in details]
        # A list may be too short only because of the faults within it.
        own = [
            fault
            for fault, each in zip(faults, details, strict=True)
            if each["type"] != "too_short"
            or not any(other.pointer.startswith(fault.pointer + "/") for other in faults)
        ]
        raise Refused("invalid", str(error), own) from None


def given(*events: Event, actor: str = ACTOR, now: str = "") -> Given:
    return Given(events, actor, parse_instant(now) if now else NOW)


def a(kind: type[Value], /, **data: Any) -> Value:
    """A value from plain data."""
    return kind.model_validate_json(to_json(data))


# -- words that most specifications begin with ---------------------------------------------


def defined(indicator: str, measure: str = "cumulative", **more: Any) -> IndicatorDefined:
    nothing = {"title": indicator, "unit": "persons", "definition": "", "parts": [], "minimum": 0}
    default = {"measure": measure, "policy": "latest-best-source/2", "fresh_days": 90}
    return a(IndicatorDefined, indicator=indicator, definition=nothing | default | more)


def registered(source: str) -> SourceRegistered:
    return a(SourceRegistered, source=source)


def claim(best: float = 300, **more: Any) -> dict[str, Any]:
    """What the NIS says of the killed, unless said otherwise."""
    return {"indicator": "killed", "originator": "nis", "quantity": {"best": best}} | more


def filed(report: str = "wire-1", *claims: dict[str, Any], **more: Any) -> ReportFiled:
    """A report of the wire on 13 January 2025, unless said otherwise."""
    provenance = {"publisher": "wire", "published_at": "2025-01-13"} | more
    marking = provenance.pop("marking", "TLP:CLEAR")
    numbered = [{"n": n, **each} for n, each in enumerate(claims or (claim(),), start=1)]
    return a(ReportFiled, report=report, provenance=provenance, marking=marking, claims=numbered)


KILLED = defined("killed")
KNOWN = (KILLED, registered("wire"), registered("nis"))
"""An indicator and two sources, so that a report adds nothing but itself."""
