"""Lost events on the command line: refused in one line, accepted with `serve --accept-loss`."""

import subprocess
import sys
from pathlib import Path

import httpx2
import pytest

from tests.http_spec import indicator
from tests.processes import process, wait_for_views

LOG = ("log.sqlite", "log.sqlite-wal", "log.sqlite-shm")


@pytest.fixture
def lost(tmp_path: Path) -> Path:
    """A directory whose log is gone; views and guard are there."""
    with process(tmp_path) as server:
        ask = indicator()
        httpx2.put(server.url + ask.path, json=ask.body).raise_for_status()
        wait_for_views(server.url, 1)
    for name in LOG:
        (tmp_path / name).unlink(missing_ok=True)
    return tmp_path


def run(*words: str) -> "subprocess.CompletedProcess[str]":
    code = "from service.cli import main; main()"
    return subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True)


@pytest.mark.parametrize("guard", [True, False], ids=["guarded", "views alone"])
@pytest.mark.parametrize("verb", ["serve", "import"])
def test_a_loss_ends_the_command_in_one_line(lost: Path, verb: str, guard: bool) -> None:
    if not guard:
        (lost / "log.head").unlink()
    words = {"serve": ("--port", "0"), "import": ("-",)}[verb]
    done = run(verb, *words, "--data", str(lost))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("intellog: ") and done.stderr.count("\n") == 1
    assert "--accept-loss" in done.stderr


@pytest.mark.parametrize("guard", [True, False], ids=["guarded", "views alone"])
def test_an_accepted_loss_is_the_first_event_of_what_follows(lost: Path, guard: bool) -> None:
    if not guard:
        (lost / "log.head").unlink()
    with process(lost, "--accept-loss") as server:
        server.wait_until(lambda ready: ready.get("position") == 1)
        [event] = server.get("/v1/events")["items"]
        assert (event["type"], event["stream"]) == ("LossAccepted", "log:operations")
        assert (event["data"]["head"], event["data"]["known"]) == (0, 1)
    with process(lost) as server:  # accepted once, and not asked again
        assert server.get("/readyz")["head"] == 1
