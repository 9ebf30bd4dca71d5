"""What an operator does to the log itself, and to who may use it, is an event, recorded once."""

from typing import Any

import pytest
from pydantic import ValidationError

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
    LossAccepted,
    SigningKeyAdded,
    SigningKeyRetired,
    TokenIssued,
    TokenRevoked,
    WebhookEnded,
    WebhookSet,
)
from domain.stream_names import OPERATIONS
from domain.streams.decider import stream_of
from tests.spec import ACTOR, World, a, given

LOSS = {"head": 232, "known": 235, "evidence": "the views stand at 235"}
CLOCK = {"before": "2025-01-13T09:00:00Z", "after": "2025-03-01T09:00:00Z"}
ISSUED = {
    "token": "0123456789ab",
    "subject": "Ana Ng",
    "role": "analyst",
    "clearance": "TLP:AMBER",
    "expires_at": "2026-01-31T00:00:00Z",
    "note": "for the press desk",
}
VKEY = "intel.example/log+3a5bf9c1+AXuX1fkbNYDXwJ8qTkvXm1xVvEIgCdUiVPvE8E2VYHsA"
ADDED = {"vkey": VKEY, "added_at": "2026-01-31T00:00:00Z", "recovers": None}
RETIRED = {"vkey": VKEY, "retired_at": "2026-02-28T00:00:00Z"}
REVOKED = {"token": "0123456789ab"}


@pytest.mark.parametrize(
    ("command", "event", "fields"),
    [
        (AcceptLoss, LossAccepted, LOSS),
        (AcceptClock, ClockAccepted, CLOCK),
        (IssueToken, TokenIssued, ISSUED),
        (RevokeToken, TokenRevoked, REVOKED),
        (SetWebhook, WebhookSet, {"webhook": "desk", "subject": "Ana Ng", "clearance": "TLP:AMBER"}),
        (AddSigningKey, SigningKeyAdded, ADDED),
        (AddSigningKey, SigningKeyAdded, {**ADDED, "recovers": "a tree of 7 entries"}),
        (RetireSigningKey, SigningKeyRetired, RETIRED),
        (EndWebhook, WebhookEnded, {"webhook": "desk", "reason": "gone"}),
    ],
)
def test_what_an_operator_does_is_recorded_with_who_did_it(
    command: type[OperatorCommand], event: type[AnyOperationEvent], fields: dict[str, Any]
) -> None:
    assert stream_of(a(command, **fields)) == OPERATIONS
    given().when(command, **fields).then_events(a(event, operator=ACTOR, **fields))


def test_another_loss_after_the_first_is_another_event() -> None:
    first = a(LossAccepted, operator=ACTOR, **LOSS)
    again = LOSS | {"head": 230}
    world = World([first])
    assert world.decide(a(AcceptLoss, **again)) == [a(LossAccepted, operator=ACTOR, **again)]


@pytest.mark.parametrize(
    "wrong",
    [
        {"subject": ""},
        {"subject": "a" * 201},
        {"subject": "ana\n"},
        {"subject": " ana"},
        {"subject": "ana\u202e"},
        {"role": "owner"},
        {"clearance": "secret"},
        {"token": "0123456789AB"},
    ],
)
def test_a_token_names_a_subject_that_can_be_read_and_what_it_allows(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        a(IssueToken, **ISSUED | wrong)
