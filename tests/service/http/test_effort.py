"""What a request costs until its answer, apart from the writer: counted, never timed."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from service.app import create_app
from service.service import Service, opened
from service.settings import Settings
from tests.http_spec import Ask, indicator, report
from tests.work import calls

MOST_CALLS = 200
"""Calls, of Python and of C, of a read that is answered from memory."""


async def answered(app: Any, ask: Ask) -> int:
    """The status of the answer to a request that is handed to an application as a server would."""
    body, sent = b"" if ask.body is None else json.dumps(ask.body).encode(), list[dict[str, Any]]()
    of_body = {"content-type": "application/json", "content-length": str(len(body))}
    headers = {"host": "localhost", "accept": "*/*", **(of_body if body else {})}
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": ask.method,
        "scheme": "http",
        "path": ask.path,
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body}

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope, receive, send)
    return int(sent[0]["status"])


def test_a_post_is_validated_once_and_asks_for_no_tracer(tmp_path: Path) -> None:
    async def posts(app: Any) -> list[int]:
        first = await answered(app, indicator()), await answered(app, report("r0"))
        with calls() as made:
            last = await answered(app, report("r1"))
        counted.update(made)
        return [*first, last]

    counted = dict[str, int]()
    # In a thread of its own: a browser of other tests may have a loop that runs in this one.
    with opened(Settings(data=tmp_path)) as service, ThreadPoolExecutor(1) as thread:
        answers = thread.submit(lambda: asyncio.run(posts(create_app(service))))
        assert answers.result() == [201, 201, 201]
    assert counted["Route.matches"] == 1, "what is asked most is looked for first"
    assert "parse_qs" not in counted, "there is no query"
    assert "Timeout.__aenter__" not in counted, "the body is there, and one timer waits for the writer"
    assert counted["SchemaValidator.validate_json"] == counted["from_json"] == 1
    assert "get_tracer_provider" not in counted
    assert "get_meter_provider" not in counted


def test_a_read_of_what_is_known_reads_its_request_once(tmp_path: Path) -> None:
    """Its forms, the suffixes of addresses and what a client accepts are worked out beforehand."""

    async def reads(app: Any, service: Service) -> int:
        given = await answered(app, indicator()), await answered(app, report("r0"))
        assert given == (201, 201)
        await service.follower.wait_async(service.log.head(), 30)
        for _ in range(2):
            with calls() as made:
                assert await answered(app, Ask("GET", "/v1/estimates/troops")) == 200
        counted.update(made)
        return made.total()

    counted = dict[str, int]()
    with opened(Settings(data=tmp_path)) as service, ThreadPoolExecutor(1) as thread:
        total = thread.submit(lambda: asyncio.run(reads(create_app(service), service))).result()
    for each in ("_media_ranges", "Suffixes._rewritten", "Read.returns", "Progress.wait_async"):
        assert each not in counted
    assert counted["Route.matches"] == 2, "posts are looked for first"
    assert total < MOST_CALLS
