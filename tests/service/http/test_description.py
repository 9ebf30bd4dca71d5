"""What the interface says of itself in `/openapi.json`: complete, valid and sound."""

from collections.abc import Iterator
from typing import Any

from openapi_spec_validator import validate

from tests.http_spec import Api
from tests.service.http.addresses import OPERATIONS, described, path_of, refused


def test_the_description_lists_every_operation(shown: Api) -> None:
    paths = described(shown)["paths"]
    listed = {(method.upper(), path) for path, methods in paths.items() for method in methods}
    assert listed >= OPERATIONS


def test_every_operation_described_is_there(shown: Api) -> None:
    for template, operations in described(shown)["paths"].items():
        for method in operations:
            answer = shown.client.request(method, path_of(template) + "?no-such-parameter=1")
            refused(answer, 422, "unknown-parameter")


def test_the_description_is_valid_openapi(shown: Api) -> None:
    validate(described(shown))


def test_the_description_is_sound(shown: Api) -> None:
    body = described(shown)
    assert body["openapi"].startswith("3.1.") and set(body["info"]) >= {"title", "version"}
    ids = list[str]()
    for template, operations in body["paths"].items():
        in_path = {part[1:-1] for part in template.split("/") if part.startswith("{")}
        for method, operation in operations.items():
            ids.append(operation["operationId"])
            assert operation["summary"], (method, template)
            named = [(each["in"], each["name"]) for each in operation.get("parameters", [])]
            assert len(named) == len(set(named)), (method, template)
            assert {name for place, name in named if place == "path"} == in_path
            for parameter in operation.get("parameters", []):
                assert parameter["required"] == (parameter["in"] == "path")
                assert parameter["description"]
                assert {"format", "enum", "pattern"} & set(parameter["schema"]), parameter
            assert ("requestBody" in operation) == (
                method in ("post", "put") and "rebuild" not in template
            )
            assert {"default", "422", "500"} <= set(operation["responses"])
            assert all(answer["description"] for answer in operation["responses"].values())
    assert len(ids) == len(set(ids))


def test_every_reference_in_the_description_leads_somewhere(shown: Api) -> None:
    body = described(shown)
    references = list(find(body, "$ref"))
    assert references
    for reference in references:
        here: Any = body
        for step in reference.removeprefix("#/").split("/"):
            here = here[step]
        assert isinstance(here, dict)


def test_the_description_of_a_body_leaves_out_what_stands_in_the_address(shown: Api) -> None:
    for operations in described(shown)["paths"].values():
        for operation in operations.values():
            schema = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
            names = {each["name"] for each in operation.get("parameters", []) if each["in"] == "path"}
            assert not names & set(schema.get("schema", {}).get("properties", {}))
            assert not {"claim", "report", "source"} & set(
                schema.get("schema", {}).get("properties", {})
            )


def find(value: Any, name: str) -> Iterator[str]:
    """Every text under a name, anywhere within a value."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == name and isinstance(inner, str):
                yield inner
            yield from find(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from find(inner, name)
