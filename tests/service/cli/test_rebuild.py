"""`intellog rebuild`: how it ends, what it exits with, and that Ctrl-C cancels it."""

import os
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import httpx2
from typer.testing import CliRunner, Result

from service.cli.app import app
from service.views.pointer import file_in_use
from service.views.store import ViewFile
from tests.http_spec import indicator
from tests.places import ROOT
from tests.processes import PATIENCE, process
from tests.service.views.test_views import on_disk


def run(*words: object) -> Result:
    return CliRunner().invoke(app, [*map(str, words)])


def defined(data: Path) -> None:
    """A log with one event, made by the command line."""
    done = run("define", "troops", "--title", "Troops", "--measure", "stock", "--data", data)
    assert done.exit_code == 0, done.output


def test_what_was_rebuilt_in_a_directory_is_put_back(tmp_path: Path) -> None:
    defined(tmp_path)
    before = file_in_use(tmp_path)
    refused = run("rebuild", "--roll-back", "--data", tmp_path)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert refused.stderr == "intellog: no views are kept that could be put back\n"
    done = run("rebuild", "--data", tmp_path)
    assert done.exit_code == 0 and done.stdout.startswith("rebuilt from 1 events in ")
    assert done.stderr.startswith("new views take about ") and before != file_in_use(tmp_path)
    back = run("rebuild", "--roll-back", "--data", tmp_path)
    assert back.exit_code == 0 and back.stdout.startswith("rolled back, and applied 0 events in ")
    assert (back.stderr, file_in_use(tmp_path)) == ("", before)


def test_what_differed_is_said(tmp_path: Path) -> None:
    defined(tmp_path)
    path = file_in_use(tmp_path)
    assert path is not None
    (tmp_path / "views.seal").unlink()
    with closing(ViewFile(path)) as file:
        on_disk(file, "UPDATE indicators SET version = 100")
    done = run("rebuild", "--data", tmp_path)
    assert done.exit_code == 0
    assert "intellog: the views that were replaced had other rows, in registry\n" in done.stderr


def test_cancelling_takes_a_server(tmp_path: Path) -> None:
    for words in (("--cancel",), ("--cancel", "--roll-back", "--url", "http://127.0.0.1:1")):
        done = run("rebuild", "--data", tmp_path, *words)
        assert (done.exit_code, done.stdout) == (2, "") and "--cancel takes the --url" in done.stderr


def test_ctrl_c_cancels_the_rebuild_of_a_server(tmp_path: Path) -> None:
    with process(tmp_path) as server:
        ask = indicator()
        httpx2.put(server.url + ask.path, json=ask.body).raise_for_status()
        server.wait_until(lambda state: state["position"] == 1)
        nothing = run("rebuild", "--cancel", "--url", server.url)
        assert (nothing.exit_code, nothing.stderr) == (
            1,
            "intellog: no rebuild and no roll back is running\n",
        )
        projector = server.projector
        assert projector is not None
        os.kill(projector, signal.SIGSTOP)
        with subprocess.Popen(
            [sys.executable, "-P", "-m", "service.cli", "rebuild", "--url", server.url],
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        ) as client:
            assert client.stderr is not None
            assert client.stderr.readline().startswith("new views take about ")
            client.send_signal(signal.SIGINT)
            os.kill(projector, signal.SIGCONT)
            _, said = client.communicate(timeout=PATIENCE)
        job = server.get("/v1/projections/claims/rebuild")
        assert (client.returncode, job["state"]) == (130, "cancelled")
        assert said == "intellog: the rebuild was cancelled; the views in use stay\n"
