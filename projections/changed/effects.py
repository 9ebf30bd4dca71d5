"""Which events changed an estimate between two positions, and what each of them changed."""

import sqlite3
from bisect import bisect_left, insort
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from domain.estimates.flags import FlagKey
from projections.answers.as_of import AsOf
from projections.answers.differences import (
    Difference,
    DifferenceField,
    differences_beside_flags,
    flag_key,
    flag_keys,
)
from projections.answers.estimate_answer import undefined_answer
from projections.answers.moments import Cause, touching
from projections.answers.questions import Narrowing
from projections.changed.stands import Stand, Stands


@dataclass(frozen=True, slots=True)
class EventEffect:
    """An event that changed an answer, the fields that it changed, and what these were and are."""

    cause: Cause
    fields: tuple[DifferenceField, ...]
    differences: list[Difference]


@dataclass(slots=True)
class Effects:
    """The events that changed an answer, and when flags of the estimate itself came or went."""

    events: list[EventEffect] = field(default_factory=list)
    turns: dict[FlagKey, list[int]] = field(default_factory=dict)

    def positions(self, name: DifferenceField) -> tuple[int, ...]:
        """The positions of the events that changed a field."""
        return tuple(each.cause.position for each in self.events if name in each.fields)


def effects(
    db: sqlite3.Connection,
    indicator: str,
    since: AsOf,
    until: AsOf,
    asked: Narrowing,
    most: int | None = None,
) -> Effects:
    """The events after one position, up to another, that changed an estimate.

    The first `most` have their differences; there may be very many, each with long lists.
    """
    causes, result = touching(db, indicator, since.position, until.position), Effects()
    stands = Stands(db, indicator, asked, since, until.position, len(causes))
    flags, before = _Flags(stands), stands.at(since)
    for cause in causes:
        after = stands.at(until.at(cause.position), cause)
        listed = most is None or len(result.events) < most
        changed = _beside_flags(indicator, before, after)
        turned, others = flags.after(before, after, listed=listed)
        for key in turned:
            result.turns.setdefault(key, []).append(cause.position)
        changed += others
        if changed:
            fields = tuple(each.field for each in changed)
            result.events.append(EventEffect(cause, fields, changed if listed else []))
        before = after
    return result


def _beside_flags(indicator: str, before: Stand | None, after: Stand | None) -> list[Difference]:
    one, other = (each.body if each else undefined_answer(indicator) for each in (before, after))
    return differences_beside_flags(one, other)


class _Flags:
    """The flags of an estimate itself, after one event and then the next.

    Of a sum that is kept they are written down only for the events that are listed.
    """

    def __init__(self, stands: Stands) -> None:
        self._stands = stands
        self._keys: list[FlagKey] | None = None

    def after(
        self, before: Stand | None, after: Stand | None, *, listed: bool
    ) -> tuple[set[FlagKey], list[Difference]]:
        """The flags that an event turned, and the difference that this is."""
        if before is None or after is None or before.flags is not None or after.flags is not None:
            was, now = (flag_keys(self._stands.flags(each)) for each in (before, after))
            self._keys = None
            return {*was} ^ {*now}, [Difference("flags", was, now)] if was != now else []
        raised, cleared = (
            [flag_key(flag) for flag in each] for each in self._stands.flags_turned(before, after)
        )
        turned = {*raised, *cleared}
        if not (listed and turned):
            return turned, [Difference("flags", [], [])] if turned else []
        was = flag_keys(self._stands.flags(before)) if self._keys is None else self._keys
        self._keys = _with(was, raised, cleared)
        return turned, [Difference("flags", was, self._keys)]


def _with(
    keys: Sequence[FlagKey], raised: Iterable[FlagKey], cleared: Iterable[FlagKey]
) -> list[FlagKey]:
    found = list(keys)
    for key in cleared:
        del found[bisect_left(found, key)]
    for key in raised:
        insort(found, key)
    return found
