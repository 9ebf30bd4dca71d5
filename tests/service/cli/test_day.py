"""An analyst's day in the terminal: no JSON is typed from the first definition to the history."""

from pathlib import Path

from tests.service.cli.test_cli import Run, run

__all__ = ["run"]
FIRST = "The Ministry of Defence said on 12 January 2025 that at least 300 soldiers had been killed.\n"
AGAIN = "The Daily reported on 14 January 2025 that at least 300 soldiers had been killed.\n"


def test_from_a_definition_to_the_history_of_a_figure(tmp_path: Path, run: Run) -> None:
    log, first, again = tmp_path / "log", tmp_path / "first.txt", tmp_path / "again.txt"
    first.write_text(FIRST)
    again.write_text(AGAIN)

    def done(*words: object) -> str:
        ran = run(*words, "--data", log)
        assert ran.exit_code == 0, (words, ran.output)
        return " ".join(ran.stdout.split())

    told = ("--title", "Killed", "--measure", "cumulative", "--terms", "soldiers killed")
    assert "is defined" in done("define", "killed", *told)
    done("source", "mod", "--name", "Ministry of Defence", "--kind", "agency")
    done("source", "daily", "--name", "The Daily", "--kind", "media")
    found = ("--ticked", "--file", "--publisher", "wire", "--published-at", "2025-01-13", "--id", "r1")
    done("propose", first, *found)
    assert "≥ 300" in done("estimate", "killed")

    title = ("--kind", "record", "--provenance-title", "The right title", "--reason", "mistyped")
    assert "to take it back" in done("correct", "r1", *title)
    found = ("--ticked", "--file", "--publisher", "daily", "--published-at", "2025-01-14", "--id", "r2")
    done("propose", again, *found)
    parent = ("--derived-from", "r1/1")
    assert "intellog link r2/1" in done("unlink", "r2/1", *parent)
    assert "would" in done("link", "r2/1", *parent, "--dry-run")
    assert "intellog unlink r2/1" in done("link", "r2/1", *parent)

    assert "origins 1 (of 2 claims in 2 reports)" in done("estimate", "killed")
    assert "relay of r1/1" in done("explain", "killed")
    assert "first" in done("vintages", "killed")
    assert "ReportCorrected" in done("history", "r1")
    assert "at least 300 soldiers" in done("claim", "r1/1")
