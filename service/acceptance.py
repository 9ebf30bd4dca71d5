"""Records what an operator accepts when the log is opened: events that are gone, a clock that leaps."""

from collections.abc import Callable, Sequence

from domain.commands import AcceptClock, AcceptLoss, OperatorCommand
from service.log.port import EventLog, Leap, Loss
from service.streams.states import States
from service.write.decisions import Decisions, WriteRequest


def record_accepted(log: EventLog, loss: Loss | None, actor: str, new_id: Callable[[], str]) -> None:
    """Append the events of what was accepted, before anything else is written or discarded."""
    commands = _commands(loss, log.leap)
    if not commands:
        return
    decisions = Decisions(log, new_id, tuple)
    batch = decisions.decide([WriteRequest(each, actor) for each in commands], States(log))
    for outcome in batch.outcomes:
        if isinstance(outcome, Exception):
            raise outcome
    log.append(list(batch.pending.values()), list(batch.new_keys.values()))


def _commands(loss: Loss | None, leap: Leap | None) -> Sequence[OperatorCommand]:
    commands = list[OperatorCommand]()
    if loss is not None:
        commands.append(AcceptLoss(head=loss.head, known=loss.acknowledged, evidence=loss.detail))
    if leap is not None:
        commands.append(AcceptClock(before=leap.before, after=leap.after))
    return commands
