"""Bundles: a directory with a report, its events, and a receipt for each of them."""

import json
from pathlib import Path
from typing import Any

from service.proof.standalone.accounts import accounts, counting, when_withdrawn
from service.proof.standalone.checkpoints import Signer, Tree, signed_tree
from service.proof.standalone.proved import Proved, check
from service.proof.standalone.receipts import receipt_of
from service.proof.standalone.records import Statement, event_of
from service.proof.standalone.refusals import Refused


def checked_bundle(folder: Path, signers: list[Signer]) -> tuple[Tree, list[Proved]]:
    """The tree and the events of a bundle, all checked; raises Refused."""
    checkpoint = _text(folder / "checkpoint")
    tree, events = signed_tree(checkpoint, signers), list[Proved]()
    for listed in json.loads(_text(folder / "report.json"))["events"]:
        position, name = listed["position"], f"{listed['position']:06}"
        event, signed = receipt_of(_text(folder / "events" / f"{name}.receipt.txt"))
        if signed != checkpoint:
            raise Refused("not-included", f"event {position}: its receipt has another checkpoint")
        if event.position != position:
            raise Refused("not-included", f"event {position}: its receipt is that of another")
        event = _with_files(event, folder / "events", name)
        check(event, tree)
        events.append(event)
    return tree, events


def _with_files(event: Proved, folder: Path, name: str) -> Proved:
    """The event with the body and the salt that lie in the bundle beside its receipt."""
    body, salt = folder / f"{name}.json", folder / f"{name}.salt"
    if event.body is None:
        if body.exists():
            raise Refused("body-altered", f"event {event.position}: its receipt has no body")
        return event
    if not body.exists() or not salt.exists():
        raise Refused("cannot-read", f"event {event.position}: {name}.json or {name}.salt is missing")
    content = body.read_bytes(), salt.read_bytes()
    return Proved(event.position, event.entry, event.path, "whole", *content)


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode()
    except (OSError, UnicodeDecodeError) as error:
        raise Refused("cannot-read", f"{path}: {error}") from None


def check_report(folder: Path, events: list[Proved]) -> None:
    """Raise Refused where the report as it is described says other than its events."""
    said = json.loads(_text(folder / "report.json"))["report"]
    logged = [(each.position, event_of(each.body)[0]) for each in events if each.body is not None]
    found = accounts(logged, events[-1].position)[said["id"]]
    words = when_withdrawn(found, found.withdrawal) if found.withdrawal else counting(found, None)
    assert words is not None
    claims = {each["n"]: each for each in said["claims"]}
    for n in {*claims, *words.claims}:
        if n not in claims or n not in words.claims or _differs(claims[n], words.claims[n]):
            raise Refused(
                "body-altered", f"claim {said['id']}/{n}: report.json is not what its events say"
            )


def _differs(described: dict[str, Any], recorded: Statement) -> bool:
    names = ("indicator", "originator", "spokesperson", "cohort", "incident", "basis", "status", "text")
    for whole, parts in (("quantity", ("low", "best", "high", "qualifier")), ("stance", ("asserts",))):
        one, other = described[whole], getattr(recorded, whole)
        if (one is None) != (other is None):
            return True
        if one is not None and any(one[name] != getattr(other, name) for name in parts):
            return True
    return any((described[name] or None) != (getattr(recorded, name) or None) for name in names)


def statements(events: list[Proved]) -> list[dict[str, Any]]:
    """The claims that the events of a report bear, as they were recorded."""
    found = list[dict[str, Any]]()
    for event in events:
        data = json.loads(event.body)["data"] if event.body else {}
        found += [{"event": event.position, **claim} for claim in data.get("claims") or []]
    return found
