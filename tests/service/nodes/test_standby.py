"""A standby takes over when the writer is gone; two never write, and nothing is lost or doubled."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import httpx2
import psycopg
import pytest

from service.client import Client
from service.log.open import read_log
from service.nodes import standby
from tests.http_spec import claim, problem, report
from tests.processes import until
from tests.service.nodes.nodes_spec import Standing, lose_last_event, standing

REPORTS = 40
TERMINATE = """
    SELECT pg_terminate_backend(pid) FROM pg_locks
    WHERE locktype = 'advisory' AND granted AND classid::bigint = 1768714087
        AND objid::bigint = hashtext(current_schema())::bigint & 4294967295"""


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look as often as a test is patient."""
    monkeypatch.setattr(standby, "LOOK_SECONDS", 0.05)


def post_all(url: str, name: str, told: dict[str, int]) -> None:
    """Post reports with ids of their own through a node, as a program does; note their positions."""
    with Client(url, patience=60) as client:
        for n in range(REPORTS):
            written = client.file_report(
                id=f"{name}-{n}",
                publisher="wire",
                published_at="2025-02-01",
                claims=[claim(n, period=f"2025-01-{n % 28 + 1:02}")],
            )
            told[f"report:{name}-{n}"] = written["position"]


def filed(data: Path, url: str | None) -> list[tuple[str, int]]:
    """The reports in a log, each with its position, in order."""
    with closing(read_log(data, url)) as log:
        return [(each.stream, each.position) for each in log.read(types=["ReportFiled"])]


@pytest.fixture(params=["postgres", "sqlite"])
def pair(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[tuple[Standing, Standing, ExitStack, Path, str | None]]:
    """A writer and a standby, how to stop the writer, and where the log is."""
    log = None
    if request.param == "postgres":
        log = request.getfixturevalue("postgres").fresh()
    second = tmp_path / ("second" if log else "first")
    with ExitStack() as resources:
        first = resources.enter_context(ExitStack())
        writer = first.enter_context(standing(tmp_path / "first", log=log))
        writer.wait_for_role("writer")
        waiting = resources.enter_context(standing(second, log=log))
        yield writer, waiting, first, tmp_path / "first", log


def test_programs_that_send_their_ids_again_lose_nothing_and_double_nothing(pair: Any) -> None:
    writer, waiting, first, data, log = pair
    with Client(writer.url) as client:
        client.define_indicator("troops", title="Troops", measure="stock")
    told = dict[str, int]()
    with ThreadPoolExecutor(2) as pool:
        posting = [pool.submit(post_all, waiting.url, name, told) for name in ("a", "b")]
        until(lambda: len(told), lambda count: count > 5)
        first.close()
        assert len(told) < 2 * REPORTS
        waiting.wait_for_role("writer")
        for each in posting:
            each.result()

    assert len(told) == 2 * REPORTS
    assert filed(data, log) == sorted(told.items(), key=lambda item: item[1])


def test_a_standby_over_a_database_answers_reads(tmp_path: Path, url: str) -> None:
    with standing(tmp_path / "first", log=url) as writer:
        writer.wait_for_role("writer")
        with standing(tmp_path / "second", log=url) as waiting:
            said = waiting.wait_for_role("standby")
            with Client(waiting.url) as client:
                client.define_indicator("troops", title="Troops", measure="stock")
                found = client.indicator("troops")

            answer = httpx2.post(f"{waiting.url}/v1/reports", json=report().body)
            assert problem(answer, 307, "not-the-writer")["location"] == f"{writer.url}/v1/reports"

    assert (said["writer"], said["ready"]) == (writer.url, True)
    assert found["as_of"]["position"] == 1


def test_a_standby_in_the_same_directory_sends_everything_to_the_writer(tmp_path: Path) -> None:
    with standing(tmp_path) as writer:
        writer.wait_for_role("writer")
        with standing(tmp_path) as waiting:
            answer = waiting.get("/v1/estimates?q=a")
            body = problem(answer, 307, "not-the-writer")
            assert body["location"] == f"{writer.url}/v1/estimates?q=a"
            assert waiting.get("/healthz").json() == {"status": "ok"}
            problem(waiting.get("/readyz"), 503, "no-writer")
            strange = httpx2.get(f"{waiting.url}/v1/estimates", headers={"Host": "evil.example"})
            problem(strange, 421, "host-not-allowed")


def test_a_writer_whose_session_the_database_gave_up_stands_by_again(tmp_path: Path, url: str) -> None:
    with (
        standing(tmp_path / "first", log=url) as first,
        closing(psycopg.connect(url, autocommit=True)) as raw,
    ):
        first.wait_for_role("writer")
        with standing(tmp_path / "second", log=url) as second:
            second.wait_for_role("standby")
            raw.execute(TERMINATE)
            second.wait_for_role("writer")
            said = first.wait_for_role("standby")
            with Client(first.url, patience=60) as client:
                written = client.define_indicator("troops", title="Troops", measure="stock")

    assert said["role"] == "standby"
    assert written["position"] == 1


def test_a_standby_does_not_write_a_log_that_has_lost_what_it_saw(tmp_path: Path, url: str) -> None:
    with standing(tmp_path, log=url) as writer:
        writer.wait_for_role("writer")
        with Client(writer.url) as client:
            position = client.define_indicator("troops", title="Troops", measure="stock")["position"]
            client.define_indicator("losses", title="Losses", measure="stock")
    lose_last_event(url)
    with standing(tmp_path, log=url) as waiting:
        said = waiting.wait_for_role("standby")
        problem(httpx2.post(f"{waiting.url}/v1/reports", json=report().body), 503, "no-writer")

    assert (said["ready"], said["head"]) == (False, position + 1)
    with closing(read_log(tmp_path, url)) as log:
        assert log.head() == position
    with standing(tmp_path, log=url, accept_loss=True) as accepting:
        accepting.wait_for_role("writer")
