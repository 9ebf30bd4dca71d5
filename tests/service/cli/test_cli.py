"""The command line, run as a user types it."""

import json
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from typer.testing import CliRunner, Result

from service.cli.app import app
from tests.places import SEEDS

Run = Callable[..., Result]
REPORT: dict[str, Any] = {
    "id": "wire-2025-01-13",
    "publisher": "wire",
    "published_at": "2025-01-13",
    "claims": [{"indicator": "killed", "originator": "nis", "quantity": {"best": 300}}],
}
INSPECTING = [
    ("revisions", "killed"),
    ("changes", "killed", "--since", "0"),
    ("compare", "--candidate", "envelope/1"),
    ("conflicts",),
    ("reports",),
    ("report", "wire-2025-01-13"),
    ("history", "wire-2025-01-13"),
    ("claim", "wire-2025-01-13/1"),
    ("impact", "wire-2025-01-13/1"),
    ("sources",),
    ("indicators",),
]
"""Verbs that inspect, as typed for a log with one report."""
INDICATOR = {"define_indicator": {"id": "killed", "title": "Killed", "measure": "cumulative"}}


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command in a terminal of 80 columns."""
    monkeypatch.setenv("COLUMNS", "80")

    def typed(*words: object, stdin: str | None = None) -> Result:
        return CliRunner().invoke(app, [str(word) for word in words], input=stdin)

    return typed


@pytest.fixture
def log(tmp_path: Path, run: Run) -> Path:
    """A log with one report."""
    done = run("import", "-", "--data", tmp_path / "log", stdin=json.dumps(INDICATOR) + "\n")
    assert done.exit_code == 0, done.output
    assert run("post", "-", "--data", tmp_path / "log", stdin=json.dumps(REPORT)).exit_code == 0
    return tmp_path / "log"


def test_a_posted_report_is_in_the_estimate(log: Path, run: Run) -> None:
    shown = run("estimate", "killed", "--data", log)
    assert shown.exit_code == 0
    assert "300" in shown.output
    assert "wire-2025-01-13/1" in shown.output


def test_posting_again_reports_that_it_is_filed_already(log: Path, run: Run) -> None:
    again = run("post", "-", "--data", log, stdin=json.dumps(REPORT))
    assert (again.exit_code, again.output) == (
        0,
        "already filed: wire-2025-01-13 at position 4\n",
    )


@pytest.mark.parametrize(
    ("words", "fields"),
    [
        (("estimates",), {"indicator": "killed", "best": 300}),
        (("estimate", "killed"), {"best": 300}),
        (("explain", "killed"), {"best": 300, "excluded": []}),
        (("estimates", "--support", "single", "--sort", "revised"), {"indicator": "killed"}),
        (("open",), {"relays": {"n": 0, "items": []}}),
        (("vintages", "killed"), {"best": 300, "change": "first"}),
        (("series", "killed", "--release", "first"), {"best": 300, "derived": False}),
        (("events", "--type", "ReportFiled"), {"type": "ReportFiled"}),
        (("replay", "killed", "--after", "3"), {"indicator": "killed"}),
        (("estimate", "killed", "--policy", "envelope/1"), {"best": None, "low": 300}),
        (("revisions", "killed"), {"originator": "nis", "latest": 300}),
        (("changes", "killed", "--since", "0"), {"indicator": "killed"}),
        (("compare", "--candidate", "envelope/1"), {"indicator": "killed"}),
        (("reports", "--find", "killed"), {"id": "wire-2025-01-13"}),
        (("report", "wire-2025-01-13"), {"publisher": "wire"}),
        (("history", "wire-2025-01-13"), {"type": "ReportFiled"}),
        (("claim", "wire-2025-01-13/1"), {"indicator": "killed", "standing": "active"}),
        (("impact", "wire-2025-01-13/1"), {"indicator": "killed"}),
        (("sources", "--limit", "1"), {"id": "nis"}),
        (("indicators",), {"id": "killed"}),
        (("rebuild",), {"state": "done"}),
    ],
)
def test_each_command_prints_json(
    log: Path, run: Run, words: tuple[str, ...], fields: dict[str, object]
) -> None:
    done = run(*words, "--data", log, "--json")
    assert done.exit_code == 0, done.output
    body = json.loads(done.output.splitlines()[-1])
    assert {name: body[name] for name in fields} == fields


@pytest.mark.parametrize(
    "words",
    [
        ("estimates",),
        ("estimate", "killed"),
        ("explain", "killed"),
        ("vintages", "killed"),
        ("vintages", "killed", "--chart"),
        ("series", "killed"),
        ("series", "killed", "--as", "increment", "--from", "2025", "--to", "2025"),
        *INSPECTING,
        ("open",),
        ("events",),
        ("replay",),
        ("rebuild",),
    ],
)
def test_tables_fit_80_columns(log: Path, run: Run, words: tuple[str, ...]) -> None:
    done = run(*words, "--data", log)
    assert done.exit_code == 0, done.output
    assert done.output.strip()
    assert max(len(line) for line in done.output.splitlines()) <= 80


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("estimate", "kiled"), 1, "did you mean killed?"),
        (("slippage", "killed"), 1, "'killed' is no plan at the times asked"),
        (("estimate", "killed", "--known-at", "yesterday"), 1, "'yesterday' is not a time"),
        (("series", "killed", "--as", "stock"), 1, "as: must be one of increment, cumulative"),
        (("estimates", "--limt", "3"), 2, "No such option: --limt (Possible options: --limit"),
        (("estimtes",), 2, "No such command 'estimtes'. Did you mean 'estimates'"),
        (("token", "crate"), 2, "No such command 'crate'. Did you mean 'create'"),
        (("report", "wire-2025-01-3"), 1, "did you mean wire-2025-01-13?"),
        (("claim", "wire-2025-01-3/1"), 1, "did you mean wire-2025-01-13/1?"),
        (("hold", "wire-2025-01-3"), 1, "did you mean wire-2025-01-13?"),
        (("series", "killed", "--originator", "nsi"), 1, "did you mean nis?"),
        (("define", "x", "--title", "x", "--measure", "stok"), 1, "did you mean stock?"),
        (
            ("token", "create", "--subject", "a", "--role", "analist", "--clearance", "TLP:RED"),
            2,
            "did you mean analyst?",
        ),
        (("estimate", "killed", "--policy", "envelop/1"), 1, "policy: must be one of"),
        (("claim", "killed"), 2, "'killed' is no claim; name one as <report>/<n>"),
        (("claim", "wire-2025-01-13/7"), 1, "there is no claim 'wire-2025-01-13/7'"),
        (("changes", "killed"), 1, "since: is missing"),
        (("post", "missing.json"), 2, "missing.json: no such file or directory"),
        (("import", "/"), 2, "/: is a directory"),
    ],
)
def test_an_error_is_one_line_on_standard_error(
    log: Path, run: Run, words: tuple[str, ...], status: int, said: str
) -> None:
    done = run(*words, "--data", log)
    assert done.exit_code == status
    assert said in done.stderr
    assert status == 2 or len(done.stderr.splitlines()) == 1


def test_a_plan_is_compared_with_what_is_fulfilled(tmp_path: Path, run: Run) -> None:
    def line(name: str, day: str, indicator: str, **claim: Any) -> dict[str, Any]:
        said = {"indicator": indicator, "originator": "nis", "quantity": {"best": 1000}, **claim}
        return {"file_report": {**REPORT, "id": name, "published_at": day, "claims": [said]}}

    lines = [
        {"define_indicator": {"id": "arrived", "title": "Arrived", "measure": "cumulative"}},
        {"define_indicator": {"id": "planned", "title": "Planned", "measure": "stock"}},
        line("plan", "2025-06-17", "planned", status="planned", period="2025-08"),
        line("there", "2025-09-12", "arrived", status="in-transit"),
    ]
    lines[1]["define_indicator"]["plans_for"] = "arrived"
    sent = "\n".join(map(json.dumps, lines))
    assert run("import", "-", "--data", tmp_path, stdin=sent).exit_code == 0
    shown = run("slippage", "planned", "--data", tmp_path)
    assert shown.exit_code == 0, shown.output
    assert "1,000 in transit of 1,000, 12 days late" in " ".join(shown.output.split())
    assert max(len(line) for line in shown.output.splitlines()) <= 80
    row = json.loads(run("slippage", "planned", "--data", tmp_path, "--json").output)
    assert (row["claim"], row["state"], row["late_days"]) == ("plan/1", "late", 12)


def test_a_command_that_reads_creates_no_log(tmp_path: Path, run: Run) -> None:
    done = run("estimates", "--data", tmp_path / "typo")
    assert done.exit_code == 2
    assert "there is no log in" in done.stderr
    assert not (tmp_path / "typo").exists()


def test_an_import_names_each_refused_line_and_fails(log: Path, run: Run) -> None:
    bad = json.dumps({"hold_report": {"report": "nobody"}})
    done = run("import", "-", "--data", log, stdin=f"{json.dumps(INDICATOR)}\n{bad}\n")
    assert done.exit_code == 1
    assert done.stdout == "0 accepted, 1 duplicates, 1 refused; position 4\n"
    assert "line 2: there is no report 'nobody'" in done.stderr


def test_an_exported_log_imports_to_the_same_log(tmp_path: Path, run: Run) -> None:
    for seed in sorted(SEEDS.glob("*.ndjson")):
        assert run("import", seed, "--data", tmp_path / "one").exit_code == 0
    exported = tmp_path / "exported.ndjson"
    assert run("export", "--data", tmp_path / "one", "-o", exported).exit_code == 0
    done = run("import", exported, "--data", tmp_path / "two", "--json")
    assert json.loads(done.stdout)["refused"] == 0

    def facts(name: str) -> list[object]:
        lines = run("export", "--events", "--data", tmp_path / name).stdout.splitlines()
        events = [json.loads(line) for line in lines]
        return [(event["stream"], event["version"], event["data"]) for event in events]

    assert facts("one") == facts("two")
    assert len(facts("one")) > 200


def test_text_with_every_kind_of_line_break_is_exported_unchanged(log: Path, run: Run) -> None:
    text = "one\u2028two\u2029three\u0085four\rfive\nsix"
    claim = {**REPORT["claims"][0], "text": text}
    odd = {**REPORT, "id": "odd", "claims": [claim]}
    assert run("post", "-", "--data", log, stdin=json.dumps(odd)).exit_code == 0
    exported = run("export", "--data", log)
    assert exported.exit_code == 0, exported.output
    commands = [json.loads(line) for line in exported.stdout_bytes.split(b"\n") if line]
    [filed] = [c["file_report"] for c in commands if c.get("file_report", {}).get("id") == "odd"]
    assert filed["claims"][0]["text"] == text
    assert run("replay", "killed", "--data", log).exit_code == 0


@contextmanager
def started(*words: object) -> Iterator[tuple[str, str]]:
    """Run a server as a process; yield what it printed up to its address, and the address."""
    command = [sys.executable, "-c", "from service.cli import main; main()", *map(str, words)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            printed = ""
            for line in process.stdout:
                printed += line
                if "Ctrl-C" in line or f" serves {words[2]} at " in line:
                    break
            found = re.search(r"http://[\d.]+:\d+", printed)
            assert found, printed
            yield printed, found.group()
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=20)
            assert process.returncode == 0


def test_the_demo_prints_three_lines_that_work(tmp_path: Path) -> None:
    with started("demo", "--data", tmp_path / "demo", "--port", "0") as (printed, url):
        lines = re.findall(r"curl '([^']+)'", printed)
        assert len(lines) == 3
        for line in lines:
            assert httpx2.get(line).status_code == 200, line
        assert "North Korean" in httpx2.get(url).text


def test_a_served_log_is_reached_by_url_and_its_directory_is_locked(tmp_path: Path, run: Run) -> None:
    data = tmp_path / "served"
    with started("serve", "--data", data, "--port", "0") as (_, url):
        line = json.dumps(INDICATOR)
        assert run("import", "-", "--url", url, stdin=line).exit_code == 0
        refused = run("estimates", "--data", data)
        assert refused.exit_code == 1
        assert f"--url {url}" in refused.stderr
        assert run("estimates", "--url", url).exit_code == 0
    assert not (data / "server.url").exists()
    assert run("estimates", "--data", data).exit_code == 0


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.7", "example.org"])
def test_without_access_control_only_this_machine_is_served(
    tmp_path: Path, run: Run, host: str
) -> None:
    done = run("serve", "--data", tmp_path / "log", "--host", host)
    assert done.exit_code == 2
    assert "only answers this machine" in done.stderr


def test_an_import_names_what_is_no_longer_in_force(log: Path, run: Run) -> None:
    def imported(letter: str, *more: str) -> Any:
        line = json.dumps({"grade_source": {"source": "nis", "reliability": letter}})
        return run("import", "-", "--data", log, *more, stdin=line)

    assert imported("B").exit_code == imported("C").exit_code == 0
    again = imported("B")
    assert again.stdout.startswith("0 accepted, 1 duplicates")
    assert "line 1: is known since position 5 and no longer in force" in again.stderr
    assert imported("B", "--name", "march").stdout.startswith("1 accepted, 0 duplicates")
    assert imported("B", "--name", "march").stdout.startswith("0 accepted, 1 duplicates")
