"""How it stands with those who attest the log's checkpoints, as this service tells it."""

from typing_extensions import TypedDict

from service.attestation.quorum import quorum_size
from service.log.tree import Kind, LogTree
from service.service import Service


class LastAttested(TypedDict):
    """The newest checkpoint that somebody attested: how many entries it has, by whom and when."""

    size: int
    name: str
    added_at: str


class AttesterState(TypedDict):
    """One who is asked: what it attested last, how often it has not since, and what was wrong last."""

    kind: Kind
    name: str
    last: LastAttested | None
    failures: int
    error: str | None


class QuorumState(TypedDict):
    """The quorum of the witnesses: of how many entries the newest checkpoint is that reaches it."""

    name: str
    size: int | None


class AttestationState(TypedDict):
    """What others say of the log: whom this node asks, and what the log has of anybody.

    A node that does not write the log asks nobody.
    """

    asked: list[AttesterState]
    stamped: LastAttested | None
    cosigned: LastAttested | None
    quorum: QuorumState | None


def attestation_state(service: Service) -> AttestationState:
    """How it stands; raises what reading the log raises."""
    tree, policy = service.log.tree, service.trust.witnesses
    return {
        "asked": [_asked(service, kind, name) for kind, name in service.standing.names],
        "stamped": _last(tree, "timestamp"),
        "cosigned": _last(tree, "cosignature"),
        "quorum": {"name": policy.quorum, "size": quorum_size(tree, policy)} if policy else None,
    }


def _asked(service: Service, kind: Kind, name: str) -> AttesterState:
    failures = service.standing.failures(kind, name)
    return {
        "kind": kind,
        "name": name,
        "last": _last(service.log.tree, kind, name),
        "failures": failures.count,
        "error": failures.error,
    }


def _last(tree: LogTree, kind: Kind, name: str | None = None) -> LastAttested | None:
    found = tree.newest(kind, name)
    if found is None:
        return None
    size, attachment = found
    return {"size": size, "name": attachment.name, "added_at": attachment.added_at}
