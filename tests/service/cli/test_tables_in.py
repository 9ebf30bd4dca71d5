"""Tables from the command line: previewed, tried, imported; the refused rows come back as a table."""

import json
from pathlib import Path

import pytest

from tests.places import DATA, DOCS
from tests.service.cli.test_cli import INDICATOR, Run, run
from tests.service.interop.tables.table_spec import NAMES, PLAIN
from tests.service.interop.tables.workbooks import as_csv, as_xlsx

__all__ = ["run"]
ROWS = [
    ["2025-01-10", "2025-01-09", "300"],
    ["2025-01-11", "2025-01-10", "about 310"],
    ["2025-01-12", "2025-01-11", "320"],
]
DEFINED = f"[indicator.killed]\ntitle = 'Killed'\nmeasure = 'cumulative'\n{PLAIN}"


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder with a table and two mappings; `log` in it is a log's directory."""
    (tmp_path / "t.csv").write_bytes(as_csv([NAMES, *ROWS]))
    (tmp_path / "t.xlsx").write_bytes(as_xlsx([["other"]], [NAMES, ROWS[0]]))
    (tmp_path / "m.toml").write_text(DEFINED, "utf-8")
    (tmp_path / "undefined.toml").write_text(PLAIN, "utf-8")
    return tmp_path


def test_a_preview_prints_the_first_commands_and_needs_no_log(files: Path, run: Run) -> None:
    done = run(
        "import", files / "t.csv", "--map", files / "m.toml", "--preview", 2, "--data", files / "log"
    )
    assert done.exit_code == 1
    first, second, summary = done.stdout.splitlines()
    assert json.loads(first)["define_indicator"]["id"] == "killed"
    assert json.loads(second)["file_report"]["id"] == "2025-01-10"
    assert summary == "3 rows, 1 refused"
    assert "row 3, column killed: 'about 310' is not a number" in done.stderr
    assert not (files / "log").exists()


def test_a_dry_run_writes_nothing_and_an_import_does(files: Path, run: Run) -> None:
    words = ("import", files / "t.csv", "--map", files / "m.toml", "--data", files / "log")
    tried = run(*words, "--dry-run")
    assert tried.stdout.startswith("dry run: 3 accepted, 0 duplicates, 0 refused; position 0; 3 rows")
    done = run(*words)
    assert done.stdout.startswith("3 accepted, 0 duplicates, 0 refused; position 5; 3 rows, 1 refused")
    again = run(*words, "--json")
    assert (tried.exit_code, done.exit_code, again.exit_code) == (1, 1, 1)
    body = json.loads(again.stdout)
    assert (body["accepted"], body["duplicates"]) == (0, 3)
    assert (body["rows"], body["left_out"], body["refused_rows"]) == (3, 0, 1)


def test_refused_rows_come_back_and_can_be_imported_once_they_are_right(files: Path, run: Run) -> None:
    log, refused = files / "log", files / "refused.csv"
    words = ("import", files / "t.csv", "--map", files / "undefined.toml", "--data", log)
    assert run(*words, "--refused", refused).exit_code == 1
    header, *rows = refused.read_text("utf-8").splitlines()
    assert header == "release,day,killed,refused_row,refused_column,refused_code,refused_because"
    assert [row.split(",")[3:6] for row in rows] == [
        ["2", "", "unknown-indicator"],
        ["3", "killed", "not-a-number"],
        ["4", "", "unknown-indicator"],
    ]
    refused.write_text(refused.read_text("utf-8").replace("about 310", "310"), "utf-8")
    fixed = ("import", refused, "--map", files / "undefined.toml", "--data", log)
    assert run("import", "-", "--data", log, stdin=json.dumps(INDICATOR)).exit_code == 0
    done = run(*fixed)
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("3 accepted, 0 duplicates, 0 refused")


def test_a_sheet_is_named_and_a_table_comes_from_standard_input(files: Path, run: Run) -> None:
    log = ("--data", files / "log", "--map", files / "m.toml")
    assert run("import", files / "t.xlsx", "--sheet", "Sheet2", *log).exit_code == 0
    table = as_csv([NAMES, ROWS[2]]).decode()
    done = run("import", "-", *log, stdin=table)
    assert done.stdout.startswith("1 accepted, 1 duplicates")


def test_lines_can_be_tried_as_well(files: Path, run: Run) -> None:
    done = run("import", "-", "--dry-run", "--data", files / "log", stdin=json.dumps(INDICATOR))
    assert done.stdout == "dry run: 1 accepted, 0 duplicates, 0 refused; position 0\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("t.csv", "--preview", "3"), "--preview is about a table, which needs --map FILE.toml"),
        (("t.csv", "--sheet", "a"), "--sheet is about a table"),
        (("t.csv", "--map", "none.toml"), "none.toml: no such file or directory"),
        (("none.csv", "--map", "m.toml"), "none.csv: no such file or directory"),
        (("t.csv", "--map", "t.csv"), "t.csv: the mapping is not TOML"),
        (("t.xlsx", "--map", "m.toml"), "t.xlsx: the table has no column"),
        (("t.xlsx", "--map", "m.toml", "--sheet", "x"), "has no sheet 'x'; it has Sheet1, Sheet2"),
        (("t.csv", "--map", "m.toml", "--refused", "."), "is a directory"),
    ],
)
def test_what_cannot_work_ends_with_status_2_and_one_line(
    files: Path, run: Run, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], said: str
) -> None:
    monkeypatch.chdir(files)
    done = run("import", *words, "--data", "log")
    assert done.exit_code == 2, done.output
    assert said in done.stderr.splitlines()[-1]


def test_a_documented_mapping_is_one_command(tmp_path: Path, run: Run) -> None:
    table = DATA / "real" / "gaza_incident_2026-06.csv"
    if not table.is_file():
        pytest.skip(f"{table.name} is not beside the project")
    done = run("import", table, "--map", DOCS / "mappings" / "gaza.toml", "--data", tmp_path)
    assert (done.exit_code, done.stdout[:12]) == (0, "15 accepted,"), done.output
