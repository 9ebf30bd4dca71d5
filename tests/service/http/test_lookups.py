"""Mistakes are refused, and never answered with the figure of today or with an empty list."""

from collections.abc import Iterator
from typing import Any

import pytest

from service.http.lookups import NAMES
from service.http.parameters import PARAMETERS, RECORD_TIMES
from tests.http_spec import (
    NDJSON,
    SSE,
    Api,
    Clock,
    claim,
    indicator,
    one_server,
    problem,
    report,
    source,
)
from tests.service.http.addresses import described, path_of, query_parameters

OWN_VALUES = {
    "token",
    *("policy", "base", "candidate", "measure", "flag", "code", "kind", "reliability", "type"),
    *(
        "release",
        "as",
        "axis",
        "all",
        "order",
        "dry_run",
        "reason",
        "q",
        "speed",
        "added_after",
        "next",
        "match[id]",
        "match[type]",
        "match[version]",
        "match[spec_version]",
        "name",
        "log",
        "live",
        "salts",
        "seen",
    ),
    *("support", "sort", "page", "state", "width", "url", "maxwidth", "maxheight", "format"),
    *("period", "period_from", "period_to", "cursor", "limit"),
    *("published_by", "valid_at", "min_position", "compare", "after", "before", *RECORD_TIMES),
    *("from", "to", "use"),
}
"""Parameters that name nothing recorded; words that are looked for may be found nowhere."""
THERE = {
    "source": "nis",
    "originator": "nis",
    "indicator": "losses",
    "report": "loss-1",
    "stream": "report:loss-1",
    "actor": "local",
    "cohort": "tranche-2",
    "incident": "raid-1",
    "topic": "front line",
}
MISSPELT = {
    "source": "nsi",
    "originator": "nsi",
    "indicator": "loses",
    "report": "los-1",
    "stream": "report:los-1",
    "actor": "lokal",
    "cohort": "tranch-2",
    "incident": "raid1",
    "topic": "front lime",
}
INCIDENTS = "/v1/estimates/losses"


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """An indicator with a cohort and an incident, and one about which nothing was said."""
    clock = Clock()
    with one_server() as server, server.over(tmp_path_factory.mktemp("shown"), clock) as api:
        clock.set("2025-02-01T00:00:00Z")
        said = claim(5, about="losses", period="2025-01-05", incident="raid-1")
        part = claim(5, about="losses", period="2025-01-05", cohort="tranche-2")
        api.given(indicator("losses", measure="increment", topics=["front line"]), indicator("quiet"))
        api.given(source("silent"), report("loss-1", said, part))
        yield api


def filters(api: Api) -> list[tuple[str, str]]:
    """Every address that is read with every of its parameters that names something."""
    return [
        (path.format(indicator="losses", id="nis"), name)
        for path, operations in described(api)["paths"].items()
        if "get" in operations
        for name in query_parameters(operations["get"])
        if name in NAMES
    ]


def test_each_parameter_names_something_or_has_values_of_its_own() -> None:
    assert set(NAMES) | OWN_VALUES == set(PARAMETERS)
    assert not set(NAMES) & OWN_VALUES


def test_a_filter_that_names_what_was_never_there_is_refused_with_the_nearest(shown: Api) -> None:
    asked = filters(shown)
    assert {name for _, name in asked} == set(NAMES)
    for path, name in asked:
        answer = shown.client.get(path, params={name: MISSPELT[name], **needed(path)})
        refusal = problem(answer, 404, "not-found")
        assert refusal["parameter"] == name, path
        assert f"did you mean {THERE[name]}?" in refusal["detail"], (path, refusal["detail"])


def test_a_filter_that_names_what_is_there_is_answered(shown: Api) -> None:
    for path, name in filters(shown):
        answer = shown.client.get(path, params={name: THERE[name], **needed(path)})
        plan = "slippage" in path
        assert answer.status_code == (404 if plan else 200), (path, name, answer.text)
        assert not plan or "is no plan" in answer.text


