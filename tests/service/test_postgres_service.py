"""A service over a log in PostgreSQL: its views are in a directory, and of that log alone."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from typer.testing import CliRunner

from service.cli.app import app
from service.log.port import LogLocked, LogLost
from service.service import Service, opened
from service.settings import BadSetting, Settings, from_environment
from tests.places import ROOT
from tests.service.api.schema_check import running
from tests.service.log.postgres_server import Server

INDICATOR = {"id": "killed", "title": "Killed", "measure": "cumulative"}
REPORT: dict[str, Any] = {
    "id": "wire-1",
    "publisher": "wire",
    "published_at": "2025-01-13",
    "claims": [{"indicator": "killed", "originator": "nis", "quantity": {"best": 300}}],
}


@contextmanager
def over(
    data: Path, url: str | None, *, accept_loss: bool = False
) -> Iterator[tuple[Service, httpx2.Client]]:
    settings = Settings(data=data, log=url)
    with opened(settings, accept_loss=accept_loss) as service, running(service) as client:
        yield service, client


def tell(client: httpx2.Client) -> None:
    fields = {name: value for name, value in INDICATOR.items() if name != "id"}
    client.put(f"/v1/indicators/{INDICATOR['id']}", json=fields).raise_for_status()
    client.post("/v1/reports", json=REPORT).raise_for_status()


def best(service: Service, client: httpx2.Client) -> Any:
    assert service.follower.wait(service.log.head(), 30)
    answer = client.get("/v1/estimates/killed")
    return answer.json()["best"] if answer.status_code == 200 else answer.status_code


@pytest.fixture
def url(postgres: Server) -> str:
    return postgres.fresh()


def test_what_is_posted_is_there_after_a_restart_and_in_another_directory(
    tmp_path: Path, url: str
) -> None:
    with over(tmp_path / "one", url) as (service, client):
        tell(client)
        assert best(service, client) == 300
        file = service.views.file.path
    assert not (tmp_path / "one" / "log.sqlite").exists()
    with over(tmp_path / "one", url) as (service, client):
        assert service.views.file.path == file
        assert best(service, client) == 300
    with over(tmp_path / "two", url) as (service, client):
        assert best(service, client) == 300


def test_a_second_service_is_refused_on_the_log_and_on_the_directory(
    tmp_path: Path, postgres: Server, url: str
) -> None:
    with over(tmp_path / "one", url):
        with pytest.raises(LogLocked, match="in 127"), over(tmp_path / "two", url):
            pass
        for other in postgres.fresh(), None:
            with pytest.raises(LogLocked, match="one"), over(tmp_path / "one", other):
                pass


def test_another_log_in_a_directory_is_refused_until_it_is_accepted(
    tmp_path: Path, postgres: Server, url: str
) -> None:
    with over(tmp_path, url) as (service, client):
        tell(client)
        assert best(service, client) == 300
    for log in None, postgres.fresh():
        with pytest.raises(LogLost, match="--accept-loss"), over(tmp_path, log):
            pass
        with over(tmp_path, log, accept_loss=True) as (service, client):
            assert best(service, client) == 404
            tell(client)
            assert best(service, client) == 300
    for log in url, None:
        with over(tmp_path, log, accept_loss=True) as (service, client):
            assert best(service, client) == 300
    assert len(list(tmp_path.glob("views-*.sqlite"))) == 1


@contextmanager
def serve(data: Path, url: str) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-m", "service.cli", "serve", "--port", "0", "--data", str(data)]
    environment = {**os.environ, "INTELLOG_LOG": url}
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.skipif(os.name != "posix", reason="kills processes, as POSIX can")
def test_a_killed_server_leaves_what_it_acknowledged_and_lets_go(tmp_path: Path, url: str) -> None:
    with serve(tmp_path / "one", url) as first:
        assert first.stdout is not None
        address = first.stdout.readline().split()[-1]
        with httpx2.Client(base_url=address) as client:
            tell(client)
        with serve(tmp_path / "two", url) as second:
            _, said = second.communicate(timeout=60)
        assert second.returncode == 1
        assert said.startswith("intellog: another process writes the log in 127.0.0.1:")
        assert said.count("\n") == 1
    with over(tmp_path / "one", url) as (service, client):
        assert best(service, client) == 300


def test_the_command_line_reaches_the_log_that_the_environment_names(
    tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INTELLOG_LOG", url)
    where = ["--data", str(tmp_path)]
    line = json.dumps({"define_indicator": INDICATOR})
    assert CliRunner().invoke(app, ["import", "-", *where], input=line + "\n").exit_code == 0
    posted = CliRunner().invoke(app, ["post", "-", *where], input=json.dumps(REPORT))
    assert posted.exit_code == 0, posted.output
    shown = CliRunner().invoke(app, ["estimate", "killed", *where])
    assert "300" in shown.output
    assert not (tmp_path / "log.sqlite").exists()


@pytest.mark.parametrize(
    "url",
    [
        "mysql://u:hunter2@h/db",
        "hunter2",
        "postgresql://u:hunter2@2@h/db",
        "postgresql://u:12/hunter2@h/db",
        "postgresql://u:1?hunter2@h/db",
        "postgresql://u:1#hunter2@h/db",
        "postgresql://u:hunter2@[h/db",
        "postgresql://u:hunter2@h:port/db",
        "postgresql://u:hunter2/db",
        "postgresql://u:hunter2%zz@h/db",
        "postgresql://u:hunter2@h/db?nonsense=1",
    ],
)
def test_an_address_that_cannot_be_read_is_refused_in_one_line(
    tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("psycopg")
    monkeypatch.setenv("INTELLOG_LOG", url)
    for verb in "serve", "estimates":
        said = CliRunner().invoke(app, [verb, "--data", str(tmp_path)])
        assert said.exit_code == 2
        assert said.stderr.startswith("intellog: INTELLOG_LOG: ")
        assert said.stderr.count("\n") == 1
        assert "hunter2" not in said.output


def test_a_server_that_is_not_there_is_told_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("psycopg")
    monkeypatch.setenv("INTELLOG_LOG", "postgresql://u:hunter2@127.0.0.1:1/db")
    said = CliRunner().invoke(app, ["serve", "--port", "0", "--data", str(tmp_path)])
    assert said.exit_code == 1
    assert "refused" in said.stderr
    assert said.stderr.count("\n") == 1
    assert "hunter2" not in said.output


def test_a_missing_driver_is_told_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.startswith("service.log.postgres")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with (
        pytest.raises(BadSetting, match=r"pip install 'intellog\[postgres\]'"),
        opened(Settings(data=tmp_path, log="postgresql:///db")),
    ):
        pass


def test_settings_never_show_the_address() -> None:
    given = from_environment(Path("d"), {"INTELLOG_LOG": "postgresql://u:hunter2@h/db"})
    assert given.log == "postgresql://u:hunter2@h/db"
    assert "hunter2" not in repr(given)
    assert from_environment(Path("d"), {"INTELLOG_LOG": ""}).log is None
