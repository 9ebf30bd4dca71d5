"""What commands print of data does nothing to a terminal, and nothing in data is markup."""

import ast
import json
import os
import re
import socket
from pathlib import Path
from typing import Any

import pytest

from service.cli.output import harmless, harmless_json
from tests.service.cli.test_cli import INSPECTING, REPORT, Run, run

__all__ = ["run"]

NASTY = (
    "[m²] [/nope] [red]x[/red] :smile: \x1b]0;owned\x07 \x1b[31m \x9b2J \x7f \u202eevil\u2066 "
    "\u200f\u061c end"
)
SHOWN = r"[m²] [/nope] [red]x[/red] :smile: \u001b]0;owned\u0007 \u001b[31m \u009b2J \u007f \u202eevil"
HARMFUL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
CLI = Path(__file__).parents[3] / "service" / "cli"


@pytest.fixture
def nasty(tmp_path: Path, run: Run) -> Path:
    """A log that is full of what a terminal would act on."""
    said: dict[str, Any] = {"indicator": "killed", "originator": "nis", "text": NASTY, "cohort": NASTY}
    claims = [
        {**said, "quantity": {"best": 300}, "cohort": None},
        {**said, "quantity": {"best": 900}},
        {**said, "quantity": {"best": 700}, "indicator": "plan", "status": "planned", "period": "2026"},
    ]
    lines = [
        {"define_indicator": {"id": "killed", "title": NASTY, "measure": "stock", "unit": NASTY}},
        {"define_indicator": {"id": "plan", "title": NASTY, "measure": "stock", "unit": NASTY}},
        {"file_report": {**REPORT, "title": NASTY, "claims": claims}},
        {"dispute_claim": {"claim": f"{REPORT['id']}/1", "by": "un", "reason": NASTY}},
    ]
    lines[1]["define_indicator"]["plans_for"] = "killed"
    sent = "\n".join(map(json.dumps, lines))
    assert run("import", "-", "--data", tmp_path / "log", stdin=sent).exit_code == 0
    return tmp_path / "log"


READING = [
    ("estimates",),
    ("estimate", "killed"),
    ("explain", "killed"),
    ("vintages", "killed"),
    ("vintages", "killed", "--chart"),
    ("series", "killed"),
    ("slippage", "plan"),
    *INSPECTING,
    ("events",),
    ("replay",),
    ("replay", "killed"),
    ("export",),
    ("export", "--events"),
]


@pytest.mark.parametrize("words", READING)
@pytest.mark.parametrize("form", [(), ("--json",)])
def test_nothing_that_is_printed_acts_on_a_terminal(
    nasty: Path, run: Run, words: tuple[str, ...], form: tuple[str, ...]
) -> None:
    if words[0] == "export" and form:
        return
    done = run(*words, "--data", nasty, *form)
    assert done.exit_code == 0, done.output
    assert done.stdout and not HARMFUL.search(done.stdout)


def test_brackets_and_colons_in_data_are_printed_as_they_are(nasty: Path, run: Run) -> None:
    shown = " ".join(run("estimate", "killed", "--data", nasty).stdout.split())
    assert SHOWN.replace(" ", "") in shown.replace(" ", "")
    assert "300 [m²] [/nope]" in shown
    names = run("series", "killed", "--data", nasty).stdout
    assert "[m²]" in names and ":smile:" in "".join(names.split())


def test_json_for_programs_holds_the_same_values(nasty: Path, run: Run) -> None:
    body = json.loads(run("estimate", "killed", "--data", nasty, "--json").stdout)
    assert (body["title"], body["unit"], body["cohorts"]) == (NASTY, NASTY, [NASTY])
    [filed] = [
        command["file_report"]
        for line in run("export", "--data", nasty).stdout.splitlines()
        if "file_report" in (command := json.loads(line))
    ]
    assert filed["title"] == NASTY


def test_an_error_on_standard_error_is_harmless_and_one_line(nasty: Path, run: Run) -> None:
    for done in (
        run("estimate", NASTY, "--data", nasty),
        run("import", "-", "--data", nasty, stdin=json.dumps({"hold_report": {"report": NASTY}})),
        run("post", NASTY, "--data", nasty),
        run("estimates", "--data", f"{nasty}{NASTY}"),
    ):
        assert done.exit_code in (1, 2)
        assert len(done.stderr.splitlines()) == 1 and not HARMFUL.search(done.stderr)


def test_no_other_module_of_the_command_line_prints() -> None:
    for path in CLI.glob("*.py"):
        names = {
            node.id for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Name)
        }
        assert path.name == "output.py" or not names & {"print", "Console"}, path


@pytest.mark.parametrize("text", ["plain", "é m² 한국 🕵️‍♂️ עברית", "one\ttwo\nthree"])
def test_harmless_text_stays_as_it_is(text: str) -> None:
    assert harmless(text) == text
    line = json.dumps(text, ensure_ascii=False).encode()
    assert harmless_json(line) == line


@pytest.mark.parametrize("code", [*range(0x20), *range(0x7F, 0xA0), 0x200E, 0x202E, 0x2066, 0x2029])
def test_what_is_written_otherwise_is_the_same_json(code: int) -> None:
    line = json.dumps(f"a{chr(code)}b", ensure_ascii=False).encode()
    made = harmless_json(line)
    assert json.loads(made) == f"a{chr(code)}b" and not HARMFUL.search(made.decode())


def test_a_port_in_use_is_told_as_such(tmp_path: Path, run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run("serve", "--data", tmp_path / "log", "--port", port)
    assert done.exit_code == 1
    said = f"intellog: cannot listen on 127.0.0.1:{port}: Address already in use; try another --port\n"
    assert done.stderr == said


@pytest.mark.parametrize("words", [("serve", "--port", "0"), ("post", "-"), ("import", "-")])
def test_what_the_system_refuses_is_told_by_its_own_words(
    tmp_path: Path, run: Run, words: tuple[str, ...]
) -> None:
    (tmp_path / "file").write_text("no directory")
    done = run(*words, "--data", tmp_path / "file" / "log", stdin="{}")
    assert done.exit_code == 1
    assert "not a directory" in done.stderr.lower() and f"{tmp_path}/file/log" in done.stderr
    assert "listen" not in done.stderr and len(done.stderr.splitlines()) == 1


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a device that is always full")
def test_a_full_disk_is_told_as_such(nasty: Path, run: Run) -> None:
    done = run("export", "--data", nasty, "-o", "/dev/full")
    assert (done.exit_code, done.stderr) == (1, "intellog: no space left on device\n")
