"""The objects that a reader sees, in the order in which the log last changed them.

What an object says comes from the events that its reader may see, and from nothing else; so it shows
what `/v1/events` shows. Beside events, a marking changes what is seen: its own, or that of something
that an object names.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache, partial
from itertools import groupby
from operator import itemgetter

from domain.clearance import report_of, subjects
from domain.events import (
    Event,
    IndicatorDefined,
    IndicatorRevised,
    ReportCorrected,
    ReportFiled,
    SourceRegistered,
)
from domain.stream_names import (
    CITATION,
    INDICATOR,
    REPORT,
    SOURCE,
    indicator_stream,
    source_stream,
    split_stream,
)
from domain.times import from_micros
from domain.vocabulary import MARKINGS, Marking
from projections.tables.journal import visible
from projections.tables.levels import level_of
from projections.tables.sight import sight_of
from service.http.questions import still_asked
from service.interop.stix.estimates import estimate_position, estimate_versions
from service.interop.stix.ids import Ids
from service.interop.stix.indicators import drawing_indicator
from service.interop.stix.markings import most_restrictive
from service.interop.stix.origins import ESTIMATE
from service.interop.stix.reports import drawing_report
from service.interop.stix.sources import drawing_source
from service.interop.stix.versions import Drawn, Moment, Seen, Version, histories
from service.log.port import REDACTED, EventLog
from service.query.cleared_events import seen_events
from service.query.standpoint import Standpoint
from service.streams.upcasters import read_event

_DRAWING = {SOURCE: drawing_source, INDICATOR: drawing_indicator, REPORT: drawing_report}
KEPT = 200
"""How many subjects are remembered while a walk goes on."""
WINDOW = 500
"""How many positions are looked at by one query."""
Choose = Callable[[list[Version]], Iterable[Version]]
"""Says which versions of an object are wanted."""


def latest(versions: list[Version]) -> list[Version]:
    """The last version of an object."""
    return versions[-1:]


_STEPS = """
SELECT position, stream FROM journal
WHERE position > :after AND position <= :until AND stream NOT LIKE 'log:%'
UNION
SELECT position, stream FROM main.level_changes WHERE position > :after AND position <= :until
UNION
SELECT l.position, j.stream FROM main.level_changes l CROSS JOIN main.subjects s ON s.stream = l.stream
CROSS JOIN main.journal j ON j.position = s.position
WHERE l.position > :after AND l.position <= :until
UNION
SELECT l.position, 'source:' || s.id FROM main.level_changes l
CROSS JOIN main.speakers s ON 'source:' || s.speaks_for = l.stream
WHERE l.position > :after AND l.position <= :until
UNION
SELECT l.position, 'indicator:' || i.id FROM main.level_changes l CROSS JOIN main.indicators i
ON l.stream LIKE 'indicator:%' AND (
    'indicator:' || json_extract(i.definition, '$.plans_for') = l.stream
    OR EXISTS (
        SELECT 1 FROM json_each(i.definition, '$.parts') p WHERE 'indicator:' || p.value = l.stream
    )
)
WHERE l.position > :after AND l.position <= :until
UNION
SELECT position, 'estimate:' || indicator FROM touches WHERE position > :after AND position <= :until
UNION
SELECT l.position, 'estimate:' || t.indicator FROM main.level_changes l
CROSS JOIN main.journal j ON j.stream = l.stream CROSS JOIN main.touches t ON t.position = j.position
WHERE l.position > :after AND l.position <= :until
ORDER BY position, stream
"""
# What may have changed at each position: the stream of its event, and what a marking made visible or
# not: its stream, what names that, and the estimates that rested on it. CROSS JOIN keeps SQLite from
# reading a long table first.

_CHANGED = """
SELECT position, before, lead(before) OVER (ORDER BY position) FROM main.level_changes
WHERE stream = ? ORDER BY position DESC
"""
_TIME = "SELECT recorded_at FROM main.journal WHERE position = ?"


@dataclass(frozen=True, slots=True)
class Walk:
    """What a reader sees of a log at a standpoint, as objects, of what was recorded up to `until`."""

    here: Standpoint
    log: EventLog
    until: int
    ids: Ids = field(init=False)
    level: Callable[[str], int] = field(init=False)
    """Returns how restricted a stream is now."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "ids", Ids(self.log.id))
        object.__setattr__(self, "level", lru_cache(KEPT)(partial(level_of, self.here.db)))

    def steps(self, after: int, choose: Choose = latest) -> Iterator[tuple[int, list[Version]]]:
        """Each position after one with the versions that became so there, in order.

        `choose` says which versions of an object.
        """
        versions, estimated = lru_cache(KEPT)(self.versions), lru_cache(KEPT)(self._estimated)
        for position, changed in self._subjects(after):
            still_asked()
            found = [
                version
                for subject in changed
                if estimated(subject) in (None, position)
                for each in versions(subject)
                for version in choose(each)
                if version.position == position
            ]
            if found:
                yield position, sorted(found, key=lambda version: version.key)

    def of(self, subjects: Iterable[str], after: int, choose: Choose = latest) -> Iterator[Version]:
        """The versions of some streams, and estimates, that became so after a position."""
        for subject in subjects:
            still_asked()
            for each in self.versions(subject):
                yield from (version for version in choose(each) if version.position > after)

    def _subjects(self, after: int) -> Iterator[tuple[int, list[str]]]:
        """Each position after one with the streams, and estimates, that may have changed there."""
        for start in range(after, self.until, WINDOW):
            bounds = {"after": start, "until": min(start + WINDOW, self.until)}
            rows = self.here.db.execute(_STEPS, bounds).fetchall()
            for position, step in groupby(rows, itemgetter(0)):
                yield position, [subject for _, subject in step]

    def _estimated(self, subject: str) -> int | None:
        """Where an estimate changed last, which is found sooner than the estimate; else None."""
        kind, name = split_stream(subject)
        return estimate_position(self.here.db, name, self.until) if kind == ESTIMATE else None

    def versions(self, subject: str) -> list[list[Version]]:
        """The versions of each object of a stream, or of an estimate; none where it is not seen.

        A citation is no object: it says where somebody used a figure, and nothing of the world.
        """
        kind, name = split_stream(subject)
        if kind == ESTIMATE:
            return estimate_versions(self.here, self.ids, name, self.until)
        if kind == CITATION or self.level(subject) > sight_of(self.here.db).level:
            return []
        events, named = self._events(subject)
        if not events:
            return []
        draw = _DRAWING[kind](self.ids)
        return histories(
            events, draw, lambda drawn: self._marking(subject, drawn), self._marked(subject, named)
        )

    def _events(self, stream: str) -> tuple[list[Seen], set[str]]:
        """The events of a stream as they are seen, and the streams that they name in passing.

        There are none of a report that was redacted since.
        """
        db, stored = self.here.db, self.log.stream(stream)
        if any(not each.body or each.type == REDACTED for each in stored):
            return [], set()
        stored = [each for each in stored if each.position <= self.until]
        at = set(visible(db, [each.position for each in stored]))
        stored = [each for each in stored if each.position in at]
        named = {other for each in stored for other in _named(read_event(each.body)[1])}
        seen = list[Seen]()
        for each in seen_events(db, stored):
            envelope, event = read_event(each.body)
            seen.append(Seen(each.position, envelope.recorded_at, event))
        return seen, named - {stream}

    def _marking(self, stream: str, drawn: Drawn) -> Marking:
        levels = (self.level(each) for each in (stream, *drawn.named))
        return most_restrictive([drawn.marking, *(MARKINGS[level] for level in levels)])

    def _marked(self, stream: str, named: Collection[str]) -> Moment | None:
        """When a marking last changed what is seen of a stream."""
        found = [self._changed(stream, own=True), *(self._changed(each) for each in named)]
        position = max(found)
        if not position:
            return None
        (stamp,) = self.here.db.execute(_TIME, (position,)).fetchone()
        return Moment(position, from_micros(stamp))

    def _changed(self, stream: str, *, own: bool = False) -> int:
        """The last position at which a stream got another marking, or became seen or hidden; or 0."""
        level, mine = self.level(stream), sight_of(self.here.db).level
        for position, before, following in self.here.db.execute(_CHANGED, (stream,)):
            after = level if following is None else following
            if position <= self.until and (own or (before > mine) is not (after > mine)):
                return int(position)
        return 0


def _named(event: Event) -> set[str]:
    """The streams that an event names, and that are left out of it where they are hidden."""
    match event:
        case ReportFiled() | ReportCorrected():
            claims = event.claims or ()
            return {
                report_of(each) for claim in claims for each in (*claim.derived_from, *claim.rests_on)
            }
        case SourceRegistered(speaks_for=str(other)):
            return {source_stream(other)}
        case IndicatorDefined(definition=definition) | IndicatorRevised(definition=definition):
            others = (*definition.parts, *([definition.plans_for] if definition.plans_for else []))
            return set(map(indicator_stream, others))
        case _:
            return subjects(event)
