"""Deciding many commands as one batch: each sees what those before it decided.

This is the only place where commands meet states: it finds the stream, looks up what the decision
may know of others, asks the domain, and gives the events their ids and versions.
"""

import hashlib
import hmac
from base64 import b32encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from difflib import get_close_matches
from typing import Literal

from domain.commands import (
    Command,
    DefineIndicator,
    FileReport,
    GradeSource,
    RecordAssessment,
    RegisterSource,
)
from domain.errors import Refused
from domain.events import (
    Definition,
    Event,
    IndicatorDefined,
    ReportCorrected,
    ReportFiled,
    indicator_stream,
    report_stream,
    source_stream,
)
from domain.streams import indicator, report, source
from domain.streams.indicator import Indicator
from domain.streams.report_state import Report
from domain.streams.source import Source
from service.log.port import Appended, EventLog, Mark, Pending
from service.streams.states import State, States, evolve
from service.streams.upcasters import encode_event, read_event

Suggest = Callable[[], Sequence[str]]
"""Gives the ids of all defined indicators, for hints only."""


@dataclass(frozen=True, slots=True)
class Request:
    """A command as a caller gave it.

    `key` makes it idempotent: under a key that is known nothing is decided, and the answer is the
    first one; with `digest` the same key with other content is refused. `if_match` is the stream
    version that the caller has seen, `*` any but none.
    """

    command: Command
    actor: str
    if_match: int | Literal["*"] | None = None
    key: str | None = None
    digest: bytes = b""


@dataclass(slots=True)
class Outcome:
    """What became of a command: the event that carries it, new or from an earlier time.

    Until the event is stored `pending` stands for its position and stamp.
    """

    stream: str
    version: int
    new: bool
    position: int = 0
    recorded_at: datetime | None = None
    claims: tuple[int, ...] = ()
    pending: Pending | None = None


class KeyReused(Exception):
    """An idempotency key came again with other content."""


@dataclass(slots=True)
class Decision:
    """A batch decided and not yet stored."""

    pending: dict[tuple[str, int], Pending] = field(default_factory=dict)
    marks: dict[str, Mark] = field(default_factory=dict)
    states: dict[str, State] = field(default_factory=dict)
    outcomes: list[Outcome | Exception] = field(default_factory=list)
    keys: dict[str, Outcome] = field(default_factory=dict)

    def settle(self, appended: Appended) -> None:
        """Give the outcomes the positions and the stamp that the log gave."""
        positions = dict(zip(self.pending, appended.positions, strict=True))
        for outcome in self.outcomes:
            if isinstance(outcome, Outcome) and outcome.pending is not None:
                outcome.position = positions[outcome.stream, outcome.version]
                outcome.recorded_at = appended.recorded_at


class Decisions:
    """Decides batches against a log; used by the writer's thread alone."""

    def __init__(self, log: EventLog, new_id: Callable[[], str], suggest: Suggest) -> None:
        self._log = log
        self._new_id = new_id
        self._suggest = suggest
        self.with_claims = set[str]()
        """Indicators that are known to have claims in the log."""
        self._defined_here: set[str] = set()

    def decide(self, requests: Sequence[Request], states: States) -> Decision:
        """Decide requests in order; a refusal is the answer to its request alone."""
        decision = Decision()
        known = self._log.known_marks([r.key for r in requests if r.key])
        commands = [self._identified(request.command) for request in requests]
        states.expect(stream_of(command) for command in commands)
        for request, command in zip(requests, commands, strict=True):
            batch = _Batch(self, decision, states, request.actor)
            try:
                decision.outcomes.append(batch.decide(request, command, known))
            except (Refused, KeyReused) as refused:
                decision.outcomes.append(refused)
        return decision

    def _identified(self, command: Command) -> Command:
        """A command with the id of what it is about, derived from its content if it gives none."""
        if isinstance(command, FileReport) and command.id is None:
            return command.model_copy(update={"id": self.derived_id(command)})
        return command

    def derived_id(self, command: FileReport) -> str:
        """An id from a report's content, keyed so that it gives nothing away."""
        content = command.model_dump_json(exclude_none=True).encode()
        digest = hmac.digest(self._log.secret, content, "sha256")
        return "r-" + b32encode(digest)[:26].decode().lower()

    def has_claims(self, name: str) -> bool:
        """Whether an indicator has claims in the log."""
        if name not in self.with_claims and self._log.mark(_claims_mark(name)):
            self.with_claims.add(name)
        return name in self.with_claims

    def new_id(self) -> str:
        """An id for an event."""
        return self._new_id()

    def nearest(self, name: str) -> list[str]:
        """Defined indicators whose ids look most like one that is not."""
        # The views may not hold yet what was defined a moment ago.
        known = self._defined_here.union(self._suggest())
        return get_close_matches(name, sorted(known), n=3, cutoff=0.5)

    def defined(self, name: str) -> None:
        """Take note of an indicator that is being defined."""
        self._defined_here.add(name)

    def outcome_at(self, position: int) -> Outcome:
        """The outcome of a command whose last event is stored at a position."""
        stored = self._log.at([position])[0]
        outcome = Outcome(stored.stream, stored.version, False, position)
        if stored.body:
            envelope, event = read_event(stored.body)
            outcome.recorded_at, outcome.claims = envelope.recorded_at, _filed_claims(event)
        return outcome

    def outcome_of(self, stream: str, version: int) -> Outcome:
        """The outcome that one event of a stream stands for."""
        stored = self._log.stream(stream, version - 1)[0]
        return self.outcome_at(stored.position)


