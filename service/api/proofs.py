"""Proofs of events: that each is in the log, under a checkpoint, in two spellings."""

from collections.abc import Callable
from functools import partial

from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response

from service.http.lookups import event_named
from service.http.negotiation import accepted
from service.http.parameters import Asked, parameters
from service.http.preconditions import conditional, tagged
from service.http.problem_kinds import CONDITIONAL, READ
from service.http.problems import Problem
from service.http.questions import Questions
from service.http.routing import JSON, Endpoint, Operation, Shape
from service.http.signed import contents, covering
from service.http.times import behind_header, caught_up, standing
from service.log.tree import StoredCheckpoint
from service.proof.cose import MEDIA_TYPE as COSE
from service.query.standpoint import Standpoint
from service.service import Service
from service.signing.published import (
    Content,
    ProofAnswer,
    cose_receipt_of,
    proof_answer,
    receipt_of,
    with_cose,
)

PROOF, COSE_PROOF = "/v1/events/{position}/proof", "/v1/events/{position}/receipt.cose"
TEXT = "text/plain"
SCITT = "application/scitt-receipt+cose"
Make = Callable[[Standpoint, int, StoredCheckpoint, Content], Response]
"""Makes the answer for an event at a position."""


def operations(service: Service, questions: Questions) -> list[Operation]:
    """The operations that prove events."""
    problems = (*READ, *CONDITIONAL, "not-acceptable", "not-signed-yet")
    return [
        Operation(
            *("GET", PROOF, _proof(service, questions)),
            name="proof",
            summary="The proof that an event is in the log: its entry, its body, and a receipt.",
            tag="reading",
            query=("min_position",),
            returns={200: {JSON: Shape(ProofAnswer, "one"), TEXT: Shape(str)}},
            problems=problems,
            tagged=True,
        ),
        Operation(
            *("GET", COSE_PROOF, _cose(service, questions)),
            name="receipt_cose",
            summary="The same receipt in COSE (RFC 9942).",
            tag="reading",
            query=("min_position",),
            returns={200: {COSE: Shape(bytes), SCITT: Shape(bytes)}},
            problems=problems,
            tagged=True,
        ),
    ]


def _proof(service: Service, questions: Questions) -> Endpoint:
    tree = service.log.tree

    def as_json(
        here: Standpoint, position: int, stored: StoredCheckpoint, content: Content
    ) -> Response:
        body = {**proof_answer(tree, position, stored, content), "as_of": here.echo}
        return Response(to_json(body), 200, {"Vary": "Accept"}, JSON)

    def as_text(
        here: Standpoint, position: int, stored: StoredCheckpoint, content: Content
    ) -> Response:
        receipt = receipt_of(tree, position, stored, content).encode()
        return Response(receipt, 200, {"Vary": "Accept"}, TEXT)

    async def proof(request: Request) -> Response:
        asked = parameters(request, "min_position")
        make = as_json if accepted(request, JSON, TEXT) == JSON else as_text
        return await _answered(service, questions, request, asked, PROOF, make)

    return proof


def _cose(service: Service, questions: Questions) -> Endpoint:
    async def receipt_cose(request: Request) -> Response:
        asked = parameters(request, "min_position")
        media_type = accepted(request, COSE, SCITT)

        def make(
            here: Standpoint, position: int, stored: StoredCheckpoint, content: Content
        ) -> Response:
            signed = with_cose(service.log.tree, stored)
            if signed is None:
                raise Problem("not-signed-yet", "no checkpoint over this event is signed in COSE yet")
            encoded = cose_receipt_of(service.log.tree, position, signed)
            name = f'attachment; filename="event-{position}.cose"'
            return Response(encoded, 200, {"Vary": "Accept", "Content-Disposition": name}, media_type)

        return await _answered(service, questions, request, asked, COSE_PROOF, make)

    return receipt_cose


async def _answered(
    service: Service, questions: Questions, request: Request, asked: Asked, lane: str, make: Make
) -> Response:
    await caught_up(service, asked)
    find = partial(_made, service, request, asked, make)
    return conditional(request, tagged(await questions.answer(request, lane, find)))


def _made(service: Service, request: Request, asked: Asked, make: Make) -> Response:
    with standing(service, asked) as here:
        position = event_named(request, here)
        [(_, content)] = contents(service, here, [position])
        answer = make(here, position, covering(service, position), content)
        answer.headers.update(behind_header(here))
        return answer
