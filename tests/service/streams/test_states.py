"""States in memory: the same as read from the log, and never more than a number of bytes."""

from pathlib import Path
from threading import Event

import pytest

from domain.streams.decider import fold
from service.log.open import opened_log
from service.log.port import EventLog
from service.query.memo import size_of
from service.streams.states import EMPTY, States
from service.streams.upcasters import read_event
from service.write.decisions import Decisions, WriteRequest
from service.write.writer import MOST_BYTES_WAITING, Overloaded, Writer
from tests.histories import CLOCK, long_story

refused = Event()


def written(log: EventLog, states: States) -> None:
    """A story, written through the writer that keeps these states."""
    ids = iter(range(1_000_000))
    writer = Writer(
        log, Decisions(log, lambda: f"e{next(ids)}", lambda stream: ()), states, lambda: None
    )
    for command in long_story(1, 150):
        writer.submit([WriteRequest(command, "analyst")]).result(30)
    writer.close()


@pytest.mark.parametrize("most_bytes", [1, 20_000, 10**9])
def test_states_are_those_of_the_log_and_stay_within_their_bytes(
    tmp_path: Path, most_bytes: int
) -> None:
    with opened_log(tmp_path, None, lambda: CLOCK) as log:
        states, following = States(log, most_bytes), States(log, most_bytes)
        written(log, states)
        stored = [each for n in range(0, log.head(), 1_000) for each in log.read(n)]
        for each in stored:
            after = following.after(each, read_event(each.body)[1])
            events = [read_event(one.body)[1] for one in log.stream(each.stream)[: each.version]]
            assert after == fold(each.stream, events)
        for stream in {each.stream for each in stored}:
            events = [read_event(one.body)[1] for one in log.stream(stream)]
            assert states.load(stream) == following.load(stream) == fold(stream, events)
            for kept in (states, following):
                assert 0 < kept.size <= max(most_bytes, EMPTY + 8 * sum(len(s.body) for s in stored))
                assert kept.size <= most_bytes or len(kept) == 1


def test_requests_that_wait_are_bounded_in_bytes(tmp_path: Path) -> None:
    with opened_log(tmp_path, None, lambda: CLOCK) as log:
        [command, *_] = long_story(1, 20)
        writer = Writer(log, Decisions(log, lambda: "e1", lambda stream: ()), States(log), lambda: None)
        large = WriteRequest(command, "analyst", size=MOST_BYTES_WAITING)
        # The first one is decided only once the second has been refused.
        writer.order([large], lambda _: None, begun=lambda: refused.wait(30))
        with pytest.raises(Overloaded):
            writer.order([large], lambda _: None)
        refused.set()
        writer.close()


def test_the_size_of_a_value_counts_what_it_holds_once() -> None:
    text = "x" * 10_000
    assert 10_000 < size_of([text, text, (text,)]) < 11_000
    assert size_of([text, "y" * 10_000]) > 20_000
