"""What follows claims is freed with its last reference."""

import weakref

from domain.estimates.suspicions.watch import Watch
from tests.domain.estimates.asking import question
from tests.garbage import uncollected
from tests.histories import said


def test_a_watch_that_is_needed_no_more_is_freed_at_once() -> None:
    claims = {f"r{n}/1": said(f"r{n}/1", best=100, position=n + 1) for n in range(3)}
    watch = Watch(question("stock"), ("soldiers", "workers"))
    watch.load(list(claims.values()), {}, claims.get)
    with uncollected():
        there = weakref.ref(watch)
        del watch
        assert there() is None
