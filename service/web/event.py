"""One event: what it recorded, what it changed, and the act that takes it back."""

from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from domain.commands import COMMAND_TYPES, DeskCommand, RedactReport
from domain.events import Event, EventRedacted
from projections.answers.replay import touches
from service.acts.acts import ACTS, Act, Undo
from service.http.lookups import event_named
from service.http.parameters import Asked
from service.interop.export import command_line
from service.query.cleared_events import seen_events
from service.query.difference_words import difference_lines
from service.query.differences import difference_items
from service.query.estimates import estimate
from service.query.events import event_answer
from service.query.standpoint import Standpoint
from service.service import Service
from service.streams.upcasters import read_event
from service.web.acts.places import Offer, offer
from service.web.acts.standing import what_stands
from service.web.acts.subject import is_closed
from service.web.event_row import MOST_CHARACTERS, event_row
from service.web.pages import Page, PageRoute

MOST_CHANGED = 20
"""Maximum number of changed estimates on the page."""
_COMMANDS: dict[str, type[DeskCommand]] = {command.NAME: command for command in COMMAND_TYPES}


@dataclass(frozen=True, slots=True)
class _Done:
    """What an event says as an act: what is so since, and what takes it back or why nothing does."""

    words: str
    undo: Offer | None = None
    before: bool = True
    final: str = ""


def _event(service: Service, request: Request, asked: Asked, here: Standpoint) -> Page:
    position = event_named(request, here)
    [stored] = seen_events(here.db, service.log.at([position]))
    event = read_event(stored.body)[1] if stored.body else None
    changed = [_changed(here, name, position) for name in _touched(here, position)]
    return Page(
        "one_event.html",
        {
            "row": event_row(event_answer(stored)),
            "done": None if event is None else _done(service, here, event, position),
            "changed": [each for each in changed if each["words"]],
            "longest": MOST_CHARACTERS,
        },
    )


def _touched(here: Standpoint, position: int) -> list[str]:
    return [name for _, name in touches(here.db, None, (position, ""), position, MOST_CHANGED)]


def _changed(here: Standpoint, indicator: str, position: int) -> dict[str, Any]:
    """The estimate of an indicator before and after an event."""
    before, after = (
        estimate(here.at(at), indicator, with_cohorts=False) for at in (position - 1, position)
    )
    words = difference_lines(difference_items(before, after))
    return {"indicator": indicator, "before": before, "after": after, "words": words}


def _done(service: Service, here: Standpoint, event: Event, position: int) -> _Done | None:
    """What an event says as an act; None for an operator's."""
    if isinstance(event, EventRedacted):
        redaction = ACTS[RedactReport]
        return _Done(redaction.done.format(target=event.report), final=str(redaction.undo))
    try:
        [(name, fields)] = command_line(event).items()
    except ValueError:
        return None
    act = ACTS[_COMMANDS[name]]
    target = act.target_of(fields)
    words = act.done.format_map({"target": target, **fields})
    undo = act.undo
    if isinstance(undo, str):
        return _Done(words, final=undo)
    if act.target in ("report", "claim") and is_closed(service, here, target):
        return _Done(words, final="nothing takes it back any more: the report is withdrawn")
    return _undone(service, here.at(position - 1), undo, act, {"target": target, **fields}, words)


def _undone(
    service: Service, before: Standpoint, undo: Undo, act: Act, facts: dict[str, Any], words: str
) -> _Done:
    """What takes an act back, its form filled with what stood before it."""
    target, query = facts["target"], dict[str, Any](undo.fixed)
    query |= {name: facts[name] for name in undo.given}
    stood = True
    if undo.whole or undo.earlier:
        stood = what_stands(service, before, undo.command, target) is not None
        query |= {"known_at": before.as_of.position} if stood else {}
    said = undo.words.format_map(facts) if stood else ACTS[undo.command].title.lower()
    return _Done(words, offer(undo.command, target, said, query), stood)


PAGES: tuple[PageRoute, ...] = (("/events/{position}", _event, ("min_position",)),)
