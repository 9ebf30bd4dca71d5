"""The log as STIX: two other programs find nothing wrong with it, and it says what the log says."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx2
import pytest
import stix2
from hypothesis import given, settings

from domain.commands import Command
from service.interop.stix.countries import country_code
from service.interop.stix.markings import KNOWN, TLP_2
from service.interop.stix.reports import CREDIBILITY
from service.service import opened
from service.settings import Settings
from tests.histories import stories
from tests.http_spec import (
    FILED,
    Api,
    Body,
    Server,
    claim,
    evidence,
    indicator,
    one_server,
    post,
    problem,
    report,
    source,
    stored,
)
from tests.places import LONG
from tests.service.api.schema_check import running
from tests.service.interop.stix.stix_spec import (
    STIX,
    bundle,
    export,
    findings,
    lines_of,
    objects,
    of_kind,
    ours,
    parsed,
)
from tests.test_seeds import load


@pytest.fixture(scope="module")
def seeds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx2.Client]:
    """A service that holds the seeds; tests only read."""
    with ExitStack() as resources:
        service = resources.enter_context(opened(Settings(data=tmp_path_factory.mktemp("seeds"))))
        client = resources.enter_context(running(service))
        load(client)
        yield client


@pytest.mark.parametrize("query", ["indicator=dprk-killed", "report=nis-2024-12-19", "known_at=120"])
def test_oracles_find_nothing_in_the_seeds(seeds: httpx2.Client, query: str) -> None:
    text = seeds.get(f"/v1/stix?{query}").text

    # A claim may come from one of a report that was not asked for.
    found = [each for each in findings(text) if "cannot be resolved" not in each.lower()]
    assert [each for each in found if "ref" not in each or query.startswith("known_at")] == []
    assert len(parsed(text).objects) > 20


def test_oracles_find_nothing_in_all_the_seeds(seeds: httpx2.Client) -> None:
    text = seeds.get("/v1/stix").text
    assert findings(text) == []
    assert len(parsed(text).objects) > 500


def recorded(folder: Path, commands: list[Command]) -> str:
    """A log of these commands as STIX."""
    with one_server() as server, server.over(folder) as api:
        api.import_bytes(lines_of(commands))
        return export(api).text


@given(stories)
@settings(max_examples=200 if LONG else 6)
def test_oracles_find_nothing_in_any_log(
    tmp_path_factory: pytest.TempPathFactory, commands: list[Command]
) -> None:
    text = recorded(tmp_path_factory.mktemp("log"), commands)

    assert findings(text) == []
    parsed(text)


def test_the_same_log_is_the_same_bundle_and_ids_stay(api: Api) -> None:
    api.given(*FILED)
    first = export(api)
    again = export(api)
    assert first.content == again.content and first.headers["content-type"] == STIX

    api.given(post("/v1/claims/r1/1/grades", credibility=2))
    after = objects(api)
    before = {each["id"]: each for each in first.json()["objects"]}
    assert set(before) < set(after)
    changed = {ours(after[id])["kind"] for id in before if before[id] != after[id]}
    assert changed == {"claim", "estimate"}  # the claim has a confidence by now
    for id in before:
        assert after[id].get("modified", "") >= before[id].get("modified", "")


def test_another_log_has_other_ids(server: Server, tmp_path: Path) -> None:
    found = list[set[str]]()
    for name in ("one", "other"):
        with server.over(tmp_path / name) as api:
            api.given(*FILED)
            found.append({id for id, each in objects(api).items() if "object_marking_refs" in each})
    assert not found[0] & found[1]


def test_a_claim_says_its_figure_and_an_estimate_what_it_is_as_of(api: Api) -> None:
    quantity = {"low": 300, "best": 400, "qualifier": "about"}
    api.given(indicator(), report("r1", claim(quantity=quantity, period="2025-01-09", cohort="east")))
    api.given(report("r2", claim(50)))

    [first, _] = of_kind(api, "claim")
    [estimate] = of_kind(api, "estimate")

    told = ours(first)
    assert told["quantity"] == quantity and told["claim"] == "r1/1" and told["cohort"] == "east"
    assert (told["originator"], told["standing"], told["period"]) == ("nis", "active", "2025-01-09")
    told = ours(estimate)
    assert (told["best"], told["support"], told["marking"]) == (50, "single", "TLP:CLEAR")
    assert told["as_of"]["position"] == api.head()
    assert "As of position" in estimate["content"] and "TLP:CLEAR" in estimate["content"]


def test_the_publisher_and_the_originator_are_the_authors(api: Api) -> None:
    api.given(*FILED)
    found = objects(api)
    by = {
        each["type"]: found[each["created_by_ref"]]["name"]
        for each in found.values()
        if each["type"] == "report" or ours_kind(each) == "claim"
    }
    assert by == {"report": "wire", "note": "nis"}


def ours_kind(thing: Body) -> str:
    return str(ours(thing)["kind"]) if thing["type"] == "note" else ""


@pytest.mark.parametrize(
    ("credibility", "kind", "opinion"),
    [
        (1, "opinion", "strongly-agree"),
        (2, "opinion", "agree"),
        (3, "opinion", "neutral"),
        (4, "opinion", "disagree"),
        (5, "opinion", "strongly-disagree"),
        (6, "note", None),
    ],
)
def test_a_grade_of_credibility(api: Api, credibility: int, kind: str, opinion: str | None) -> None:
    api.given(*FILED, post("/v1/claims/r1/1/grades", credibility=credibility, reason="Seen."))

    [grade], [said] = of_kind(api, "credibility"), of_kind(api, "claim")

    assert (grade["type"], grade.get("opinion")) == (kind, opinion)
    assert ours(grade)["credibility"] == credibility == ours(said)["credibility"]
    assert said.get("confidence") == CREDIBILITY.get(credibility)
    assert grade["object_refs"] == [said["id"]]


def test_confidence_is_that_of_the_scale_of_stix() -> None:
    names = {1: "1 - Confirmed by other sources", 2: "2 - Probably True", 3: "3 - Possibly True"}
    names |= {4: "4 - Doubtful", 5: "5 - Improbable"}
    scale = stix2.confidence.scales.admiralty_credibility_to_value
    assert {n: scale(name) for n, name in names.items()} == CREDIBILITY


def test_a_dispute_is_an_opinion_of_who_disputes(api: Api) -> None:
    api.given(*FILED, post("/v1/claims/r1/1/disputes", by="kcna", reason="Not so."))

    [dispute] = of_kind(api, "dispute")

    assert (dispute["type"], dispute["opinion"]) == ("opinion", "disagree")
    assert objects(api)[dispute["created_by_ref"]]["name"] == "kcna"


def test_what_is_withdrawn_is_revoked_with_a_later_version(api: Api) -> None:
    api.given(*FILED)
    before = objects(api)
    api.given(post("/v1/reports/r1/withdrawal", reason="A copy."))

    for thing in (*of_kind(api, "report"), *of_kind(api, "claim")):
        assert thing["revoked"] is True and thing["modified"] > before[thing["id"]]["modified"]
        assert thing["created"] == before[thing["id"]]["created"]


def test_a_link_is_a_relationship_and_can_be_taken_back(api: Api) -> None:
    api.given(*FILED, report("r2", claim(100, "mnd"), published_at="2025-01-11"))
    link = post("/v1/claims/r2/1/links", derived_from="r1/1", reason="Same words.")
    api.given(link)

    [made] = of_kind(api, "link")
    claims = {ours(each)["claim"]: each["id"] for each in of_kind(api, "claim")}
    assert made["relationship_type"] == "derived-from"
    assert (made["source_ref"], made["target_ref"]) == (claims["r2/1"], claims["r1/1"])

    api.client.delete("/v1/claims/r2/1/links/r1/1", params={"reason": "No."})
    [taken_back] = of_kind(api, "link")
    assert taken_back["id"] == made["id"] and ours(taken_back)["standing"] == "taken-back"


def test_a_place_with_a_code_is_a_location(api: Api) -> None:
    api.given(indicator(place="KP"), source("nis", country="KR"), source("bloc", country="EU"))

    places = [each for each in objects(api).values() if each["type"] == "location"]

    assert [each["country"] for each in places] == ["KP", "KR"]
    assert country_code("North Korea") is None


def test_a_stored_page_gives_its_address_a_hash(api: Api) -> None:
    api.send(stored())
    api.given(indicator(), report("r1", url="https://wire.example/1", evidence=evidence()))

    [found] = of_kind(api, "report")

    [reference] = found["external_references"]
    assert reference["hashes"] == {"SHA-256": evidence()["sha256"]}


def test_markings_are_those_of_tlp_2(api: Api) -> None:
    api.given(indicator(), report("r1", marking="TLP:AMBER+STRICT"))

    for thing in (*of_kind(api, "report"), *of_kind(api, "claim"), *of_kind(api, "estimate")):
        assert thing["object_marking_refs"] == [TLP_2["TLP:AMBER+STRICT"]]

    before = {each["id"]: each for each in of_kind(api, "claim")}
    api.given(post("/v1/reports/r1/marking", marking="TLP:RED", reason="Names a person."))
    [after] = of_kind(api, "claim")
    assert after["object_marking_refs"] == [TLP_2["TLP:RED"]]
    assert after["modified"] > before[after["id"]]["modified"]


def test_the_ids_of_tlp_1_are_those_that_stix2_has() -> None:
    had = {
        each.id: f"TLP:{each.definition.tlp.upper()}".replace("WHITE", "CLEAR")
        for each in (stix2.TLP_WHITE, stix2.TLP_GREEN, stix2.TLP_AMBER, stix2.TLP_RED)
    }
    assert had.items() <= {id: str(marking) for id, marking in KNOWN.items()}.items()


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ({"report": "r2"}, 404, "not-found"),
        ({"indicator": "trops"}, 404, "not-found"),
        ({"indicator": "troops", "report": "r1"}, 422, "bad-parameter"),
        ({"published_by": "2025-01-01"}, 422, "unknown-parameter"),
        ({"known_at": 99}, 422, "bad-parameter"),
    ],
)
def test_what_is_refused(api: Api, query: dict[str, Any], status: int, code: str) -> None:
    api.given(*FILED)
    problem(export(api, **query), status, code)


def test_an_older_bundle_says_what_was_known_then(api: Api) -> None:
    reached = api.given(*FILED)
    then = bundle(api)
    api.given(report("r2", claim(700), published_at="2025-01-12"))

    assert bundle(api, known_at=reached)["objects"] == then["objects"]
    since = objects(api, since=reached)
    assert {ours(each)["claim"] for each in since.values() if ours_kind_of(each) == "claim"} == {"r2/1"}


def ours_kind_of(thing: Body) -> str:
    return str(ours(thing)["kind"]) if "extensions" in thing and "created_by_ref" in thing else ""


def test_an_empty_log_is_a_bundle_of_definitions(api: Api) -> None:
    text = export(api).text
    assert findings(text) == [] and len(parsed(text).objects) == 7
