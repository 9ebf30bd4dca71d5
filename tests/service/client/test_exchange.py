"""What is sent again, when, and for how long: steps as data, without a network."""

import json
from typing import Any

import pytest

from service.client import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    OtherHistory,
    Refused,
    Stale,
    Unauthenticated,
    Unavailable,
    Unreachable,
)
from service.client.errors import refusal
from service.client.exchange import Answer, Call, Lost, Patience, Send, Session, Wait, reached
from service.http.problem_kinds import PROBLEMS

GET = Call("GET", "/v1/me")
ONCE = Call("POST", "/v1/tokens", repeats=False)
GOOD = Answer(200, {}, b"{}")
CUT, UNSENT = Lost("reset"), Lost("refused", sent=False)


def problem(code: str, **headers: str) -> Answer:
    kind = PROBLEMS[code]
    body = {"type": f"/problems/{code}", "title": kind.title, "status": kind.status, "detail": "so"}
    return Answer(kind.status, headers, json.dumps(body).encode())


def steps(call: Call, *replies: Answer | Lost, seconds: float = 30.0) -> tuple[list[Any], Any]:
    """The waits between attempts, and what they come to; the last reply is given ever again."""
    now, waits, left = 0.0, list[float](), list(replies)
    session = Session("http://log", Patience(seconds, lambda: now, lambda: 1.0), lambda: "key")
    program = reached(session, call)
    step = next(program)
    try:
        while True:
            if isinstance(step, Wait):
                waits.append(step.seconds)
                now += step.seconds
                step = program.send(None)
            else:
                assert step == Send(call)
                step = program.send(left.pop(0) if len(left) > 1 else left[0])
    except StopIteration as end:
        return waits, end.value
    except Exception as error:
        return waits, type(error)


BUSY = problem("overloaded", **{"retry-after": "2"})
CASES = {
    "a good answer": (GET, [GOOD], [], GOOD),
    "a lost answer": (GET, [CUT, GOOD], [0.1], GOOD),
    "pauses grow": (GET, [CUT, CUT, CUT, GOOD], [0.1, 0.2, 0.4], GOOD),
    "the server says when": (GET, [BUSY, GOOD], [2.0], GOOD),
    "a bad gateway": (GET, [Answer(502, {}, b"<html>"), GOOD], [0.1], GOOD),
    "a refusal": (GET, [problem("not-found"), GOOD], [], NotFound),
    "too many requests": (GET, [problem("too-many-requests"), GOOD], [], Refused),
    "a fault of the server": (GET, [problem("internal"), GOOD], [], Unavailable),
    "what lasts": (GET, [problem("log-damaged"), GOOD], [], Unavailable),
    "unsafe and perhaps sent": (ONCE, [CUT, GOOD], [], Unreachable),
    "unsafe and not sent": (ONCE, [UNSENT, GOOD], [0.1], GOOD),
    "unsafe and refused": (ONCE, [BUSY, GOOD], [], Unavailable),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_what_is_repeated(case: tuple[Call, list[Answer | Lost], list[float], Any]) -> None:
    call, replies, waits, outcome = case

    assert steps(call, *replies) == (waits, outcome)


def test_patience_ends() -> None:
    waits, outcome = steps(GET, CUT, seconds=10.0)

    assert outcome is Unreachable
    assert 5.0 < sum(waits) <= 10.0 and max(waits) <= 5.0
    assert steps(GET, CUT, seconds=0.0) == ([], Unreachable)


KINDS = {
    401: Unauthenticated,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    412: Stale,
    422: Invalid,
    501: Unavailable,
    503: Unavailable,
    500: Unavailable,
}


@pytest.mark.parametrize("code", PROBLEMS)
def test_every_problem_is_an_exception_with_its_code(code: str) -> None:
    error = refusal(problem(code))
    kind = (
        OtherHistory if code in ("other-history", "beyond-head") else KINDS.get(error.status, Refused)
    )

    assert type(error) is kind
    assert (error.code, error.status, error.detail) == (code, PROBLEMS[code].status, "so")
    assert error.title == PROBLEMS[code].title and str(error) == "so" and error.errors == []


@pytest.mark.parametrize("content", [b"", b"<html>", b"[]", b'{"detail": 7}'])
def test_what_is_no_problem_is_an_exception_without_a_code(content: bytes) -> None:
    error = refusal(Answer(502, {}, content))

    assert (type(error), error.code, str(error)) == (Unavailable, "", "the server returned status 502")
