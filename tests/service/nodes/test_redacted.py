"""What a writer redacts and cannot destroy, the standby that takes over does, and so do mirrors."""

from contextlib import ExitStack, closing
from pathlib import Path

import httpx2

from domain.times import parse_instant
from service.log.open import read_log
from service.mirror.mirror import follow_once
from tests.http_spec import Ask, Clock, problem, sha256
from tests.processes import until
from tests.service.nodes.nodes_spec import Standing, standing
from tests.service.redaction_spec import COPY, REDACTION, filed, left_in

AT = 6
"""The position of the report that is redacted."""


def test_a_standby_that_takes_over_destroys_what_the_writer_did_not(tmp_path: Path, url: str) -> None:
    first, second, mirror = tmp_path / "first", tmp_path / "second", tmp_path / "mirror"
    clock = Clock(parse_instant("2030-01-01T00:00:00Z"))
    with ExitStack() as resources:
        writing = resources.enter_context(ExitStack())
        writer = writing.enter_context(standing(first, log=url))
        writer.wait_for_role("writer")
        head = _given(writer, *filed())
        waiting = resources.enter_context(standing(second, log=url))
        waiting.wait_for_role("standby")
        assert waiting.get(f"/v1/reports/secret?min_position={head}").status_code == 200
        follow_once(mirror, waiting.url, None, clock)
        _keep_from_deleting(first)
        _given(writer, REDACTION)
        assert _body(second, url) != b""

        writing.close()
        waiting.wait_for_role("writer")
        until(lambda: _body(second, url), lambda body: body == b"")
        until(lambda: left_in(second), lambda left: left == [])
        problem(waiting.get("/v1/reports/secret"), 410, "redacted")
        assert left_in(mirror) != []
        follow_once(mirror, waiting.url, None, clock)

    assert left_in(mirror) == left_in(second) == []
    for place in (second, url), (mirror, None):
        with closing(read_log(*place)) as log:
            assert list(log.check()) == []


def _given(node: Standing, *asks: Ask) -> int:
    """Send a node what went before; gives the position that it reaches."""
    position = 0
    with httpx2.Client(base_url=node.url, timeout=60) as client:
        for ask in asks:
            content = {"content": ask.body} if isinstance(ask.body, bytes) else {"json": ask.body}
            answer = client.request(ask.method, ask.path, headers=ask.headers, **content)
            assert answer.is_success, answer.text
            position = max(position, answer.json().get("position", 0))
    return position


def _keep_from_deleting(data: Path) -> None:
    """Put a folder where a file of evidence would be deleted, so that nothing can be destroyed."""
    name = sha256(COPY)
    (data / "evidence" / name[:2] / f"{name}.altered").mkdir()


def _body(data: Path, url: str) -> bytes:
    with closing(read_log(data, url)) as log:
        return log.at([AT])[0].body
