"""What a shell completes, asked as bash, zsh and fish ask, and by bash itself."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from typer.testing import CliRunner

from service.access.tokens import TokenFile
from service.cli.app import app
from tests.http_spec import LATER, claim, indicator, report, source
from tests.processes import Process, process, until
from tests.service.http.team import bearer

PROGRAM = f"#!{sys.executable} -P\nfrom service.cli import main\n\nmain()\n"
FILED = (
    indicator("troops", topics=["front"]),
    indicator("tractors"),
    source("nis"),
    report("nis-1", claim(5), claim(7)),
)
SECRET = (indicator("tr-secret", marking="TLP:RED"),)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Process, Path, str]]:
    """A server over a log with something restricted, its directory, and a token that may not see it."""
    data = tmp_path_factory.mktemp("served") / "log"
    tokens = TokenFile(data, lambda: LATER)
    admin = tokens.issue("ada", "admin", "TLP:RED", None, "", "local")[1]
    reader = tokens.issue("rita", "reader", "TLP:GREEN", None, "", "local")[1]
    tokens.close()
    with process(data) as server:
        with httpx2.Client(base_url=server.url, headers=bearer(admin), timeout=60) as client:
            for ask in (*FILED, *SECRET):
                assert client.request(ask.method, ask.path, json=ask.body).is_success
            until(lambda: client.get("/readyz").json(), lambda at: at["head"] == at["position"])
        yield server, data, reader


def completed(typed: str, shell: str = "bash", **variables: str) -> list[str]:
    """What a shell is offered for the last word of what was typed after `intellog`."""
    words = typed.split(" ")
    asked = {
        "_INTELLOG_COMPLETE": f"complete_{shell}",
        "COMP_WORDS": f"intellog {typed}",
        "COMP_CWORD": str(len(words)),
        "_TYPER_COMPLETE_ARGS": f"intellog {typed}",
        "_TYPER_COMPLETE_FISH_ACTION": "get-args",
    }
    done = CliRunner(env={**asked, **variables}).invoke(app, [], prog_name="intellog")
    assert done.exit_code == 0 and not done.stderr, done.output
    return done.stdout.split()


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("vin", ["vintages"]),
        ("token cr", ["create"]),
        ("vintages x --orig", ["--originator"]),
        ("estimate x --policy env", ["envelope/1"]),
        ("events --type ReportF", ["ReportFiled"]),
        ("define x --measure st", ["stock"]),
        ("mark x --marking TLP:G", ["TLP:GREEN"]),
        ("propose x --marking TLP:A", ["TLP:AMBER", "TLP:AMBER+STRICT"]),
        ("token create --role rep", ["reporter"]),
        ("token create --clearance TLP:R", ["TLP:RED"]),
        ("import ", []),
        ("import --map ", []),
    ],
)
def test_verbs_options_and_words_are_completed_and_files_left_to_the_shell(
    typed: str, offered: list[str]
) -> None:
    assert completed(typed) == offered


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("estimate {at} tr", ["tractors", "troops"]),
        ("vintages {at} troops --originator n", ["nis"]),
        ("report {at} nis", ["nis-1"]),
        ("hold {at} nis", ["nis-1"]),
        ("attach {at} nis", ["nis-1"]),
        ("propose {at} x --publisher w", ["wire"]),
        ("claim {at} nis-1/", ["nis-1/1", "nis-1/2"]),
        ("link {at} nis-1/1 --derived-from nis-1/2", ["nis-1/2"]),
        ("define {at} x --parts tro", ["troops"]),
        ("grade {at} n", ["nis", "nis-1/1", "nis-1/2"]),
        ("estimate {at} nothing-begins-so", []),
    ],
)
def test_ids_are_those_of_the_directory(
    served: tuple[Process, Path, str], typed: str, offered: list[str]
) -> None:
    found = completed(typed.format(at=f"--data {served[1]}"))
    assert [each for each in found if each != "tr-secret"] == offered


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("estimate {at} tr", ["tractors", "troops"]),
        ("vintages {at} troops --originator n", ["nis"]),
        ("report {at} nis", ["nis-1"]),
        ("claim {at} nis-1/", ["nis-1/1", "nis-1/2"]),
        ("claim {at} ni", ["nis-1/1"]),
    ],
)
def test_ids_are_those_of_the_server_that_the_token_may_see(
    served: tuple[Process, Path, str], typed: str, offered: list[str]
) -> None:
    server, _, token = served
    assert completed(typed.format(at=f"--url {server.url}"), INTELLOG_TOKEN=token) == offered


@pytest.mark.parametrize("where", ["--url http://127.0.0.1:9", "--data /nowhere", "--url nonsense"])
def test_what_cannot_be_asked_offers_nothing_and_says_nothing(where: str) -> None:
    assert completed(f"estimate {where} tr") == []


def test_without_a_token_nothing_is_offered(served: tuple[Process, Path, str], tmp_path: Path) -> None:
    at = f"estimate --url {served[0].url} tr"
    assert completed(at) == []
    assert completed(at, INTELLOG_TOKEN_FILE=str(tmp_path / "absent")) == []


def test_zsh_and_fish_are_offered_the_same(served: tuple[Process, Path, str]) -> None:
    typed = f"estimate --data {served[1]} tro"
    assert completed(typed, "zsh") == ["_arguments", "'*:", ':(("troops"))\'']
    assert completed(typed, "fish") == ["troops"]
    assert completed("vin", "fish")[0] == "vintages"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_program_prints_what_a_shell_loads(shell: str) -> None:
    asked = {"_INTELLOG_COMPLETE": f"source_{shell}"}
    done = CliRunner(env=asked).invoke(app, [], prog_name="intellog")
    assert done.exit_code == 0 and f"_INTELLOG_COMPLETE=complete_{shell}" in done.output


def test_bash_itself_completes(served: tuple[Process, Path, str], tmp_path: Path) -> None:
    if not shutil.which("bash"):
        pytest.skip("bash is not installed")
    program = tmp_path / "intellog"
    program.write_text(PROGRAM)
    program.chmod(0o755)
    script = (
        'eval "$(intellog --show-completion)"\n'
        f"COMP_WORDS=(intellog estimate --data {served[1]} tro) COMP_CWORD=4\n"
        '_intellog_completion intellog\necho "${COMPREPLY[@]}"\ncomplete -p intellog\n'
    )
    path = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    done = subprocess.run(
        ["bash", "--norc", "-c", script],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, **path},
    )
    offered, registered = done.stdout.splitlines()
    assert offered == "troops", done.stderr
    assert registered == "complete -o default -F _intellog_completion intellog"
