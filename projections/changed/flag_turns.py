"""By which events the flags came or went that differ between two answers.

Where what is suspected of claims is kept, its rows say so; elsewhere all claims are followed in memory.
"""

import sqlite3
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache, partial

from domain.estimates.flags import FlagKey
from domain.estimates.suspicions.suspicion import LISTED, Suspicion, flags_about
from projections.answers.as_of import AsOf
from projections.answers.claims import look_up
from projections.answers.flags import flags_about_inputs
from projections.answers.kept_suspicions import claims_in, kept_to
from projections.answers.moments import Cause, every_touching, touching
from projections.answers.questions import Narrowing, question_of
from projections.answers.touched_groups import changed_claims, of_all
from projections.suspected.watched import Watched
from projections.tables.registry import indicator_at, voices_at

FlagTurns = Mapping[FlagKey, Sequence[int]]
"""By flag the positions at which it came or went, in order."""
ABOUT_INPUTS = {"inputs-changed", "inputs-redacted"}
"""Codes of flags about what a figure rested on, which no claim of its indicator tells."""
_STANDING = (
    "SELECT rank, claims, since, until FROM suspicions "
    "WHERE indicator = :indicator AND since <= :last AND until > :after"
)


def turning_events(
    db: sqlite3.Connection,
    indicator: str,
    since: AsOf,
    until: AsOf,
    asked: Narrowing,
    own: FlagTurns,
    flags: tuple[Collection[FlagKey], Collection[FlagKey]],
) -> tuple[int, ...]:
    """The positions of those events at which flags that differ came or went, one for each.

    `own` are the turns of flags of the estimate itself, `flags` all flags before and after.
    """
    known = frozenset(flags[0])
    differing = known ^ frozenset(flags[1])
    of_claims = {flag for flag in differing if flag[0] in LISTED}
    turns = {**own, **_of_claims(db, indicator, since, until, asked, of_claims)}

    @cache
    def about_inputs(position: int) -> frozenset[FlagKey]:
        found = flags_about_inputs(db, indicator, until.at(position))
        return frozenset(flag.key for flag in found)

    def turned(flag: FlagKey, position: int) -> bool:
        """Whether a flag stands otherwise at a position than in the beginning."""
        if flag[0] in ABOUT_INPUTS:
            return (flag in about_inputs(position)) != (flag in known)
        return bisect_right(turns.get(flag, ()), position) % 2 == 1

    positions = [each.position for each in touching(db, indicator, since.position, until.position)]
    found = {bisect_left(positions, True, key=partial(turned, flag)) for flag in differing}
    return tuple(positions[index] for index in sorted(found) if index < len(positions))


def _of_claims(
    db: sqlite3.Connection,
    indicator: str,
    since: AsOf,
    until: AsOf,
    asked: Narrowing,
    wanted: Collection[FlagKey],
) -> FlagTurns:
    """When those flags came or went that are about claims."""
    if not wanted:
        return {}
    turns, begin = defaultdict[FlagKey, list[int]](list), since
    if not asked.narrower:
        begin = until.at(max(since.position, kept_to(db, indicator, until)))
        for flag, position in _kept(db, indicator, since.position, begin.position):
            if flag in wanted:
                turns[flag].append(position)
    if begin.position < until.position:
        followed = _Followed(db, indicator, asked, wanted)
        followed.after(begin)
        for cause in every_touching(db, indicator, begin.position, until.position):
            for flag in followed.after(until.at(cause.position), cause):
                turns[flag].append(cause.position)
    return turns


def _kept(
    db: sqlite3.Connection, indicator: str, after: int, last: int
) -> Iterator[tuple[FlagKey, int]]:
    """The flags that are kept, each with the positions at which it came or went, in order."""
    given = {"indicator": indicator, "after": after, "last": last}
    moved = defaultdict[FlagKey, Counter[int]](Counter)
    for rank, names, begun, ended in db.execute(_STANDING, given):
        flag = LISTED[rank], tuple(sorted(claims_in(names)))
        moved[flag][begun] += 1
        moved[flag][ended] -= 1
    for flag, steps in moved.items():
        # A flag that goes on in other words begins and ends at the same position.
        yield from ((flag, at) for at in sorted(steps) if steps[at] and after < at <= last)


class _Followed:
    """Those flags about claims that are about what is asked, after one event and then the next."""

    def __init__(
        self, db: sqlite3.Connection, indicator: str, asked: Narrowing, wanted: Collection[FlagKey]
    ) -> None:
        self._db, self._indicator, self._asked, self._wanted = db, indicator, asked, wanted
        self._watched = Watched(db, indicator)
        self._found = dict[FlagKey, Suspicion]()
        self._naming = defaultdict[str, set[FlagKey]](set)
        self._standing = set[FlagKey]()

    def after(self, as_of: AsOf, cause: Cause | None = None) -> set[FlagKey]:
        """The flags that came or went by an event."""
        changes = self._watched.at(as_of, cause)
        again = {each.flag.key for each in (*changes.raised, *changes.cleared)}
        for each in changes.cleared:
            self._found.pop(each.flag.key, None)
        self._note([*changes.raised, *(now for _, now in changes.altered)])
        if cause is None or of_all(cause):
            self._note(self._watched.all())
            again |= self._found.keys()
        elif self._asked.narrower:
            again |= self._look_again(as_of, cause)
        turned = self._about(again & {*self._wanted}, as_of) ^ (again & self._standing)
        self._standing ^= turned
        return turned

    def _note(self, found: Iterable[Suspicion]) -> None:
        for each in found:
            if each.flag.key in self._wanted:
                self._found[each.flag.key] = each
                for claim in each.flag.claims:
                    self._naming[claim].add(each.flag.key)

    def _look_again(self, as_of: AsOf, cause: Cause) -> set[FlagKey]:
        """The flags that name claims which an event changed, which now may be about something else."""
        named, find = set[FlagKey](), look_up(self._db, as_of)
        for name in changed_claims(self._db, cause):
            claim = find(name)
            for key in self._naming.get(name, ()):
                each = self._found.get(key)
                if each is not None and claim is not None:
                    about = tuple(claim if one.id == name else one for one in each.about)
                    self._found[key] = replace(each, about=about)
                    named.add(key)
        return named

    def _about(self, flags: Iterable[FlagKey], as_of: AsOf) -> set[FlagKey]:
        """Those of some flags that stand and are about what is asked."""
        row = indicator_at(self._db, self._indicator, as_of.position)
        if row is None:
            return set()
        voices = voices_at(self._db, as_of.position)
        question = question_of(row.definition, self._asked, voices=voices)
        found = [self._found[key] for key in flags if key in self._found]
        return {flag.key for flag in flags_about(question, found)}
