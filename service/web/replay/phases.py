"""What a page shows when: each thing with the steps from which and up to which it is to be seen.

A script then needs one rule to play history: show what the step lies within, hide the rest.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Thing = TypeVar("Thing", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Phase(Generic[Thing]):
    """A thing that is seen from step `begins` up to step `ends`, the upper end exclusive."""

    thing: Thing
    begins: int
    ends: int


def phases(
    states: Sequence[Sequence[Thing]], first: int, order: Callable[[Thing], object] | None = None
) -> list[Phase[Thing]]:
    """The phases of things that are there at some of the steps, of which `first` is the first.

    A thing that goes and comes again has a phase for each time.
    """
    begun: dict[Thing, int] = {}
    found = list[Phase[Thing]]()
    for step, state in enumerate(states, start=first):
        there = set(state)
        found += [Phase(each, begun.pop(each), step) for each in [*begun] if each not in there]
        for each in state:
            begun.setdefault(each, step)
    end = first + len(states)
    found += [Phase(each, since, end) for each, since in begun.items()]
    if order is None:
        return sorted(found, key=lambda phase: phase.begins)
    return sorted(found, key=lambda phase: (order(phase.thing), phase.begins))
