"""Dry runs stand under the limits of questions: how many, for how long, and only while one waits.

A dry run changes the views and takes it back, so it waits while another program has them locked: that
is how one is held here.
"""

import json
import time
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from service.settings import Limits
from tests.http_spec import FILED, Api, Ask, Server, indicator, post, problem, report, views_held
from tests.processes import until
from tests.service.transport.wires import wire

BODY = json.dumps(report("r9").body).encode()
TRY = b"POST /v1/reports?dry_run=true HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
TRY += b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY
ANY = Ask("GET", "/v1/events?limit=1")
"""A question that is never answered from what was kept in memory."""
TRIED = Ask("POST", "/v1/reports?dry_run=true", report("r9").body)
LIMITS = Limits(questions=2, questions_waiting=1)
"""Room for three dry runs, of which one is in a thread and leaves the other thread free."""
HELD_SECONDS = 25.0
"""A dry run that waits for longer is given up by the database."""
LIMITED = {
    "a report": TRIED,
    "an indicator": Ask("PUT", "/v1/indicators/x?dry_run=true", indicator("x").body),
    "without a body": post("/v1/reports/r1/withdrawal?dry_run=true", reason="an error"),
    "an optional body": Ask("POST", "/v1/reports/r1/hold?dry_run=true"),
    "no body": Ask("DELETE", "/v1/claims/r1/1/links/r1/2?dry_run=true"),
    "a comparison of policies": Ask("GET", "/v1/policies/compare?candidate=envelope/1"),
}
"""Requests that are refused while all threads of questions are taken."""


@contextmanager
def all_taken(server: Server, api: Api) -> Iterator[ExitStack]:
    """Dry runs of others take all there is room for, until the block ends or their stack is closed."""
    api.get("/v1/indicators")  # the views are up with the log, else dry runs wait for that
    with views_held(api), ExitStack() as others:
        begun = time.monotonic()

        def one_more() -> bool:
            others.enter_context(wire(server, TRY))
            return overloaded(api)

        until(one_more, bool)
        yield others
        assert time.monotonic() - begun < HELD_SECONDS


def overloaded(api: Api, ask: Ask = ANY) -> bool:
    """Whether a question is refused because there are too many."""
    answer = api.send(ask)
    if answer.status_code == 503:
        problem(answer, 503, "overloaded")
    return answer.status_code == 503


@pytest.mark.parametrize("ask", LIMITED.values(), ids=LIMITED)
def test_past_the_capacity_it_is_refused(server: Server, tmp_path: Path, ask: Ask) -> None:
    with server.over(tmp_path / "log", limits=LIMITS) as api:
        api.given(*FILED)
        with all_taken(server, api):
            assert overloaded(api, ask)
        until(lambda: not overloaded(api, ask), bool)


def test_dry_runs_leave_half_of_the_threads_and_go_when_their_clients_go(
    server: Server, tmp_path: Path
) -> None:
    with server.over(tmp_path / "log", limits=LIMITS) as api:
        api.given(*FILED)
        with all_taken(server, api) as others:
            others.close()  # the one that waits is dropped, while the other still has its thread
            until(lambda: not overloaded(api), bool)


def test_it_ends_when_its_time_is_over(server: Server, tmp_path: Path) -> None:
    limits = Limits(questions=1, question_seconds=1)
    with server.over(tmp_path / "log", limits=limits) as api, ThreadPoolExecutor(2) as pool:
        api.given(*FILED)
        head = api.get("/v1/indicators")["as_of"]["position"]
        with views_held(api):
            waiting = {pool.submit(api.send, TRIED) for _ in range(2)}
            [done], [begun] = wait(waiting, return_when=FIRST_COMPLETED)
            body = problem(done.result(), 503, "overloaded")
            assert body["detail"] == "no thread was free within 1 s"
        problem(begun.result(), 503, "took-too-long")
        assert api.head() == head and api.send(TRIED).json()["new"]
