"""The description beside a table: what checks data packages finds nothing wrong with either."""

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import frictionless
import pytest

from service.http.routing import PACKAGE
from tests.http_spec import Api, claim, indicator, problem, report, source

PATHS = {
    "/v1/estimates": "sort=title",
    "/v1/estimates/troops/series": "release=first",
    "/v1/estimates/troops/vintages": "axis=publication&all=true",
    "/v1/estimates/troops/revisions": "",
    "/v1/estimates/troops/explanation": "published_by=2025-01-11",
    "/v1/estimates/troops/changes": "since=0",
    "/v1/estimates/plan/slippage": "",
    "/v1/reports": "limit=2",
    "/v1/reports/r1/history": "",
    "/v1/sources": "",
    "/v1/indicators": "",
    "/v1/conflicts": "",
    "/v1/events": "order=desc",
    "/v1/policies/compare": "candidate=envelope/1&axis=publication",
}


@pytest.fixture
def told(api: Api) -> Api:
    api.given(
        indicator(definition='=1+1\n, "quoted"'),
        indicator("plan", plans_for="troops"),
        source("nis", name="한국", note="a\tb"),
        report("r1", claim(100.5), claim(7, about="plan", status="planned", period="2026")),
        report("r2", claim(300, originator="nis", stated_at="2025-01-12"), published_at="2025-01-12"),
        report("r3", claim(400, originator="un", stated_at="2025-01-13"), published_at="2025-01-13"),
    )
    api.get("/v1/estimates/troops")
    return api


def package(api: Api, path: str, query: str) -> dict[str, Any]:
    answer = api.client.get(f"{path}.datapackage.json?{query}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, PACKAGE), answer.text
    body: dict[str, Any] = answer.json()
    return body


@pytest.mark.parametrize("path", PATHS)
def test_a_table_and_its_description_are_valid(told: Api, path: str, tmp_path: Path) -> None:
    described = package(told, path, PATHS[path])
    [table] = described["resources"]
    csv = told.client.get(table["path"])
    assert csv.status_code == 200 and csv.headers["content-type"].startswith("text/csv")
    (tmp_path / "table.csv").write_bytes(csv.content)
    beside = {**described, "resources": [{**table, "path": "table.csv"}]}
    (tmp_path / "datapackage.json").write_text(json.dumps(beside))
    assert frictionless.Package.validate_descriptor(beside).valid
    found = frictionless.Package(str(tmp_path / "datapackage.json")).validate()
    assert found.valid, found.flatten(["rowNumber", "fieldName", "type", "message"])
    assert "conflicts" in path or found.tasks[0].stats["rows"] > 0


def test_a_wrong_cell_would_be_found(told: Api, tmp_path: Path) -> None:
    described = package(told, "/v1/estimates/troops/vintages", "")
    [table] = described["resources"]
    csv = told.client.get(table["path"]).text
    (tmp_path / "table.csv").write_text(csv.replace("100.5", "about 100", 1), newline="")
    (tmp_path / "p.json").write_text(
        json.dumps({**described, "resources": [{**table, "path": "table.csv"}]})
    )
    assert not frictionless.Package(str(tmp_path / "p.json")).validate().valid


@pytest.mark.parametrize("path", PATHS)
def test_a_table_says_where_its_description_is(told: Api, path: str) -> None:
    for suffix in ("csv", "xlsx"):
        link = told.client.get(f"{path}.{suffix}?{PATHS[path]}").headers["link"]
        found = re.fullmatch(f'<([^>]+)>; rel="describedby"; type="{re.escape(PACKAGE)}"', link)
        assert found is not None
        assert told.client.get(found[1]).json() == package(told, path, PATHS[path])


def test_what_is_described_stays_as_it_was(told: Api) -> None:
    [table] = package(told, "/v1/reports", "limit=2&q=troops&min_position=1")["resources"]
    before = told.client.get(table["path"]).content
    told.given(report("r9", claim(1)))
    assert told.client.get("/v1/reports", params={"min_position": told.head()}).status_code == 200
    assert told.client.get(table["path"]).content == before
    assert "limit=2" in urlsplit(table["path"]).query and "min_position" not in table["path"]


def test_columns_have_the_types_of_the_answer(told: Api) -> None:
    [table] = package(told, "/v1/estimates", "")["resources"]
    types = {each["name"]: each["type"] for each in table["schema"]["fields"]}
    assert types["best"] == "number" and types["claims"] == "integer" and types["title"] == "string"
    assert types["open_low"] == "boolean" and types["cutoff"] == "date"
    assert types["as_of_known_at"] == "datetime" and types["used"] == "string"


def test_a_mistake_is_a_problem(told: Api) -> None:
    wrong = told.client.get("/v1/estimates.datapackage.json?publised_by=2025")
    problem(wrong, 422, "unknown-parameter")
    problem(told.client.get("/v1/reports/r1.datapackage.json"), 404, "not-found")
