"""`intellog webhook`: set, listed without secrets, deleted; over the interface, as everything else."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from service.cli.app import app
from service.service import opened
from service.settings import Settings

Run = Callable[..., Result]
TARGET = "https://hooks.example/in"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Run `intellog webhook` on a log, in a terminal of 80 columns."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("INTELLOG_ACTOR", "root")
    log = tmp_path / "log"
    with opened(Settings(data=log)):
        pass

    def typed(*words: object) -> Result:
        return CliRunner().invoke(app, ["webhook", *map(str, words), "--data", str(log)])

    return typed


def test_a_secret_that_is_made_is_printed_once(run: Run) -> None:
    made = run("create", "desk", TARGET, "--kind", "flag.raised")
    listed = run("list", "--json")
    again = run("create", "desk", TARGET)

    assert made.exit_code == 0 and made.stdout.startswith("whsec_")
    assert "hooks.example" in made.stderr and "not shown again" in made.stderr
    found = json.loads(listed.stdout)
    assert (found["id"], found["subject"], found["state"]) == ("desk", "root", "active")
    assert found["filter"]["kinds"] == ["flag.raised"]
    assert "whsec_" not in listed.output + again.output
    assert "desk" in run("list").stdout


def test_a_secret_of_ones_own_comes_from_a_file(run: Run, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(f"{SECRET}\n")
    made = run("create", "desk", TARGET, "--secret-file", tmp_path / "secret")
    missing = run("create", "desk", TARGET, "--secret-file", tmp_path / "nothing")

    assert made.exit_code == 0 and made.stdout == ""
    assert missing.exit_code == 2 and missing.stderr.count("\n") == 1


def test_it_is_delivered_again_from_a_position_and_deleted(run: Run) -> None:
    run("create", "desk", TARGET)
    again = run("redeliver", "desk", "--after", "0")
    beyond = run("redeliver", "desk", "--after", "99")
    deleted = run("delete", "desk")
    gone = run("deliveries", "desk")

    assert again.stdout == "webhook desk goes on after position 0\n"
    assert beyond.exit_code == 1 and "beyond the head" in beyond.stderr
    assert deleted.stdout == "webhook desk to hooks.example is deleted\n"
    assert gone.exit_code == 1 and "there is no webhook 'desk'" in gone.stderr


@pytest.mark.parametrize("target", ["http://hooks.example/", "https://192.168.0.1/"])
def test_what_is_refused_is_said_in_one_line(run: Run, target: str) -> None:
    refused = run("create", "desk", target)

    assert refused.exit_code == 1 and refused.stderr.count("\n") == 1
    assert run("list", "--json").stdout == ""
