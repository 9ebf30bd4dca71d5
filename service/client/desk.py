"""What is asked of the server beside estimates: reading texts, tokens, webhooks, how it is doing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, Unpack

from pydantic_core import to_json

from service.client.exchange import Call, Plan, Program, Session, reached
from service.client.intents import plain
from service.client.plans import Many, answer_of, listed, one
from service.client.values import Times, address, query_of

if TYPE_CHECKING:
    from domain.vocabulary import Marking, Role
    from service.client import answers

_HOOK = "/v1/webhooks/{id}"
_JSON = {"Content-Type": "application/json"}
_REBUILD = "/v1/projections/{name}/rebuild"
_ROLL_BACK = f"{_REBUILD}/roll-back"


def propose(
    text: str,
    *,
    url: str | None = None,
    title: str | None = None,
    publisher: str | None = None,
    published_at: str | date | None = None,
    **times: Unpack[Times],
) -> Plan[answers.Draft]:
    """Read a text: the claims that it makes, each with its words. Writes nothing and keeps nothing."""
    about = {"url": url, "title": title, "publisher": publisher, "published_at": published_at}
    given = {name: plain(value) for name, value in about.items() if value is not None}
    return _posted("/v1/proposals", {"text": text, **given}, query_of(Times, times))


def check_proposals(
    text: str, claims: Iterable[Mapping[str, Any]], **times: Unpack[Times]
) -> Plan[answers.Check]:
    """Try claims that somebody else proposes against the text. Writes nothing and keeps nothing."""
    body = {"text": text, "claims": plain(claims)}
    return _posted("/v1/proposals/check", body, query_of(Times, times))


def _posted(
    path: str,
    body: Any,
    query: Mapping[str, str],
    *,
    repeats: bool = True,
    waits: bool | None = None,
) -> Plan[Any]:
    content, reads = to_json(body), repeats if waits is None else waits
    sent = Call("POST", path, query, _JSON, lambda: {"content": content}, repeats, waits=reads)
    return answer_of(sent)


def me() -> Plan[answers.Me]:
    """Who asks: subject, role and clearance."""
    return one("/v1/me", {}, waits=False)


def tokens(*, limit: int | None = None) -> Many[answers.TokenAnswer]:
    """All tokens, revoked ones too, without their secrets, the oldest first."""
    # Servers that list all tokens at once refuse a limit, and give no cursor.
    return listed("/v1/tokens", {}, limit, waits=False, largest=None)


def issue_token(
    subject: str,
    *,
    role: Role,
    clearance: Marking,
    expires_at: str | date | None = None,
    note: str = "",
) -> Plan[answers.IssuedTokenAnswer]:
    """Make a token; its secret is in this answer and nowhere else, so it is never asked for twice."""
    body = {"subject": subject, "role": role, "clearance": clearance, "note": note}
    return _posted("/v1/tokens", {**body, "expires_at": plain(expires_at)}, {}, repeats=False)


def webhooks() -> Plan[answers.WebhookList]:
    """Your webhooks, without their secrets."""
    return one("/v1/webhooks", {}, waits=False)


def webhook(id: str) -> Plan[answers.WebhookAnswer]:
    """One webhook: what it tells, and how far it has got."""
    return one(address(_HOOK, id), {}, waits=False)


def set_webhook(
    id: str, *, url: str, filter: Mapping[str, Any] | None = None, secret: str | None = None
) -> Plan[answers.SetWebhookAnswer]:
    """Tell a program of changes; a secret that is made for it is in this answer and nowhere else."""
    body = {"url": url, "filter": filter or {}, **({"secret": secret} if secret else {})}
    content, again = to_json(body), secret is not None
    path = address(_HOOK, id)
    return answer_of(Call("PUT", path, {}, _JSON, lambda: {"content": content}, again))


def delete_webhook(id: str) -> Plan[answers.WebhookAnswer]:
    """Tell no more, and forget what was delivered."""
    return answer_of(Call("DELETE", address(_HOOK, id)))


def webhook_deliveries(id: str) -> Plan[answers.DeliveryList]:
    """The last deliveries of a webhook, the latest first."""
    return one(f"{address(_HOOK, id)}/deliveries", {}, waits=False)


def redeliver(id: str, *, after: int | None = None) -> Plan[answers.WebhookAnswer]:
    """Deliver again what comes after a position, or try at once what waits."""
    return _posted(f"{address(_HOOK, id)}/redeliver", {"after": after}, {}, waits=False)


def revoke_token(id: str) -> Plan[answers.TokenAnswer]:
    """Accept a token no longer, nor any session begun with it."""
    return answer_of(Call("DELETE", address("/v1/tokens/{id}", id)))


def projections(**times: Unpack[Times]) -> Plan[answers.Projections]:
    """Where each projection stands, and the digest of its state."""
    return one("/v1/projections", query_of(Times, times))


def rebuild(name: str = "claims") -> Plan[answers.RebuildJob]:
    """Rebuild the views from the log, all of them whichever is named."""
    return answer_of(Call("POST", address(_REBUILD, name), repeats=False))


def rebuild_progress(name: str = "claims") -> Plan[answers.RebuildJob]:
    """The progress of the last rebuild or roll back."""
    return one(address(_REBUILD, name), {}, waits=False)


def cancel_rebuild(name: str = "claims") -> Plan[answers.RebuildJob]:
    """Cancel the rebuild or roll back that is running; the views in use stay."""
    return answer_of(Call("DELETE", address(_REBUILD, name), repeats=False))


def roll_back(name: str = "claims") -> Plan[answers.RebuildJob]:
    """Put back the views that the last rebuild replaced, all of them whichever is named."""
    return answer_of(Call("POST", address(_ROLL_BACK, name), repeats=False))


def health() -> Plan[answers.Health]:
    """Whether the process answers."""
    return answer_of(Call("GET", "/healthz", repeats=False))


def ready() -> Plan[answers.Readiness | answers.Ready]:
    """Whether the log answers and the views are up to date; raises `Unavailable` where not."""
    return answer_of(Call("GET", "/readyz", repeats=False))


def metrics() -> Plan[str]:
    """Figures for a monitor, in the format of Prometheus."""

    def program(session: Session) -> Program[str]:
        answer = yield from reached(session, Call("GET", "/metrics"))
        return answer.content.decode()

    return program