class _Batch:
    """One request's view of the log: what is stored, and what the batch decided before it."""

    def __init__(self, decisions: Decisions, decision: Decision, states: States, actor: str) -> None:
        self._decisions = decisions
        self._decision = decision
        self._states = states
        self.actor = actor

    def decide(
        self, request: Request, command: Command, known: dict[str, tuple[int, bytes]]
    ) -> Outcome:
        """Decide one request; `command` is its command, identified."""
        before = self._known_by_key(request, known)
        if before:
            return before
        stream = stream_of(command)
        state = self._load(stream)
        _check_version(stream, state.version, request.if_match)
        events = self._events(command, state)
        outcome = self._record(events) if events else self._unchanged(command, stream, state)
        self._remember_key(request, outcome)
        return outcome

    def _events(self, command: Command, state: State) -> list[Event]:
        if isinstance(command, DefineIndicator | RecordAssessment):
            assert isinstance(state, Indicator)
            return indicator.decide(command, state, self)
        if isinstance(command, RegisterSource | GradeSource):
            assert isinstance(state, Source)
            return source.decide(command, state, self.actor)
        assert isinstance(state, Report)
        return report.decide(command, state, self)

    def _known_by_key(self, request: Request, known: dict[str, tuple[int, bytes]]) -> Outcome | None:
        key = request.key or ""
        if key in known:
            position, digest = known[key]
            outcome = self._decisions.outcome_at(position)
        elif key in self._decision.keys:
            digest = self._decision.marks[key].digest
            outcome = replace(self._decision.keys[key], new=False)
        else:
            return None
        if digest != request.digest:
            raise KeyReused("this idempotency key was used for another request; choose a new key")
        return outcome

    def _remember_key(self, request: Request, outcome: Outcome) -> None:
        if request.key:
            mark = Mark(request.key, request.digest, outcome.pending or outcome.position)
            self._decision.marks[request.key] = mark
            self._decision.keys[request.key] = outcome

    def _record(self, events: Sequence[Event]) -> Outcome:
        for event in events:
            state = evolve(self._load(event.stream), event)
            self._decision.states[event.stream] = state
            pending = Pending(
                id=self._decisions.new_id(),
                type=event.TYPE,
                v=event.V,
                stream=event.stream,
                version=state.version,
                actor=self.actor,
                data=encode_event(event),
            )
            self._decision.pending[pending.stream, pending.version] = pending
            self._note_indicators(event, pending)
        last = events[-1]
        return Outcome(last.stream, pending.version, True, claims=_filed_claims(last), pending=pending)

    def _note_indicators(self, event: Event, pending: Pending) -> None:
        """Remember which indicators are defined and, with the event, which have claims from now on."""
        if isinstance(event, IndicatorDefined):
            self._decisions.defined(event.indicator)
        if isinstance(event, ReportFiled | ReportCorrected):
            names = {claim.indicator for claim in event.claims or ()}
            for name in names - self._decisions.with_claims:
                if not self.has_claims(name):
                    mark = _claims_mark(name)
                    self._decision.marks[mark] = Mark(mark, b"", pending)

    def _unchanged(self, command: Command, stream: str, state: State) -> Outcome:
        """Answer a command that changes nothing: where its stream stands, a filing its own event."""
        version = 1 if isinstance(command, FileReport) else state.version
        pending = self._decision.pending.get((stream, version))
        if pending is None:
            outcome = self._decisions.outcome_of(stream, version)
        else:
            outcome = Outcome(stream, version, False, pending=pending)
        if isinstance(command, FileReport):
            outcome.claims = tuple(range(1, len(command.claims) + 1))
        return outcome

    def _load(self, stream: str) -> State:
        state = self._decision.states.get(stream)
        return self._states.load(stream) if state is None else state

    # What `domain.known.Known` asks.

    def definition(self, name: str) -> Definition | None:
        state = self._load(indicator_stream(name))
        assert isinstance(state, Indicator)
        return state.definition

    def nearest_indicators(self, name: str) -> list[str]:
        return self._decisions.nearest(name)

    def has_claims(self, name: str) -> bool:
        return (
            name in self._decisions.with_claims
            or _claims_mark(name) in self._decision.marks
            or self._decisions.has_claims(name)
        )

    def has_source(self, name: str) -> bool:
        return self._load(source_stream(name)).version > 0

    def report(self, name: str) -> Report:
        state = self._load(report_stream(name))
        assert isinstance(state, Report)
        return state


def stream_of(command: Command) -> str:
    """The stream that a command changes."""
    if isinstance(command, DefineIndicator | RecordAssessment):
        return indicator_stream(indicator.indicator_of(command))
    if isinstance(command, RegisterSource | GradeSource):
        return source_stream(source.source_of(command))
    name = report.report_of(command)
    assert name is not None, "ids come in as data"
    return report_stream(name)


def _check_version(stream: str, version: int, if_match: int | Literal["*"] | None) -> None:
    """Refuse a change of a version other than the one that the caller has seen."""
    if if_match in (None, version) or (if_match == "*" and version > 0):
        return
    there = f"is at version {version}, not {if_match}" if version > 0 else "is not there yet"
    raise Refused(
        "stale-version",
        f"{stream} {there}; read it again, then repeat the change if it still makes sense",
        version=version,
    )


def _filed_claims(event: Event) -> tuple[int, ...]:
    """The numbers of the claims that an event files."""
    return tuple(claim.n for claim in event.claims) if isinstance(event, ReportFiled) else ()


def digest_of(command: Command) -> bytes:
    """A hash of what a command says, for telling a retry from another command."""
    content = f"{type(command).__name__} {command.model_dump_json(exclude_none=True)}"
    return hashlib.sha256(content.encode()).digest()


def _claims_mark(name: str) -> str:
    return f"claims:{name}"
