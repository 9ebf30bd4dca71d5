"""A read waits for a position, and says so when it is never reached."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.http_spec import FILED, Api, Server, indicator, problem, report, source
from tests.service.http.addresses import TIMED, path_of


@pytest.mark.parametrize("template", TIMED)
def test_a_read_waits_for_a_position(api: Api, template: str) -> None:
    api.given(indicator(), source("nis"))
    with ThreadPoolExecutor(1) as pool:
        path = path_of(template)
        waiting = pool.submit(api.client.get, path, params={"min_position": 4})
        api.given(report())
        answer = waiting.result()
    assert answer.status_code == 200
    assert answer.json()["as_of"]["position"] == 4


@pytest.mark.parametrize("template", [*TIMED, "/v1/replay"])
def test_a_position_that_is_never_reached_is_said_so(
    server: Server, tmp_path: Path, template: str
) -> None:
    with server.over(tmp_path, patience=0.02) as api:
        api.given(*FILED)
        answer = api.client.get(path_of(template), params={"min_position": 99})
        refusal = problem(answer, 503, "not-caught-up")
    assert "not yet at 99" in refusal["detail"]
