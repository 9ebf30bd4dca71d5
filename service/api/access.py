"""Who asks, over HTTP, and the tokens by which others may."""

from typing import Annotated

import anyio.to_thread
from pydantic import Field
from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response
from typing_extensions import TypedDict

from domain.errors import refuse
from domain.times import show_instant
from domain.vocabulary import MARKINGS, Instant, Marking, Model, Role, Subject, Text
from service.access import security_log
from service.access.principal import Principal
from service.access.token_rows import IssuedTokenAnswer, Token, TokenAnswer
from service.access.tokens import BadToken
from service.http.admission import address_of, caller_of, principal_of
from service.http.bodies import parsed, read_body, refuse_body
from service.http.paging import DEFAULT_LIMIT, open_cursor, unpinned_page
from service.http.parameters import PAGE, parameters
from service.http.problem_kinds import LISTED
from service.http.problems import Problem
from service.http.routing import JSON, Body, Endpoint, Operation, Shape
from service.http.times import FROM
from service.query.listed import MOST_ASKED
from service.service import Service

NO_STORE = {"Cache-Control": "no-store"}
"""Of the one answer that holds a secret."""
_WRITTEN = ("log-unavailable", "log-damaged", "clock-leap")


class Me(TypedDict):
    """Who asks; `access` says whether callers need a token."""

    subject: str
    role: Role
    clearance: Marking
    expires_at: str | None
    access: bool


class NewToken(Model):
    """A token to make: for whom, what its holder may do and see, and until when."""

    subject: Subject
    role: Role
    clearance: Marking
    expires_at: Instant | None = None
    note: Text = ""


class TokenList(TypedDict):
    """One page of the tokens, the oldest first, without their secrets."""

    items: Annotated[list[TokenAnswer], Field(max_length=MOST_ASKED)]
    next_cursor: str | None


def operations(service: Service) -> list[Operation]:
    """The operations on who may come in."""
    one = {JSON: Shape(TokenAnswer)}
    return [
        Operation(
            "GET",
            "/v1/me",
            _me,
            name="me",
            summary="Who asks: subject, role and clearance.",
            tag="access",
            returns={200: {JSON: Shape(Me)}},
        ),
        Operation(
            "GET",
            "/v1/tokens",
            _listed(service),
            name="tokens",
            summary="All tokens, revoked ones too, without their secrets.",
            tag="access",
            query=PAGE,
            returns={200: {JSON: Shape(TokenList)}},
            problems=LISTED,
            role="admin",
            at_writer=True,
        ),
        Operation(
            "POST",
            "/v1/tokens",
            _issue(service),
            name="issue_token",
            summary="Make a token; its secret is in this answer and nowhere else.",
            tag="access",
            body=Body(NewToken),
            returns={201: {JSON: Shape(IssuedTokenAnswer)}},
            problems=("too-large", "wrong-media-type", "cross-origin", *_WRITTEN),
            role="admin",
        ),
        Operation(
            "DELETE",
            "/v1/tokens/{id}",
            _revoke(service),
            name="revoke_token",
            summary="Accept a token no longer, nor any session begun with it.",
            tag="access",
            returns={200: one},
            problems=("not-found", "cross-origin", *_WRITTEN),
            role="admin",
        ),
    ]


async def _me(request: Request) -> Response:
    parameters(request)
    principal = principal_of(request)
    me: Me = {
        "subject": principal.subject,
        "role": principal.role,
        "clearance": principal.clearance,
        "expires_at": None if principal.expires_at is None else show_instant(principal.expires_at),
        "access": caller_of(request).share is not None,
    }
    return Response(to_json(me), 200, None, JSON)


def _listed(service: Service) -> Endpoint:
    async def tokens(request: Request) -> Response:
        asked = parameters(request, *PAGE)
        open_cursor(service, request, asked)
        start, limit = asked[FROM] or 0, asked.get("limit", DEFAULT_LIMIT)
        found, end = service.access.tokens.tokens(), start + limit
        items = [each.answer() for each in found[start:end]]
        return unpinned_page(service, request, items, end if end < len(found) else None)

    return tokens


def _issue(service: Service) -> Endpoint:
    async def issue(request: Request) -> Response:
        parameters(request)
        body = await read_body(request, service.settings.body_limit)
        asked, by = await parsed(NewToken, body), principal_of(request)
        _check_clearance(asked, by)
        token, text = await anyio.to_thread.run_sync(_issued, service, asked, by.subject)
        security_log.token_issued(token, by.subject, address_of(request.scope))
        made: IssuedTokenAnswer = {**token.answer(), "token": text}
        return Response(to_json(made), 201, {**NO_STORE, "Location": f"/v1/tokens/{token.id}"}, JSON)

    return issue


def _check_clearance(asked: NewToken, by: Principal) -> None:
    """Nobody gives what he has not: an admin may see less than all."""
    if MARKINGS.index(asked.clearance) > MARKINGS.index(by.clearance):
        raise Problem("forbidden", f"your clearance is {by.clearance}; you cannot give a higher one")


def _issued(service: Service, asked: NewToken, by: str) -> tuple[Token, str]:
    """A token that is in the log as well; raises what the writer raises, and then there is none."""
    tokens = service.access.tokens
    given = asked.subject, asked.role, asked.clearance, asked.expires_at, asked.note
    try:
        token, text = tokens.issue(*given, by)
    except BadToken as bad:
        raise refuse("invalid", "/expires_at", str(bad).partition(": ")[2]) from None
    try:
        service.access.record()
    except Exception:
        tokens.revoke(token.id, by)  # nobody will ever learn its secret
        raise
    return token, text


def _revoke(service: Service) -> Endpoint:
    async def revoke(request: Request) -> Response:
        parameters(request)
        refuse_body(request, "the address says it all")
        by, name = principal_of(request).subject, request.path_params["id"]
        token = await anyio.to_thread.run_sync(_revoked, service, name, by)
        if token is None:
            raise Problem("not-found", f"there is no token with the id '{name[:12]}'")
        security_log.token_revoked(token, by, address_of(request.scope))
        return Response(to_json(token.answer()), 200, None, JSON)

    return revoke


def _revoked(service: Service, name: str, by: str) -> Token | None:
    """A token that is accepted no longer, whether the log can say so already or not."""
    token = service.access.tokens.revoke(name, by)
    service.access.record()
    return token
