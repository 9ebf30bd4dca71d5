"""What a post costs between its request and its answer, apart from the writer: counted, never timed."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from service.app import create_app
from service.service import opened
from service.settings import Settings
from tests.http_spec import Ask, indicator, report
from tests.work import calls


async def posted(app: Any, ask: Ask) -> int:
    """The status of the answer to a request that is handed to an application as a server would."""
    body, sent = json.dumps(ask.body).encode(), list[dict[str, Any]]()
    headers = {
        "host": "localhost",
        "content-type": "application/json",
        "content-length": str(len(body)),
    }
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
        first = await posted(app, indicator()), await posted(app, report("r0"))
        with calls() as made:
            last = await posted(app, report("r1"))
        counted.update(made)
        return [*first, last]

    counted = dict[str, int]()
    # In a thread of its own: a browser of other tests may have a loop that runs in this one.
    with opened(Settings(data=tmp_path)) as service, ThreadPoolExecutor(1) as thread:
        answers = thread.submit(lambda: asyncio.run(posts(create_app(service))))
        assert answers.result() == [201, 201, 201]
    assert counted["Route.matches"] == 1, "what is asked most is looked for first"
    assert counted["SchemaValidator.validate_json"] == counted["from_json"] == 1
    assert "get_tracer_provider" not in counted
    assert "get_meter_provider" not in counted
