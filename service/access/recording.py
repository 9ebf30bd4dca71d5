"""What happened to tokens becomes events, before a token is first accepted."""

from domain.commands import IssueToken, OperatorCommand, RevokeToken
from service.access.tokens import TokenFile, Unrecorded
from service.write.decisions import WriteRequest
from service.write.writer import Writer


def record_tokens(tokens: TokenFile, writer: Writer, patience: float) -> int:
    """Record what the log lacks; return how many acts. Blocks, so call it from a thread of its own.

    Each act has a key in the log: if the program ends between the two writes, it is not recorded
    twice. Raises what the writer raises, and `TimeoutError` after `patience` seconds.
    """
    acts = tokens.unrecorded()
    if not acts:
        return 0
    for answer in writer.submit([_request(act) for act in acts]).result(patience):
        if isinstance(answer, Exception):
            raise answer
    tokens.recorded(acts)
    return len(acts)


def _request(act: Unrecorded) -> WriteRequest:
    return WriteRequest(_command(act), act.by, key=f"token:{act.token.id}:{act.act}")


def _command(act: Unrecorded) -> OperatorCommand:
    token = act.token
    if act.act == "revoked":
        return RevokeToken(token=token.id)
    return IssueToken(
        token=token.id,
        subject=token.subject,
        role=token.role,
        clearance=token.clearance,
        expires_at=token.expires_at,
        note=token.note,
    )
