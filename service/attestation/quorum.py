"""Which checkpoints the quorum of a policy has cosigned."""

from service.log.tree import LogTree, StoredCheckpoint
from service.proof.policy import Policy


def quorum_size(tree: LogTree, policy: Policy) -> int | None:
    """Return the size of the newest checkpoint that the quorum has cosigned; None if there is none."""
    lasts = (tree.newest("cosignature", each.name) for each in policy.witnesses)
    sizes = {last[0] for last in lasts if last is not None}
    return max((size for size in sizes if _met(tree, policy, size)), default=None)


def with_quorum(tree: LogTree, policy: Policy | None, found: StoredCheckpoint) -> StoredCheckpoint:
    """Return a checkpoint, or a later one that covers as much and has the quorum if this one has not.

    Of a checkpoint whose witnesses did not answer in time nobody would be satisfied for ever.
    """
    if policy is None or _met(tree, policy, found.size):
        return found
    size = quorum_size(tree, policy)
    later = tree.covering(size) if size is not None and size > found.size else None
    return later or found


def _met(tree: LogTree, policy: Policy, size: int) -> bool:
    return policy.met({each.name for each in tree.attachments(size, "cosignature")})
