"""What is asked of the log as a tree: checkpoints, and proofs that an event is in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from service.client.exchange import Call, Plan, Program, Session, reached
from service.client.plans import Many, listed, one
from service.client.values import TimesNarrowing, address, query_of

if TYPE_CHECKING:
    from service.client import answers


def proof(position: int, *, min_position: int | None = None) -> Plan[answers.Proof]:
    """The proof that an event is in the log: its entry, its body, and a receipt."""
    path = address("/v1/events/{position}/proof", str(position))
    return one(path, query_of(None, min_position=min_position))


def receipt_cose(position: int, *, min_position: int | None = None) -> Plan[bytes]:
    """The receipt of an event in COSE."""
    path = address("/v1/events/{position}/receipt.cose", str(position))
    return _content(Call("GET", path, query_of(None, min_position=min_position), waits=True))


def estimate_proof(indicator: str, **asked: Unpack[TimesNarrowing]) -> Plan[answers.EstimateProof]:
    """The proof of an estimate: the events that it depends on, to compute it again offline."""
    path = address("/v1/estimates/{indicator}/proof", indicator)
    return one(path, query_of(TimesNarrowing, asked))


def bundle(id: str, *, min_position: int | None = None) -> Plan[bytes]:
    """A report as a ZIP file: its events with their proofs, and three ways to check them."""
    path = address("/v1/reports/{id}/bundle.zip", id)
    return _content(Call("GET", path, query_of(None, min_position=min_position), waits=True))


def checkpoint() -> Plan[bytes]:
    """The latest checkpoint: a signed note."""
    return _content(Call("GET", "/checkpoint"))


def checkpoints(*, limit: int | None = None) -> Many[answers.CheckpointItem]:
    """Every checkpoint that was published, the smallest first."""
    return listed("/v1/log/checkpoints", {}, limit, waits=False)


def checkpoint_note(size: int) -> Plan[bytes]:
    """A checkpoint as the log signed it, without cosignatures: what its time stamp is over."""
    return _content(Call("GET", address("/v1/log/checkpoints/{size}", str(size))))


def timestamp(size: int) -> Plan[bytes]:
    """The time stamp of a checkpoint: the reply of the authority, as openssl reads it."""
    return _content(Call("GET", address("/v1/log/checkpoints/{size}/timestamp", str(size))))


def attestations() -> Plan[answers.AttestationState]:
    """Who vouches for the log: time stamps, witnesses, whether the quorum is reached."""
    return one("/v1/log/attestations", {}, waits=False)


def witnessed() -> Plan[answers.WitnessedList]:
    """The logs of others that the service cosigns, and how far."""
    return one("/v1/log/witnessed", {}, waits=False)


def verifiers() -> Plan[answers.Verifiers]:
    """The public keys of the log, from when to when each signs."""
    return one("/v1/log/verifiers", {}, waits=False)


def consistency(*, from_: int, to: int | None = None) -> Plan[answers.Consistency]:
    """The proof that the tree of one size is the beginning of that of another."""
    return one("/v1/log/consistency", query_of(None, from_=from_, to=to), waits=False)


def _content(call: Call) -> Plan[bytes]:
    """The bytes that a call is answered with."""

    def program(session: Session) -> Program[bytes]:
        query = session.placed(call)
        answer = yield from reached(session, Call("GET", call.path, query, waits=call.waits))
        return answer.content

    return program
