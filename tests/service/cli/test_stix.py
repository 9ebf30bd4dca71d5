"""STIX on the command line: out to a file, in from one."""

import json
from pathlib import Path

import pytest

from tests.service.cli.test_cli import Run, log, run
from tests.service.interop.stix.stix_spec import BUNDLES, findings

__all__ = ["log", "run"]
DEFINED = [
    {"define_indicator": {"id": f"halden-{each}", "title": each, "measure": "stock"}}
    for each in ("killed", "vehicles")
]


@pytest.fixture
def empty(tmp_path: Path, run: Run) -> Path:
    """A log with the indicators that the bundles name."""
    lines = "\n".join(map(json.dumps, DEFINED))
    assert run("import", "-", "--data", tmp_path / "other", stdin=lines).exit_code == 0
    return tmp_path / "other"


def test_a_log_is_exported_and_is_the_same_log_again(log: Path, run: Run, tmp_path: Path) -> None:
    file = tmp_path / "log.json"

    out = run("export", "--stix", "-o", file, "--data", log)
    assert out.exit_code == 0, out.output
    assert findings(file.read_text("utf-8")) == []
    taken = run("import", file, "--data", tmp_path / "again")

    assert taken.exit_code == 0, taken.output
    assert "taken" in taken.output and "0 refused" in taken.output
    lines = [run("export", "--data", each).output for each in (log, tmp_path / "again")]
    assert lines[0] == lines[1]


def test_a_bundle_is_recognised_and_what_is_left_out_is_named(empty: Path, run: Run) -> None:
    taken = run("import", BUNDLES["losses"], "--data", empty)

    assert taken.exit_code == 0, taken.output
    assert "19 objects: " in taken.output and "left-out" in taken.output
    assert "malware: nothing that a log of figures holds" in taken.output


def test_standard_input_is_recognised_too_or_told(empty: Path, run: Run) -> None:
    text = BUNDLES["losses"].read_text("utf-8")

    told = run("import", "-", "--stix", "--dry-run", "--data", empty, stdin=text)

    assert told.exit_code == 0 and "dry run: " in told.output


def test_what_became_of_each_object_as_json(empty: Path, run: Run) -> None:
    taken = run("import", BUNDLES["second-thoughts"], "--json", "--data", empty)

    lines = [json.loads(line) for line in taken.stdout.splitlines() if line.startswith("{")]
    assert len([each for each in lines if "object" in each]) == 18 and lines[-1]["done"] is True


def test_a_refused_object_is_named(tmp_path: Path, run: Run) -> None:
    taken = run("import", BUNDLES["losses"], "--data", tmp_path / "bare")

    assert taken.exit_code == 1
    assert "report--" in taken.output and "halden-killed" in taken.output


@pytest.mark.parametrize(
    "words",
    [("export", "--stix", "--events"), ("import", "x.json", "--stix", "--map", "x.toml")],
)
def test_two_forms_at_once_are_refused(words: tuple[str, ...], tmp_path: Path, run: Run) -> None:
    assert run(*words, "--data", tmp_path / "log").exit_code == 2
