"""Proofs of estimates: what a reader needs to compute a figure again from what the log recorded."""

from functools import cache

from starlette.requests import Request
from starlette.responses import Response

from domain.times import parse_instant
from projections.answers.questions import Narrowing
from service.http.lookups import indicator_named, narrowing
from service.http.parameters import NARROWING, TIMES, Asked
from service.http.problems import Problem
from service.http.reads import Read, Reading, one, read_operations
from service.http.routing import Operation, Shape
from service.http.signed import contents, covering
from service.log.tree import LogTree, StoredCheckpoint
from service.query.estimate_events import positions_behind
from service.query.estimate_proof import (
    CANNOT_SHOW,
    MOST_EVENTS,
    EstimateProof,
    ProvedEvent,
    proved_estimate,
    question_answer,
)
from service.query.recomputing import Body
from service.query.standpoint import Standpoint
from service.service import Service
from service.signing.published import Content, note_of, verifiers_of, written
from service.tree.proving import inclusion_proof


def _estimate_proof(service: Service, request: Request, asked: Asked, here: Standpoint) -> Response:
    """The proof of an estimate: the events that it depends on, to compute it again offline."""
    name = indicator_named(request, here)
    return one(estimate_proof(service, here, name, narrowing(asked)), here)


def estimate_proof(service: Service, here: Standpoint, name: str, asked: Narrowing) -> EstimateProof:
    """The proof of an estimate as callers receive it; raises `Problem`."""
    positions = positions_behind(here.db, name, here.as_of, asked)
    if len(positions) > MOST_EVENTS:
        raise Problem(
            "proof-too-large",
            f"the estimate of '{name}' depends on {len(positions):,} events, and a proof holds at most "
            f"{MOST_EVENTS:,}",
        )
    tree = service.log.tree
    stored = covering(service, max([*positions, here.as_of.position]))
    given = [(each.position, content) for each, content in contents(service, here, positions)]
    whole = all(content.state != "withheld" for _, content in given)
    bodies = [_body(tree, at, content) for at, content in given]
    body = proved_estimate(here, name, asked, bodies if whole else None)
    return {
        "question": question_answer(here, name, asked),
        "policy": body["policy"],
        "estimate": body,
        "checkpoint": note_of(tree, stored).decode(),
        "verifiers": verifiers_of(tree, stored),
        "events": _proved(tree, stored, given),
        "cannot_show": list(CANNOT_SHOW),
    }


def _body(tree: LogTree, position: int, content: Content) -> Body:
    if content.body is not None:
        return Body(position, content.body)
    [entry] = tree.entries(position - 1, 1)
    return Body(position, b"", parse_instant(entry.recorded_at))


def _proved(
    tree: LogTree, stored: StoredCheckpoint, given: list[tuple[int, Content]]
) -> list[ProvedEvent]:
    subtree, events = cache(tree.subtree), list[ProvedEvent]()  # paths share their upper nodes
    for position, content in given:
        index = position - 1
        [entry] = tree.entries(index, 1)
        event: ProvedEvent = {
            "position": position,
            "index": index,
            "entry": entry.encode().decode(),
            "state": content.state,
            "body": None if content.body is None else written(content.body),
            "salt": None if content.salt is None else content.salt.hex(),
            "path": [written(each) for each in inclusion_proof(index, stored.size, subtree)],
        }
        events.append(event)
    return events


PROOFS: tuple[Read, ...] = (
    Read(
        "/v1/estimates/{indicator}/proof",
        _estimate_proof,
        (*TIMES, *NARROWING),
        Shape(EstimateProof, "one"),
        of_views=False,
        problems=("not-signed-yet", "proof-too-large"),
    ),
)


def operations(reading: Reading) -> list[Operation]:
    """The operations that prove estimates."""
    return read_operations(reading, PROOFS)
