"""Times are spelled one way: RFC 3339 in UTC with `Z`, and six digits of fraction or none."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic_core import from_json

from tests.http_spec import NDJSON, Api, Clock, claim, indicator, one_server, post, report, source
from tests.service.http.addresses import described, path_of

LIKE_A_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:")
SPELLING = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.(?!000000)\d{6})?Z")
OFFSETS = ("2025-01-10T09:00:00+09:00", "2025-01-10T00:00:00.5-00:00", "2025-01-10t00:00:00z")
NEEDED = {
    "/v1/estimates/{indicator}/changes": "?since=0",
    "/v1/policies/compare": "?candidate=latest-publication/1",
    "/v1/log/consistency": "?from=1",
}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """Acts of every kind, recorded at whole seconds and between them, with times in any spelling."""
    clock = Clock()
    with one_server() as server, server.over(tmp_path_factory.mktemp("told"), clock) as api:
        api.given(indicator(), source("nis", name="the service"))
        clock.set("2025-02-01T12:00:00Z")
        for n, written in enumerate(OFFSETS):
            api.given(report(f"r{n}", claim(n, stated_at=written), published_at=written))
        clock.set("2025-02-02T12:00:00.25Z")
        dispute = post("/v1/claims/r1/1/disputes", by="un", published_at=OFFSETS[0])
        withdrawal = post("/v1/reports/r2/withdrawal", published_at=OFFSETS[1])
        assessment = post("/v1/indicators/troops/assessments", low=1, confidence="low")
        api.given(dispute, withdrawal, assessment, post("/v1/sources/nis/grades", reliability="B"))
        yield api


def times(value: Any) -> Iterator[str]:
    """Every text in decoded JSON that looks like a time."""
    if isinstance(value, dict):
        value = list(value.values())
    for each in value if isinstance(value, list) else [value]:
        if isinstance(each, dict | list):
            yield from times(each)
        elif isinstance(each, str) and LIKE_A_TIME.match(each):
            yield each


OTHERS = (
    "/metrics",
    "/checkpoint",
    "/tile/{level}/{tile}",
    "/v1/stix",
    "/v1/estimates/{indicator}/slippage",
)
"""What is no JSON of one line, or spells the days of a plan."""


def test_every_answer_spells_its_times_one_way(told: Api) -> None:
    found = set[str]()
    for path, operations in described(told)["paths"].items():
        if "get" not in operations or path in OTHERS:
            continue
        for accept in ("application/json", NDJSON):
            answer = told.client.get(path_of(path) + NEEDED.get(path, ""), headers={"Accept": accept})
            lines = answer.content.splitlines()
            found |= {text for line in lines for text in times(from_json(line))}
    assert len(found) > 4 and all(map(SPELLING.fullmatch, found)), found
    assert {"2025-01-10T00:00:00Z", "2025-02-01T12:00:00Z", "2025-02-02T12:00:00.250000Z"} <= found


def test_a_moment_is_spelled_alike_wherever_it_stands(told: Api) -> None:
    [event] = [each for each in told.events() if each["type"] == "ReportFiled"][:1]
    filed = told.get("/v1/reports/r0")
    assert event["recorded_at"] == filed["recorded_at"] == "2025-02-01T12:00:00Z"
    assert event["data"]["provenance"]["published_at"] == filed["published_at"]
