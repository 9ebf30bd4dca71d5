"""What happened to webhooks becomes events: who set which, and that it ended."""

from domain.commands import EndWebhook, OperatorCommand, SetWebhook
from service.webhooks.file import Unrecorded, WebhookFile
from service.write.decisions import WriteRequest
from service.write.writer import Writer


def record_webhooks(webhooks: WebhookFile, writer: Writer, patience: float) -> None:
    """Record what the log lacks. Blocks, so call it from a thread of its own.

    Each act has a key in the log: if the program ends between the two writes, it is not recorded
    twice. Raises what the writer raises, and `TimeoutError` after `patience` seconds.
    """
    acts = webhooks.unrecorded()
    if not acts:
        return
    requests = [WriteRequest(_command(act), act.by, key=act.key) for act in acts]
    for answer in writer.submit(requests).result(patience):
        if isinstance(answer, Exception):
            raise answer
    webhooks.recorded(acts)


def _command(act: Unrecorded) -> OperatorCommand:
    kind = SetWebhook if act.act == "set" else EndWebhook
    return kind.model_validate(act.command)
