"""No answer of a tool or resource has a figure without its times, its support and its marking."""

from typing import Any

import pytest
from pydantic_core import from_json

from tests.service.model_context.calls import CALLS, TIMES_ASKED, plain, uncovered
from tests.service.model_context.models import Body, Model, words


@pytest.mark.parametrize(("name", "given"), CALLS, ids=str)
def test_no_figure_is_without_its_times_support_and_marking(
    asked: Model, name: str, given: Body
) -> None:
    for times in TIMES_ASKED[:-1]:
        body = asked.answer(name, **{**given, **times})
        assert set(body["as_of"]) >= {"position", "known_at", "published_by", "valid_at"}
        assert [*uncovered(body)] == []
        text = words(asked.call(name, **{**given, **times}))
        assert f"as of position {body['as_of']['position']} " in text
        assert " published by " in text and " valid at " in text
        for line in text.splitlines():
            if line.startswith(("Indicator ", "Before: ", "After: ", "From ", "Position ")):
                assert "support " in line and "TLP:" in line, line


def test_a_figure_without_support_would_be_noticed() -> None:
    whole = {"items": [{"best": 1, "low": 1, "high": 1, "support": {}, "marking": "TLP:CLEAR"}]}
    assert [*uncovered(whole)] == []
    for name in ("support", "marking"):
        lacking = {"support": {}, "marking": "x", "items": [plain(whole["items"][0], name)]}
        assert [*uncovered(lacking)] == lacking["items"]


PLACES = {"indicator": "dprk-killed", "report": "nis-2025-01-13", "n": "1"}
IDS = {"sources": "nis", "reports": "nis-2025-01-13", "indicators": "dprk-killed"}


def test_no_resource_has_a_figure_without_support_and_marking(asked: Model) -> None:
    templates = asked.do(asked.client.list_resource_templates).resource_templates
    assert len(templates) > 12
    for each in templates:
        path, _, query = each.uri_template.partition("{?")
        names = {**PLACES, "id": IDS.get(path.split("/")[2], "")}
        for name, value in names.items():
            path = path.replace(f"{{{name}}}", value)
        body = from_json(asked.read(path + ("?since=1" if "since" in query else "")))
        assert "position" in body["as_of"]
        # What a source stated has no support but its grades; it is marked.
        assert [*uncovered(without_statements(body))] == [], path


def without_statements(value: Any) -> Any:
    """An answer without the figures that sources stated."""
    match value:
        case dict():
            kept = {n: each for n, each in value.items() if n not in ("quantity", "data")}
            return {name: without_statements(each) for name, each in kept.items()}
        case list():
            return [without_statements(each) for each in value]
    return value
