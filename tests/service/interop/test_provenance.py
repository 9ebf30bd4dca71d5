"""The provenance of a figure, read by the library of PROV and held against the explanation."""

from io import StringIO
from typing import Any

import pytest
from prov.model import (
    ProvActivity,
    ProvAssociation,
    ProvAttribution,
    ProvDerivation,
    ProvDocument,
    ProvEntity,
    ProvGeneration,
    ProvUsage,
)

from service.http.routing import PROV
from tests.http_spec import Api, problem
from tests.service.web.conftest import story as story

ONE = "/v1/estimates/dprk-killed/explanation"
QUERIES = ("", "published_by=2025-02-01", "known_at=230", "policy=envelope/1")
TRANCHE = "/v1/estimates/dprk-tranche3-planned/explanation"


def document(api: Api, path: str, query: str) -> ProvDocument:
    answer = api.client.get(f"{path}?{query}", headers={"Accept": PROV})
    assert (answer.status_code, answer.headers["content-type"]) == (200, PROV), answer.text
    return ProvDocument.deserialize(StringIO(answer.text), format="json")


def pairs(given: ProvDocument, kind: Any) -> set[tuple[str, str]]:
    """The two ends of each relation of a kind, as the names of things."""
    ends = (each.formal_attributes[:2] for each in given.get_records(kind))
    return {(str(one), str(other)) for (_, one), (_, other) in ends}


def claims_of(body: dict[str, Any]) -> list[dict[str, Any]]:
    return [*body["used"], *body["relays"], *body["excluded"]]


@pytest.mark.parametrize("path", [ONE, TRANCHE])
@pytest.mark.parametrize("query", QUERIES)
def test_the_graph_is_that_of_the_explanation(story: Api, path: str, query: str) -> None:
    body = story.client.get(f"{path}?{query}").json()
    given = document(story, path, query)
    links = [link for item in claims_of(body) for link in item["chain"]]
    derived = pairs(given, ProvDerivation)
    figure = "figure:figure"
    assert {end for start, end in derived if start == figure} == {
        f"claim:{item['claim']}" for item in body["used"]
    }
    between = {(a, b) for a, b in derived if a.startswith("claim:") and b.startswith("claim:")}
    there = {link["claim"] for link in links}
    assert between == {
        (f"claim:{link['claim']}", f"claim:{parent}")
        for link in links
        for parent in link["derived_from"]
        if parent in there
    }
    attributed = pairs(given, ProvAttribution)
    assert {(f"claim:{x['claim']}", f"source:{x['originator']}") for x in links} == {
        each for each in attributed if each[0].startswith("claim:")
    }
    generated = pairs(given, ProvGeneration)
    assert {(f"claim:{x['claim']}", f"event:{x['position']}") for x in links} == {
        each for each in generated if each[0].startswith("claim:")
    }
    assert {(f"claim:{x['claim']}", f"report:{x['report']}") for x in links} <= derived
    assert (figure, "figure:estimation") in generated
    assert len(links) > 3


@pytest.mark.parametrize("query", QUERIES)
def test_publications_and_acts_have_their_times_and_agents(story: Api, query: str) -> None:
    body, given = story.client.get(f"{ONE}?{query}").json(), document(story, ONE, query)
    acts = {
        str(each.identifier): each.get_startTime()
        for each in given.get_records()
        if isinstance(each, ProvActivity)
    }
    associated, attributed = pairs(given, ProvAssociation), pairs(given, ProvAttribution)
    for item in body["used"]:
        report = story.client.get(f"/v1/reports/{item['report']}?{query.partition('policy')[0]}").json()
        event = story.client.get(f"/v1/events?after={item['position'] - 1}&limit=1").json()["items"][0]
        published = acts[f"publication:{item['report']}"]
        recorded = acts[f"event:{item['position']}"]
        assert published is not None and recorded is not None
        assert published.isoformat().replace("+00:00", "Z") == report["published_at"]
        assert recorded.isoformat()[:19] in event["recorded_at"]
        assert (f"event:{item['position']}", f"actor:{event['actor']}") in associated
        assert (f"publication:{item['report']}", f"source:{report['publisher']}") in associated
        assert (f"report:{item['report']}", f"source:{report['publisher']}") in attributed
        assert (f"event:{item['position']}", f"report:{item['report']}") in pairs(given, ProvUsage)


def test_every_end_of_a_relation_is_in_the_document(story: Api) -> None:
    given = document(story, ONE, "published_by=2025-02-01")
    named = {str(each.identifier) for each in given.get_records() if not each.is_relation()}
    for kind in (ProvDerivation, ProvGeneration, ProvUsage, ProvAttribution, ProvAssociation):
        assert {end for pair in pairs(given, kind) for end in pair} <= named


def test_the_figure_is_an_entity_with_its_numbers(story: Api) -> None:
    body = story.client.get(f"{ONE}?published_by=2025-02-01").json()
    given = document(story, ONE, "published_by=2025-02-01")
    [figure] = [e for e in given.get_records(ProvEntity) if str(e.identifier) == "figure:figure"]
    told = {str(name): value for name, value in figure.attributes}
    assert (told["intellog:best"], told["intellog:high"]) == (body["best"], body["high"])
    assert told["intellog:support"] == body["support"]["level"]
    assert figure.identifier is not None
    assert "known_at=" in figure.identifier.uri and "published_by=2025-02-01" in figure.identifier.uri


def test_it_has_an_address_of_its_own(story: Api) -> None:
    by_suffix = story.client.get(f"{ONE}.prov.json?known_at=200")
    assert (
        by_suffix.content == story.client.get(f"{ONE}?known_at=200", headers={"Accept": PROV}).content
    )
    problem(story.client.get("/v1/estimates/none/explanation.prov.json"), 404, "not-found")
