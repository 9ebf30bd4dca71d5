"""When a figure may have changed along publication time, as is known at one position after another.

Asked for one position, an index tells; asked for every position of a history, each search would read
all claims again. Here they are read once, and each is taken in when it comes to be known.
"""

import json
import sqlite3
from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from domain.estimates.claims import Cell
from projections.answers.as_of import AsOf
from projections.answers.claims import in_cell
from projections.answers.moments import CELL_OR_RELAY, Step, caused, judgements, one_cell
from projections.answers.questions import Narrowing
from projections.tables.projection import FOREVER
from projections.tables.registry import with_parts_of

_OWN = (
    "c.indicator IN (SELECT value FROM json_each(:indicators)) "
    "AND c.since <= :position AND c.pub_from <= :by {place}"
)
"""The rows of claims that are about the indicators asked."""
_VERSION = "c.pub_from, c.report, c.version, c.position"
_BEGUN = f"SELECT c.since, c.until, {_VERSION} FROM claims c WHERE {_OWN}"
_ENDED = (
    f"SELECT max(o.since, c.since), min(o.until, c.until), {_VERSION} FROM ("
    "SELECT c.claim, c.pub_to, c.since, c.until FROM claims c "
    f"WHERE {_OWN} AND c.pub_to < {FOREVER}) o "
    "CROSS JOIN claims c ON c.claim = o.claim AND c.pub_from = o.pub_to "
    "WHERE c.since <= :position AND c.pub_from <= :by"
)
_DERIVED = (
    f"SELECT c.claim, c.since, c.until FROM claims c WHERE {_OWN} AND (c.links > '' OR c.rests_on > '')"
)
_PARENTS = "SELECT DISTINCT parent FROM links WHERE child = ?"
_OF_ANCESTOR = (
    f"SELECT c.since, c.until, {_VERSION} FROM claims c "
    "WHERE c.claim = :claim AND c.since <= :position AND c.pub_from <= :by"
)
Span = tuple[int, int]
"""From which position until which."""


class _Version(NamedTuple):
    """A version of a report that is known over a span of positions, and began at a moment."""

    since: int
    until: int
    moment: int
    report: str
    version: int
    position: int


class Publications:
    """The moments of publication that can matter to a figure, at positions that move forward."""

    def __init__(self, db: sqlite3.Connection, indicator: str, last: AsOf, asked: Narrowing) -> None:
        self._db, self._indicator, self._last, self._asked = db, indicator, last, asked
        self._scope: object = None
        self._coming = list[_Version]()
        self._moments = list[int]()
        self._known = defaultdict[int, list[_Version]](list)

    def since(self, as_of: AsOf, moment: int) -> list[Step]:
        """The moments from one on, as far as they are known at a position, oldest first."""
        self._advance(as_of)
        found = [
            each
            for known in self._moments[bisect_left(self._moments, moment) :]
            for each in self._latest(known, as_of.position)
        ]
        judged = judgements(self._db, self._indicator, as_of, self._asked)
        causes = caused(self._db, found) + [each for each in judged if each[0] >= moment]
        return [
            Step(at, replace(as_of, published_by=at), [cause for _, cause in group])
            for at, group in groupby(sorted(causes, key=itemgetter(0)), key=itemgetter(0))
        ]

    def _latest(self, moment: int, position: int) -> Iterator[tuple[int, str, int]]:
        """The last version of each report that began at a moment, in the order of the log."""
        known = self._known[moment] = [each for each in self._known[moment] if each.until > position]
        latest = dict[str, _Version]()
        for each in known:
            before = latest.get(each.report, each)
            latest[each.report] = max(before, each, key=lambda one: one.version)
        for each in sorted(latest.values(), key=lambda one: one.position):
            yield moment, each.report, each.version

    def _advance(self, as_of: AsOf) -> None:
        """Take in what is known at a position."""
        names = with_parts_of(self._db, self._indicator, as_of.position)
        scope = names, one_cell(self._db, self._indicator, as_of, self._asked)
        if scope != self._scope:
            self._scope = scope
            self._begin(*scope)
        while self._coming and self._coming[-1].since <= as_of.position:
            each = self._coming.pop()
            if each.until > as_of.position:
                if each.moment not in self._known:
                    insort(self._moments, each.moment)
                self._known[each.moment].append(each)

    def _begin(self, names: Sequence[str], cell: Cell | None) -> None:
        given: dict[str, Any] = {
            "indicators": json.dumps(names),
            "position": self._last.position,
            "by": self._last.by,
            **({} if cell is None else in_cell(cell)),
        }
        place = "" if cell is None else CELL_OR_RELAY
        rows = (self._db.execute(query.format(place=place), given) for query in (_BEGUN, _ENDED))
        found = [_Version(*row) for each in rows for row in each]
        found += self._of_ancestors(given, place)
        self._coming = sorted(found, reverse=True)
        self._moments.clear()
        self._known.clear()

    def _of_ancestors(self, given: Mapping[str, Any], place: str) -> Iterator[_Version]:
        """The versions of what claims derive from or rest on, while these are known."""
        spans = dict[str, list[Span]]()
        for claim, *span in self._db.execute(_DERIVED.format(place=place), given):
            spans[claim] = merged([*spans.get(claim, ()), (span[0], span[1])])
        for claim, known in _reaching(self._db, spans).items():
            for row in self._db.execute(_OF_ANCESTOR, {**given, "claim": claim}):
                version = _Version(*row)
                for since, until in known:
                    span = max(since, version.since), min(until, version.until)
                    if span[0] < span[1]:
                        yield version._replace(since=span[0], until=span[1])


def _reaching(db: sqlite3.Connection, spans: Mapping[str, list[Span]]) -> dict[str, list[Span]]:
    """The claims that some claims lead to through any number of links, each with when one does so."""
    found, waiting = dict[str, list[Span]](), list(spans.items())
    while waiting:
        claim, known = waiting.pop()
        for (parent,) in db.execute(_PARENTS, (claim,)).fetchall():
            before = found.get(parent, [])
            after = merged([*before, *known])
            if after != before:
                found[parent] = after
                waiting.append((parent, after))
    return found


def merged(spans: Iterable[Span]) -> list[Span]:
    """Spans of positions without those that meet or touch others."""
    found = list[Span]()
    for since, until in sorted(spans):
        if found and since <= found[-1][1]:
            found[-1] = found[-1][0], max(until, found[-1][1])
        else:
            found.append((since, until))
    return found
