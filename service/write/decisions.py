"""Deciding many commands as one batch: each command sees what those before it decided.

This is the only place where commands meet the log: it loads the stream of a command, gives the domain
what the decision may know of other streams, and gives new events their ids and versions.
"""

import hashlib
import hmac
from base64 import b32encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import chain, islice
from typing import NamedTuple

from domain.clearance import is_cleared, is_seen, marking_in_force, refuse_taken, sees_everything
from domain.commands import CiteFigure, Command, FileReport
from domain.errors import Refused
from domain.events import (
    Definition,
    Destroyed,
    Event,
    IndicatorDefined,
    IndicatorEvent,
    ReportCorrected,
    ReportFiled,
)
from domain.matters import still_holds
from domain.stream_names import indicator_stream, report_stream, source_stream
from domain.streams.citation import NOT_IDENTIFYING
from domain.streams.decider import State, decide, evolve, fold, initial, stream_of
from domain.streams.indicator import Indicator
from domain.streams.report_state import Report
from domain.streams.source import Source
from domain.vocabulary import MARKINGS, Marking
from service.log.envelope import Envelope, encode
from service.log.port import Appended, Consulted, Key, Pending, Stored
from service.streams.states import States
from service.streams.upcasters import encode_event, event_of, read_event
from service.write.conditions import Versions, check_version
from service.write.known_names import KnownNames, Suggest, claims_key

MOST_HINTS = 20
"""Maximum number of hints in a batch: each compares with up to some 2,000 names, for milliseconds."""
_WITH_DERIVED_IDS = FileReport | CiteFigure
_WITH_CLAIMS = ReportFiled | ReportCorrected
MOST_DEFINITIONS = 1_000
"""Maximum number of definitions that a batch remembers; some are long."""
StoredKeys = Mapping[str, tuple[int, bytes]]
"""Idempotency keys in the log, each with the position of its outcome and the digest of its request."""


class WriteRequest(NamedTuple):
    """A command as a caller gave it.

    What lies above the `clearance` is not there for who gives the command.

    `key` makes it idempotent: for a known key nothing is decided and the first outcome is returned;
    `digest` refuses the same key with other content; with `asks_force` the outcome of a known key says
    whether what the command did is still in force. `if_match` lists the stream versions of which one
    must be there, `if_none_match` those that must not; `*` is any version but 0. `size` is the number
    of bytes that the command came in.
    """

    command: Command
    actor: str
    if_match: Versions | None = None
    if_none_match: Versions | None = None
    key: str | None = None
    digest: bytes = b""
    asks_force: bool = False
    size: int = 1_000
    clearance: Marking = MARKINGS[-1]


@dataclass(slots=True)
class Outcome:
    """The outcome of a command: the event that carries it, `new` or recorded earlier.

    Until the event is stored, `pending` stands for its position and time.
    """

    stream: str
    version: int
    new: bool
    position: int = 0
    recorded_at: datetime | None = None
    claims: tuple[int, ...] = ()
    pending: Pending | None = None
    in_force: bool = True


class KeyReused(Exception):
    """An idempotency key came again with other content."""


@dataclass(slots=True)
class Batch:
    """Requests decided together and not yet stored: what to append, and an outcome for each request."""

    pending: dict[tuple[str, int], Pending] = field(default_factory=dict)
    new_keys: dict[str, Key] = field(default_factory=dict)
    states: dict[str, State] = field(default_factory=dict)
    outcomes: list[Outcome | Exception] = field(default_factory=list)
    keys: dict[str, Outcome] = field(default_factory=dict)
    definitions: dict[str, Definition] = field(default_factory=dict)
    """Definitions that were looked up, as they are in force by now."""
    hints: int = 0
    """How many refusals were given the names that may have been meant."""

    def settle(self, appended: Appended) -> None:
        """Set the positions and the time that the log gave to the events on the outcomes."""
        positions = dict(zip(self.pending, appended.positions, strict=True))
        for outcome in self.outcomes:
            if isinstance(outcome, Outcome) and outcome.pending is not None:
                outcome.position = positions[outcome.stream, outcome.version]
                outcome.recorded_at = appended.recorded_at


