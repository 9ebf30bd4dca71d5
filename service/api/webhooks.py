"""Webhooks over HTTP: set, listed, deleted, what was delivered, and delivered again."""

import base64
import secrets
from functools import partial
from typing import Annotated

import anyio.to_thread
from pydantic import Field, TypeAdapter, ValidationError
from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response
from typing_extensions import TypedDict

from domain.errors import refuse
from domain.vocabulary import Model, Slug, Url, restriction
from service.access.principal import Principal
from service.http.admission import principal_of
from service.http.bodies import has_body, parsed, read_body, refuse_body
from service.http.lookups import check_names
from service.http.parameters import parameters
from service.http.problems import Problem
from service.http.routing import JSON, Body, Operation, Shape
from service.http.sight import sight_for
from service.http.times import caught_up
from service.service import Service
from service.webhooks.addresses import NotAllowed, check_target
from service.webhooks.answers import (
    DeliveryList,
    WebhookAnswer,
    delivery_answer,
    state_of,
    webhook_answer,
)
from service.webhooks.owners import owner_of
from service.webhooks.recording import record_webhooks
from service.webhooks.webhook import SECRET_PREFIX, Secret, Webhook, WebhookFilter

NO_STORE = {"Cache-Control": "no-store"}
"""Of the one answer that may hold a secret."""
MOST = 100
"""Maximum number of webhooks of a service; no more are accepted."""
_ONE = "/v1/webhooks/{id}"
_WRITTEN = ("too-large", "wrong-media-type", "cross-origin", "log-unavailable", "log-damaged")
_KEPT = ("webhooks-unavailable", "clock-leap")


class NewWebhook(Model):
    """Where messages are sent, of what, and the secret that signs them; without one, one is made."""

    url: Url
    filter: WebhookFilter = WebhookFilter()
    secret: Secret | None = None


class Redelivery(Model):
    """From where to deliver again; without `after`, what waits is tried at once."""

    after: int | None = None


class SetWebhookAnswer(WebhookAnswer):
    """A webhook that was set; `secret` is the one that was made here, and is not shown again."""

    secret: str | None


class WebhookList(TypedDict):
    """One's own webhooks; of an admin, those of all that have no higher clearance."""

    items: Annotated[list[WebhookAnswer], Field(max_length=MOST)]


def operations(service: Service) -> list[Operation]:
    """The operations on webhooks."""
    here = _Webhooks(service)
    one, missing = {JSON: Shape(WebhookAnswer)}, ("not-found", "webhooks-unavailable")
    read = partial(Operation, tag="access", role="analyst", at_writer=True)
    return [
        read(
            *("GET", "/v1/webhooks", here.listed),
            name="webhooks",
            summary="Your webhooks, without their secrets.",
            returns={200: {JSON: Shape(WebhookList)}},
            problems=("webhooks-unavailable",),
        ),
        read(
            *("GET", _ONE, here.read),
            name="webhook",
            summary="One webhook: what it tells, and how far it has got.",
            returns={200: one},
            problems=missing,
        ),
        read(
            *("PUT", _ONE, here.set),
            name="set_webhook",
            summary="Tell a program of changes, as Standard Webhooks.",
            body=Body(NewWebhook),
            returns={200: {JSON: Shape(SetWebhookAnswer)}, 201: {JSON: Shape(SetWebhookAnswer)}},
            problems=("not-found", "id-taken", "not-caught-up", *_WRITTEN, *_KEPT),
        ),
        read(
            *("DELETE", _ONE, here.delete),
            name="delete_webhook",
            summary="Tell no more, and forget what was delivered.",
            returns={200: one},
            problems=("not-found", *_WRITTEN[2:], *_KEPT),
        ),
        read(
            *("GET", f"{_ONE}/deliveries", here.deliveries),
            name="webhook_deliveries",
            summary="The last deliveries of a webhook.",
            returns={200: {JSON: Shape(DeliveryList)}},
            problems=missing,
        ),
        read(
            *("POST", f"{_ONE}/redeliver", here.redeliver),
            name="redeliver",
            summary="Deliver again from a position, or try at once what waits.",
            body=Body(Redelivery, required=False),
            returns={200: one},
            problems=("beyond-head", *_WRITTEN[:3], *missing),
        ),
    ]


