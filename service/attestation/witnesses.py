"""Witnesses of this log (C2SP tlog-witness): each is shown that the log only grows, and cosigns it."""

import asyncio
import math
from collections.abc import Iterator

from service.attestation.asking import Answer, Asking, asked
from service.attestation.attester import Attester, NotAttested
from service.log.tree import LogTree, StoredCheckpoint
from service.proof.note import Note, parse_note, verified
from service.proof.policy import Policy, Witness
from service.proof.witnessing import (
    MOST_ANSWER_BYTES,
    SIZE_TYPE,
    Addition,
    encode_cosignatures,
    parse_cosignatures,
    parse_size,
)
from service.tree.proving import consistency_proof

MEDIA_TYPE = "text/plain; charset=utf-8"
MOST_BYTES = min(MOST_ANSWER_BYTES, 65_536)


def witnesses(tree: LogTree, policy: Policy, asking: Asking) -> Iterator[Attester]:
    """The witnesses of a policy that have an address."""
    for each in policy.witnesses:
        if each.url is not None:
            yield _attester(tree, each, f"{each.url.rstrip('/')}/add-checkpoint", asking)


def _attester(tree: LogTree, witness: Witness, url: str, asking: Asking) -> Attester:
    def due(checkpoint: StoredCheckpoint) -> float:
        return 0.0 if _known(tree, witness) < checkpoint.size else math.inf

    async def ask(checkpoint: StoredCheckpoint) -> bytes:
        async def answered(old: int) -> Answer:
            sizes = old, checkpoint.size
            path = await asyncio.to_thread(consistency_proof, *sizes, tree.subtree)
            body = Addition(old, tuple(path), checkpoint.note).encode()
            return await asked(asking, url, MEDIA_TYPE, body, MOST_BYTES)

        old = min(_known(tree, witness), checkpoint.size)
        answer = await answered(old)
        if answer.status == 409:
            old = _seen(answer, old, checkpoint.size)
            answer = await answered(old)
        if answer.status == 409:
            _seen(answer, old, checkpoint.size)
        if answer.status != 200:
            raise NotAttested(f"answered {answer.status}")
        return _cosignature(answer.body, checkpoint.note, witness)

    return Attester("cosignature", witness.name, due, ask)


def _known(tree: LogTree, witness: Witness) -> int:
    """The size that a witness has cosigned last, as far as we know."""
    last = tree.newest("cosignature", witness.name)
    return 0 if last is None else last[0]


def _seen(answer: Answer, old: int, size: int) -> int:
    """The size that a witness says it has seen; raises NotAttested if we cannot go on from there."""
    if answer.media_type != SIZE_TYPE:
        raise NotAttested("answered 409 without a size")
    seen = parse_size(answer.body)
    if seen == old == size:
        raise NotAttested(f"has seen another tree of {seen} entries: this log shows two histories")
    if seen == old:
        raise NotAttested(f"answered 409 and the size from which it was shown the proof, {seen}")
    if seen > size:
        raise NotAttested(f"has seen {seen} entries, more than this log has signed since: {size}")
    return seen


def _cosignature(body: bytes, note: bytes, witness: Witness) -> bytes:
    """The line of the answer that a witness has signed for a checkpoint; raises NotProved."""
    given = Note(parse_note(note).text, parse_cosignatures(body))
    found = verified(given, [witness.key])
    if not found:
        raise NotAttested("its answer has no cosignature by its key")
    return encode_cosignatures([found[0].signature])
