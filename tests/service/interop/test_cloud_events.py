"""Events as CloudEvents: the kit of that standard reads them, and they are the events of the log."""

import json
from collections.abc import Iterator

import pytest
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from domain.times import parse_instant
from service.http.routing import CLOUD_EVENTS
from tests.http_spec import Api, Body, claim, indicator, post, problem, report

BATCH = {"Accept": CLOUD_EVENTS}


@pytest.fixture
def told(api: Api) -> Api:
    api.given(
        indicator(),
        *(report(f"r{n}", claim(n)) for n in range(1, 6)),
        post("/v1/reports/r2/hold", reason="=check 한국"),
    )
    api.get("/v1/estimates/troops")
    return api


def batches(api: Api, path: str) -> Iterator[list[Body]]:
    """The pages of a list, each a batch."""
    while path:
        answer = api.client.get(path, headers=BATCH)
        assert (answer.status_code, answer.headers["content-type"]) == (200, CLOUD_EVENTS), answer.text
        yield answer.json()
        path = answer.links.get("next", {}).get("url", "")


def test_each_is_a_cloud_event_of_an_event(told: Api) -> None:
    [batch] = batches(told, "/v1/events")
    for given, event in zip(batch, told.events(), strict=True):
        read = JSONFormat().read(CloudEvent, json.dumps(given))  # raises where a rule is broken
        assert (read.get_id(), read.get_data()) == (event["id"], event["data"])
        assert read.get_time() == parse_instant(event["recorded_at"])
        assert (read.get_type(), read.get_subject()) == (f"intellog.{event['type']}", event["stream"])
        assert int(given["sequence"]) == event["position"]
        assert (given["actor"], given["streamversion"]) == (event["actor"], event["version"])


def test_source_and_id_name_an_event_for_good(told: Api) -> None:
    [batch] = batches(told, "/v1/events")
    assert {each["source"] for each in batch} == {f"intellog:log/{told.service.log.id}"}
    assert len({each["id"] for each in batch}) == len(batch) == told.head()
    assert [each["sequence"] for each in batch] == sorted(each["sequence"] for each in batch)


def test_batches_go_on_where_the_last_one_ended(told: Api) -> None:
    [whole] = batches(told, "/v1/events?order=desc")
    parts = [*batches(told, "/v1/events?order=desc&limit=3")]
    assert [each for part in parts for each in part] == whole and len(parts) == 3


def test_filters_and_refusals_are_those_of_events(told: Api) -> None:
    [batch] = batches(told, "/v1/events?type=ReportHeld")
    assert [each["type"] for each in batch] == ["intellog.ReportHeld"]
    problem(told.client.get("/v1/events?after=99", headers=BATCH), 409, "beyond-head")
    problem(told.client.get("/v1/events?x=1", headers=BATCH), 422, "unknown-parameter")
    tag = told.client.get("/v1/events", headers=BATCH).headers["etag"]
    again = told.client.get("/v1/events", headers={**BATCH, "If-None-Match": tag})
    assert again.status_code == 304
