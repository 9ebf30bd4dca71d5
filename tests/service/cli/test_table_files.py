"""Verbs that read write tables to files: the same as the interface sends."""

import csv
from io import StringIO
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from tests.service.cli.test_cli import Run, log, run

__all__ = ["log", "run"]

VERBS = [
    ("estimates",),
    ("vintages", "killed", "--axis", "publication"),
    ("series", "killed"),
    ("revisions", "killed"),
    ("explain", "killed"),
    ("changes", "killed", "--since", "0"),
    ("reports", "--find", "killed"),
    ("sources",),
    ("indicators", "--limit", "1"),
]


@pytest.mark.parametrize("words", VERBS, ids=lambda words: words[0])
def test_a_verb_writes_what_it_reads_as_tables(
    log: Path, run: Run, tmp_path: Path, words: tuple[str, ...]
) -> None:
    comma, book = tmp_path / "t.csv", tmp_path / "t.xlsx"
    done = run(*words, "--csv", comma, "--xlsx", book, "--data", log)
    assert (done.exit_code, done.output) == (0, "")
    head, *rows = csv.reader(StringIO(comma.read_text("utf-8"), newline=""))
    sheet = CalamineWorkbook.from_path(book).get_sheet_by_index(0).to_python()
    assert head[-4:] == ["as_of_position", "as_of_known_at", "as_of_published_by", "as_of_valid_at"]
    assert sheet[0] == head and len(sheet) == len(rows) + 1 > 1


def test_a_table_can_be_printed(log: Path, run: Run) -> None:
    done = run("indicators", "--csv", "-", "--data", log)
    assert done.exit_code == 0
    [row] = csv.DictReader(StringIO(done.output, newline=""))
    assert (row["id"], row["measure"]) == ("killed", "cumulative")


def test_what_is_refused_writes_no_file(log: Path, run: Run, tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    done = run("vintages", "kiled", "--csv", file, "--data", log)
    assert done.exit_code == 1 and "did you mean" in done.output and not file.exists()
    both = run("indicators", "--csv", "-", "--xlsx", "-", "--data", log)
    assert both.exit_code == 2 and "only one table" in both.output


def test_what_is_no_table_has_no_such_option(log: Path, run: Run) -> None:
    assert run("estimate", "killed", "--csv", "-", "--data", log).exit_code == 2