def needed(path: str) -> dict[str, Any]:
    """What an address cannot do without."""
    if path.endswith("/changes"):
        return {"since": 0}
    return {"candidate": "latest-publication/1"} if path.endswith("/compare") else {}


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("/v1/estimates", {"source": "silent"}),
        ("/v1/events", {"source": "silent", "type": "ReportFiled"}),
        ("/v1/conflicts", {"indicator": "quiet"}),
        ("/v1/estimates/losses/series", {"originator": "silent"}),
        ("/v1/estimates/losses/vintages", {"cohort": "tranche-2", "known_at": 1}),
        ("/v1/events", {"indicator": "losses", "known_at": 0}),
    ],
)
def test_what_is_there_with_nothing_to_show_is_an_empty_list(
    shown: Api, path: str, asked: dict[str, Any]
) -> None:
    assert shown.items(path, **asked) == []


@pytest.mark.parametrize("accept", [NDJSON, SSE])
@pytest.mark.parametrize("path", ["/v1/events", "/v1/replay"])
def test_a_stream_of_what_was_never_there_does_not_begin(shown: Api, path: str, accept: str) -> None:
    answer = shown.client.get(path, params={"indicator": "loses"}, headers={"Accept": accept})
    assert "did you mean losses?" in problem(answer, 404, "not-found")["detail"]


@pytest.mark.parametrize("path", ["/conflicts", "/events", "/", "/estimates/losses"])
def test_a_page_says_so_too(shown: Api, path: str) -> None:
    name = {"/": "source", "/estimates/losses": "originator"}.get(path, "indicator")
    answer = shown.client.get(path, params={name: MISSPELT[name]}, headers={"Accept": "text/html"})
    assert answer.status_code == 404 and f"did you mean {THERE[name]}?" in answer.text


@pytest.mark.parametrize(
    ("path", "near"),
    [
        ("/v1/reports/los-1", "loss-1"),
        ("/v1/reports/los-1/history", "loss-1"),
        ("/v1/sources/nsi", "nis"),
        ("/v1/indicators/loses", "losses"),
        ("/v1/estimates/loses/series", "losses"),
    ],
)
def test_an_address_of_what_was_never_there_names_the_nearest(shown: Api, path: str, near: str) -> None:
    refusal = problem(shown.client.get(path), 404, "not-found")
    assert f"did you mean {near}?" in refusal["detail"]


def test_what_is_not_there_yet_is_not_said_to_be_misspelt(shown: Api) -> None:
    answer = shown.client.get("/v1/reports/loss-1", params={"known_at": 1})
    assert "did you mean" not in problem(answer, 404, "not-found")["detail"]


def test_a_position_beyond_the_head_is_refused_naming_the_head(shown: Api) -> None:
    head = shown.head()
    for path, operations in described(shown)["paths"].items():
        if "get" not in operations:
            continue
        for name in set(query_parameters(operations["get"])) & set(RECORD_TIMES):
            for position in (head + 1, 20250201):
                answer = shown.client.get(path_of(path), params={name: position})
                refusal = problem(answer, 422, "bad-parameter")
                assert (refusal["parameter"], refusal["head"]) == (name, head), path
    assert shown.get("/v1/estimates", known_at=head)["as_of"]["position"] == head


def test_a_name_is_compared_with_those_that_begin_alike_where_there_are_many(api: Api) -> None:
    lines = [{"register_source": {"id": f"s{n:05}"}} for n in range(3_000)]
    api.import_(*lines, {"register_source": {"id": "ministry"}})
    for wrong, right in (("minstry", "ministry"), ("s0299", "s02999")):
        answer = api.client.get("/v1/estimates", params={"source": wrong, "min_position": api.head()})
        assert right[:5] in problem(answer, 404, "not-found")["detail"]
    answer = api.client.get("/v1/estimates", params={"source": "s_0299"})
    assert "did you mean s0" in problem(answer, 404, "not-found")["detail"]
