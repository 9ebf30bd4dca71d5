"""A file is for those who may see a report that rests on it; nobody else learns that it is there."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from domain.vocabulary import Marking
from service.access.principal import Role
from service.settings import Limits
from tests.http_spec import (
    PAGE,
    Ask,
    Body,
    Server,
    evidence,
    indicator,
    post,
    problem,
    report,
    sha256,
    source,
    stored,
)
from tests.service.http.team import Team, bearer, issued, team_over

PATH = f"/v1/evidence/{sha256()}"
PEOPLE: dict[str, tuple[Role, Marking]] = {
    "ruth": ("analyst", "TLP:RED"),
    "gwen": ("analyst", "TLP:GREEN"),
    "gil": ("reporter", "TLP:GREEN"),
    "rob": ("reader", "TLP:RED"),
    "gus": ("reader", "TLP:GREEN"),
}
Answer = tuple[int, Any]


class People:
    """A service and those who use it, each with a role and a clearance."""

    def __init__(self, team: Team) -> None:
        self.team = team
        self.tokens = {
            name: issued(team.api, role, name, cleared) for name, (role, cleared) in PEOPLE.items()
        }

    def send(self, name: str, ask: Ask) -> Any:
        more = bearer(self.tokens[name])
        return self.team.api.send(Ask(ask.method, ask.path, ask.body, {**ask.headers, **more}))

    def given(self, name: str, *asks: Ask) -> None:
        for ask in asks:
            answer = self.send(name, ask)
            assert answer.is_success, answer.text

    def get(self, name: str, path: str = PATH) -> Any:
        return self.send(name, Ask("GET", f"{path}?min_position={self.team.head()}"))

    def reads(self, name: str) -> bool:
        answer = self.get(name)
        if answer.status_code == 200:
            return bool(answer.content == PAGE)
        problem(answer, 404, "not-found")
        return False

    def copy_of(self, name: str, told: str) -> Body:
        body: Body = self.get(name, f"/v1/reports/{told}").json()["evidence"]
        return body


@pytest.fixture
def people(server: Server, tmp_path: Path) -> Iterator[People]:
    with team_over(server, tmp_path, limits=Limits(rate=1_000_000)) as team:
        people = People(team)
        people.given("ruth", indicator())
        yield people


def test_a_file_is_for_those_who_may_see_a_report_that_rests_on_it(people: People) -> None:
    people.given("ruth", stored(), report("red", evidence=evidence(), marking="TLP:RED"))
    assert {name: people.reads(name) for name in PEOPLE} == {
        "ruth": True,
        "gwen": False,
        "gil": False,
        "rob": True,
        "gus": False,
    }


@pytest.mark.parametrize("raised", ["report", "source", "indicator"])
def test_the_marking_in_force_now_decides(people: People, raised: str) -> None:
    people.given("ruth", stored(), report("r1", evidence=evidence()))
    assert people.reads("gus")
    raise_it = {
        "report": post("/v1/reports/r1/marking", marking="TLP:RED", reason="source"),
        "source": source("wire", marking="TLP:RED"),
        "indicator": indicator(marking="TLP:RED"),
    }
    people.given("ruth", raise_it[raised])
    assert not people.reads("gus") and people.reads("rob")


def test_a_second_report_that_is_open_opens_the_file(people: People) -> None:
    people.given("ruth", stored(), report("red", evidence=evidence(), marking="TLP:RED"))
    people.given("ruth", report("open", evidence=evidence(), published_at="2025-01-12"))
    assert people.reads("gus")


def test_sending_says_nothing_of_what_is_there(people: People) -> None:
    other = PAGE + b" And others."
    people.given("ruth", stored(), report("red", evidence=evidence(), marking="TLP:RED"))
    known, new = people.send("gil", stored()), people.send("gil", stored(other))
    assert (known.status_code, new.status_code) == (201, 201)
    assert set(known.headers) == set(new.headers)
    assert known.json() == evidence() and new.json() == evidence(other)
    assert not people.reads("gil")  # nothing that gil may see rests on it yet


def test_naming_a_hash_reaches_no_file_and_says_nothing_of_one(people: People) -> None:
    """Who names a file without having sent it gets the same answers whether it is there or not."""

    def told(name: str) -> list[Answer]:
        found = [people.copy_of(who, name) for who in ("gil", "gus", "gwen", "rob")]
        got = [people.get(who) for who in ("gil", "gus", "gwen")]
        return [(answer.status_code, answer.json()) for answer in got] + [(0, found)]

    claimed = {"sha256": sha256()}
    people.given("gil", report("before", evidence=claimed))
    nothing_there = told("before")
    people.given("ruth", stored(), report("red", evidence=evidence(), marking="TLP:RED"))
    people.given("gil", report("after", evidence=claimed, published_at="2025-01-12"))
    assert people.reads("rob")
    rob = nothing_there[-1][1].pop(), (after := told("after"))[-1][1].pop()
    assert after == nothing_there
    assert [each["state"] for each in rob] == ["hash-only", "stored"]  # rob reads it by the red report


def test_who_has_sent_a_file_as_well_reads_it_by_the_own_report(people: People) -> None:
    people.given("ruth", stored(), report("red", evidence=evidence(), marking="TLP:RED"))
    people.given("gil", report("mine", evidence=evidence(), published_at="2025-01-12"))
    assert people.copy_of("gil", "mine")["state"] == "missing"
    people.given("gil", stored())
    assert people.copy_of("gil", "mine")["state"] == "stored" and people.reads("gus")


def test_a_correction_of_somebody_else_attaches_what_they_have_sent(people: People) -> None:
    people.given("gil", report("r1"))
    attached = post("/v1/reports/r1/corrections", kind="record", provenance={"evidence": evidence()})
    people.given("gwen", stored(), attached)
    assert people.copy_of("gus", "r1")["state"] == "stored" and people.reads("gus")


def test_a_reader_sends_nothing(people: People) -> None:
    problem(people.send("rob", stored()), 403, "forbidden")
    assert not people.team.api.service.evidence.path(sha256()).exists()


def test_what_is_altered_is_told_to_those_who_may_read_it(people: People) -> None:
    people.given("ruth", stored(), report("red", evidence=evidence(), marking="TLP:RED"))
    people.team.api.service.evidence.path(sha256()).write_bytes(b"altered")
    problem(people.get("rob"), 503, "evidence-altered")
    problem(people.get("gus"), 404, "not-found")
