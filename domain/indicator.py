"""An indicator: what is measured, in which unit, made of which parts, estimated by which policy."""

from dataclasses import dataclass
from typing import assert_never

from domain.commands import DefineIndicator
from domain.door import unknown_indicator
from domain.errors import refuse
from domain.events import AnyIndicatorEvent, Definition, Event, IndicatorDefined, IndicatorRevised
from domain.known import Known
from domain.policies import POLICIES


@dataclass(frozen=True, slots=True)
class Indicator:
    """An indicator as its events made it; `version` 0 is one that was never defined."""

    version: int = 0
    definition: Definition | None = None


def evolve(indicator: Indicator, event: AnyIndicatorEvent) -> Indicator:
    """The indicator after one more of its events."""
    match event:
        case IndicatorDefined() | IndicatorRevised():
            return Indicator(indicator.version + 1, event.definition)
        case _:
            assert_never(event)


def decide(command: DefineIndicator, indicator: Indicator, known: Known) -> list[Event]:
    """The events that a definition yields on an indicator; raises `Refused`."""
    definition = Definition(**{f: getattr(command, f) for f in Definition.model_fields})
    if indicator.definition == definition:
        return []
    _check_policy(definition.policy)
    _check_parts(command, known)
    if indicator.definition is None:
        return [IndicatorDefined(indicator=command.id, definition=definition)]
    _check_measure(command, indicator.definition, known)
    return [IndicatorRevised(indicator=command.id, definition=definition)]


def _check_policy(policy: str) -> None:
    if policy not in POLICIES:
        raise refuse("invalid", "/policy", f"'{policy}' is no policy; use {' or '.join(POLICIES)}")


def _check_parts(command: DefineIndicator, known: Known) -> None:
    for i, part in enumerate(command.parts):
        at = f"/parts/{i}"
        if command.id in _within(part, known):
            raise refuse("invalid", at, f"'{command.id}' would be a part of itself")
        if part in command.parts[:i]:
            raise refuse("invalid", at, f"'{part}' is listed twice")
        if known.definition(part) is None:
            raise refuse("unknown-indicator", at, unknown_indicator(known, part))


def _within(indicator: str, known: Known) -> set[str]:
    """An indicator with its parts, their parts, and so on."""
    found, waiting = {indicator}, [indicator]
    while waiting:
        definition = known.definition(waiting.pop())
        fresh = set(definition.parts if definition else ()) - found
        found |= fresh
        waiting += fresh
    return found


def _check_measure(command: DefineIndicator, before: Definition, known: Known) -> None:
    """Figures already filed would mean something else under another measure or unit."""
    for name in ("measure", "unit"):
        was, now = getattr(before, name), getattr(command, name)
        if was != now and known.has_claims(command.id):
            raise refuse(
                "measure-fixed",
                f"/{name}",
                f"'{command.id}' has claims in {name} '{was}', so it cannot become '{now}'; define "
                "another indicator",
            )
