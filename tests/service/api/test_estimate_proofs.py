"""Proofs of estimates: their events alone make the figure again, and nothing in them can be altered."""

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx2
import pytest
from typer.testing import CliRunner, Result

from domain.period import parse_period
from domain.times import parse_instant, to_micros
from projections.answers.as_of import AsOf
from projections.answers.questions import Narrowing
from service.api import estimate_proofs
from service.cli.app import app
from service.proof.standalone.program import run
from service.query.recomputing import Body, recomputed
from service.service import opened
from service.settings import Settings
from tests.places import LONG, SEEDS
from tests.service.api.schema_check import running
from tests.test_seeds import load

Proof = dict[str, Any]
INDICATORS = re.findall(
    r'^\{"define_indicator": \{"id": "([^"]+)"',
    (SEEDS / "01-indicators.ndjson").read_text(),
    re.MULTILINE,
)
TIMES: tuple[dict[str, str | int], ...] = (
    {},
    {"published_by": "2025-02-01"},
    {"published_by": "2025-06-26"},
    {"valid_at": "2025-05-01"},
    {"known_at": 190},
    {"known_at": 230, "published_by": "2025-09-03"},
)
POLICIES = (
    *("envelope/1", "weighted-median/1", "consensus/1"),
    *("most-conservative/1", "latest-publication/1", "assessment/1"),
)
NARROWINGS: tuple[dict[str, str | int], ...] = (
    *[dict[str, str | int](policy=name) for name in POLICIES],
    {"originator": "nis"},
    {"period": "2025"},
    {"published_by": "2025-02-01", "originator": "nis", "policy": "envelope/1"},
)
QUESTIONS = (*TIMES, *NARROWINGS)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx2.Client]:
    """A service that holds the seeds; tests only read."""
    with ExitStack() as resources:
        service = resources.enter_context(opened(Settings(data=tmp_path_factory.mktemp("story"))))
        client = resources.enter_context(running(service))
        load(client)
        yield client


@pytest.fixture
def killed(story: httpx2.Client) -> Proof:
    """The proof of one estimate."""
    found: Proof = ask(story, "/v1/estimates/dprk-killed/proof")
    return found


def ask(client: httpx2.Client, path: str, **query: str | int) -> Any:
    """Read an address that is there."""
    answer = client.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def again(proof: Proof) -> dict[str, Any]:
    """The estimate that the events of a proof make by the rules of the program."""
    question, as_of = proof["question"], proof["as_of"]
    bodies = [Body(each["position"], b64decode(each["body"])) for each in proof["events"]]
    by, until = (
        as_of[axis] and to_micros(parse_instant(as_of[axis])) for axis in ("published_by", "valid_at")
    )
    names = ("cohort", "period", "originator", "policy", "incident")
    asked = {name: question[name] for name in names}
    asked["period"] = asked["period"] and parse_period(asked["period"])
    times = AsOf(as_of["position"], by, until)
    found = recomputed(bodies, question["indicator"], times, Narrowing(**asked))
    return json.loads(json.dumps(found))  # type: ignore[no-any-return]


@pytest.mark.parametrize("indicator", INDICATORS)
def test_the_events_alone_make_the_estimate_again(
    story: httpx2.Client, tmp_path: Path, capsys: pytest.CaptureFixture[str], indicator: str
) -> None:
    number = INDICATORS.index(indicator)
    for asked in QUESTIONS if LONG else (*TIMES, NARROWINGS[number % len(NARROWINGS)]):
        proof = ask(story, f"/v1/estimates/{indicator}/proof", **asked)
        served = ask(story, f"/v1/estimates/{indicator}", **asked)
        assert again(proof) == proof["estimate"]
        assert proof["as_of"] == served["as_of"]
        assert {name: served[name] for name in proof["estimate"]} == proof["estimate"]
        assert checked(proof, tmp_path) == 0, capsys.readouterr()


def checked(proof: Proof, folder: Path, *more: str) -> int:
    """The status with which the verifier without our package ends."""
    file = folder / "proof.json"
    file.write_text(json.dumps(proof))
    return run(["estimate", str(file), *more])