class Decisions:
    """Decides batches against a log; used by the writer's thread alone."""

    def __init__(self, log: Consulted, new_id: Callable[[], str], suggest: Suggest) -> None:
        self._log = log
        self._new_id = new_id
        self.known = KnownNames(log, suggest)

    def decide(self, requests: Sequence[WriteRequest], states: States) -> Batch:
        """Decide requests in order; a refused request leaves the others alone."""
        batch = Batch()
        known = self._log.stored_keys([r.key for r in requests if r.key])
        commands = [self._identified(request.command) for request in requests]
        streams = [stream_of(command) for command in commands]
        states.expect(streams)
        now = self._log.now()
        for request, command, stream in zip(requests, commands, streams, strict=True):
            decision = _Decision(self, batch, states, request, now)
            try:
                batch.outcomes.append(decision.outcome(command, stream, known))
            except (Refused, KeyReused) as refused:
                batch.outcomes.append(_without_trace(refused))
        return batch

    def _identified(self, command: Command) -> Command:
        """A command with an id for what it begins, derived from its content if it has none."""
        if isinstance(command, _WITH_DERIVED_IDS) and command.id is None:
            return command.model_copy(update={"id": self.derived_id(command)})
        return command

    def derived_id(self, command: FileReport | CiteFigure) -> str:
        """An id from content, keyed so that it reveals nothing of it.

        That of a citation follows from which figure is used where, and for whom.
        """
        kind, apart = ("r", None) if isinstance(command, FileReport) else ("c", NOT_IDENTIFYING)
        content = command.model_dump_json(exclude_none=True, exclude=apart).encode()
        digest = hmac.digest(self._log.secret, content, "sha256")
        return f"{kind}-" + b32encode(digest)[:26].decode().lower()

    @property
    def head(self) -> int:
        """The last position that is stored."""
        return self._log.head()

    def definition_at(self, indicator: str, position: int, more: Iterable[Event]) -> Definition | None:
        """The definition of an indicator at a position, `more` events of it not being stored yet."""
        stream = indicator_stream(indicator)
        stored = (each for each in self._log.stream(stream) if each.position <= position)
        state = fold(stream, chain(map(event_of, stored), more))
        assert isinstance(state, Indicator)
        return state.definition

    def new_id(self) -> str:
        """An id for an event."""
        return self._new_id()

    def outcome_at(self, position: int) -> Outcome:
        """The outcome of a command whose last event is stored at a position."""
        stored = self._log.at([position])[0]
        outcome = Outcome(stored.stream, stored.version, False, position)
        if stored.body:
            envelope, event = read_event(stored.body)
            outcome.recorded_at, outcome.claims = envelope.recorded_at, _filed_claims(event)
        return outcome

    def stored(self, stream: str) -> list[Stored]:
        """The events of a stream."""
        return self._log.stream(stream)

    def kept_digest(self, digest: bytes) -> bytes:
        """What is stored of the digest of a request: keyed, so that it does not tell what a short one
        said to those who have not got the secret of the log."""
        return hmac.digest(self._log.secret, digest, "sha256") if digest else digest

    def first_of(self, stream: str) -> Envelope | None:
        """The first event of a stream, None if there is none."""
        stored = self._log.stream(stream)[:1]
        return read_event(stored[0].body)[0] if stored and stored[0].body else None

    def outcome_of_version(self, stream: str, version: int) -> Outcome:
        """The outcome of the command whose last event is this version of a stream."""
        stored = self._log.stream(stream, version - 1)[0]
        return self.outcome_at(stored.position)


