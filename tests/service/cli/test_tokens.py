"""`intellog token`: printed once, listed without secrets, revoked; and what is sent as bearer."""

import json
import os
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from service.access.tokens import Refusal
from service.cli.app import app
from service.cli.bearer import bearer
from service.settings import BadSetting
from tests.service.access.access_spec import Clock, token_file

Run = Callable[..., Result]
SECRET = f"intellog_0123456789ab_{'x' * 43}"
ANA = ("--subject", "Ana Ng", "--role", "analyst", "--clearance", "TLP:AMBER")


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Run `intellog token` on a directory, in a terminal of 80 columns."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("INTELLOG_ACTOR", "root")

    def typed(*words: object, data: Path = tmp_path / "log") -> Result:
        return CliRunner().invoke(app, ["token", *map(str, words), "--data", str(data)])

    return typed


def test_a_token_is_printed_once_and_listed_without_its_secret(run: Run, tmp_path: Path) -> None:
    made = run("create", *ANA, "--expires", "2199-01-31", "--note", "press desk")
    text = made.stdout.strip()

    assert made.exit_code == 0, made.output
    assert "until 2199-01-31. It is not shown again" in made.stderr
    with token_file(tmp_path / "log", Clock()) as tokens:
        assert tokens.judged(text) == Refusal("unrecorded", text.split("_")[1])
        assert [each.by for each in tokens.unrecorded()] == ["root"]

    shown, listed = run("list"), run("list", "--json")
    assert text.split("_")[1] in shown.stdout and "until 2199-01-31" in shown.stdout
    assert max(len(line) for line in shown.stdout.splitlines()) <= 80
    [row] = map(json.loads, listed.stdout.splitlines())
    assert (row["subject"], row["role"], row["note"]) == ("Ana Ng", "analyst", "press desk")
    assert text[-43:] not in shown.output + listed.output + made.stderr


def test_a_program_reads_the_token_as_json(run: Run) -> None:
    made = json.loads(run("create", *ANA, "--json").stdout)

    assert made["token"].startswith(f"intellog_{made['id']}_")
    assert (made["clearance"], made["expires_at"]) == ("TLP:AMBER", None)


def test_a_revoked_token_stays_in_the_list(run: Run) -> None:
    id = json.loads(run("create", *ANA, "--json").stdout)["id"]

    done = run("revoke", id)

    assert done.exit_code == 0 and done.stdout.startswith(f"token {id} of Ana Ng was revoked at ")
    assert json.loads(run("list", "--json").stdout)["revoked_by"] == "root"
    assert "revoked" in run("list").stdout


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        (("revoke", "0" * 12), 1, "there is no token '000000000000'"),
        (("create", *ANA[:3], "boss", *ANA[4:]), 2, "role: "),
        (("create", *ANA[:5], "RED"), 2, "clearance: "),
        (("create", "--subject", "", *ANA[2:]), 2, "subject: "),
        (("create", *ANA, "--expires", "soon"), 2, "--expires soon: "),
        (("create", *ANA, "--expires", "2020-01-01"), 2, "expires_at: 2020-01-01T00:00:00Z is not"),
    ],
)
def test_an_error_is_one_line(run: Run, words: tuple[str, ...], status: int, says: str) -> None:
    run("create", *ANA)

    done = run(*words)

    assert (done.exit_code, done.stdout) == (status, "")
    assert done.stderr.startswith(f"intellog: {says}") and done.stderr.count("\n") == 1


@pytest.mark.parametrize("words", [("list",), ("revoke", "0" * 12)])
def test_a_mistyped_directory_is_not_made(run: Run, tmp_path: Path, words: tuple[str, ...]) -> None:
    done = run(*words, data=tmp_path / "typo")

    assert done.exit_code == 2 and "there are no tokens in" in done.stderr
    assert not (tmp_path / "typo").exists()


# What is sent to a server.


def test_the_environment_names_the_token() -> None:
    assert bearer({}) == {}
    assert bearer({"INTELLOG_TOKEN": "", "INTELLOG_TOKEN_FILE": ""}) == {}
    assert bearer({"INTELLOG_TOKEN": SECRET}) == {"Authorization": f"Bearer {SECRET}"}


def test_a_file_of_ones_own_holds_the_token(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text(f"{SECRET}\n")
    path.chmod(0o600)

    assert bearer({"INTELLOG_TOKEN_FILE": str(path)}) == {"Authorization": f"Bearer {SECRET}"}
    other = {"INTELLOG_TOKEN_FILE": str(path), "INTELLOG_TOKEN": "other"}
    assert bearer(other) == {"Authorization": "Bearer other"}


@pytest.mark.skipif(os.name != "posix", reason="rights of files")
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o777])
def test_a_file_that_others_may_use_is_refused_with_the_remedy(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "token"
    path.write_text(SECRET)
    path.chmod(mode)
    with pytest.raises(BadSetting, match=f"its mode is {mode:o}; run: chmod 600 {path}"):
        bearer({"INTELLOG_TOKEN_FILE": str(path)})


@pytest.mark.parametrize("text", ["\n", f"{SECRET}\n{SECRET}", f"{SECRET} x", f"{SECRET}é", "a\x00b"])
def test_what_is_not_one_token_is_refused_without_being_shown(tmp_path: Path, text: str) -> None:
    path = tmp_path / "token"
    path.write_text(text)
    path.chmod(0o600)
    for given in ({"INTELLOG_TOKEN": text}, {"INTELLOG_TOKEN_FILE": str(path)}):
        with pytest.raises(BadSetting, match="does not hold one token") as caught:
            bearer(given)
        assert SECRET not in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="no such file"):
        bearer({"INTELLOG_TOKEN_FILE": str(tmp_path / "none")})


@pytest.fixture
def asked() -> Iterator[tuple[str, list[tuple[str, str, Any]]]]:
    """The address of a server, and what it was asked: the request line, the bearer and the body."""
    found = list[tuple[str, str, Any]]()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            sent = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or "null")
            found.append((f"{self.command} {self.path}", self.headers["Authorization"], sent))
            body = b'{"detail": "you may not", "items": []}'
            self.send_response(200 if self.command == "GET" else 403)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_DELETE = _answer

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}", found
        server.shutdown()
        thread.join()


def test_a_server_is_asked_with_the_token(
    asked: tuple[str, list[Any]], run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    url, found = asked
    monkeypatch.setenv("INTELLOG_TOKEN", SECRET)

    done = [
        run("list", "--url", url, "--json"),
        run("create", *ANA, "--expires", "2199-01-31", "--url", url),
        run("revoke", "../x", "--url", url),
    ]

    assert [each.exit_code for each in done] == [0, 1, 1]
    assert done[1].stderr == done[2].stderr == "intellog: you may not\n"
    allowed = {"subject": "Ana Ng", "role": "analyst", "clearance": "TLP:AMBER"}
    assert found == [
        ("GET /v1/tokens", f"Bearer {SECRET}", None),
        (
            "POST /v1/tokens",
            f"Bearer {SECRET}",
            {**allowed, "note": "", "expires_at": "2199-01-31T00:00:00Z"},
        ),
        ("DELETE /v1/tokens/..%2Fx", f"Bearer {SECRET}", None),
    ]
    assert not (tmp_path / "log").exists()
