"""The dashboard and the alerts name metrics that there are, with labels that they have."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from service.http.problem_kinds import PROBLEMS
from service.metrics.table import BY_NAME
from tests.places import DOCS

DASHBOARD = json.loads((DOCS / "grafana" / "intellog.json").read_text("utf-8"))
RULES = yaml.safe_load((DOCS / "grafana" / "alerts.yml").read_text("utf-8"))
ALERTS = [rule for group in RULES["groups"] for rule in group["rules"]]
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
PAGE = (DOCS / "operating.md").read_text("utf-8")
TARGET_LABELS = {"job", "instance", "le"}
FUNCTIONS = {"sum", "max", "min", "rate", "increase", "topk", "histogram_quantile", "absent"}
FUNCTIONS |= {"predict_linear", "by", "and", "le"}


def _expressions() -> Iterator[tuple[str, str]]:
    for panel in PANELS:
        for target in panel["targets"]:
            yield panel["title"], target["expr"]
    for rule in ALERTS:
        yield rule["alert"], rule["expr"]
    for variable in DASHBOARD["templating"]["list"][1:]:
        yield variable["name"], variable["definition"]


EXPRESSIONS = list(_expressions())


def metric_of(name: str) -> Any:
    """The metric that a series is of."""
    return BY_NAME.get(name) or BY_NAME[re.sub(r"_(bucket|sum|count)$", "", name)]


@pytest.mark.parametrize(("where", "expression"), EXPRESSIONS, ids=lambda text: str(text)[:40])
def test_every_series_is_one_of_a_metric_in_the_table(where: str, expression: str) -> None:
    series = re.findall(r"\b((?:intellog|process)_\w+)(?:\{([^}]*)\})?", expression)
    assert series
    for name, selector in series:
        metric = metric_of(name)
        assert (name == metric.name) == (metric.kind != "histogram")
        selected = set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", selector))
        assert selected <= TARGET_LABELS | set(metric.labels)
    grouped = {
        label for each in re.findall(r"by \(([^)]*)\)", expression) for label in each.split(", ")
    }
    assert grouped <= TARGET_LABELS | {each for name, _ in series for each in metric_of(name).labels}


@pytest.mark.parametrize(("where", "expression"), EXPRESSIONS, ids=lambda text: str(text)[:40])
def test_every_expression_is_whole(where: str, expression: str) -> None:
    for opening, closing in ("()", "{}", "[]"):
        assert expression.count(opening) == expression.count(closing)
    bare = re.sub(r'"[^"]*"|\{[^}]*\}|\[[^]]*\]', "", expression)
    words = set(re.findall(r"[a-z_]+(?=\s*\()", bare)) - {"by", "label_values"}
    assert words <= FUNCTIONS
    # What is counted is only of use as a rate.
    for name in re.findall(r"intellog_\w+_total|process_\w+_total", expression):
        assert re.search(rf"(rate|increase)\({name}", expression)


def test_the_dashboard_is_one_that_grafana_imports() -> None:
    assert {"title", "uid", "schemaVersion", "panels", "templating", "time"} <= DASHBOARD.keys()
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(set(ids)) == len(ids)
    for panel in PANELS:
        assert panel["type"] in ("stat", "timeseries") and panel["title"] and panel["description"]
        assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
        refs = [target["refId"] for target in panel["targets"]]
        assert len(set(refs)) == len(refs) > 0
    assert DASHBOARD["templating"]["list"][0]["type"] == "datasource"


def test_panels_do_not_overlap() -> None:
    taken = set[tuple[int, int]]()
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken and place["x"] + place["w"] <= 24
        taken |= cells


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: rule["alert"])
def test_an_alert_says_what_is_so_and_is_explained(rule: dict[str, Any]) -> None:
    assert rule.keys() <= {"alert", "expr", "for", "labels", "annotations"}
    assert re.fullmatch(r"\d+[smh]", rule.get("for", "1m"))
    assert rule["labels"]["severity"] in ("page", "warn")
    assert rule["annotations"].keys() == {"summary", "description"}
    [row] = re.findall(rf"^\| `{rule['alert']}` \| (.+?) \| (.+?) \|$", PAGE, re.MULTILINE)
    assert row[0].startswith("page: ") == (rule["labels"]["severity"] == "page")
    for code in re.findall(r'code="([\w-]+)"', rule["expr"]):
        assert code in PROBLEMS


def test_the_page_explains_no_other_alert() -> None:
    explained = re.findall(r"^\| `(Intellog\w+)`", PAGE, re.MULTILINE)
    assert explained == [rule["alert"] for rule in ALERTS]
