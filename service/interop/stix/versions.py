"""The versions of STIX objects, as the events of one stream made them.

An object has a new version where an event made it different, and where its marking changed. The
versions of an object differ in `modified` by a millisecond at least, which is as precise as STIX is.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from domain.events import Event
from domain.vocabulary import MARKINGS, Marking
from service.interop.export import CommandLines
from service.interop.stix.extension import extended, extension_of
from service.interop.stix.markings import TLP_2

StixObject = dict[str, Any]
"""A STIX object as JSON has it."""
_NAMING = ("kind", "indicator", "source", "report", "claim", "derived_from", "rests_on")
"""Fields that tell apart the objects which one event made."""
_TICK = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Seen:
    """An event as a reader may see it, with its place in the log."""

    position: int
    recorded_at: datetime
    event: Event


@dataclass(frozen=True, slots=True)
class Drawn:
    """An object without its times and markings.

    `fields` go into our extension. Beside its own stream, it is as restricted as the streams `named`
    and as `marking`.
    """

    content: StixObject
    fields: StixObject
    named: tuple[str, ...] = ()
    marking: Marking = MARKINGS[0]


Draw = Callable[[Seen], Iterator[Drawn]]
"""The objects that an event changes or may change; it is an act of the first one."""
MarkingOf = Callable[[Drawn], Marking]
"""The marking in force for an object."""


@dataclass(frozen=True, slots=True)
class Version:
    """A version of an object: the position and time of the event that made it."""

    position: int
    recorded_at: datetime
    thing: StixObject

    @property
    def id(self) -> str:
        """The id of the object."""
        return str(self.thing["id"])

    @property
    def modified(self) -> str:
        """Which version it is; a marking definition has only one."""
        return str(self.thing.get("modified", self.thing["created"]))

    @property
    def key(self) -> tuple[str, str]:
        """The object and the version, by which those of one position are in order.

        The object is named by what it stands for, so that the order is the same in every log.
        """
        given = extension_of(self.thing)
        if given is None or self.thing["type"] == "extension-definition":
            return self.id, self.modified
        named = [str(given.get(name, "")) for name in _NAMING]
        return "/".join([self.thing["type"], *named]), self.modified


@dataclass(frozen=True, slots=True)
class Moment:
    """A position in the log and its time."""

    position: int
    recorded_at: datetime


def stix_time(at: datetime) -> str:
    """A time as STIX writes it: in UTC, to the millisecond."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03}Z"


def histories(
    events: Iterable[Seen], draw: Draw, marking_of: MarkingOf, marked: Moment | None
) -> list[list[Version]]:
    """The versions of each object of a stream, in the order in which the objects came.

    `marked` is when what the reader sees of the stream changed last, for another reason than an event
    of its own.
    """
    acts, lines = defaultdict[str, list[StixObject]](list), CommandLines()
    found = dict[str, list[tuple[Moment, Drawn, list[StixObject]]]]()
    for seen in events:
        act = {"position": seen.position, **lines.line(seen.event)}
        for n, drawn in enumerate(draw(seen)):
            id = drawn.content["id"]
            if n == 0:
                acts[id].append(act)
            versions = found.setdefault(id, [])
            now = drawn, list(acts[id])
            if not versions or versions[-1][1:] != now:
                versions.append((Moment(seen.position, seen.recorded_at), *now))
    return [_versions(each, marking_of, marked) for each in found.values()]


def _versions(
    drawn: list[tuple[Moment, Drawn, list[StixObject]]], marking_of: MarkingOf, marked: Moment | None
) -> list[Version]:
    if marked is not None and marked.position > drawn[-1][0].position:
        drawn = [*drawn, (marked, *drawn[-1][1:])]
    created = _whole(drawn[0][0].recorded_at)
    versions, modified = list[Version](), created - _TICK
    for moment, each, acts in drawn:
        modified = max(_whole(moment.recorded_at), modified + _TICK)
        thing = finished(each, acts, marking_of(each), (created, modified))
        versions.append(Version(moment.position, moment.recorded_at, thing))
    return versions


def finished(
    drawn: Drawn, acts: list[StixObject], marking: Marking, times: tuple[datetime, datetime]
) -> StixObject:
    """An object with its times, markings and extension."""
    head = {name: drawn.content[name] for name in ("type", "id")}
    return {
        **head,
        "spec_version": "2.1",
        "created": stix_time(times[0]),
        "modified": stix_time(times[1]),
        **drawn.content,
        "object_marking_refs": [TLP_2[marking]],
        "extensions": extended(drawn.fields, acts),
    }


def _whole(at: datetime) -> datetime:
    return at.replace(microsecond=at.microsecond // 1000 * 1000)
