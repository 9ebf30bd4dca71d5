"""What a redaction would do to figures, before anything is destroyed."""

from dataclasses import replace

from domain.events import EventRedacted, ReportWithdrawn
from domain.streams.report_state import Filed, evolve
from service.streams.states import States
from service.streams.upcasters import encode_event
from service.write.decisions import Batch


def as_withdrawal(batch: Batch, states: States) -> Batch:
    """A batch with a withdrawal from the log in the place of a redaction.

    Both leave the same figures; what a redaction leaves is only in views that are made anew.
    """
    redacted = [each for each in batch.pending.values() if each.type == EventRedacted.TYPE]
    if not redacted:
        return batch
    first = redacted[0]
    report = states.load(first.stream)
    assert isinstance(report, Filed)
    event = ReportWithdrawn(report=report.id, kind="record", reason="")
    pending = first._replace(type=event.TYPE, v=event.V, data=encode_event(event))
    return replace(
        batch,
        pending={(first.stream, first.version): pending},
        states={**batch.states, first.stream: evolve(report, event)},
    )
