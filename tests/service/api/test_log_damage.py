"""A service over a damaged log: readiness says so, writes are refused, what is intact is read."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic, sleep

import httpx2
import pytest

from service.cli.app import app
from service.log.port import LogDamaged
from service.service import Service, opened
from service.settings import Settings
from tests.http_spec import FILED, Api, report
from tests.service.api.schema_check import running

PATIENCE = 30.0


def damaged(data: Path) -> None:
    """File reports, stop, and change a digit in the first one."""
    with opened(Settings(data=data)) as service, running(service) as client:
        api = Api(client, service)
        api.given(*FILED, *(report(f"r{n}") for n in range(2, 6)))
    content = (data / "log.sqlite").read_bytes()
    at = content.index(b'"best":100')
    (data / "log.sqlite").write_bytes(content[:at] + b'"best":900' + content[at + 10 :])


def until(condition: Callable[[], bool]) -> None:
    deadline = monotonic() + PATIENCE
    while not condition():
        assert monotonic() < deadline
        sleep(0.01)


def test_damage_is_said_and_stops_writing(
    tmp_path: Path, serving: Callable[..., tuple[Service, httpx2.Client]]
) -> None:
    damaged(tmp_path / "log")
    service, client = serving("log")
    api = Api(client, service)
    ready = client.get("/readyz")
    assert ready.status_code == 503
    said = ready.json()["error"]
    assert said.startswith("the log is damaged at position ")
    refused = api.send(report("r9"))
    assert (refused.status_code, refused.json()["type"]) == (503, "/problems/log-damaged")
    assert refused.json()["detail"] == said


def test_the_background_check_finds_damage_far_from_the_end(tmp_path: Path) -> None:
    from service.log.open import opened_log
    from service.log.port import Pending

    def filing(n: int) -> Pending:
        return Pending(f"id{n}", "Noted", 1, f"s{n}", 1, "alice", b'{"n":%d}' % n)

    def now() -> datetime:
        return datetime.now(UTC)

    with opened_log(tmp_path, None, now) as log:
        log.append([filing(n) for n in range(1_500)])
        until(lambda: log.checked >= 0)
    content = (tmp_path / "log.sqlite").read_bytes()
    assert content.count(b'{"n":77}') == 1
    (tmp_path / "log.sqlite").write_bytes(content.replace(b'{"n":77}', b'{"n":78}'))
    with opened_log(tmp_path, None, now) as log:
        until(lambda: log.damage is not None)
        with pytest.raises(LogDamaged, match="at position 78: the stored event does not match"):
            log.append([filing(2_000)])
        until(lambda: log.checked == 1_500)


def test_a_leap_of_the_clock_is_said_and_refused(tmp_path: Path) -> None:
    instants = [datetime(2025, 3, 1, tzinfo=UTC)]
    with opened(Settings(data=tmp_path), lambda: instants[0]) as service, running(service) as client:
        api = Api(client, service)
        api.given(*FILED)
        instants[0] += timedelta(days=1_000)
        refused = api.send(report("r2"))
        assert (refused.status_code, refused.json()["type"]) == (503, "/problems/clock-leap")
        assert "2027-11-26T00:00:00Z" in refused.json()["detail"]
        assert refused.json()["detail"] in client.get("/readyz").json()["error"]
        instants[0] -= timedelta(days=1_000)
        api.given(report("r2"))


def test_check_prints_a_line_for_each_problem(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    damaged(tmp_path / "log")

    def check(*arguments: str) -> int:
        with pytest.raises(SystemExit) as ended:
            app(["check", *arguments])
        return int(ended.value.code or 0)

    assert check("--data", str(tmp_path / "log")) == 1
    problem, last = capsys.readouterr().out.splitlines()
    assert problem.startswith("the log is damaged at position ")
    assert problem.endswith("restore the log from a backup, and run `intellog check`")
    assert last == "checked 8 events: problems: 1"
    assert check("--data", str(tmp_path / "nothing")) == 2
