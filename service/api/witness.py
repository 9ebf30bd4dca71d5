"""This service as a witness of other logs (C2SP tlog-witness), and those who vouch for its own."""

from functools import partial
from typing import Annotated

import anyio.to_thread
from pydantic import Field
from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response
from typing_extensions import TypedDict

from projections.answers.values import Instant
from service.attestation.told import AttestationState, attestation_state
from service.http.admission import ANYBODY, address_of
from service.http.bodies import read_whole, refuse_compressed
from service.http.parameters import parameters
from service.http.preconditions import conditional, tagged
from service.http.problem_kinds import CONDITIONAL
from service.http.problems import Problem
from service.http.routing import JSON, Endpoint, FileBody, Operation, Shape
from service.proof.errors import BadSignature, Malformed
from service.proof.key_file import KeyUnusable
from service.proof.keys import PrivateKey
from service.proof.witnessing import MOST_BYTES, SIZE_TYPE, encode_size
from service.service import Service
from service.signing.keyring import KeyRefused
from service.signing.signer import keys_directory, origin_of
from service.tree.checking import ProofRefused
from service.witness.book import BookUnusable, Seen, checkpoint_in
from service.witness.witness import OtherSize, UnknownLog, Witness

TEXT, TEXT_UTF8 = "text/plain", "text/plain; charset=utf-8"
LIMIT = min(MOST_BYTES, 65_536)
"""Bytes of a request: a proof of 63 hashes and a checkpoint with many signatures need fewer."""


class WitnessedItem(TypedDict):
    """A log of others, and the newest checkpoint of it that this service has cosigned.

    `conflict` are two checkpoints of one size with different roots that the log has signed: evidence
    that it shows two histories.
    """

    origin: str
    size: int
    note: str
    cosigned_at: Instant
    conflict: Annotated[list[str], Field(max_length=2)] | None


class WitnessedList(TypedDict):
    """The key with which this service cosigns, and what it has cosigned, by the name of the log."""

    witness: str | None
    items: list[WitnessedItem]


def operations(service: Service) -> list[Operation]:
    """The operations of a witness."""
    witness = witness_of(service)
    return [
        Operation(
            "POST",
            "/add-checkpoint",
            _add(service, witness),
            name="add_checkpoint",
            summary="Have a checkpoint of another log cosigned, if it continues the last one.",
            tag="operations",
            body=FileBody((TEXT,)),
            changes=True,
            returns={200: {TEXT_UTF8: Shape(str)}, 409: {SIZE_TYPE: Shape(str)}},
            problems=(
                *("bad-checkpoint", "unknown-log", "checkpoint-not-signed", "proof-refused"),
                *("too-large", "wrong-media-type", "too-many-requests", "witness-unavailable"),
            ),
            role=None,
        ),
        Operation(
            "GET",
            "/v1/log/witnessed",
            _witnessed(service, witness),
            name="witnessed",
            summary="The logs of others that this service cosigns, and how far.",
            tag="operations",
            returns={200: {JSON: Shape(WitnessedList)}},
            problems=("witness-unavailable", *CONDITIONAL),
            tagged=True,
            at_writer=True,
        ),
        Operation(
            "GET",
            "/v1/log/attestations",
            _attestations(service),
            name="attestations",
            summary="Who vouches for this log: time stamps, witnesses, whether the quorum is reached.",
            tag="operations",
            returns={200: {JSON: Shape(AttestationState)}},
            problems=("log-unavailable", "log-damaged", *CONDITIONAL),
            tagged=True,
        ),
    ]


def witness_of(service: Service) -> Witness:
    """The witness that a service is, of the logs that its settings name."""
    policy = service.trust.witnessed
    keys = [each.key for each in policy.logs] if policy else []
    return Witness(keys, keys_directory(service.settings), partial(_key, service), service.clock)


def _key(service: Service) -> PrivateKey:
    """The key with which the service that writes a log cosigns others; named after its log."""
    assert service.publisher is not None, "other nodes send it to the writer"
    signer = service.publisher.signer
    if not signer.ring.read().keys:  # it has signed nothing yet
        signer.ring.signing_keys(signer.log.id, origin_of(service.settings, signer.log.id))
    return signer.ring.witness_key()


def _add(service: Service, witness: Witness) -> Endpoint:
    async def add_checkpoint(request: Request) -> Response:
        parameters(request)
        # Nobody says who asks, so it is counted by the address.
        if wait := service.access.wait(f"{ANYBODY.subject} {address_of(request.scope)}"):
            raise Problem("too-many-requests", "you ask too often", retry_after=int(wait) + 1)
        refuse_compressed(request)
        body = await read_whole(request, LIMIT)
        try:
            cosignature = await anyio.to_thread.run_sync(partial(witness.cosign, body))
        except OtherSize as other:
            # As a header, since a charset would be added to a media type of text.
            return Response(encode_size(other.size), 409, {"Content-Type": SIZE_TYPE})
        except Exception as error:
            raise _problem(error) from error
        return Response(cosignature, 200, None, TEXT_UTF8)

    return add_checkpoint


def _problem(error: Exception) -> Exception:
    """The problem that keeps a checkpoint from being cosigned; the exception itself if it is none."""
    match error:
        case Malformed():
            return Problem("bad-checkpoint", str(error))
        case UnknownLog():
            return Problem("unknown-log", str(error))
        case BadSignature():
            return Problem("checkpoint-not-signed", str(error))
        case ProofRefused():
            return Problem("proof-refused", str(error))
        case BookUnusable() | KeyUnusable() | KeyRefused():
            return Problem("witness-unavailable", str(error))
        case _:
            return error


def _witnessed(service: Service, witness: Witness) -> Endpoint:
    async def witnessed(request: Request) -> Response:
        parameters(request)
        try:
            answer = await anyio.to_thread.run_sync(_list, service, witness)
        except (BookUnusable, KeyUnusable, KeyRefused) as error:
            raise Problem("witness-unavailable", str(error)) from None
        return conditional(request, tagged(Response(to_json(answer), 200, None, JSON)))

    return witnessed


def _list(service: Service, witness: Witness) -> WitnessedList:
    """What is cosigned; the key is made before the first request, so that others can be told it."""
    seen, key = witness.seen(), witness.key() if service.trust.witnessed else None
    return {
        "witness": None if key is None else key.public.written(),
        "items": [_item(origin, seen[origin]) for origin in sorted(seen)],
    }


def _attestations(service: Service) -> Endpoint:
    async def attestations(request: Request) -> Response:
        parameters(request)
        state = await anyio.to_thread.run_sync(attestation_state, service)
        return conditional(request, tagged(Response(to_json(state), 200, None, JSON)))

    return attestations


def _item(origin: str, seen: Seen) -> WitnessedItem:
    return {"origin": origin, "size": checkpoint_in(seen["note"]).size, **seen}
