"""The command `serve` as a node: what it refuses, and how nodes stand in for each other when killed."""

import os
import signal
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path
from threading import Event
from typing import Any

import httpx2
import pytest
from typer.testing import CliRunner

from service.cli.app import app
from service.client import Client
from service.log.open import read_log
from tests.http_spec import claim
from tests.places import LONG
from tests.processes import Process, process, until
from tests.service.log.postgres_server import Server

KILLS = 6


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--follow"], "--follow: give the address of a log, or set INTELLOG_LOG"),
        (["--follow", "--port", "0"], "--follow: give the address of a log, or set INTELLOG_LOG"),
        (["--follow", "mysql://u:hunter2@h/db"], "--follow: must have the form postgresql://"),
        (["--follow", "https://host/path"], "--follow=https://host/path: must be https://"),
        (["--follow", "http://h", "--standby"], "--standby, --follow: "),
    ],
)
def test_what_cannot_be_followed_is_refused_in_one_line(
    tmp_path: Path, arguments: list[str], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("INTELLOG_LOG", raising=False)
    result = CliRunner().invoke(app, ["serve", "--data", str(tmp_path), *arguments])

    assert (result.exit_code, result.stderr.count("\n")) == (2, 1), result.output
    assert result.stderr.startswith(f"intellog: {said}")
    assert "hunter2" not in result.output


@pytest.mark.parametrize("how", ["--standby", "--follow"])
def test_a_missing_driver_is_told_with_what_to_do(
    tmp_path: Path, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.startswith("service.log.postgres")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "psycopg", None)
    monkeypatch.setenv("INTELLOG_LOG", "postgresql:///db")
    result = CliRunner().invoke(app, ["serve", "--data", str(tmp_path), "--port", "0", how])

    assert (result.exit_code, result.stderr.count("\n")) == (2, 1), result.output
    assert "pip install 'intellog[postgres]'" in result.stderr


@pytest.fixture(params=["postgres", "sqlite"])
def places(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[Path, Path, str | None]:
    """The directories of two standbys, and the address of their log if that is in a database."""
    if request.param == "sqlite":
        return tmp_path, tmp_path, None
    server: Server = request.getfixturevalue("postgres")
    url = server.fresh()
    monkeypatch.setenv("INTELLOG_LOG", url)
    return tmp_path / "one", tmp_path / "two", url


def posting(urls: list[str], name: str, told: dict[str, int], enough: Event) -> None:
    """Post one report after another, at whichever node answers, and again until it is told."""
    number = 0
    while not enough.is_set():
        url = urls[number % len(urls)]
        body: dict[str, Any] = {
            "id": f"{name}-{number}",
            "publisher": "wire",
            "published_at": "2025-02-01",
            "claims": [claim(number, period=f"2025-01-{number % 28 + 1:02}")],
        }
        try:
            with Client(url, patience=0.0, timeout=10.0) as client:
                told[f"report:{name}-{number}"] = client.file_report(**body)["position"]
            number += 1
        except Exception:
            urls = urls[1:] + urls[:1]
            time.sleep(0.02)


def writer_of(nodes: list[Process]) -> Process | None:
    """The node that writes, None while none does."""
    for node in nodes:
        try:
            if node.get("/readyz").get("role") == "writer":
                return node
        except httpx2.TransportError:
            continue
    return None


def told_more(told: dict[str, int], number: int) -> None:
    """Wait until a number of further reports is acknowledged."""
    count = len(told) + number
    until(lambda: len(told), lambda now: now > count)


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.mark.skipif(not LONG, reason="kills a writer again and again")
def test_writers_that_are_killed_lose_nothing_and_double_nothing(
    places: tuple[Path, Path, str | None], stack: ExitStack
) -> None:
    *directories, log = places
    started = [
        stack.enter_context(process(each, "--standby", "--port", str(18_431 + n)))
        for n, each in enumerate(directories)
    ]
    urls, told, enough, pauses = (
        [each.url for each in started],
        dict[str, int](),
        Event(),
        list[float](),
    )
    with Client(urls[0], patience=60) as client:
        client.define_indicator("troops", title="Troops", measure="stock")
    with ThreadPoolExecutor(3) as pool:
        busy: list[Future[None]] = [
            pool.submit(posting, urls, name, told, enough) for name in ("a", "b", "c")
        ]
        for _ in range(KILLS):
            writer = until(lambda: writer_of(started), lambda found: found is not None)
            told_more(told, 20)
            place = started.index(writer)
            os.kill(writer.popen.pid, signal.SIGKILL)
            killed = time.monotonic()
            writer.popen.wait()
            told_more(told, 3)
            pauses.append(round(time.monotonic() - killed, 2))
            port = writer.url.rpartition(":")[2]
            started[place] = stack.enter_context(
                process(directories[place], "--standby", "--port", port)
            )
        enough.set()
        for each in busy:
            each.result()
    print(f"{len(told)} reports, writes again after {pauses} s")

    with closing(read_log(directories[0], log)) as stored:
        events = [each for start in range(0, stored.head(), 1000) for each in stored.read(start, 1000)]
    filed = {each.stream: each.position for each in events if each.type == "ReportFiled"}
    assert len(filed) == sum(each.type == "ReportFiled" for each in events)
    assert told.items() <= filed.items()
