"""An indicator: its definition and the latest assessment of it."""

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import assert_never

from domain.commands import AnyIndicatorCommand, DefineIndicator, RecordAssessment
from domain.errors import Refused, refuse
from domain.estimates.policies import POLICY_NAMES, REPLACED
from domain.events import (
    AnyIndicatorEvent,
    AssessmentRecorded,
    Definition,
    Event,
    IndicatorDefined,
    IndicatorRevised,
)
from domain.near import did_you_mean, nearest
from domain.stream_names import indicator_stream, report_stream
from domain.streams.context import Context
from domain.streams.hints import unknown_claim, unknown_indicator
from domain.streams.repeated import check_once
from domain.streams.report_state import claim_numbers
from domain.vocabulary import MARKINGS, split_claim_id


@dataclass(frozen=True, slots=True)
class Indicator:
    """An indicator as its events made it; `version` 0 means never defined."""

    version: int = 0
    definition: Definition | None = None
    assessment: AssessmentRecorded | None = None


def evolve(indicator: Indicator, event: AnyIndicatorEvent) -> Indicator:
    """The indicator after one more of its events."""
    match event:
        case IndicatorDefined() | IndicatorRevised():
            return replace(indicator, version=indicator.version + 1, definition=event.definition)
        case AssessmentRecorded():
            return replace(indicator, version=indicator.version + 1, assessment=event)
        case _:
            assert_never(event)


def decide(command: AnyIndicatorCommand, indicator: Indicator, context: Context) -> list[Event]:
    """The events that a command yields on an indicator; raises `Refused`."""
    match command:
        case DefineIndicator():
            return _define(command, indicator, context)
        case RecordAssessment():
            return _assess(command, indicator, context)
        case _:
            assert_never(command)


def _define(command: DefineIndicator, indicator: Indicator, context: Context) -> list[Event]:
    given = {name: getattr(command, name) for name in Definition.model_fields}
    given |= _hidden(indicator.definition, command, context)
    given["policy"] = REPLACED.get(command.policy, command.policy)
    if command.marking is None:
        given["marking"] = indicator.definition.marking if indicator.definition else MARKINGS[0]
    definition = Definition(**given)
    if indicator.definition == definition:
        return []
    _check_policy(definition.policy)
    _check_parts(command, context)
    _check_since(command)
    _check_plan(command, context)
    check_once("/terms", command.terms)
    check_once("/topics", command.topics)
    if indicator.definition is None:
        return [IndicatorDefined(indicator=command.id, definition=definition)]
    _check_measure(command, indicator, context)
    return [IndicatorRevised(indicator=command.id, definition=definition)]


def _hidden(before: Definition | None, command: DefineIndicator, context: Context) -> dict[str, object]:
    """What the caller may not see of a definition, and so cannot mean to change."""
    if before is None:
        return {}
    parts = [part for part in before.parts if not context.may_see(indicator_stream(part))]
    kept: dict[str, object] = {"parts": (*command.parts, *parts)} if parts else {}
    plan = before.plans_for
    if command.plans_for is None and plan and not context.may_see(indicator_stream(plan)):
        kept["plans_for"] = plan
    return kept


def _check_policy(policy: str) -> None:
    if policy not in POLICY_NAMES:
        hint = did_you_mean(nearest(policy, POLICY_NAMES)[:1])
        names = " or ".join(POLICY_NAMES)
        raise refuse("invalid", "/policy", f"'{policy}' is no policy; use {names}{hint}")


def _check_parts(command: DefineIndicator, context: Context) -> None:
    for i, part in enumerate(command.parts):
        at = f"/parts/{i}"
        if command.id in _within(part, context):
            raise refuse("invalid", at, f"'{command.id}' would be a part of itself")
        if part in command.parts[:i]:
            raise refuse("invalid", at, f"'{part}' is listed twice")
        if not _is_seen(part, context):
            raise refuse("unknown-indicator", at, unknown_indicator(context, part))


def _check_since(command: DefineIndicator) -> None:
    if command.since is not None and command.measure != "cumulative":
        message = f"belongs to a cumulative indicator only; '{command.id}' is {command.measure}"
        raise refuse("invalid", "/since", message)


