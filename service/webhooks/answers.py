"""A webhook as it is listed: all but its secret."""

from typing import Annotated, Literal, get_args
from urllib.parse import urlsplit

from pydantic import Field
from typing_extensions import TypedDict

from domain.times import show_instant
from domain.vocabulary import Marking
from service.access.principal import Principal
from service.service import Service
from service.webhooks.deliveries import KEPT, Delivery
from service.webhooks.owners import standing_owner
from service.webhooks.rows import shown
from service.webhooks.webhook import Kind, Webhook, WebhookFilter

State = Literal["active", "failing", "gone", "unattended"]
"""`gone`: its target answered 410; `unattended`: its owner's token is not accepted any more."""
STATES: tuple[State, ...] = get_args(State)


class WebhookAnswer(TypedDict):
    """A webhook; `url` is for its owner alone, `position` is how far it has got in the log."""

    id: str
    host: str
    url: str | None
    filter: WebhookFilter
    subject: str
    clearance: Marking
    state: State
    position: int
    failures: int
    failing_since: str | None
    next_attempt_at: str | None
    gone_at: str | None
    created_at: str


class DeliveryAnswer(TypedDict):
    """The delivery of a message; `status` and `error` are those of the last attempt."""

    message: str
    type: Kind
    position: int
    attempts: int
    status: int | None
    error: str | None
    delivered: bool
    last_attempt_at: str
    next_attempt_at: str | None


class DeliveryList(TypedDict):
    """The last deliveries, the latest first, and how the webhook stands."""

    items: Annotated[list[DeliveryAnswer], Field(max_length=KEPT)]
    state: State


def state_of(service: Service, hook: Webhook) -> State:
    """How a webhook stands."""
    if hook.gone_at is not None:
        return "gone"
    if standing_owner(service, hook) is None:
        return "unattended"
    return "failing" if hook.failures else "active"


def webhook_answer(service: Service, hook: Webhook, by: Principal) -> WebhookAnswer:
    """A webhook as somebody sees it."""
    return {
        "id": hook.id,
        "host": urlsplit(hook.url).hostname or "",
        "url": hook.url if by.subject == hook.owner.subject else None,
        "filter": hook.filter,
        "subject": hook.owner.subject,
        "clearance": hook.owner.clearance,
        "state": state_of(service, hook),
        "position": hook.cursor.position,
        "failures": hook.failures,
        "failing_since": shown(hook.failing_since),
        "next_attempt_at": shown(hook.next_attempt_at),
        "gone_at": shown(hook.gone_at),
        "created_at": show_instant(hook.created_at),
    }


def delivery_answer(hook: Webhook, each: Delivery) -> DeliveryAnswer:
    """A delivery of a webhook as it is listed."""
    waits = not each.delivered and hook.next_attempt_at is not None
    answer: DeliveryAnswer = {
        "message": each.message,
        "type": each.type,
        "position": each.position,
        "attempts": each.attempts,
        "status": each.status,
        "error": each.error,
        "delivered": each.delivered,
        "last_attempt_at": each.last_attempt_at,
        "next_attempt_at": shown(hook.next_attempt_at) if waits else None,
    }
    return answer
