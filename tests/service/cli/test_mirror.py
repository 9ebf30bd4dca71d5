"""Mirroring and promoting on the command line: what is said, what is refused, how it ends."""

import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from service.log.mirror_note import mirror_note
from tests.http_spec import Api, Server, indicator, report
from tests.places import LONG
from tests.service.cli.test_cli import Run, run
from tests.service.http.team import issued
from tests.service.mirror.mirrors import stored, stored_in

__all__ = ["run"]
CODE = "from service.cli import main; main()"


@pytest.fixture
def filled(api: Api) -> Api:
    api.given(indicator(), report("r1"))
    return api


def url_of(server: Server) -> str:
    return f"http://127.0.0.1:{server.address[1]}"


def test_mirror_once_and_promote(filled: Api, server: Server, tmp_path: Path, run: Run) -> None:
    mirror, url, head = tmp_path / "mirror", url_of(server), filled.service.log.head()
    done = run("mirror", url, "--data", mirror, "--once")
    assert (done.exit_code, done.output) == (
        0,
        f"{mirror} holds all that {url} has, up to position {head}\n",
    )
    assert stored_in(mirror) == stored(filled.service.log)
    written = run("source", "un", "--data", mirror)
    assert written.exit_code == 1 and "intellog promote" in written.stderr

    refused = run("promote", "--data", mirror)
    assert refused.exit_code == 1 and "--accept-two-writers" in refused.stderr
    assert "0 events were taken from it just now" in refused.output
    done = run("promote", "--data", mirror, "--accept-two-writers")
    assert done.exit_code == 0, done.output
    assert f"event {head + 1} says so" in done.output and "it may lack tokens" in done.output
    assert run("source", "un", "--data", mirror).exit_code == 0
    again = run("promote", "--data", mirror)
    assert again.exit_code == 1 and "is no mirror" in again.stderr


def test_a_source_that_is_gone_takes_a_yes(
    filled: Api, server: Server, tmp_path: Path, run: Run
) -> None:
    mirror = tmp_path / "mirror"
    assert run("mirror", url_of(server), "--data", mirror, "--once").exit_code == 0
    note = (mirror / "mirror.json").read_text()
    (mirror / "mirror.json").write_text(re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:9", note))
    asked = run("promote", "--data", mirror)
    assert asked.exit_code == 1 and "give --yes" in asked.stderr
    assert "cannot be connected to" in asked.output and "it may lack events" in asked.output
    assert mirror_note(mirror) is not None
    assert run("promote", "--data", mirror, "--yes").exit_code == 0
    assert mirror_note(mirror) is None


def test_the_token_comes_from_the_environment_or_a_private_file(
    filled: Api, server: Server, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    token, weak = issued(filled, "admin"), issued(filled, "admin", "eve", "TLP:AMBER")
    words = ("mirror", url_of(server), "--data", tmp_path / "mirror", "--once")
    assert "401" in run(*words).stderr
    monkeypatch.setenv("INTELLOG_FOLLOW_TOKEN", weak)
    refused = run(*words)
    assert refused.exit_code == 1 and "403" in refused.stderr and weak not in refused.stderr
    monkeypatch.delenv("INTELLOG_FOLLOW_TOKEN")
    file = tmp_path / "token"
    file.write_text(token)
    file.chmod(0o644)
    monkeypatch.setenv("INTELLOG_FOLLOW_TOKEN_FILE", str(file))
    assert "chmod 600" in run(*words).stderr
    file.chmod(0o600)
    assert run(*words).exit_code == 0
    assert not any(token.encode() in each.read_bytes() for each in (tmp_path / "mirror").iterdir())


@pytest.mark.skipif(not LONG, reason="starts a process")
def test_a_mirror_runs_until_it_is_stopped(filled: Api, server: Server, tmp_path: Path) -> None:
    words = [sys.executable, "-c", CODE, "mirror", url_of(server), "--data", str(tmp_path / "mirror")]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert f"intellog mirrors {url_of(server)} in" in process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0


def test_an_address_that_cannot_be_one_is_a_mistake_of_use(tmp_path: Path, run: Run) -> None:
    refused = run("mirror", "https://ana:secret@a", "--data", tmp_path / "mirror", "--once")
    assert refused.exit_code == 2 and "secret" not in refused.stderr
