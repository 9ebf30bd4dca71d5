"""Deferred rows give way to what is more urgent: whoever builds one asks now and then whether to go on.

Queries are interrupted by themselves. Work between two queries has to ask, or the events of a report
that was just filed would wait for a row that follows thousands of others.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

T = TypeVar("T")
Wanted = Callable[[], bool]
_WANTED: ContextVar[Wanted | None] = ContextVar("wanted", default=None)


class GaveWay(Exception):
    """A row was given up, because something else is to be done first."""


@contextmanager
def giving_way(wanted: Wanted) -> Iterator[None]:
    """While the block runs, `give_way` asks whether something else is wanted."""
    before = _WANTED.set(wanted)
    try:
        yield
    finally:
        _WANTED.reset(before)


def give_way() -> None:
    """Raise `GaveWay` if something else is wanted than the row that is being built."""
    wanted = _WANTED.get()
    if wanted is not None and wanted():
        raise GaveWay


def giving_way_between(items: Iterable[T]) -> Iterator[T]:
    """The same items, asking before each."""
    for each in items:
        give_way()
        yield each
