"""What an operator did to the log itself: losses, a clock that leaps ahead, tokens, webhooks, keys."""

from dataclasses import dataclass, replace
from typing import assert_never

from domain.commands import (
    AcceptClock,
    AcceptLoss,
    AddSigningKey,
    EndWebhook,
    IssueToken,
    OperatorCommand,
    RetireSigningKey,
    RevokeToken,
    SetWebhook,
)
from domain.events import (
    AnyOperationEvent,
    ClockAccepted,
    Event,
    LossAccepted,
    SigningKeyAdded,
    SigningKeyRetired,
    TokenIssued,
    TokenRevoked,
    WebhookEnded,
    WebhookSet,
)
from domain.streams.context import Context


@dataclass(frozen=True, slots=True)
class Operations:
    """The stream of operator's acts; `last` is the latest one."""

    version: int = 0
    last: AnyOperationEvent | None = None


def evolve(operations: Operations, event: AnyOperationEvent) -> Operations:
    """The stream after one more of its events."""
    return replace(operations, version=operations.version + 1, last=event)


def decide(command: OperatorCommand, operations: Operations, context: Context) -> list[Event]:
    """The event that an operator's act yields, unless it is the latest one already."""
    event = _event(command, context.actor)
    return [] if operations.last == event else [event]


def _event(command: OperatorCommand, actor: str) -> AnyOperationEvent:
    match command:
        case AcceptLoss():
            return LossAccepted(operator=actor, **command.model_dump())
        case AcceptClock():
            return ClockAccepted(operator=actor, **command.model_dump())
        case IssueToken():
            return TokenIssued(operator=actor, **command.model_dump())
        case RevokeToken():
            return TokenRevoked(operator=actor, **command.model_dump())
        case SetWebhook():
            return WebhookSet(operator=actor, **command.model_dump())
        case EndWebhook():
            return WebhookEnded(operator=actor, **command.model_dump())
        case AddSigningKey():
            return SigningKeyAdded(operator=actor, **command.model_dump())
        case RetireSigningKey():
            return SigningKeyRetired(operator=actor, **command.model_dump())
        case _:
            assert_never(command)