def test_it_holds_what_the_figure_depends_on_and_no_more(killed: Proof) -> None:
    reports = {json.loads(b64decode(each["body"]))["data"].get("report") for each in killed["events"]}
    assert {"nis-2025-09-02", "nis-2025-01-13"} <= reports
    assert len(killed["events"]) < killed["as_of"]["position"] / 3
    assert killed["policy"] == killed["estimate"]["policy"] == "latest-best-source/2"
    assert any("true" in line for line in killed["cannot_show"])


def test_the_figure_is_printed_with_its_range(
    killed: Proof, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert checked(killed, tmp_path, "--key", killed["verifiers"][0]) == 0
    said = capsys.readouterr().out
    assert "dprk-killed: low 2000, best 2000, high 2000 (latest-best-source/2" in said
    assert "note:" not in said


def event_with(proof: Proof, words: str) -> dict[str, Any]:
    """The event of a proof whose body holds some words."""
    [found] = [each for each in proof["events"] if words.encode() in b64decode(each["body"] or "")]
    return found  # type: ignore[no-any-return]


def altered_claim(proof: Proof) -> None:
    event = event_with(proof, '"report":"nis-2025-09-02","')
    body = b64decode(event["body"]).replace(b'"best":2000', b'"best":2001')
    event["body"] = b64encode(body).decode()


def altered_with_its_entry(proof: Proof) -> None:
    event = event_with(proof, '"report":"nis-2025-09-02","')
    event["entry"] = event["entry"].replace('"recorded_at":"20', '"recorded_at":"19')


def altered_checkpoint(proof: Proof) -> None:
    origin, size, rest = proof["checkpoint"].split("\n", 2)
    proof["checkpoint"] = "\n".join([origin, str(int(size) + 1), rest])


def left_out(proof: Proof) -> None:
    proof["events"].remove(event_with(proof, '"report":"nis-2025-09-02","'))


def altered_figure(proof: Proof) -> None:
    proof["estimate"]["best"] = 1000


def altered_support(proof: Proof) -> None:
    proof["estimate"]["support"]["level"] = "strong"


def altered_policy(proof: Proof) -> None:
    proof["policy"] = "envelope/1"


def altered_question(proof: Proof) -> None:
    proof["as_of"]["published_by"] = "2025-02-01T00:00:00Z"


def beyond_the_tree(proof: Proof) -> None:
    proof["as_of"]["position"] = 1_000


def withheld(proof: Proof) -> None:
    proof["events"][3] |= {"state": "withheld", "body": None, "salt": None}


def another_policy(proof: Proof) -> None:
    proof["policy"] = proof["question"]["policy"] = "latest-best-source/3"


ALTERED: dict[Callable[[Proof], None], tuple[int, str]] = {
    altered_claim: (7, "body-altered: event {} (ReportFiled of nis-2025-09-02/1"),
    altered_with_its_entry: (5, "not-included: event {} (ReportFiled of nis-2025-09-02/1"),
    altered_checkpoint: (3, "bad-signature"),
    left_out: (11, "the figure depends on the claim nis-2025-09-02/1, which is not there"),
    altered_figure: (11, "best is 1000 in the file, and 2000.0 computed again"),
    altered_support: (11, 'support is "strong" in the file'),
    altered_policy: (11, "the policy is another"),
    altered_question: (11, "best is 2000 in the file, and 300.0 computed again"),
    beyond_the_tree: (5, "lies beyond the tree"),
    withheld: (8, "withheld: the bodies of"),
    another_policy: (20, "the policy latest-best-source/3 is not known here"),
}


@pytest.mark.parametrize("alter", ALTERED)
def test_what_is_altered_is_named(
    killed: Proof,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    alter: Callable[[Proof], None],
) -> None:
    status, words = ALTERED[alter]
    place = event_with(killed, '"report":"nis-2025-09-02","')["position"]
    alter(killed)
    assert checked(killed, tmp_path) == status
    said = capsys.readouterr()
    assert words.format(place) in said.out + said.err


@pytest.mark.parametrize("alter", ALTERED)
def test_the_program_names_it_as_well(
    killed: Proof, tmp_path: Path, alter: Callable[[Proof], None]
) -> None:
    status, _ = ALTERED[alter]
    place = event_with(killed, '"report":"nis-2025-09-02","')["position"]
    alter(killed)
    said = verified(killed, tmp_path)
    assert said.exit_code == (1 if status == 20 else status), said.output
    if alter in (altered_claim, altered_with_its_entry):
        assert f"event {place} (ReportFiled of nis-2025-09-02/1, " in said.stderr


def verified(proof: Proof, folder: Path, *more: str) -> Result:
    """What `intellog verify estimate` says of a proof."""
    file = folder / "proof.json"
    file.write_text(json.dumps(proof))
    environment = {"XDG_STATE_HOME": str(folder / "state")}
    return CliRunner(env=environment).invoke(app, ["verify", "estimate", str(file), *more])


def test_the_program_says_what_was_verified(killed: Proof, tmp_path: Path) -> None:
    said = verified(killed, tmp_path, "--key", killed["verifiers"][0])
    assert said.exit_code == 0, said.output
    assert (
        "verified: dprk-killed: low 2,000, best 2,000, high 2,000 (latest-best-source/2)" in said.output
    )
    told = json.loads(verified(killed, tmp_path, "--json").output)
    assert (told["verdict"], told["best"], told["signed"]["source"]) == ("verified", 2000, "file")
    assert told["events"] == len(killed["events"])


def test_the_program_computes_every_field_again(killed: Proof, tmp_path: Path) -> None:
    for name in set(killed["estimate"]) - {"indicator"}:
        proof = json.loads(json.dumps(killed))
        del proof["estimate"][name]
        assert verified(proof, tmp_path).exit_code in (1, 11), name
    killed["estimate"]["title"] = "Another"
    said = verified(killed, tmp_path)
    assert said.exit_code == 11
    assert 'figure-differs: the estimate of dprk-killed: title is stated as "Another"' in said.stderr


def test_another_key_is_no_key_of_this_log(
    killed: Proof, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name, id_, key = killed["verifiers"][0].split("+", 2)
    assert checked(killed, tmp_path, "--key", f"{name}+{id_}+A{key[1:-2]}A=") == 1
    assert "not a key of a log" in capsys.readouterr().err


def test_every_claim_that_counts_is_named_when_it_is_altered(
    killed: Proof, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for event in killed["events"]:
        whole = event["body"]
        event["body"] = b64encode(b64decode(whole).replace(b'"actor":"', b'"actor":"x', 1)).decode()
        assert checked(killed, tmp_path) == 7
        assert f"body-altered: event {event['position']} (" in capsys.readouterr().err
        event["body"] = whole


def test_what_was_redacted_is_left_out_by_all_who_compute_it(
    client: httpx2.Client, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    load(client)
    answer = client.post(
        "/v1/reports/nis-2025-09-02/redaction", json={"reason": "the law", "authority": "court"}
    )
    assert answer.status_code == 201, answer.text
    position = answer.json()["position"]
    for indicator in ("dprk-killed", "dprk-casualties", "dprk-tranche3-arrived"):
        proof = ask(client, f"/v1/estimates/{indicator}/proof", min_position=position)
        gone = [each["position"] for each in proof["events"] if each["state"] == "redacted"]
        assert gone == [230]
        said = verified(proof, tmp_path)
        assert said.exit_code == 9, said.output
        assert "body-redacted: the bodies at positions 230" in said.output
        assert checked(proof, tmp_path) == 20
        assert "an event was redacted" in capsys.readouterr().err
        told = event_with(proof, '"type":"EventRedacted"')
        proof["events"].remove(told)
        assert verified(proof, tmp_path).exit_code == 8


def test_a_proof_that_would_be_too_large_is_refused(
    story: httpx2.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = "/v1/estimates/dprk-killed/proof"
    events = len(ask(story, path)["events"])
    monkeypatch.setattr(estimate_proofs, "MOST_EVENTS", events - 1)
    answer = story.get(path)
    assert answer.status_code == 422
    assert answer.json()["type"] == "/problems/proof-too-large"
    assert f"depends on {events} events" in answer.json()["detail"]
