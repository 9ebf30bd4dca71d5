"""What a file proves that brings its own checkpoint: who signed it, which events are in its tree."""

from collections.abc import Sequence
from pathlib import Path

from service.log.envelope import decode_envelope, timestamp
from service.proof.checkpoint import Checkpoint
from service.proof.enclosure import Enclosure, checked
from service.proof.errors import BodyAltered, NoQuorum, NotProved
from service.proof.judgement import trusted
from service.proof.policy import trusting
from service.proof.standalone.proved import named
from service.tree.checking import ProofRefused, check_inclusion
from service.tree.hashing import leaf_hash
from service.verify.report import SignedBy
from service.verify.signatures import recalled, trust_in
from service.verify.trust import Trust, stated_keys
from service.verify.verdicts import NotVerified


def signed_by(
    checkpoint: bytes, stated: Sequence[str], given: Trust | None, known: Path | None
) -> tuple[Checkpoint, SignedBy]:
    """The checkpoint of a file, and whose keys count: given, remembered, else those that it states.

    Raises NotVerified.
    """
    where = "the checkpoint"
    trust = trust_in(given, recalled(known, checkpoint, None), stated_keys(stated))
    try:
        judgement = trusted(trust.policy or trusting(*trust.keys), checkpoint)
    except NoQuorum as error:
        raise NotVerified("no-quorum", where, str(error)) from None
    except NotProved as error:
        raise NotVerified("bad-signature", where, str(error)) from None
    found = judgement.checkpoint
    signed: SignedBy = {
        "origin": found.origin,
        "size": found.size,
        "root": found.root.hex(),
        "keys": [each.written() for each in trust.keys],
        "source": "file" if trust.source == "stated" else trust.source,
        "cosigned": [each.name for each in judgement.cosigned],
    }
    return found, signed


def refuse_unproved(
    position: int, enclosure: Enclosure, path: Sequence[bytes], checkpoint: Checkpoint
) -> None:
    """Raise NotVerified unless an event is in the tree, with the body that its entry commits to."""
    where, index = named(position, enclosure.body), position - 1
    try:
        check_inclusion(leaf_hash(enclosure.entry), index, checkpoint.size, path, checkpoint.root)
        entry = checked(enclosure, index)
    except BodyAltered as error:
        raise NotVerified("body-altered", where, str(error), position) from None
    except (ProofRefused, NotProved) as error:
        raise NotVerified("not-included", where, str(error), position) from None
    if enclosure.body is None:
        return
    if timestamp(decode_envelope(enclosure.body).recorded_at) != entry.recorded_at:
        raise NotVerified("body-altered", where, "body and entry have different times", position)
