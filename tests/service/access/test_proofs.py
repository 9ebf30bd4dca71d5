"""Proofs and bundles for those who may see only some of it: they hold no more than that, and fit."""

import json
from base64 import b64decode
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest

from domain.times import parse_instant
from domain.vocabulary import MARKINGS, Marking, restriction
from service.proof.standalone.program import run
from service.settings import Limits
from tests.http_spec import Ask, Clock, one_server
from tests.service.access.canaries import Told, canaries_in, level_of, relays
from tests.service.access.comparing import proved, told_by
from tests.service.access.questions import NAMED

BEGIN = parse_instant("2025-03-01T00:00:00Z")


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    """A log in which all that is restricted is a canary, and open relays of it."""
    with one_server() as server:
        folder, clock = tmp_path_factory.mktemp("told"), Clock(BEGIN)
        with server.over(folder, clock, limits=Limits(rate=1_000_000)) as api:
            told = Told(api, clock)
            told.tell()
            for step in relays():
                told.take(step)
            yield told


@pytest.mark.parametrize("clearance", MARKINGS)
def test_no_proof_holds_more_than_its_reader_may_see(
    told: Told, clearance: Marking, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    level, found = restriction(clearance), {0: 0, 8: 0}
    for name in NAMED["indicators"]:
        answer = told.send(f"reader-{level}", Ask("GET", f"/v1/estimates/{name}/proof"))
        hidden = [each for each in canaries_in(proved(answer)) if level_of(each) > level]
        assert not hidden, name
        if answer.status_code == 404:
            continue
        file = tmp_path / "proof.json"
        file.write_bytes(answer.content)
        status = run(["estimate", str(file)])
        states = {each["state"] for each in answer.json()["events"]}
        assert status == (8 if "withheld" in states else 0), capsys.readouterr()
        found[status] += 1
    assert sum(found.values()) > 5
    assert found[8] == 0 or clearance != MARKINGS[-1]


@pytest.mark.parametrize("clearance", MARKINGS)
def test_no_bundle_is_there_of_a_report_that_is_not(told: Told, clearance: Marking) -> None:
    level = restriction(clearance)
    for name in NAMED["reports"]:
        path = f"/v1/reports/{name}"
        report = told.send(f"reader-{level}", Ask("GET", path))
        bundle = told.send(f"reader-{level}", Ask("GET", f"{path}/bundle.zip"))
        assert bundle.status_code == report.status_code
        if report.is_success:
            hidden = [each for each in canaries_in(proved(bundle)) if level_of(each) > level]
            assert not hidden, name
            assert bundles_events(bundle.content) <= events_of(told, level, name)
        else:
            assert told_by(told, bundle) == told_by(told, report)


def bundles_events(content: bytes) -> set[int]:
    with ZipFile(BytesIO(content)) as archive:
        [name] = [each for each in archive.namelist() if each.endswith("/report.json")]
        return {each["position"] for each in json.loads(archive.read(name))["events"]}


def events_of(told: Told, level: int, report: str) -> set[int]:
    history = told.send(f"reader-{level}", Ask("GET", f"/v1/reports/{report}/history?limit=1000"))
    return {each["position"] for each in history.json()["items"]}


def test_what_is_withheld_is_said_to_be(told: Told) -> None:
    answers = [
        told.send("reader-0", Ask("GET", f"/v1/estimates/{name}/proof")) for name in NAMED["indicators"]
    ]
    events = [each for answer in answers if answer.is_success for each in answer.json()["events"]]
    withheld = [each for each in events if each["state"] == "withheld"]
    assert withheld
    assert all(each["body"] is each["salt"] is None and each["path"] for each in withheld)
    assert all(b64decode(each["body"]) for each in events if each["state"] == "whole")
