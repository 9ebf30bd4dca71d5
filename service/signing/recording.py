"""What happened to the keys of a log becomes events; its first key comes with its first checkpoint."""

from collections.abc import Iterator

from domain.commands import AddSigningKey, RetireSigningKey
from domain.times import parse_instant
from service.signing.keyring import Ring
from service.write.decisions import WriteRequest
from service.write.writer import Writer


def record_keys(ring: Ring, writer: Writer, actor: str, patience: float) -> None:
    """Record what the log lacks. Blocks, so call it from a thread of its own.

    Each act has a key in the log, so that none is recorded twice. Raises what the writer raises, and
    `TimeoutError` after `patience` seconds.
    """
    requests = list(_requests(ring, actor))
    if not requests:
        return
    for answer in writer.submit(requests).result(patience):
        if isinstance(answer, Exception):
            raise answer


def _requests(ring: Ring, actor: str) -> Iterator[WriteRequest]:
    for n, each in enumerate(ring.keys):
        name = f"signing-key:{each.name}:{each.id}"
        if n:
            added = AddSigningKey(
                vkey=each.vkey, added_at=parse_instant(each.added_at), recovers=each.recovers
            )
            yield WriteRequest(added, actor, key=f"{name}:added")
        if each.retired_at is not None:
            retired = RetireSigningKey(vkey=each.vkey, retired_at=parse_instant(each.retired_at))
            yield WriteRequest(retired, actor, key=f"{name}:retired")
