"""Evidence on the command line: attached, read back, checked, swept; here and on a server."""

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from service.cli.app import app
from tests.http_spec import FILED, PAGE, Server, indicator, report, sha256

Run = Callable[..., Result]
HASH = sha256()


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command in a terminal of 80 columns."""
    monkeypatch.setenv("COLUMNS", "80")

    def typed(*words: object) -> Result:
        return CliRunner().invoke(app, [str(word) for word in words])

    return typed


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """A saved page."""
    path = tmp_path / "page.html"
    path.write_bytes(PAGE)
    return path


@pytest.fixture
def log(server: Server, tmp_path: Path) -> Path:
    """A log with one report."""
    with server.over(tmp_path / "log") as api:
        api.given(*FILED)
    return tmp_path / "log"


def path_in(log: Path) -> Path:
    return log / "evidence" / HASH[:2] / HASH


def test_a_file_is_attached_and_read_back(run: Run, log: Path, page: Path, tmp_path: Path) -> None:
    done = run("attach", "r1", page, "--reason", "saved today", "--data", log)
    assert (done.exit_code, done.output) == (
        0,
        f"report r1 rests on {HASH} (text/html), recorded at position 5\n"
        "to take it back: intellog correct r1, with the copy that it named before\n",
    )
    again = run("attach", "r1", page, "--reason", "saved today", "--data", log)
    assert "as it was already at position 5" in again.output
    copied = tmp_path / "copied"
    assert run("evidence", "get", HASH, "-o", copied, "--data", log).exit_code == 0
    assert copied.read_bytes() == PAGE
    for verb in (("check",), ("evidence", "check")):
        checked = run(*verb, "--data", log)
        assert checked.exit_code == 0 and "no damage" in checked.output


def test_a_file_is_attached_on_a_server(run: Run, server: Server, tmp_path: Path, page: Path) -> None:
    with server.over(tmp_path / "log") as api:
        api.given(*FILED)
        url = ("--url", api.client.base_url)
        done = run("attach", "r1", page, "--json", *url)
        assert json.loads(done.output)["evidence"]["sha256"] == HASH
        shown = run("evidence", "get", HASH, "-o", "-", *url)
        assert (shown.exit_code, shown.stdout_bytes) == (0, PAGE)
        stale = run("attach", "r1", page, "--if-match", "1", *url)
        assert stale.exit_code == 1
        missing = run("attach", "r1", tmp_path / "none", *url)
        assert (missing.exit_code, missing.output) == (
            2,
            f"intellog: {tmp_path / 'none'}: no such file or directory\n",
        )
        lost = run("evidence", "get", "0" * 64, "-o", tmp_path / "lost", *url)
        assert lost.exit_code == 1 and not (tmp_path / "lost").exists()


def test_a_file_of_no_kind_is_refused_in_one_line(run: Run, log: Path, tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_bytes(b"\x7fELF\x02\x01\x01\x00")
    done = run("attach", "r1", program, "--data", log)
    assert done.exit_code == 1 and len(done.output.splitlines()) == 1
    assert "begins like none of the kinds that are taken" in done.output


def cut(log: Path) -> str:
    path_in(log).write_bytes(PAGE[:-1])
    return "is altered: report r1 names it at position 5; restore it"


def gone(log: Path) -> str:
    path_in(log).unlink()
    return "is missing: report r1 names it at position 5; restore it"


def linked(log: Path) -> str:
    path_in(log).unlink()
    path_in(log).symlink_to(log / "secret")
    return "is altered: report r1 names it at position 5; restore it"


def lost(log: Path) -> str:
    (log / "evidence").rename(log / "elsewhere")
    return "is missing: report r1 names it at position 5; restore it"


@pytest.mark.parametrize("harm", [cut, gone, linked, lost])
@pytest.mark.parametrize("verb", [("check",), ("evidence", "check")])
def test_what_is_wrong_is_listed_with_its_cure(
    run: Run, log: Path, page: Path, harm: Callable[[Path], str], verb: tuple[str, ...]
) -> None:
    run("attach", "r1", page, "--data", log)
    says = harm(log)
    checked = run(*verb, "--data", log)
    assert checked.exit_code == 1
    first, *rest = checked.output.splitlines()
    assert first.startswith(f"evidence {HASH} {says}") and len(rest) == 1
    assert rest[0].endswith("problems: 1")


@pytest.mark.parametrize("content", [b"", b"[", b"7", b"\xff"])
def test_a_list_of_senders_that_is_none_is_named(
    run: Run, log: Path, page: Path, content: bytes
) -> None:
    run("attach", "r1", page, "--data", log)
    path_in(log).with_name(f"{HASH}.senders").write_bytes(content)
    checked = run("evidence", "check", "--data", log)
    assert checked.exit_code == 1 and f"{HASH}.senders: is no list of who has sent" in checked.output
    assert run("evidence", "get", HASH, "-o", "-", "--data", log).exit_code == 1
    assert run("attach", "r1", page, "--data", log).exit_code == 0
    assert run("evidence", "check", "--data", log).exit_code == 0


def test_a_file_that_is_no_part_of_the_store_is_named(run: Run, log: Path, page: Path) -> None:
    run("attach", "r1", page, "--data", log)
    path_in(log).with_name("notes").write_text("mine")
    checked = run("evidence", "check", "--data", log)
    assert checked.exit_code == 1 and "notes: is no file of the store" in checked.output


def test_what_no_report_rests_on_is_listed_and_swept_when_it_is_old(
    run: Run, log: Path, page: Path
) -> None:
    assert run("attach", "none", page, "--data", log).exit_code == 1  # it is stored, and nothing else
    checked = run("evidence", "check", "--data", log)
    assert checked.exit_code == 0
    assert f"evidence {HASH} is stored, and no report names it" in checked.output
    assert "deleted 0 files" in run("evidence", "sweep", "--data", log).output
    os.utime(path_in(log), (0, 0))
    swept = run("evidence", "sweep", "--days", 2, "--data", log)
    assert swept.output == f"deleted {HASH}\ndeleted 1 files that no report rests on\n"
    assert [path for path in (log / "evidence").rglob("*") if path.is_file()] == []


def test_a_file_that_was_sent_again_is_not_old(run: Run, log: Path, page: Path) -> None:
    run("attach", "none", page, "--data", log)
    os.utime(path_in(log), (0, 0))
    run("attach", "none", page, "--data", log)
    assert "deleted 0 files" in run("evidence", "sweep", "--data", log).output


def test_what_a_report_rests_on_is_never_swept(run: Run, log: Path, page: Path) -> None:
    run("attach", "r1", page, "--data", log)
    os.utime(path_in(log), (0, 0))
    assert "deleted 0 files" in run("evidence", "sweep", "--data", log).output
    assert hashlib.sha256(path_in(log).read_bytes()).hexdigest() == HASH


def test_a_hash_alone_is_no_trouble(run: Run, server: Server, tmp_path: Path) -> None:
    with server.over(tmp_path / "log") as api:
        api.given(indicator(), report(evidence={"sha256": HASH}))
    assert run("evidence", "check", "--data", tmp_path / "log").exit_code == 0
