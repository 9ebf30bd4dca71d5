"""Whoever attests checkpoints: an authority or a witness, when it is asked and how."""

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from service.log.tree import Kind, StoredCheckpoint
from service.proof.errors import NotProved


class NotAttested(NotProved):
    """The answer does not attest the checkpoint; the message says why."""

    code = "not-attested"


class Attester(NamedTuple):
    """One who attests checkpoints.

    `due` says in how many seconds a checkpoint is to be attested: 0 for now, infinity if it is already.
    `ask` returns what is to be attached to it; raises NotProved or NotAnswered. One who is `patient`
    is asked again only after a pause, others with the next checkpoint as well.
    """

    kind: Kind
    name: str
    due: Callable[[StoredCheckpoint], float]
    ask: Callable[[StoredCheckpoint], Awaitable[bytes]]
    patient: bool = False
