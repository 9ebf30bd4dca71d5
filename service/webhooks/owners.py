"""Whether the owner of a webhook still may be told, and what he may see: asked at each delivery."""

from projections.tables.sight import Sight
from service.access.principal import Principal, local
from service.service import Service
from service.webhooks.webhook import Owner, Webhook


def owner_of(principal: Principal) -> Owner:
    """Somebody who sets a webhook, as its owner."""
    return Owner(principal.subject, principal.id, principal.clearance)


def standing_owner(service: Service, hook: Webhook) -> Principal | None:
    """The owner as he now is; None once he has no token that is accepted, where callers need one."""
    subject, id, _ = hook.owner
    if id is None:
        return None if service.access.on else local(subject)
    now = service.clock()
    for token in service.access.tokens.tokens():
        if token.id == id and token.unusable(now) is None:
            return Principal(token.subject, token.role, token.clearance, token.id, token.expires_at)
    return None


def sight_of_owner(principal: Principal) -> Sight:
    """What an owner may see."""
    return Sight(principal.clearance, principal.may("admin"))
