"""What a webhook tells: messages in order, made from what its owner may see at the moment.

Each of `SOURCES` finds messages of some kinds. What they find is put in one order, and is complete up
to a place, so that nothing is left out where one of them found more than it may give at a time.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any, NamedTuple

from pydantic_core import to_json

from projections.answers.estimate_answer import FlagAnswer
from service.query.board import Board, BoardFilter
from service.query.changed import ChangedItem, changed, listed_change
from service.query.citations import citations
from service.query.standpoint import AsOfAnswer, Standpoint
from service.webhooks.webhook import LAST, Kind, Place, WebhookFilter

AT_ONCE = 50
"""Changes that are read at a time."""


class Message(NamedTuple):
    """Something that a webhook tells; `data` is what it says of it."""

    place: Place
    type: Kind
    recorded_at: str | None
    data: Mapping[str, Any]

    def body(self) -> bytes:
        """What is sent (Standard Webhooks): type, time and data."""
        return to_json({"type": self.type, "timestamp": self.recorded_at, "data": self.data})

    def id(self, log: str, webhook: str) -> str:
        """The same each time that this is told, so that a receiver knows a repetition."""
        named = "\0".join((log, webhook, *map(str, self.place)))
        return f"msg_{hashlib.blake2b(named.encode(), digest_size=16).hexdigest()}"


class Found(NamedTuple):
    """Messages in order, all that there are up to a place."""

    messages: Sequence[Message]
    upto: Place


Source = Callable[[Standpoint, WebhookFilter, Place], Found]
"""Finds the messages after a place, up to the position of a standpoint."""


def messages(here: Standpoint, wanted: WebhookFilter, after: Place) -> Found:
    """What is to be told after a place, as far as was read."""
    found = [source(here, wanted, after) for source in SOURCES]
    upto = min(each.upto for each in found)
    read = (message for each in found for message in each.messages if message.place <= upto)
    told = sorted(read, key=lambda message: message.place)
    return Found([each for each in told if each.type in wanted.kinds], upto)


def _of_changes(here: Standpoint, wanted: WebhookFilter, after: Place) -> Found:
    """Changed estimates, and the flags that were raised with them."""
    begin = after.position, _just_before(after.about)
    end = here.as_of.position
    rows = changed(here, _narrowed(wanted), (0, end), begin, AT_ONCE, latest_first=False)
    told = [message for _, item in rows for message in _told(item) if message.place > after]
    return Found(told, told[-1].place if len(rows) == AT_ONCE and told else Place(end))


def _just_before(name: str) -> str:
    """Comes before a name and after all names before it: the change of that name is read again."""
    return name if name == LAST else f"{name[:-1]}{chr(ord(name[-1]) - 1)}{LAST}"


def _told(item: ChangedItem) -> Iterator[Message]:
    as_of: AsOfAnswer = {
        "position": item["position"],
        "known_at": item["recorded_at"],
        "published_by": None,
        "valid_at": None,
    }
    moment = item["recorded_at"]
    place = Place(item["position"], item["indicator"], "estimate.changed", "")
    yield Message(place, "estimate.changed", moment, {**listed_change(item), "as_of": as_of})
    shared = ("indicator", "title", "position", "recorded_at", "cause")
    for flag in sorted(item["flags_raised"], key=_part):
        data = {**{name: value for name, value in item.items() if name in shared}, **flag}
        part = place._replace(kind="flag.raised", part=_part(flag))
        yield Message(part, "flag.raised", moment, {**data, "as_of": as_of})


def _part(flag: FlagAnswer) -> str:
    """Tells a flag from the others of a change."""
    claims = " ".join(sorted(flag["claims"])).encode()
    return f"{flag['code']} {hashlib.blake2b(claims, digest_size=8).hexdigest()}"


def _of_citations(here: Standpoint, wanted: WebhookFilter, after: Place) -> Found:
    """Cited figures that moved, each with the sentence for a correction."""
    asked = {row.indicator for row in Board(here).rows(_narrowed(wanted))}
    told = [
        Message(
            Place(moved["position"], item["indicator"], "citation.moved", item["id"]),
            "citation.moved",
            moved["recorded_at"],
            {**item, "as_of": here.echo},
        )
        for item in citations(here, "moved", wanted.indicator)
        if (moved := item["moved"]) and item["indicator"] in asked
    ]
    later = sorted((each for each in told if each.place > after), key=lambda each: each.place)
    return Found(later, Place(here.as_of.position))


def _narrowed(wanted: WebhookFilter) -> BoardFilter:
    return BoardFilter(**{each.name: getattr(wanted, each.name) for each in fields(BoardFilter)})


SOURCES: tuple[Source, ...] = (_of_changes, _of_citations)
"""What finds messages; the kinds that they tell are those of `Kind`."""