class _Webhooks:
    """The endpoints, over the webhooks of a service."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def listed(self, request: Request) -> Response:
        """The webhooks that the caller may see."""
        parameters(request)
        found: WebhookList = {"items": await anyio.to_thread.run_sync(self._all, principal_of(request))}
        return Response(to_json(found), 200, None, JSON)

    async def read(self, request: Request) -> Response:
        """One webhook."""
        parameters(request)
        return await self._answer(request, await self._found(request))

    async def set(self, request: Request) -> Response:
        """Make a webhook, or change one's own."""
        await caught_up(self._service, parameters(request))  # its filter names what is there by now
        asked = await parsed(NewWebhook, await read_body(request, self._service.settings.body_limit))
        id, by = _id(request), principal_of(request)
        _check_revocable(self._service, by)
        try:
            check_target(asked.url, self._service.settings.webhook_networks)
        except NotAllowed as refused:
            raise refuse("invalid", "/url", str(refused)) from None
        hook, made = await anyio.to_thread.run_sync(self._set, request, id, asked, by)
        shown_once = hook.secret if made and asked.secret is None else None
        answer: SetWebhookAnswer = {**webhook_answer(self._service, hook, by), "secret": shown_once}
        headers = {**NO_STORE, "Location": f"/v1/webhooks/{id}"}
        return Response(to_json(answer), 201 if made else 200, headers, JSON)

    async def delete(self, request: Request) -> Response:
        """Forget a webhook."""
        parameters(request)
        refuse_body(request, "the address says it all")
        hook, by = await self._found(request), principal_of(request)
        answer = await anyio.to_thread.run_sync(webhook_answer, self._service, hook, by)
        await anyio.to_thread.run_sync(self._delete, hook.id, by.subject)
        return Response(to_json(answer), 200, None, JSON)

    async def deliveries(self, request: Request) -> Response:
        """What was delivered last."""
        parameters(request)
        hook = await self._found(request)
        rows = await anyio.to_thread.run_sync(self._service.webhooks.deliveries, hook.id)
        hook = await self._found(request)  # as it stands after these
        found: DeliveryList = {
            "items": [delivery_answer(hook, each) for each in rows],
            "state": await anyio.to_thread.run_sync(state_of, self._service, hook),
        }
        return Response(to_json(found), 200, None, JSON)

    async def redeliver(self, request: Request) -> Response:
        """Go back to a position, or try at once."""
        parameters(request)
        body = (
            await read_body(request, self._service.settings.body_limit) if has_body(request) else b"{}"
        )
        asked, head = await parsed(Redelivery, body), self._service.log.head()
        if asked.after is not None and asked.after < 0:
            raise refuse("invalid", "/after", "is a position, from 0")
        if asked.after is not None and asked.after > head:
            detail = f"after: position {asked.after} lies beyond the head of the log, {head}"
            raise Problem("beyond-head", detail, head=head)
        hook = await self._found(request)
        moved = await anyio.to_thread.run_sync(self._service.webhooks.rewind, hook.id, asked.after)
        if moved is None:
            raise _nothing(hook.id)
        return await self._answer(request, moved)

    async def _answer(self, request: Request, hook: Webhook) -> Response:
        by = principal_of(request)
        answer = await anyio.to_thread.run_sync(webhook_answer, self._service, hook, by)
        return Response(to_json(answer), 200, None, JSON)

    async def _found(self, request: Request) -> Webhook:
        """The webhook that the address names, if the caller may see it."""
        id = str(request.path_params["id"])
        hook = await anyio.to_thread.run_sync(self._service.webhooks.get, id)
        if hook is None or not _may_see(principal_of(request), hook):
            raise _nothing(id)
        return hook

    def _all(self, by: Principal) -> list[WebhookAnswer]:
        seen = [hook for hook in self._service.webhooks.all() if _may_see(by, hook)]
        return [webhook_answer(self._service, hook, by) for hook in seen]

    def _set(self, request: Request, id: str, asked: NewWebhook, by: Principal) -> tuple[Webhook, bool]:
        service, there = self._service, self._service.webhooks.all()
        before = next((hook for hook in there if hook.id == id), None)
        if before is not None and (before.owner.subject != by.subject or not _may_see(by, before)):
            raise Problem("id-taken", f"there is a webhook '{id}' already; choose another id")
        if before is None and len(there) >= MOST:
            raise refuse("invalid", "", f"there are {MOST} webhooks, which is as many as there may be")
        named = {"indicator": asked.filter.indicator, "source": asked.filter.source}
        with service.views.reading(sight_for(request.scope)) as db:
            check_names(db, {name: value for name, value in named.items() if value is not None})
        secret = asked.secret or (None if before else _new_secret())
        given = id, asked.url, secret, asked.filter, owner_of(by), service.log.head()
        hook = service.webhooks.set(*given)
        record_webhooks(service.webhooks, service.writer, service.settings.write_patience)
        return hook, before is None

    def _delete(self, id: str, by: str) -> None:
        service = self._service
        service.webhooks.delete(id, by)
        record_webhooks(service.webhooks, service.writer, service.settings.write_patience)


_slug: TypeAdapter[str] = TypeAdapter(Slug)


def _id(request: Request) -> str:
    """The id that the address gives, which must be one."""
    id = str(request.path_params["id"])
    try:
        return _slug.validate_python(id)
    except ValidationError:
        raise refuse("invalid", "/id", "must match [a-z0-9][a-z0-9._-]{0,127}") from None


def _new_secret() -> str:
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def _may_see(by: Principal, hook: Webhook) -> bool:
    """Whether somebody may see a webhook: his own or, of an admin, anybody's; never a higher one."""
    cleared = restriction(hook.owner.clearance) <= restriction(by.clearance)
    return cleared and (hook.owner.subject == by.subject or by.may("admin"))


def _check_revocable(service: Service, by: Principal) -> None:
    """Refuse who comes without a token of this service: nobody could say later that he has left."""
    if by.id is None and service.access.on:
        raise Problem(
            "forbidden", "a webhook stands on a token of this service, which an admin makes and revokes"
        )


def _nothing(id: str) -> Problem:
    return Problem("not-found", f"there is no webhook '{id[:128]}'")
