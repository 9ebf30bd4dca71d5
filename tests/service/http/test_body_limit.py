"""A body is read up to the limit, and refused beyond it."""

from pathlib import Path

import pytest

from tests.http_spec import JSON, Server, problem, unchanged


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_over_the_limit_is_refused(server: Server, tmp_path: Path, chunked: bool) -> None:
    whole = b'{"name": "' + b"x" * 1_000 + b'"}'
    body = iter([whole[:500], whole[500:]]) if chunked else whole
    with server.over(tmp_path, body_limit=1_000) as api, unchanged(api):
        answer = api.client.put("/v1/sources/a", content=body, headers=JSON)
        refusal = problem(answer, 413, "too-large")
    assert "1,000 bytes" in refusal["detail"]


def test_a_body_of_just_the_limit_is_read(server: Server, tmp_path: Path) -> None:
    body = b'{"name": "' + b"x" * 900 + b'"}'
    padded = body + b" " * (1_000 - len(body))
    with server.over(tmp_path, body_limit=1_000) as api:
        assert api.client.put("/v1/sources/a", content=padded, headers=JSON).status_code == 201