class _Decision:
    """The decision on one request, in the light of the log and of the batch before it.

    It is the `Context` that the domain decides in.
    """

    def __init__(
        self,
        decisions: Decisions,
        batch: Batch,
        states: States,
        request: WriteRequest,
        now: datetime,
    ) -> None:
        self._decisions = decisions
        self._batch = batch
        self._states = states
        self._request = request
        self._sees_everything = sees_everything(request.clearance)
        self.actor = request.actor
        self.now = now

    def outcome(self, command: Command, stream: str, known: StoredKeys) -> Outcome:
        """Decide the request; `command` is its command with an id, which changes the `stream`.

        Raises `Refused`, `KeyReused`.
        """
        before = self._outcome_of_key(known)
        if before:
            if self._request.asks_force and before.stream == stream:
                before.in_force = still_holds(command, self._load(stream), self)
            return before
        state = self._load(stream)
        if not self.may_see(stream) and not self._filed_it(command, stream):
            refuse_taken(command)
            state = initial(stream)
        if (self._request.if_match, self._request.if_none_match) != (None, None):
            seen = self._seen_version(stream, state.version)
            check_version(stream, seen, self._request.if_match, self._request.if_none_match)
        events = decide(command, state, self)
        if events:
            outcome = self._record(events, stream, state)
        else:
            outcome = self._unchanged(command, stream, state)
        self._remember_key(outcome)
        return outcome

    def _outcome_of_key(self, known: StoredKeys) -> Outcome | None:
        key = self._request.key or ""
        if key in known:
            position, digest = known[key]
            outcome = self._decisions.outcome_at(position)
        elif key in self._batch.keys:
            digest = self._batch.new_keys[key].digest
            outcome = replace(self._batch.keys[key], new=False)
        else:
            return None
        # Logs of before hold the digest itself.
        if digest not in (self._digest, self._request.digest):
            raise KeyReused("this idempotency key was used for another request; choose a new key")
        if outcome.pending is None and outcome.recorded_at is None:
            raise Refused("report-redacted", "what this idempotency key recorded was redacted")
        return outcome

    @property
    def _digest(self) -> bytes:
        return self._decisions.kept_digest(self._request.digest)

    def _remember_key(self, outcome: Outcome) -> None:
        if key := self._request.key:
            stored_key = Key(key, self._digest, outcome.pending or outcome.position)
            self._batch.new_keys[key] = stored_key
            self._batch.keys[key] = outcome

    def _record(self, events: Sequence[Event], decided: str, before: State) -> Outcome:
        """Add events to the batch; `before` is the state of the stream that was `decided` on."""
        states = self._batch.states
        for event in events:
            stream = event.stream
            known = states.get(stream, before) if stream == decided else self._load(stream)
            states[stream] = state = evolve(known, event)
            pending = Pending(
                id=self._decisions.new_id(),
                type=event.TYPE,
                v=event.V,
                stream=stream,
                version=state.version,
                actor=self.actor,
                data=encode_event(event),
            )
            self._batch.pending[stream, state.version] = pending
            self._note_indicators(event, pending)
        return Outcome(stream, pending.version, True, claims=_filed_claims(events[-1]), pending=pending)

    def _note_indicators(self, event: Event, pending: Pending) -> None:
        """Remember which indicators are defined and, in the log, which have claims from now on."""
        if isinstance(event, _WITH_CLAIMS):
            names = {claim.indicator for claim in event.claims or ()}
            for name in names - self._decisions.known.with_claims:
                if not self.has_claims(name):
                    key = claims_key(name)
                    self._batch.new_keys[key] = Key(key, b"", pending)
        elif isinstance(event, IndicatorEvent):
            self._batch.definitions.pop(event.indicator, None)
            if isinstance(event, IndicatorDefined):
                self._decisions.known.define(event.indicator)

    def _unchanged(self, command: Command, stream: str, state: State) -> Outcome:
        """The outcome of a command that changes nothing: its filing, or its stream's last event."""
        version = 1 if isinstance(command, FileReport) else state.version
        pending = self._batch.pending.get((stream, version))
        if pending is None:
            outcome = self._decisions.outcome_of_version(stream, version)
        else:
            outcome = Outcome(stream, version, False, pending=pending)
        if isinstance(command, FileReport):
            outcome.claims = tuple(range(1, len(command.claims) + 1))
        return outcome

    def _seen_version(self, stream: str, version: int) -> int:
        """The version of a stream that the actor knows: that of the last event that it may see."""
        if self._sees_everything or version == 0:
            return version
        if (stream, version) in self._batch.pending:
            return version
        events = self._decisions.stored(stream)
        return max((e.version for e in events if self._sees(event_of(e))), default=version)

    def _sees(self, event: Event | Destroyed) -> bool:
        return is_seen(event, self._request.clearance, lambda each: not self.may_see(each))

    def _filed_it(self, command: Command, stream: str) -> bool:
        """Whether what the actor may not see and would begin is what the actor began: a retry."""
        if not isinstance(command, FileReport | CiteFigure):
            return False
        pending = self._batch.pending.get((stream, 1))
        if pending is not None:
            return pending.actor == self.actor
        first = self._decisions.first_of(stream)
        return first is not None and first.actor == self.actor

    def _load(self, stream: str) -> State:
        state = self._batch.states.get(stream)
        return self._states.load(stream) if state is None else state

    # The questions of `Context`.

    def may_see(self, stream: str) -> bool:
        return self._sees_everything or is_cleared(self._request.clearance, stream, self._load)

    def marking(self, stream: str) -> Marking:
        return marking_in_force(stream, self._load)

    def events_of(self, stream: str) -> Iterable[tuple[int, str]]:
        stored = ((each.position, each.type) for each in self._decisions.stored(stream))
        pending = enumerate(self._batch.pending.values(), self._decisions.head + 1)
        return [*stored, *((at, each.type) for at, each in pending if each.stream == stream)]

    def definition(self, name: str) -> Definition | None:
        found = self._batch.definitions.get(name)
        if found is None:
            state = self._load(indicator_stream(name))
            assert isinstance(state, Indicator)
            found = state.definition
            if found is not None and len(self._batch.definitions) < MOST_DEFINITIONS:
                self._batch.definitions[name] = found
        return found

    @property
    def head(self) -> int:
        return self._decisions.head + len(self._batch.pending)

    def definition_at(self, name: str, position: int) -> Definition | None:
        if position >= self.head:
            return self.definition(name)
        stream, decided = indicator_stream(name), max(0, position - self._decisions.head)
        pending = islice(self._batch.pending.values(), decided)
        more = [read_event(encode(each, self.now))[1] for each in pending if each.stream == stream]
        return self._decisions.definition_at(name, position, more)

    def alike(self, stream: str) -> Iterable[str]:
        if self._batch.hints == MOST_HINTS:
            return ()
        self._batch.hints += 1
        return self._decisions.known.alike(stream)

    def has_claims(self, name: str) -> bool:
        return (
            name in self._decisions.known.with_claims
            or claims_key(name) in self._batch.new_keys
            or self._decisions.known.has_claims(name)
        )

    def has_source(self, name: str) -> bool:
        if name in self._decisions.known.registered:
            return True
        stream = source_stream(name)
        if stream in self._batch.states:
            return True  # decided here, and not stored yet
        found = self._states.load(stream).version > 0
        if found:
            self._decisions.known.register(name)
        return found

    def speaks_for(self, name: str) -> str | None:
        state = self._load(source_stream(name))
        assert isinstance(state, Source)
        return state.registered.speaks_for if state.registered else None

    def report(self, name: str) -> Report:
        state = self._load(report_stream(name))
        assert isinstance(state, Report)
        return state


def _without_trace(refused: Exception) -> Exception:
    """A refusal as a value: its trace would lead to the batch, and the batch leads to the refusal."""
    refused.__context__ = refused.__cause__ = None
    return refused.with_traceback(None)


def _filed_claims(event: Event) -> tuple[int, ...]:
    """The numbers of the claims that an event files."""
    return tuple([claim.n for claim in event.claims]) if isinstance(event, ReportFiled) else ()


def digest_of(command: Command) -> bytes:
    """A hash of a command's content, to tell a retry from another command."""
    content = f"{type(command).__name__} {command.model_dump_json(exclude_none=True)}"
    return hashlib.sha256(content.encode()).digest()
