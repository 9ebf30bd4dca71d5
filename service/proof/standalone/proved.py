"""Events with their proofs: each in the tree, at its place, and with the body that its entry names."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from service.proof.standalone.checkpoints import Tree, commits_to, entry_of, is_included
from service.proof.standalone.refusals import Refused


@dataclass(frozen=True)
class Proved:
    """An event to be checked: `body` and `salt` are None where they are withheld or redacted."""

    position: int
    entry: bytes
    path: Sequence[bytes]
    state: str
    body: bytes | None
    salt: bytes | None

    @property
    def name(self) -> str:
        """What the event is called in messages."""
        return named(self.position, self.body)


def named(position: int, body: bytes | None) -> str:
    """What an event is called in messages: its place, its type and the claims that it bears."""
    try:
        found = json.loads(body or b"")
        data, kind = found["data"], str(found["type"])
        claims = ", ".join(f"{data['report']}/{each['n']}" for each in _claims(data))
    except (ValueError, LookupError, TypeError):
        return f"event {position}"
    return f"event {position} ({kind} of {claims})" if claims else f"event {position} ({kind})"


def _claims(data: dict[str, Any]) -> list[dict[str, Any]]:
    return [data] if "n" in data else list(data.get("claims") or [])


def check(event: Proved, tree: Tree) -> None:
    """Raise Refused unless an event is in the tree, and its body is the one that was recorded."""
    entry = entry_of(event.entry)
    if entry.index != event.position - 1:
        raise Refused("not-included", f"{event.name}: its entry is that of event {entry.index + 1}")
    if not is_included(event.entry, entry.index, event.path, tree):
        raise Refused(
            "not-included", f"{event.name}: its entry is not in the tree of {tree.size} events"
        )
    if event.body is None or event.salt is None:
        return
    if not commits_to(entry, event.salt, event.body):
        raise Refused("body-altered", f"{event.name}: its body is not the one that the log recorded")
    if json.loads(event.body).get("recorded_at") != entry.recorded_at:
        raise Refused("body-altered", f"{event.name}: body and entry have different times")


def check_all(events: Sequence[Proved], tree: Tree) -> None:
    """The same for several events, in the order of the log, each once."""
    positions = [event.position for event in events]
    if positions != sorted(set(positions)):
        raise Refused("cannot-read", "the events are not in the order of the log, each once")
    for event in events:
        check(event, tree)
