"""The verb `propose`: what a text proposes, tried and filed from a terminal."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from service.cli.app import app

TEXT = (
    "The Harbour Office said about 40 boats were damaged, and 12 boats were sunk. "
    "Another 300 boats are expected in June. The storm was strong.\n"
)
INDICATORS = """\
{"define_indicator": {"id": "boats-damaged", "title": "Boats damaged", "unit": "boats", \
"measure": "cumulative"}}
{"define_indicator": {"id": "boats-sunk", "title": "Boats sunk", "unit": "boats", \
"measure": "cumulative"}}
"""
GIVEN = ("--publisher", "daily", "--published-at", "2025-05-20")
Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs a verb on a log that has the indicators; `{text}` is the file of the text."""
    runner = CliRunner()
    (tmp_path / "text.txt").write_text(TEXT, "utf-8")
    (tmp_path / "log.ndjson").write_text(INDICATORS, "utf-8")

    def invoke(*words: str, **more: Any) -> Result:
        places = {"text": tmp_path / "text.txt", "folder": tmp_path}
        args = [each.format(**places) for each in words]
        return runner.invoke(app, [*args, "--data", str(tmp_path / "log")], **more)

    assert invoke("import", "{folder}/log.ndjson").exit_code == 0
    return invoke


def events(run: Run) -> list[str]:
    return [json.loads(line)["type"] for line in run("events", "--json").stdout.splitlines()]


def test_a_text_is_laid_out_within_80_columns(run: Run) -> None:
    result = run("propose", "{text}", *GIVEN)
    assert result.exit_code == 0, result.output
    assert "[x]  about 40: about 40 boats" in result.stdout
    assert "originator harbour-office (new: Harbour Office)" in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 80
    assert "ReportFiled" not in events(run)


def test_json_is_what_the_interface_returns(run: Run) -> None:
    draft = json.loads(run("propose", "{text}", *GIVEN, "--json").stdout)
    assert [each["ticked"] for each in draft["claims"]][:2] == [True, True]
    assert draft["report"]["publisher"] == "daily"


def test_standard_input_is_read(run: Run) -> None:
    draft = json.loads(run("propose", "-", "--json", input=TEXT).stdout)
    assert draft["claims"][0]["quote"]["exact"] == "about 40 boats"


def test_ticked_proposals_are_tried(run: Run) -> None:
    result = run("propose", "{text}", *GIVEN, "--ticked", "--dry-run")
    assert "the estimate of boats-damaged would change" in result.stdout
    assert "ReportFiled" not in events(run)


def test_ticked_proposals_are_filed(run: Run) -> None:
    result = run("propose", "{text}", *GIVEN, "--ticked", "--file", "--id", "storm-1")
    assert "filed storm-1 at position" in result.stdout, result.output
    shown = json.loads(run("estimate", "boats-damaged", "--json").stdout)
    assert (shown["best"], shown["qualifier"]) == (40, "about")


def test_selected_proposals_are_filed_with_the_fields_given(run: Run) -> None:
    fields = ("--set", "3.indicator=boats-damaged", "--set", "3.originator=harbour-office")
    chosen = ("--select", "1,3", *fields, "--file")
    result = run("propose", "{text}", *GIVEN, *chosen, "--json")
    written = json.loads(result.stdout)
    assert len(written["claims"]) == 2


def test_at_the_terminal_each_is_asked_for(run: Run) -> None:
    answers = "y\nn\nn\ny\n"
    result = run("propose", "{text}", *GIVEN, "--ask", input=answers)
    assert "filed " in result.stdout, result.output
    assert events(run).count("ReportFiled") == 1


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--select", "9"), "give numbers from 1 to"),
        (("--select", "1", "--ticked"), "give one of --select, --ticked and --ask"),
        (("--file",), "say which proposals"),
        (("--select", "1", "--set", "2.originator=a", "--file"), "is not among those chosen"),
        (("--select", "1", "--set", "1.best=4", "--file"), "write N.FIELD=VALUE"),
        (("--select", "3", "--file"), "proposal 3 has no indicator; give --set 3.indicator=ID"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_one_line(
    run: Run, options: tuple[str, ...], said: str
) -> None:
    result = run("propose", "{text}", *GIVEN, *options)
    assert result.exit_code == 2
    assert said in result.stderr and result.stderr.count("\n") == 1


def test_a_report_without_a_publisher_says_how_to_give_it(run: Run) -> None:
    result = run("propose", "{text}", "--ticked", "--file")
    assert "the report has no publisher; give --publisher" in result.stderr


def test_claims_of_others_are_tried(run: Run, tmp_path: Path) -> None:
    claim = {
        "indicator": "boats-sunk",
        "originator": "daily",
        "quantity": {"best": 13},
        "quote": {"exact": "12 boats were sunk"},
    }
    (tmp_path / "claims.json").write_text(json.dumps([claim]), "utf-8")
    result = run("propose", "{text}", "--check", "{folder}/claims.json")
    assert result.exit_code == 1
    assert "figure-not-in-quote" in result.stdout and "unknown-originator" in result.stdout


def test_a_file_that_is_no_text_is_refused(run: Run, tmp_path: Path) -> None:
    (tmp_path / "text.txt").write_bytes(b"\xff\xfe\x00")
    result = run("propose", "{text}")
    assert result.exit_code == 1 and "is not UTF-8 text" in result.stderr
