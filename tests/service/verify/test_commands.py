"""`intellog verify` as its users run it: what it prints, and with which status it exits."""

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx2
import pytest
from typer.testing import CliRunner, Result

from service.cli.app import app
from service.proof.keys import PrivateKey
from service.verify.verdicts import VERDICTS
from tests.service.cli.test_cli import started
from tests.service.verify.tampered import disarm, key_of_tests, write_story

Story = tuple[Path, PrivateKey, int]


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    """A directory with the seeds, the key that signed them, and their number."""
    directory, key = tmp_path_factory.mktemp("story") / "log", key_of_tests()
    return directory, key, write_story(directory, key)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the example story."""
    with started("demo", "--data", tmp_path_factory.mktemp("demo") / "log", "--port", "0") as (_, url):
        yield url


def verify(*words: Any) -> Result:
    """Run the command in a terminal of 80 columns."""
    return CliRunner(env={"COLUMNS": "80"}).invoke(app, ["verify", *map(str, words)])


def copy_of(story: Story, place: Path) -> Path:
    """A copy of the file alone, as somebody takes it away."""
    place.mkdir()
    with (
        closing(sqlite3.connect(story[0] / "log.sqlite")) as db,
        closing(sqlite3.connect(place / "log.sqlite")) as copy,
    ):
        db.backup(copy)
    return place


def test_a_copied_directory_that_cannot_be_written_is_verified(story: Story, tmp_path: Path) -> None:
    copy, key = copy_of(story, tmp_path / "copy"), story[1].public.written()
    (copy / "log.sqlite").chmod(0o400)
    copy.chmod(0o500)
    done = verify("log", copy, "--key", key)
    copy.chmod(0o700)
    assert done.exit_code == 0, done.output
    assert done.output.startswith(f"verified {story[2]} entries and {story[2]} bodies\nroot ")
    assert [*copy.iterdir()] == [copy / "log.sqlite"]


@pytest.mark.parametrize(
    ("statements", "status", "said"),
    [
        (["UPDATE stored_events SET topic = 'Noted' WHERE position = 9"], 7, "position 9 (index 8)"),
        (["DELETE FROM stored_events WHERE position = 9", "DELETE FROM entries WHERE position = 9"],
         12, "position 9 (index 8)"),
        (["UPDATE stored_events SET state = NULL WHERE position = 9",
          "UPDATE entries SET salt = NULL WHERE position = 9"], 8, "position 9 (index 8)"),
        (["UPDATE entries SET recorded_at = '2001-01-01T00:00:00Z' WHERE position = 9"], 10,
         "position 9 (index 8)"),
        (["UPDATE checkpoints SET note = CAST(replace(CAST(note AS TEXT), '40', '41') AS BLOB)"], 3,
         "checkpoint of 40 entries"),
    ],
)  # fmt: skip
def test_what_was_done_is_said_in_a_line_with_a_status_of_its_own(
    story: Story, tmp_path: Path, statements: list[str], status: int, said: str
) -> None:
    copy = copy_of(story, tmp_path / "copy")
    with closing(sqlite3.connect(copy / "log.sqlite", isolation_level=None)) as db:
        disarm(db)
        for statement in statements:
            db.execute(statement)
    done = verify("log", copy, "--key", story[1].public.written())
    assert done.exit_code == status, done.output
    first = done.output.splitlines()[0]
    assert first.startswith("✗ ") and said in first
    [code] = [code for code, each in VERDICTS.items() if each.status == status]
    as_json = verify("log", copy, "--key", story[1].public.written(), "--json")
    report = json.loads(as_json.output)
    assert (as_json.exit_code, report["verdict"], report["status"]) == (status, code, status)


def test_the_key_is_believed_once_and_then_remembered(demo: str, tmp_path: Path) -> None:
    known = tmp_path / "known.json"
    first, again = (verify("log", "--url", demo, "--known", known) for _ in range(2))
    assert first.exit_code == again.exit_code == 0, first.output + again.output
    assert "as the log itself names its key" in first.output
    assert "as the log itself names its key" not in again.output
    members = json.loads(known.read_text())
    members["keys"] = [key_of_tests().public.written()]
    known.write_text(json.dumps(members))
    assert verify("log", "--url", demo, "--known", known).exit_code == 3


def test_a_receipt_and_two_checkpoints_of_a_server_are_verified(demo: str, tmp_path: Path) -> None:
    (tmp_path / "receipt").write_bytes(
        httpx2.get(f"{demo}/v1/events/12/proof", headers={"Accept": "text/plain"}).content
    )
    (tmp_path / "note").write_bytes(httpx2.get(f"{demo}/checkpoint").content)
    known = ("--known", tmp_path / "known.json")
    assert verify("receipt", tmp_path / "receipt", *known).exit_code == 3  # by nobody that is known
    assert verify("log", "--url", demo, *known).exit_code == 0
    done = verify("receipt", tmp_path / "receipt", *known)
    assert done.exit_code == 0 and "its body is what the log committed to" in done.output
    done = verify("consistency", tmp_path / "note", "--url", demo, *known)
    assert done.exit_code == 0 and "is the beginning of" in done.output


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("log", "nowhere"), 1, "there is no log in nowhere"),
        (("log", "nowhere", "--url", "http://127.0.0.1:1"), 2, "give one of them"),
        (("log", "--url", "ftp://x"), 1, "https://HOST:PORT"),
        (("log", "--url", "http://127.0.0.1:1"), 1, "/checkpoint of the server"),
        (("log", "nowhere", "--key", "x"), 1, "cannot be read"),
        (("log", "nowhere", "--policy", "none.policy"), 1, "none.policy: no such file"),
        (("receipt", "none.txt"), 1, "none.txt: no such file"),
        (("consistency", "none.txt"), 2, "give NEW"),
        (("time", "nowhere"), 2, "--certificates"),
        (("estimates", "nowhere"), 1, "there are no views in nowhere"),
    ],
)
def test_what_cannot_be_verified_is_refused_in_a_line(
    words: tuple[str, ...], status: int, said: str
) -> None:
    done = verify(*words)
    assert done.exit_code == status and said in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_file_that_is_no_log_is_refused(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "log.sqlite")) as db:
        db.execute("CREATE VIEW entries AS SELECT 1 AS position")
    assert "has no table stored_events" in verify("log", tmp_path).stderr
    (tmp_path / "log.sqlite").write_bytes(b"nothing of the kind" * 99)
    assert verify("log", tmp_path).exit_code == 1
    shutil.rmtree(tmp_path)
