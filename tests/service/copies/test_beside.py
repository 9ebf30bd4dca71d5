"""What lies beside a log comes with it: tokens, webhooks and the files that reports rest on."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from service.cli.app import app
from tests.http_spec import PAGE, Api, Ask, Server, evidence, indicator, report, sha256, stored
from tests.service.log.copied_logs import ADD, Step, write

Run = Callable[..., Result]
HASH = sha256()
HOOK = Ask("PUT", "/v1/webhooks/desk", {"url": "https://hooks.example/in"})
SENT = (HOOK, stored())
WRITTEN = (indicator(), report("r1", evidence=evidence()))
FILES = ["tokens.sqlite", "tokens.key", "webhooks.sqlite", "webhooks.key"]
ADMIN = ("--subject", "ana", "--role", "admin", "--clearance", "TLP:RED")


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command in a terminal of 80 columns."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("INTELLOG_ACTOR", "root")
    return lambda *words: CliRunner().invoke(app, [*map(str, words)])


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "log"


@pytest.fixture
def written(server: Server, log: Path) -> Iterator[Api]:
    """A running service with a webhook, and a report that rests on a file."""
    with server.over(log) as api:
        fill(api)
        yield api


def fill(api: Api) -> None:
    """Write what is to be copied."""
    assert all(api.send(ask).is_success for ask in SENT)
    api.given(*WRITTEN)


def token(run: Run, log: Path) -> str:
    return run("token", "create", *ADMIN, "--data", log).stdout.strip()


def check(server: Server, log: Path, bearer: str) -> None:
    """Everything is in a directory that was in the log: figure, file, webhook and token."""
    with server.over(log) as api:

        def get(path: str) -> Ask:
            return Ask("GET", path, None, {"Authorization": f"Bearer {bearer}"})

        assert api.send(Ask("GET", "/v1/estimates/troops")).status_code == 401
        assert api.send(get("/v1/estimates/troops")).json()["best"] == 100
        assert api.send(get(f"/v1/evidence/{HASH}")).content == PAGE
        assert api.send(get("/v1/webhooks/desk")).json()["id"] == "desk"


def path_in(directory: Path) -> Path:
    return directory / "evidence" / HASH[:2] / HASH


@pytest.mark.parametrize("how", ["restore", "move"])
def test_a_copy_has_what_the_log_has_beside_it(
    server: Server, run: Run, tmp_path: Path, log: Path, how: str
) -> None:
    with server.over(log) as api:
        fill(api)
        bearer = token(run, log)
        done = run("backup", tmp_path / "backup", "--data", log, "--json")
        assert done.exit_code == 0, done.output
        answer = json.loads(done.stdout)
        assert (answer["files"], answer["evidence"]) == (FILES, 1)
        assert 0 < answer["added"] == answer["events"] <= api.service.log.head()
    target = tmp_path / "target"
    if how == "restore":
        assert run("restore", tmp_path / "backup", "--data", target).exit_code == 0
    else:
        assert run("move", target, "--data", log).exit_code == 0
    for directory in tmp_path / "backup", target:
        modes = {each.stat().st_mode & 0o777 for each in directory.rglob("*") if each.is_file()}
        assert modes == {0o600}
        assert directory.stat().st_mode & 0o777 == 0o700
    check(server, target, bearer)


def test_a_further_backup_adds_files_and_takes_over_tokens(
    written: Api, run: Run, tmp_path: Path, log: Path
) -> None:
    backup = ("backup", tmp_path / "backup", "--data", log)
    assert json.loads(run(*backup, "--json").stdout)["evidence_added"] == 1
    assert written.send(stored(b"another", "text/plain")).is_success
    before = (tmp_path / "backup" / "tokens.sqlite").read_bytes()
    assert json.loads(run(*backup, "--json").stdout)["evidence_added"] == 1
    token(run, log)
    answer = json.loads(run(*backup, "--json").stdout)
    assert (answer["evidence"], answer["evidence_added"]) == (2, 0)
    assert (tmp_path / "backup" / "tokens.sqlite").read_bytes() != before
    path_in(log).with_name(f"{HASH}.senders").write_text('["ana","bo"]')
    assert run(*backup).exit_code == 0
    assert path_in(tmp_path / "backup").with_name(f"{HASH}.senders").read_text() == '["ana","bo"]'


def test_an_altered_file_is_not_copied_and_is_named(
    written: Api, run: Run, tmp_path: Path, log: Path
) -> None:
    path_in(log).write_bytes(b"forged")
    done = run("backup", tmp_path / "backup", "--data", log)
    assert done.exit_code == 1
    assert f"intellog: evidence {HASH} is not copied: the stored file {HASH}" in done.stderr
    assert "report r1 names it" in done.stderr
    path_in(log).write_bytes(PAGE)
    done = run("backup", tmp_path / "backup", "--data", log)
    assert done.exit_code == 0, done.stderr
    path_in(tmp_path / "backup").write_bytes(PAGE[::-1])
    done = run("restore", tmp_path / "backup", "--data", tmp_path / "target")
    assert done.exit_code == 1 and f"evidence {HASH} is not copied" in done.stderr
    assert not path_in(tmp_path / "target").exists()
    # The log is whole all the same, and a backup of it makes good what was altered there.
    done = run("backup", tmp_path / "backup", "--data", log)
    assert done.exit_code == 0, done.stderr
    assert path_in(tmp_path / "backup").read_bytes() == PAGE


def test_tokens_that_cannot_be_read_are_named_in_one_line(
    written: Api, run: Run, tmp_path: Path, log: Path
) -> None:
    (log / "tokens.sqlite").write_bytes(b"forged" * 1_000)
    done = run("backup", tmp_path / "backup", "--data", log)
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == (
        f"intellog: {log / 'tokens.sqlite'} cannot be copied: file is not a database\n"
    )


# In words


def test_the_verbs_say_what_they_did(written: Api, run: Run, tmp_path: Path, log: Path) -> None:
    head = written.service.log.head()
    backup, target = tmp_path / "backup", tmp_path / "target"
    assert run("backup", backup, "--data", log).output == (
        f"backed up and verified {head} events, {head} of them new, in {backup}\n"
        "beside it: tokens.sqlite, tokens.key, webhooks.sqlite, webhooks.key, 1 file of evidence;"
        " views are computed again\n"
    )
    assert run("restore", backup, "--data", target).output == (
        f"restored and verified {head} events, in {target}\n"
        "beside it: tokens.sqlite, tokens.key, webhooks.sqlite, webhooks.key, 1 file of evidence;"
        " views are computed again\n"
        f"to serve it: intellog serve --data {target}\n"
    )
    refused = run("move", tmp_path / "moved", "--data", log)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert refused.stderr.startswith(f"intellog: another process writes the log in {log};")


def test_a_restored_log_that_lacks_events_says_which(
    server: Server, run: Run, tmp_path: Path, log: Path
) -> None:
    with server.over(log) as api:
        fill(api)
        head = api.service.log.head()
        run("backup", tmp_path / "backup", "--data", log)
        api.given(report("r2"))
        known = api.service.log.head()
    target = tmp_path / "target"
    target.mkdir()
    (log / "log.head").rename(target / "log.head")
    done = run("restore", tmp_path / "backup", "--data", target)
    assert (done.exit_code, done.output.splitlines()[2:]) == (
        0,
        [
            f"the backup is older than the log was: event {known} is gone",
            f"to go on without: intellog serve --data {target} --accept-loss",
        ],
    )
    assert known == head + 1


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["backup", "b", "--data", "nowhere"], 2, "there is no log in nowhere; name one with --data"),
        (["move", "b", "--data", "nowhere"], 2, "there is no log in nowhere; name one with --data"),
        (["restore", "nowhere", "--data", "b"], 2, "there is no backup in nowhere"),
        (
            ["move", "mysql://root:pw@host/x", "--data", "there"],
            2,
            "TARGET: must have the form postgresql://user:password@host:port/database;"
            " percent-encode any of :/?#@ in the password",
        ),
        (["move", "there", "--data", "there"], 1, "the log is in there already"),
        (
            ["backup", "there", "--data", "there"],
            1,
            "there is the directory of the log itself; name another one",
        ),
        (
            ["restore", "there", "--data", "there"],
            1,
            "there is the backup itself; name another one",
        ),
    ],
)
def test_what_is_asked_wrongly_is_refused_in_one_line(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], status: int, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "there", [Step(ADD, 1)])
    done = run(*words)
    assert (done.exit_code, done.stdout, done.stderr) == (status, "", f"intellog: {said}\n")
