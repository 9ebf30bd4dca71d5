"""Reading a text over HTTP: what it proposes, and whether it bears out what others propose.

Both write nothing and keep nothing; the text is gone with the answer.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import TypeVar

from starlette.requests import Request
from starlette.responses import Response

from domain.vocabulary import Model
from service.http.bodies import parsed, read_body
from service.http.parameters import TIMES, Asked, parameters
from service.http.problem_kinds import READ
from service.http.questions import Questions
from service.http.reads import one
from service.http.routing import JSON, Body, Endpoint, Operation, Shape
from service.http.times import behind_header, caught_up, standing
from service.query.proposal_answers import CheckAnswer, DraftAnswer
from service.query.proposal_questions import CheckProposals, Propose
from service.query.proposals import check, draft
from service.query.standpoint import Standpoint
from service.service import Service

Given = TypeVar("Given", bound=Model)


def operations(service: Service, questions: Questions) -> list[Operation]:
    """The operations that read a text."""
    return [
        _operation(service, questions, "/v1/proposals", Propose, DraftAnswer, _draft),
        _operation(service, questions, "/v1/proposals/check", CheckProposals, CheckAnswer, _check),
    ]


def _draft(asked: Propose, here: Standpoint) -> DraftAnswer:
    return draft(here, asked)


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
        at_writer=False,
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
