"""What an operator accepts of the log itself is an event, recorded once."""

from typing import Any

import pytest

from domain.commands import AcceptClock, AcceptLoss, OperatorCommand
from domain.events import AnyOperationEvent, ClockAccepted, LossAccepted
from domain.stream_names import OPERATIONS
from domain.streams.decider import stream_of
from tests.spec import ACTOR, World, a, given

LOSS = {"head": 232, "known": 235, "evidence": "the views stand at 235"}
CLOCK = {"before": "2025-01-13T09:00:00Z", "after": "2025-03-01T09:00:00Z"}


@pytest.mark.parametrize(
    ("command", "event", "fields"),
    [(AcceptLoss, LossAccepted, LOSS), (AcceptClock, ClockAccepted, CLOCK)],
)
def test_what_an_operator_accepts_is_recorded_with_who_accepted_it(
    command: type[OperatorCommand], event: type[AnyOperationEvent], fields: dict[str, Any]
) -> None:
    assert stream_of(a(command, **fields)) == OPERATIONS
    given().when(command, **fields).then_events(a(event, operator=ACTOR, **fields))


def test_another_loss_after_the_first_is_another_event() -> None:
    first = a(LossAccepted, operator=ACTOR, **LOSS)
    again = LOSS | {"head": 230}
    world = World([first])
    assert world.decide(a(AcceptLoss, **again)) == [a(LossAccepted, operator=ACTOR, **again)]
