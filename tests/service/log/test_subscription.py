"""Whether a subscription is quiet: until something is announced, it is stopped, or time is over."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from service.log.subscription import Arrivals, Batches

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
