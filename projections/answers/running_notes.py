"""What is said beside the figure of a sum whose addends come and go: flags, support, voices, days."""

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Iterable
from itertools import chain
from math import inf
from typing import NamedTuple, TypeVar

from domain.estimates.cells import Span, cell_of_span, hull, meet, merged
from domain.estimates.claims import Claim, cell_text
from domain.estimates.flags import Flag, FlagKey, overlap
from domain.estimates.nesting import Order
from domain.estimates.policies import INSIDE
from domain.estimates.sums import Addend
from domain.estimates.support import WEAKEST_FIRST, Level

T = TypeVar("T")


class Noted(NamedTuple):
    """What is said beside the figure of an addend; `clash` are its claims if it overlaps another."""

    days: Span
    incident: bool
    level: Level | None
    flags: tuple[Flag, ...]
    voices: tuple[str, ...]
    clash: tuple[str, ...] | None
    leading: Claim | None


def noted(addend: Addend, used: Iterable[Claim]) -> Noted:
    """What is said beside the figure of an addend that is the first to use some claims."""
    found = addend.found
    return Noted(
        addend.days,
        addend.place.incident is not None,
        found.support.level,
        tuple(found.flags),
        tuple(claim.voice for claim in used),
        addend.clashing,
        None if found.leading is None or found.leading.id == INSIDE else found.leading,
    )


class RunningNotes:
    """What is said beside the figure of a sum, by all of its addends."""

    def __init__(self) -> None:
        self._levels, self._voices = Counter[Level | None](), Counter[str]()
        self._flags, self._before = dict[FlagKey, Flag](), dict[FlagKey, Flag | None]()
        self._clashes = dict[Order, tuple[str, ...]]()
        self._overlap: Flag | None = None
        self._firsts, self._lasts = list[float](), list[float]()
        self._covered = _Covered()

    def add(self, order: Order, each: Noted, sign: int) -> None:
        """Note an addend; with `sign` -1 no longer."""
        _count(self._levels, each.level, sign)
        for voice in each.voices:
            _count(self._voices, voice, sign)
        for flag in each.flags:
            self._before.setdefault(flag.key, self._flags.get(flag.key))
            if sign > 0:
                self._flags[flag.key] = flag
            else:
                self._flags.pop(flag.key, None)
        if each.clash is not None:
            if sign > 0:
                self._clashes[order] = each.clash
            else:
                del self._clashes[order]
        for days, ends in zip(each.days, (self._firsts, self._lasts), strict=True):
            if sign > 0:
                insort(ends, days)
            else:
                del ends[bisect_left(ends, days)]
        if not each.incident:
            self._covered.add(each.days, sign)

    @property
    def level(self) -> Level | None:
        """The lowest support of an addend."""
        return next((level for level in WEAKEST_FIRST if level in self._levels), None)

    @property
    def origins(self) -> int:
        """The number of voices, none of which rests on another."""
        return len(self._voices)

    def period(self) -> str | None:
        """The span of all addends as EDTF text; None for all time, and where there is a gap within."""
        if not self._covered.unbroken():
            return None
        begins, ends = (self._firsts[0], self._lasts[-1]) if self._firsts else (-inf, inf)
        return cell_text("increment", cell_of_span((begins, ends)))

    def flags_turned(self) -> tuple[list[Flag], list[Flag]]:
        """The flags that were raised and cleared since this was last asked.

        What goes on in other words is neither.
        """
        clashing = chain.from_iterable(self._clashes[order] for order in sorted(self._clashes))
        was, self._overlap = self._overlap, overlap(clashing) if self._clashes else None
        gone = {key: flag for key, flag in self._before.items() if flag} | _by_key(was)
        keys = [*self._before, *_by_key(was), *_by_key(self._overlap)]
        there = {key: self._flags[key] for key in keys if key in self._flags} | _by_key(self._overlap)
        self._before.clear()
        return (
            [flag for key, flag in there.items() if key not in gone],
            [flag for key, flag in gone.items() if key not in there],
        )


def _by_key(flag: Flag | None) -> dict[FlagKey, Flag]:
    return {} if flag is None else {flag.key: flag}


class _Covered:
    """The days of periods that come and go; where one is left out, all need not be looked at again."""

    def __init__(self) -> None:
        self._periods, self._before = Counter[Span](), dict[Span, bool]()
        self._hull: Span | None = None
        self._gap: float | None = None

    def add(self, days: Span, sign: int) -> None:
        """Add a period; with `sign` -1 take one away."""
        self._before.setdefault(days, days in self._periods)
        _count(self._periods, days, sign)

    def unbroken(self) -> bool:
        """Whether no day is left out between the first and the last."""
        moved = [days for days, was in self._before.items() if was != (days in self._periods)]
        self._before.clear()
        if not all(map(self._extended, moved)):
            spans = merged(self._periods)
            self._hull = (spans[0][0], spans[-1][1]) if spans else None
            self._gap = spans[0][1] + 1 if len(spans) > 1 else None
        return self._gap is None

    def _extended(self, days: Span) -> bool:
        """Whether it is still known what is left out, though a period came or went."""
        if self._hull is None or days not in self._periods:
            return False
        if self._gap is not None:
            known = not days[0] <= self._gap <= days[1]
        else:
            known = meet((days[0] - 1, days[1] + 1), self._hull)
        self._hull = hull([self._hull, days])
        return known


def _count(counts: Counter[T], key: T, sign: int) -> None:
    """Count something once more or less; what is not there has no count."""
    counts[key] += sign
    if not counts[key]:
        del counts[key]
