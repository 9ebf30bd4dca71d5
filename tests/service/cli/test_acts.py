"""The verbs that write: what each records, refuses and prints at 80 columns."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from tests.http_spec import Api, unchanged
from tests.service.cli.acts_spec import AMBER, CASES, DRY_RUNS, GIVEN, RESTATED, Case
from tests.service.cli.test_cli import Run, run
from tests.service.cli.test_output import HARMFUL, NASTY

__all__ = ["run"]
Type = Callable[..., Result]


@pytest.fixture
def typed(api: Api, run: Run) -> Type:
    """Type a command line for a server with two reports."""
    api.given(*GIVEN)

    def typed(words: str, *more: str, stdin: str = "") -> Result:
        return run(*words.split(), *more, "--url", str(api.client.base_url), stdin=stdin)

    return typed


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_an_act_is_recorded_and_says_what_takes_it_back(api: Api, typed: Type, case: Case) -> None:
    for words in case.given:
        assert typed(words).exit_code == 0

    done = typed(case.words, stdin=case.stdin)

    assert done.exit_code == 0, done.output
    assert done.stdout == f"{case.says.format(api.head())}\n{case.then}\n"
    assert max(len(line) for line in done.stdout.splitlines()) <= 80
    stream, kind, data = api.facts(api.head() - 1)[-1]
    data = data.get("definition", data)
    assert (kind, stream) == case.fact[:2]
    assert {name: data.get(name) for name in case.fact[2]} == case.fact[2]


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_dry_run_says_what_would_change_and_writes_nothing(api: Api, typed: Type, case: Case) -> None:
    for words in case.given:
        assert typed(words).exit_code == 0
    kind, stream, _ = case.fact

    with unchanged(api):
        done = typed(case.words, "--dry-run", stdin=case.stdin)
        told = typed(case.words, "--dry-run", "--json", stdin=case.stdin)

    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("nothing was written; this would be: ")
    assert f"{kind} ({stream})" in " ".join(done.stdout.split())
    assert max(len(line) for line in done.stdout.splitlines()) <= 80
    answer = json.loads(told.stdout)
    for words in (words for each in answer["estimates"] for words in each["words"]):
        assert " ".join(words.split()) in " ".join(done.stdout.split())


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_program_reads_the_answer_of_the_interface(api: Api, typed: Type, case: Case) -> None:
    for words in case.given:
        assert typed(words).exit_code == 0
    answer = json.loads(typed(case.words, "--json", stdin=case.stdin).stdout)
    assert answer["position"] == api.head()
    assert answer["id"] == case.fact[1].partition(":")[2]


@pytest.mark.parametrize(("words", "stdin", "lines"), DRY_RUNS.values(), ids=DRY_RUNS)
def test_a_dry_run_lists_estimates_and_flags(
    typed: Type, words: str, stdin: str, lines: list[str]
) -> None:
    shown = typed(words, "--dry-run", stdin=stdin).stdout.splitlines()
    assert [line for line in shown if line in lines] == lines, shown
    assert stdin or shown == lines


def test_the_same_act_again_records_nothing_and_says_so(api: Api, typed: Type) -> None:
    first = typed("hold r1 --reason odd")
    with unchanged(api):
        again = typed("hold r1")
        tried = typed("hold r1 --dry-run")
    assert first.exit_code == again.exit_code == 0
    assert again.stdout == f"report r1 is held, as it was already at position {api.head()}\n"
    assert tried.stdout == "nothing was written, and nothing would be: it is so already\n"


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        ("hold nobody", 1, "there is no report 'nobody'"),
        ("define sent --title Sent --measure stok", 1, "/measure: input should be 'stock'"),
        (
            "define sent --title Sent --measure stock --fresh-days 1.5",
            1,
            "/fresh_days: must be a whole",
        ),
        ("grade r1/1 --credibility 7", 1, "/credibility: "),
        ("mark r1 --marking RED", 1, "/marking: "),
        ("unlink r2/1 --derived-from r1/1", 1, "claim 'r2/1' has no link to 'r1/1'"),
        ("hold r1 --if-match 7", 1, "report:r1 is at version 1, not 7"),
        ("hold r1 --if-match é", 1, "If-Match: "),
        ("withdraw r1 --kind publisher", 1, "/published_at: is missing"),
        ("correct r1 --kind record", 1, "corrects nothing"),
        ("link ../r2/1 --derived-from r1/1", 1, "POST /v1/claims/../r2/1/links: "),
        ("define sent --title Sent", 2, "sent: give --title and --measure; --help explains"),
        ("grade nis --credibility 2", 2, "nis takes no --credibility; give --reliability"),
        ("grade r1/1 --reliability B", 2, "r1/1 takes no --reliability; give --credibility"),
        ("grade nis", 2, "nis: give --reliability; "),
        ("assess killed --confidence low --best many", 2, "--best many: is not a number"),
        ("assess killed --confidence low --best true", 2, "--best true: is not a number"),
        ("assess killed --confidence low --best NaN", 2, "--best NaN: is not a number"),
        ("assess killed --confidence low --best none", 2, "--best none: is not a number"),
        ("link r2 --derived-from r1/1", 2, "'r2' is no claim; name one as <report>/<n>"),
        ("unlink r2/1 --derived-from r1", 2, "'r1' is no claim"),
        ("correct r1 --kind record --claims missing.json", 2, "missing.json: no such file"),
        ("correct r1 --kind record --claims -", 2, "-: is not JSON"),
    ],
)
def test_a_refusal_is_one_line(api: Api, typed: Type, words: str, status: int, says: str) -> None:
    with unchanged(api):
        done = typed(words, stdin="[{")
    assert (done.exit_code, done.stdout) == (status, "")
    assert done.stderr.startswith(f"intellog: {says}")
    assert done.stderr.count("\n") == 1


def test_a_field_that_is_named_twice_in_a_file_is_refused(api: Api, typed: Type) -> None:
    twice = json.dumps(RESTATED).replace('"n": 1', '"n": 1, "n": 1')
    with unchanged(api):
        done = typed("correct r1 --kind record --claims -", stdin=twice)
    assert done.exit_code == 1 and "names the field 'n' twice" in done.stderr


def test_an_act_on_a_version_that_is_still_there_is_recorded(api: Api, typed: Type) -> None:
    assert typed("hold r1 --if-match 1").exit_code == 0
    assert typed("""release r1 --if-match "2" """).exit_code == 0
    assert [kind for _, kind, _ in api.facts(api.head() - 2)] == ["ReportHeld", "ReportReleased"]


def test_what_was_typed_does_nothing_to_a_terminal(api: Api, typed: Type) -> None:
    for words, *more in (
        ("hold", NASTY),
        ("source us --name", NASTY),
        ("source us --dry-run --name", NASTY),
        ("assess killed --confidence low --best", NASTY),
        ("grade r1/1 --credibility 2 --json --reason", NASTY),
    ):
        done = typed(words, *more)
        assert not HARMFUL.search(done.stdout + done.stderr.removesuffix("\n"))


def test_a_directory_is_written_as_a_server_is(tmp_path: Path, run: Run) -> None:
    place = ("--data", tmp_path / "log")
    defined = run("define", "killed", "--title", "Killed", "--measure", "stock", *place)
    assert defined.stdout.startswith("indicator killed is defined, recorded at position 1\n")
    assert json.loads(run("source", "nis", *place, "--json").stdout)["position"] == 2
    assert run("grade", "nis", "--reliability", "Z", *place).exit_code == 1
    listed = run("events", *place, "--json").stdout.splitlines()
    assert [json.loads(each)["type"] for each in listed] == ["IndicatorDefined", "SourceRegistered"]


@pytest.mark.parametrize(
    "words", ["hold r1", "define killed --title K --measure stock --dry-run", "source nis --dry-run"]
)
def test_only_what_describes_begins_a_log(tmp_path: Path, run: Run, words: str) -> None:
    done = run(*words.split(), "--data", tmp_path / "typo")
    assert done.exit_code == 2 and "there is no log in" in done.stderr
    assert not (tmp_path / "typo").exists()


def test_a_marking_above_ones_own_clearance_names_the_earlier_one_in_general(
    api: Api, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.given(*GIVEN)
    ana = ("--subject", "ana", "--role", "analyst", "--clearance", AMBER)
    made = run("token", "create", *ana, "--data", api.service.settings.data)
    monkeypatch.setenv("INTELLOG_TOKEN", made.stdout.strip())
    done = run("mark", "r1", "--marking", "TLP:RED", "--url", api.client.base_url)
    assert done.exit_code == 0, done.output
    assert done.stdout.endswith("intellog mark r1 --marking <the earlier marking>\n")