def _check_plan(command: DefineIndicator, context: Context) -> None:
    """A plan is fulfilled in another indicator, of the same unit; a plan of a plan may not go round."""
    fulfilled, at = command.plans_for, "/plans_for"
    if fulfilled is None:
        return
    if fulfilled == command.id:
        raise refuse("invalid", at, "an indicator cannot plan for itself")
    if command.measure == "proposition":
        raise refuse("invalid", at, "belongs to an indicator with figures; a proposition has none")
    definition = context.definition(fulfilled)
    if definition is None or not _is_seen(fulfilled, context):
        raise refuse("unknown-indicator", at, unknown_indicator(context, fulfilled))
    if definition.measure == "proposition":
        raise refuse("invalid", at, f"'{fulfilled}' is a proposition, which no figure can fulfil")
    if definition.unit != command.unit:
        message = f"'{fulfilled}' is in unit '{definition.unit}', '{command.id}' in '{command.unit}'"
        raise refuse("invalid", at, f"{message}; a plan needs the same unit")
    while definition is not None and definition.plans_for is not None:
        if definition.plans_for == command.id:
            message = f"'{fulfilled}' itself plans for '{command.id}'; plans may not go round"
            raise refuse("invalid", at, message)
        definition = context.definition(definition.plans_for)


def _is_seen(indicator: str, context: Context) -> bool:
    """Whether an indicator is defined, as far as the caller may know."""
    return context.may_see(indicator_stream(indicator)) and context.definition(indicator) is not None


def _within(indicator: str, context: Context) -> set[str]:
    """An indicator with its parts, their parts, and so on."""
    found, waiting = {indicator}, [indicator]
    while waiting:
        definition = context.definition(waiting.pop())
        fresh = set(definition.parts if definition else ()) - found
        found |= fresh
        waiting += fresh
    return found


def _check_measure(command: DefineIndicator, indicator: Indicator, context: Context) -> None:
    """Refuse another measure or unit: figures already filed would mean something else."""
    for name in ("measure", "unit"):
        was, now = getattr(indicator.definition, name), getattr(command, name)
        what = "claims" if context.has_claims(command.id) else "an assessment"
        if was != now and (indicator.assessment or what == "claims"):
            raise refuse(
                "measure-fixed",
                f"/{name}",
                f"'{command.id}' has {what} in {name} '{was}', so it cannot become '{now}'; define "
                "another indicator",
            )


def _assess(command: RecordAssessment, indicator: Indicator, context: Context) -> list[Event]:
    if indicator.definition is None:
        raise Refused("not-found", unknown_indicator(context, command.indicator))
    if indicator.definition.measure == "proposition":
        message = f"'{command.indicator}' is a proposition; file a claim with a stance instead"
        raise refuse("invalid", "", message)
    _check_figure(command)
    _check_cited(command, context)
    given = {name: getattr(command, name) for name in RecordAssessment.model_fields}
    event = AssessmentRecorded(**given, analyst=context.actor)
    return [] if indicator.assessment == event else [event]


def _check_figure(command: RecordAssessment) -> None:
    """An analyst's own bounds must be in order; a source's are kept as given."""
    given = [(n, x) for n in ("low", "best", "high") if (x := getattr(command, n)) is not None]
    if not given:
        raise refuse("invalid", "", "has no number; give low, best or high")
    for (lower, low), (upper, high) in pairwise(given):
        if low > high:
            raise refuse("invalid", f"/{upper}", f"{high:,} lies below {lower}, {low:,}")


def _check_cited(command: RecordAssessment, context: Context) -> None:
    for i, cited in enumerate(command.claims):
        at, (name, n) = f"/claims/{i}", split_claim_id(cited)
        if cited in command.claims[:i]:
            raise refuse("invalid", at, f"'{cited}' is listed twice")
        seen = context.may_see(report_stream(name))
        if not seen or n not in claim_numbers(context.report(name)):
            raise refuse("unknown-claim", at, unknown_claim(context, cited))
