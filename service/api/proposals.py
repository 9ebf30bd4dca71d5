"""Reading a text over HTTP: what it proposes, and whether it bears out what others propose.

Both write nothing and keep nothing; the text is gone with the answer.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Annotated, TypeVar

from pydantic import Field, StringConstraints
from starlette.requests import Request
from starlette.responses import Response

from domain.vocabulary import Model, PublicationTime, Slug, Statement, Text, Url
from service.http.bodies import parsed, read_body
from service.http.parameters import TIMES, Asked, parameters
from service.http.problem_kinds import READ
from service.http.questions import Questions
from service.http.reads import one
from service.http.routing import JSON, Body, Endpoint, Operation, Shape
from service.http.times import behind_header, caught_up, standing
from service.query.proposal_answers import CheckAnswer, DraftAnswer
from service.query.proposals import check, draft
from service.query.standpoint import Standpoint
from service.service import Service

LONGEST_TEXT = 100_000
"""Characters of the longest text that is read."""
MOST_CLAIMS = 1_000
Given = TypeVar("Given", bound=Model)
ReadText = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_TEXT)]
"""A text as it is given: the places of quotes count its characters."""


class Propose(Model):
    """Propose the claims that a text makes."""

    text: ReadText
    url: Url | None = None
    title: Text | None = None
    publisher: Slug | None = None
    published_at: PublicationTime | None = None


class CheckProposals(Model):
    """Try claims that somebody proposes against the text that they are said to rest on."""

    text: ReadText
    claims: Annotated[tuple[Statement, ...], Field(min_length=1, max_length=MOST_CLAIMS)]


def operations(service: Service, questions: Questions) -> list[Operation]:
    """The operations that read a text."""
    return [
        _operation(service, questions, "/v1/proposals", Propose, DraftAnswer, _draft),
        _operation(service, questions, "/v1/proposals/check", CheckProposals, CheckAnswer, _check),
    ]


def _draft(asked: Propose, here: Standpoint) -> DraftAnswer:
    return draft(here, asked.text, asked.publisher, asked.url, asked.title, asked.published_at)


def _check(asked: CheckProposals, here: Standpoint) -> CheckAnswer:
    return check(here, asked.text, asked.claims)


def _operation(
    service: Service,
    questions: Questions,
    path: str,
    kind: type[Given],
    answer: type,
    find: Callable[[Given, Standpoint], Mapping[str, object]],
) -> Operation:
    return Operation(
        "POST",
        path,
        _endpoint(service, questions, path, kind, find),
        name=kind.__name__,
        summary=(kind.__doc__ or "").partition("\n")[0],
        tag="reading",
        query=TIMES,
        body=Body(kind),
        returns={200: {JSON: Shape(answer, "one")}},
        problems=(*READ, "too-large", "wrong-media-type", "cross-origin"),
        role="reporter",
    )


def _endpoint(
    service: Service,
    questions: Questions,
    path: str,
    kind: type[Given],
    find: Callable[[Given, Standpoint], Mapping[str, object]],
) -> Endpoint:
    def look(asked: Asked, given: Given) -> Response:
        with standing(service, asked) as here:
            return one(find(given, here), here, behind_header(here))

    async def endpoint(request: Request) -> Response:
        asked = parameters(request, *TIMES)
        given = await parsed(kind, await read_body(request, service.settings.body_limit))
        await caught_up(service, asked)
        return await questions.answer(request, path, partial(look, asked, given))

    return endpoint
