"""`intellog mcp`: nothing but the protocol on standard output, and an end when the input closes."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from service.cli.app import app
from service.service import opened
from service.settings import Settings
from tests.http_spec import JSON, Server, indicator, problem, report
from tests.processes import PATIENCE, process
from tests.service.model_context.models import NEW, OLD, over_stdio, parameters

INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    },
}
INITIALIZED = {"jsonrpc": "2.0", "method": "notifications/initialized"}
CALL = {
    "jsonrpc": "2.0",
    "id": 2,
    "method": "tools/call",
    "params": {"name": "estimate", "arguments": {"indicator": "troops"}},
}


@pytest.fixture
def log(server: Server, tmp_path: Path) -> Path:
    """A directory with a log that nobody serves."""
    with server.over(tmp_path / "log") as api:
        api.given(indicator(), report())
    return tmp_path / "log"


@contextmanager
def started(*options: str) -> Iterator["subprocess.Popen[str]"]:
    """A process of `intellog mcp`, which a test speaks to line by line."""
    how = parameters(*options)
    pipes: Any = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    environment = {**os.environ, **(how.env or {})}
    with subprocess.Popen([how.command, *how.args], text=True, env=environment, **pipes) as run:
        try:
            yield run
        finally:
            run.kill()


def said(run: "subprocess.Popen[str]", *messages: Any) -> None:
    assert run.stdin is not None
    for message in messages:
        run.stdin.write(message if isinstance(message, str) else json.dumps(message) + "\n")
    run.stdin.flush()


def heard(run: "subprocess.Popen[str]") -> Any:
    assert run.stdout is not None
    return json.loads(run.stdout.readline())


@pytest.mark.parametrize("mode", [NEW, OLD])
def test_a_log_that_nobody_serves_is_asked(log: Path, mode: str) -> None:
    with over_stdio("--data", str(log), mode=mode) as model:
        found = model.answer("estimate", indicator="troops")
        assert (found["best"], found["support"]["level"]) == (100, "single")
    with opened(Settings(data=log)) as service:  # it was closed in good order
        assert service.log.head() == 4


def test_only_the_protocol_goes_to_standard_output_and_it_ends_with_its_input(log: Path) -> None:
    with started("--data", str(log)) as run:
        said(run, INITIALIZE)
        assert heard(run)["result"]["serverInfo"]["name"] == "intellog"
        said(run, INITIALIZED, "no message at all\n", CALL)
        assert heard(run)["result"]["structuredContent"]["best"] == 100
        rest, complaints = run.communicate(timeout=PATIENCE)
        assert (rest, complaints, run.returncode) == ("", "", 0)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_when_it_is_told_to(log: Path, number: signal.Signals) -> None:
    with started("--data", str(log)) as run:
        said(run, INITIALIZE)
        assert heard(run)["id"] == 1
        run.send_signal(number)
        assert run.wait(timeout=PATIENCE) == 0
    with opened(Settings(data=log)) as service:
        assert service.log.head() == 4


def test_a_client_that_no_longer_reads_ends_it(log: Path) -> None:
    with started("--data", str(log)) as run:
        said(run, INITIALIZE)
        assert heard(run)["id"] == 1
        assert run.stdout is not None and run.stdin is not None and run.stderr is not None
        run.stdout.close()
        said(run, INITIALIZED, CALL)
        assert run.wait(timeout=PATIENCE) == 0
        assert "Traceback" not in run.stderr.read()


def test_a_log_that_is_served_is_asked_at_its_address(log: Path) -> None:
    with process(log) as serving:
        refused = subprocess.run(
            [(how := parameters("--data", str(log))).command, *how.args],
            env={**os.environ, **(how.env or {})},
            input="",
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
        assert (refused.returncode, refused.stdout) == (1, "")
        assert serving.url in refused.stderr and refused.stderr.count("\n") == 1
        with over_stdio("--url", serving.url) as model:
            assert model.answer("estimate", indicator="troops")["best"] == 100


def test_a_server_that_does_not_answer_is_an_error_for_the_model(tmp_path: Path) -> None:
    with over_stdio("--url", "http://127.0.0.1:9") as model:
        said = model.refusal("estimate", indicator="troops")
        assert said.startswith("log-unavailable: http://127.0.0.1:9")
        with pytest.raises(Exception, match=r"127\.0\.0\.1:9"):
            model.resources()


def test_a_directory_without_a_log_is_refused_before_anything_is_said(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["mcp", "--data", str(tmp_path / "none")])
    assert (result.exit_code, result.stdout) == (2, "")
    assert "there is no log in" in result.stderr


def test_without_the_library_one_line_says_what_to_install(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "mcp", None)
    result = CliRunner().invoke(app, ["mcp", "--data", str(log)])
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "intellog: mcp needs the extra `mcp`: install intellog[mcp]\n"


def test_without_the_library_the_service_says_so_and_answers_everything_else(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "mcp", None)
    with server.over(tmp_path / "log") as api:
        api.given(indicator(), report())
        refused = problem(api.client.post("/mcp", content=b"{}", headers=JSON), 501, "not-installed")
        assert "install intellog[mcp]" in refused["detail"]
        assert api.get("/v1/estimates/troops")["best"] == 100


def test_the_library_is_loaded_only_when_it_is_used() -> None:
    code = (
        "import sys; import service.cli.app, service.app; "
        "assert not [name for name in sys.modules if name.partition('.')[0] in ('mcp', 'mcp_types')]"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=PATIENCE)
