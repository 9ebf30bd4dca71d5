"""Submitting commands to the writer, or trying them: the same for the interface and the pages."""

import asyncio
from contextlib import suppress
from datetime import datetime
from functools import partial

from starlette.requests import Request

from domain.errors import Refused
from service.dry_run import DryRunAnswer, dry_run
from service.evidence.errors import EvidenceRefused
from service.http.problems import Problem
from service.http.questions import Questions
from service.http.times import caught_up, require_sound
from service.log.port import LogUnavailable
from service.service import Service
from service.views.faults import ViewsUnusable
from service.write.decisions import KeyReused, Outcome, WriteRequest
from service.write.writer import Answer, Answers, Overloaded

ERRORS = (
    *(Problem, Refused, KeyReused, EvidenceRefused),
    *(Overloaded, LogUnavailable, ViewsUnusable, TimeoutError),
)
"""What a request may fail with, apart from faults of the program."""


_TRIED = "dry_run"
"""The lane of all dry runs: at whatever address, each keeps the views from moving while it lasts."""


async def tried(
    service: Service,
    questions: Questions,
    asked: Request,
    request: WriteRequest,
    published_by: datetime | None = None,
) -> DryRunAnswer:
    """What a request would change, once the views hold all that is written; raises any of `ERRORS`.

    With `published_by`, of what the world could know by then. It stands under the limits of questions,
    for as long as the client who `asked` is there.
    """
    await caught_up(service, {"min_position": service.log.head()})
    require_sound(service)
    return await questions.answer(asked, _TRIED, partial(dry_run, service, request, published_by))


async def committed(service: Service, request: WriteRequest) -> Outcome:
    """Submit a request to the writer and wait until it is durable; raises any of `ERRORS`."""
    answer = await _answer(service, request)
    try:
        if isinstance(answer, Exception):
            raise answer
        return answer
    finally:
        del answer  # else an error and its trace would hold each other, and the request


async def _answer(service: Service, request: WriteRequest) -> Answer:
    """The writer's answer to a request."""
    loop = asyncio.get_running_loop()
    answered: asyncio.Future[Answers] = loop.create_future()

    def deliver(answers: Answers) -> None:
        with suppress(RuntimeError):  # nobody waits any more where the loop is closed
            loop.call_soon_threadsafe(_hand_over, answered, answers)

    late = loop.call_later(service.settings.write_patience, _hand_over, answered, TimeoutError())
    try:
        # Last, because the writer needs the interpreter at once, and gets it when the loop waits.
        service.writer.order([request], deliver)
        answers = await answered
    finally:
        late.cancel()
    return answers if isinstance(answers, Exception) else answers[0]


def _hand_over(answered: "asyncio.Future[Answers]", answers: Answers) -> None:
    if not answered.done():  # else it was too late, or nobody waits; what is written stays written
        answered.set_result(answers)
