"""The events of the program as the second implementation reads them: records of their JSON."""

from collections.abc import Iterable
from typing import Any

from domain.events import Event
from service.proof.standalone.accounts import Logged
from service.proof.standalone.records import Record


def logged(events: Iterable[tuple[int, Event]]) -> list[Logged]:
    """Events with their positions, as records."""
    return [
        (position, Record({**event.model_dump(mode="json"), "TYPE": event.TYPE}))
        for position, event in events
    ]


def plain(value: Any) -> Any:
    """A record as the dictionary of its fields."""
    if isinstance(value, Record):
        return {name: plain(each) for name, each in vars(value).items()}
    return tuple(map(plain, value)) if isinstance(value, tuple) else value
