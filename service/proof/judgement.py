"""What a policy says of a checkpoint: which log has signed it, who has cosigned it, who is missing."""

from collections.abc import Iterable
from typing import NamedTuple

from service.proof.checkpoint import Checkpoint, checkpoint_of, refuse_unsigned
from service.proof.cosignature import time_of
from service.proof.errors import NoQuorum
from service.proof.note import parse_note, verified
from service.proof.policy import Policy


class Cosigned(NamedTuple):
    """A witness by its name in the policy, and when it cosigned, in seconds since 1970."""

    name: str
    time: int


class Judgement(NamedTuple):
    """A checkpoint whose log is trusted; whether its quorum is `met`, by whom and who is missing."""

    checkpoint: Checkpoint
    cosigned: tuple[Cosigned, ...]
    missing: tuple[str, ...]
    met: bool


def judged(policy: Policy, encoded: bytes) -> Judgement:
    """Judge a checkpoint by the signatures that it bears.

    Raises Malformed, or BadSignature where no log of the policy has signed it or where a signature by
    a log or witness of the policy does not belong to it. A quorum that is not met raises nothing.
    """
    note = parse_note(encoded)
    checkpoint = checkpoint_of(note.text)
    refuse_unsigned(note, checkpoint, [log.key for log in policy.logs])
    names = {witness.key: witness.name for witness in policy.witnesses}
    times = {names[key]: time_of(signature) for key, signature in verified(note, names)}
    missing = [each.name for each in policy.members(policy.quorum) if each.name not in times]
    cosigned = tuple(Cosigned(name, time) for name, time in times.items())
    return Judgement(checkpoint, cosigned, tuple(missing), policy.met(set(times)))


def trusted(policy: Policy, encoded: bytes) -> Judgement:
    """Judge a checkpoint as `judged` does, and raise NoQuorum where its quorum is not met."""
    judgement = judged(policy, encoded)
    if not judgement.met:
        raise NoQuorum(
            f"the quorum {policy.quorum} is not met: {_names(c.name for c in judgement.cosigned)} "
            f"cosigned, {_names(judgement.missing)} did not"
        )
    return judgement


def _names(names: Iterable[str]) -> str:
    return ", ".join(names) or "nobody"
