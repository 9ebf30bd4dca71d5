"""Whether a subscription is quiet: until something is announced, it is stopped, or time is over."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from service.log.port import LogDamaged, Stored
from service.log.subscription import MOST_BYTES, MOST_EVENTS, PAGE, Arrivals, Batches, backlog

LONG = 600.0


def nothing(after: int) -> Sequence[int]:
    return ()


def test_it_is_quiet_until_time_is_over() -> None:
    assert Batches(Arrivals(), 0, nothing, int).is_quiet(0.0)


def test_it_is_not_quiet_where_something_is_announced() -> None:
    arrivals = Arrivals()
    with ThreadPoolExecutor(1) as thread:
        quiet = thread.submit(Batches(arrivals, 0, nothing, int).is_quiet, LONG)
        while not quiet.done():
            arrivals.announce()
    assert not quiet.result()


def test_what_was_announced_since_the_last_look_is_not_missed() -> None:
    arrivals = Arrivals()
    batches = Batches(arrivals, 0, nothing, int)
    arrivals.announce()
    assert not batches.is_quiet(LONG)
    assert batches.is_quiet(0.0)


def test_what_was_announced_while_a_batch_was_read_is_not_missed() -> None:
    def read(after: int) -> Sequence[int]:
        arrivals.announce()
        return (after + 1,)

    arrivals = Arrivals()
    batches = Batches(arrivals, 0, read, int)
    assert next(batches) == [1]
    assert not batches.is_quiet(LONG)


def test_one_that_is_stopped_waits_for_nothing() -> None:
    batches = Batches(Arrivals(), 0, nothing, int)
    batches.stop()
    assert batches.is_quiet(LONG)


class Pages:
    """Events of a size, read page by page; those from `damaged` on cannot be read."""

    def __init__(self, events: int, size: int = 1, damaged: int | None = None) -> None:
        self._events, self._body, self._damaged = events, b"x" * size, damaged
        self.reads = 0

    def read(self, after: int, limit: int) -> list[Stored]:
        self.reads += 1
        end = min(after + limit, self._events)
        if self._damaged is not None and end >= self._damaged:
            raise LogDamaged("broken", self._damaged)
        return [Stored(at, "T", "s", at, self._body) for at in range(after + 1, end + 1)]


@pytest.mark.parametrize(
    ("events", "found", "reads"),
    [(0, 0, 1), (1, 1, 1), (PAGE - 1, PAGE - 1, 1), (PAGE, PAGE, 2), (2 * PAGE + 1, 2 * PAGE + 1, 3)],
)
def test_a_batch_has_what_waits_and_is_read_on_only_after_a_full_page(
    events: int, found: int, reads: int
) -> None:
    pages = Pages(events)
    assert [each.position for each in backlog(pages.read, 0)] == list(range(1, found + 1))
    assert pages.reads == reads


def test_a_batch_has_a_greatest_number_of_events_and_goes_on_after_it() -> None:
    pages = Pages(2 * MOST_EVENTS)
    assert len(backlog(pages.read, 0)) == MOST_EVENTS
    assert backlog(pages.read, MOST_EVENTS)[0].position == MOST_EVENTS + 1


def test_a_batch_of_large_events_has_one_page() -> None:
    assert len(backlog(Pages(3 * PAGE, size=MOST_BYTES // PAGE + 1).read, 0)) == PAGE


def test_a_page_that_cannot_be_read_ends_the_batch_before_it_and_is_an_error_of_the_next() -> None:
    pages = Pages(3 * PAGE, damaged=PAGE + 1)
    assert len(backlog(pages.read, 0)) == PAGE
    with pytest.raises(LogDamaged):
        backlog(pages.read, PAGE)
