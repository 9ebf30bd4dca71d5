"""Log lines as text or as JSON, and the line of each request, by two settings."""

import json
import logging
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from service.access import security_log
from service.access.principal import local
from service.log_lines import (
    REQUEST_ID,
    REQUESTS,
    BadLogSetting,
    JsonFormatter,
    LineFormatter,
    formatter_of,
    logs_requests,
)
from tests.http_spec import FILED, Api, report
from tests.places import ROOT

PATIENCE = 30
COMMAND = [sys.executable, "-m", "service.cli"]


class Lines(logging.Handler):
    """Keeps what is logged, as JSON lines."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(JsonFormatter())
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(self.format(record))

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Each line, decoded; a line end within one would break it."""
        assert not any("\n" in text for text in self.texts)
        return [json.loads(text) for text in self.texts]


@pytest.fixture
def logged() -> Iterator[Lines]:
    """What the loggers of the program write."""
    lines, logger = Lines(), logging.getLogger("intellog")
    logger.addHandler(lines)
    yield lines
    logger.removeHandler(lines)


@pytest.fixture
def requests() -> Iterator[None]:
    """A line for each request."""
    logger = logging.getLogger(REQUESTS)
    before, logger.level = logger.level, logging.INFO
    logger.manager._clear_cache()  # type: ignore[attr-defined]
    yield
    logger.setLevel(before)


def test_a_line_is_one_object(logged: Lines) -> None:
    logging.getLogger("intellog.x").warning("one %s", 'thing\nor "two"')
    [line] = logged.lines
    assert line.pop("time")[10] == "T"
    expected = {"level": "WARNING", "logger": "intellog.x", "message": 'one thing\nor "two"'}
    assert line == expected


def test_a_traceback_is_within_its_object(logged: Lines) -> None:
    token = REQUEST_ID.set("0123abcd-1f")
    try:
        raise ValueError("of no use")
    except ValueError:
        logging.getLogger("intellog.x").exception("failed")
    REQUEST_ID.reset(token)
    [line] = logged.lines
    assert line["request_id"] == "0123abcd-1f" and line["message"] == "failed"
    assert line["exception"].startswith("Traceback") and "of no use" in line["exception"]


def test_lines_with_fields_of_their_own_have_them_as_an_object(logged: Lines) -> None:
    logger = logging.getLogger("intellog.security")
    before = logger.level
    logger.setLevel(logging.INFO)
    security_log.logged_in(local("ana"), "10.0.0.7")
    logger.setLevel(before)
    [line] = logged.lines
    assert (line["message"], line["logger"]) == ("login", "intellog.security")
    assert line["details"]["subject"] == "ana" and line["details"]["address"] == "10.0.0.7"


@pytest.mark.usefixtures("requests")
def test_each_request_has_a_line_without_anything_that_it_sent(api: Api, logged: Lines) -> None:
    api.given(*FILED)
    answer = api.client.get(
        "/v1/reports/r1?min_position=1", headers={"Authorization": "Bearer canary-token"}
    )
    api.client.get("/v1/reports/canary-name?min_position=1")
    api.send(report("canary-report", publisher="canary body"))
    found = [each for each in wait(logged, 5) if each["logger"] == REQUESTS]
    assert [line["details"]["operation"] for line in found[-3:]] == [
        "/v1/reports/{id}",
        "/v1/reports/{id}",
        "/v1/reports",
    ]
    one, missing, refused = (line["details"] for line in found[-3:])
    assert (one["method"], one["status"], one["subject"], one["problem"]) == ("GET", 200, "local", None)
    assert one["bytes"] == len(answer.content) and one["milliseconds"] > 0
    assert (missing["status"], missing["problem"]) == (404, "not-found")
    assert (refused["status"], refused["problem"]) == (422, "invalid")
    assert found[-3]["request_id"] == answer.headers["x-request-id"]
    assert "canary" not in "".join(logged.texts)


def wait(logged: Lines, count: int) -> list[dict[str, Any]]:
    """What was logged, once there are so many lines: a request is logged after its answer."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if len(logged.texts) >= count:
            return logged.lines
    pytest.fail(f"only {logged.texts}")


def test_requests_have_no_line_unless_that_is_wanted(api: Api, logged: Lines) -> None:
    api.given(*FILED)
    assert [each for each in logged.lines if each["logger"] == REQUESTS] == []


@pytest.mark.parametrize(
    ("environment", "formatter", "each_request"),
    [
        ({}, LineFormatter, False),
        ({"INTELLOG_LOG_FORMAT": "", "INTELLOG_ACCESS_LOG": ""}, LineFormatter, False),
        ({"INTELLOG_LOG_FORMAT": "text", "INTELLOG_ACCESS_LOG": "off"}, LineFormatter, False),
        ({"INTELLOG_LOG_FORMAT": "json", "INTELLOG_ACCESS_LOG": "on"}, JsonFormatter, True),
    ],
)
def test_the_settings(environment: dict[str, str], formatter: type, each_request: bool) -> None:
    assert type(formatter_of(environment)) is formatter
    assert logs_requests(environment) is each_request


@pytest.mark.parametrize(
    ("setting", "text", "why"),
    [
        ("INTELLOG_LOG_FORMAT", "xml", "INTELLOG_LOG_FORMAT=xml: must be text or json"),
        ("INTELLOG_ACCESS_LOG", "yes", "INTELLOG_ACCESS_LOG=yes: must be off or on"),
    ],
)
def test_another_value_is_refused_in_one_line(setting: str, text: str, why: str) -> None:
    with pytest.raises(BadLogSetting, match=why):
        formatter_of({setting: text})
        logs_requests({setting: text})
    environment = {**os.environ, "PYTHONPATH": str(ROOT), setting: text}
    done = subprocess.run(
        [*COMMAND, "estimates"], env=environment, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"intellog: {why}\n")


def test_server_and_projector_write_json_lines(tmp_path: Path) -> None:
    """Both processes have the setting, and nothing else is on standard error."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "INTELLOG_LOG_FORMAT": "json",
        "INTELLOG_ACCESS_LOG": "on",
    }
    program = (
        "import os, signal, sys; from pathlib import Path\n"
        "from service.process import set_up_process; set_up_process()\n"
        "from service.server import running; from service.service import opened\n"
        "from service.settings import Settings\n"
        "with opened(Settings(data=Path(sys.argv[1])), separate_projector=True) as service:\n"
        "    with running(service) as client:\n"
        "        client.put('/v1/sources/nis', json={}).raise_for_status()\n"
        "        assert service.follower.wait(1, 30)\n"
        "        service.views.file.condemned = 'for a test'; service.follower._condemn()\n"
        "        while service.views.file.condemned: pass\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert {line["logger"] for line in lines} == {REQUESTS, "intellog.views"}
    [warned] = [line for line in lines if line["logger"] == "intellog.views"]
    assert "were found damaged by a reader" in warned["message"]
