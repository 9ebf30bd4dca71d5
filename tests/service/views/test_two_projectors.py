"""Two projectors of one directory, as after a crash of the service: one waits, and none corrupts."""

import os
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import httpx2
import pytest

from service.log.port import LogLocked
from service.service import opened
from service.settings import Settings
from service.views.current import Views
from service.views.follower import Follower
from service.views.lock import views_locked
from service.views.store import OutOfStep, ViewFile
from tests.histories import long_story, views_of
from tests.http_spec import indicator
from tests.places import ROOT
from tests.processes import PATIENCE, process
from tests.service.views.test_views import STORY, digests, recorded_by, submit


def test_a_batch_that_does_not_follow_the_stored_position_is_refused_whole(tmp_path: Path) -> None:
    with opened(Settings(data=tmp_path)) as service:
        submit(service, STORY)
        recorded = recorded_by(service.log)
    with closing(ViewFile.create(tmp_path / "other.sqlite")) as file:
        file.apply(recorded[:5])
        before = digests(file)
        for batch in (recorded[:7], recorded[4:7], recorded[6:]):
            with pytest.raises(OutOfStep):
                file.apply(batch)
            assert (file.position(), digests(file)) == (5, before)
        file.apply(recorded[5:])
        assert digests(file) == digests(views_of(recorded))


def test_two_followers_of_one_file_apply_every_event_once(tmp_path: Path) -> None:
    with (
        opened(Settings(data=tmp_path)) as service,
        closing(Views(tmp_path, shared=True)) as views,
        closing(Follower(service.log, views)) as other,
    ):
        for command in (*STORY, *long_story(9, 30)):
            submit(service, [command])
        for each in (service.follower, other):
            assert each.wait(service.log.head(), PATIENCE)
            assert each.error is None
        assert digests(service.views.file) == digests(views_of(recorded_by(service.log)))


def test_a_directory_has_one_projector(tmp_path: Path) -> None:
    with views_locked(tmp_path):
        with (
            pytest.raises(LogLocked, match="a projector of an earlier service"),
            views_locked(tmp_path, 0),
        ):
            pass
        mode = (tmp_path / "views.lock").stat().st_mode & 0o777
    assert mode == 0o600
    with views_locked(tmp_path, 0):
        pass


def test_a_service_waits_for_the_projector_of_the_one_before(tmp_path: Path) -> None:
    """One that is suspended cannot end; the next service begins once it goes on and has ended."""
    with process(tmp_path) as server:
        ask = indicator()
        httpx2.put(server.url + ask.path, json=ask.body).raise_for_status()
        server.wait_until(lambda state: state["position"] == 1)
        projector = server.projector
        assert projector is not None
        os.kill(projector, signal.SIGSTOP)
        server.kill("service")
    with pytest.raises(LogLocked), views_locked(tmp_path, 0):
        pass
    os.kill(projector, signal.SIGCONT)
    with process(tmp_path) as server:
        server.wait_until(lambda state: state.get("ready") and state["head"] == state["position"])
        assert server.get("/v1/indicators/troops")["id"] == "troops"


def test_the_projector_executes_nothing_from_the_working_directory(tmp_path: Path) -> None:
    for name in ("json", "signal", "typer", "service"):
        (tmp_path / f"{name}.py").write_text(
            f"open('executed-{name}', 'w').close()\nraise SystemExit(3)"
        )
    with process(tmp_path / "log", cwd=tmp_path) as server:
        ask = indicator()
        httpx2.put(server.url + ask.path, json=ask.body).raise_for_status()
        server.wait_until(lambda state: state.get("ready") and state["position"] == 1)
    assert list(tmp_path.glob("executed-*")) == []


def test_a_projector_without_a_service_ends_by_itself(tmp_path: Path) -> None:
    with opened(Settings(data=tmp_path)) as service:
        submit(service, STORY)
    command = [sys.executable, "-P", "-m", "service.views.projector", str(tmp_path)]
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        timeout=PATIENCE,
    )
    assert (done.returncode, done.stderr) == (0, b"")
