"""Resources: what is read, by addresses that stay the same."""

import json
from urllib.parse import parse_qsl

import pytest
from pydantic_core import from_json

from tests.http_spec import Api
from tests.service.model_context.calls import (
    CALLS,
    plain,
)
from tests.service.model_context.models import Body, Model


def test_every_indicator_is_a_resource(model: Model, story: Api) -> None:
    found = model.resources()
    listed = story.items("/v1/indicators")
    assert [(each.uri, each.title) for each in found] == [
        (f"intellog://estimates/{each['id']}", each["title"]) for each in listed
    ]
    for each in found[:3]:
        assert from_json(model.read(each.uri)) == story.get(f"/v1/estimates/{each.name}")


RESOURCES = [
    "estimates/dprk-killed?published_by=2025-02-01&known_at=220",
    "estimates/dprk-killed/explanation?known_at=220",
    "estimates/dprk-killed/series",
    "reports/nis-2025-01-13",
    "claims/nis-2025-01-13/1?known_at=210",
    "sources/nis?known_at=210",
    "indicators/dprk-killed",
    "indicators?limit=3",
]


@pytest.mark.parametrize("resource", RESOURCES)
def test_a_resource_is_what_the_interface_answers(model: Model, story: Api, resource: str) -> None:
    path = f"/v1/{resource}"
    assert from_json(model.read(f"intellog://{resource}")) == story.client.get(path).json()


SUPPORTED = [
    ("vintages", "estimates/dprk-killed/vintages?axis=publication&limit=3"),
    ("changes", "estimates/dprk-killed/changes?since=190&until=220"),
    ("conflicts", "conflicts?known_at=220&limit=3"),
]


@pytest.mark.parametrize(("name", "resource"), SUPPORTED)
def test_a_resource_whose_figures_need_support_is_what_the_tool_answers(
    model: Model, name: str, resource: str
) -> None:
    path, _, query = resource.partition("?")
    given = dict(parse_qsl(query))
    if path != "conflicts":
        given["indicator"] = "dprk-killed"
    assert from_json(model.read(f"intellog://{resource}")) == model.answer(name, **given)


def test_the_templates_are_all_that_is_read(model: Model, story: Api) -> None:
    found = model.do(model.client.list_resource_templates).resource_templates
    assert "intellog://claims/{report}/{n}{?known_at,published_by,valid_at}" in [
        each.uri_template for each in found
    ]
    described = story.client.get("/openapi.json").json()["paths"]
    for each in found:
        path = each.uri_template.partition("{?")[0].replace("intellog://", "/v1/")
        assert described[path]["get"]["summary"] == each.description


@pytest.mark.parametrize(
    ("uri", "words_of_it"),
    [
        ("intellog://estimates/dprk-kiled", "did you mean dprk-killed"),
        ("intellog://estimates/dprk-killed?publshed_by=2025", "did you mean 'published_by'"),
        ("intellog://events", "there is no resource"),
        ("intellog://tokens", "there is no resource"),
        ("https://example.org/v1/estimates/dprk-killed", "there is no resource"),
    ],
)
def test_a_resource_that_is_not_there_is_refused(asked: Model, uri: str, words_of_it: str) -> None:
    with pytest.raises(Exception, match=words_of_it):
        asked.read(uri)


@pytest.mark.parametrize(("name", "given"), [call for call in CALLS if call[0] != "propose"], ids=str)
def test_what_an_answer_is_cited_by_gives_its_figures_again(
    asked: Model, name: str, given: Body
) -> None:
    body = asked.answer(name, **{**given, "published_by": "2025-03-01"})
    links = [body] if "permalink" in body else [body["indicators"], body["sources"], body["reports"]]
    for each in links:
        assert each["permalink"] in json.dumps(body) and "known_at=" in each["permalink"]
        again = from_json(asked.read(each["permalink"]))
        assert again["as_of"]["position"] == body["as_of"]["position"]
        if name == "explain":
            assert {**plain(body), "as_of": 0} == {**again, "as_of": 0}
        elif "items" in each:
            shown = min(len(each["items"]), len(again["items"]))
            assert again["items"][:shown] == each["items"][:shown]
        else:
            assert {**plain(again), "as_of": 0} == {**plain(body), "as_of": 0}
