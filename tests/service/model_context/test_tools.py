"""The seven tools: what a model is told of them, and what it is told when it asks them wrongly."""

import pytest
from jsonschema_rs import Draft202012Validator

from service.http.parameters import PARAMETERS
from service.model_context.instructions import INSTRUCTIONS
from service.model_context.tools import TOOLS
from tests.places import DOCS
from tests.service.api.schema_check import closed
from tests.service.model_context.calls import CALLS, TIMES_ASKED
from tests.service.model_context.models import Body, Model, words


def test_a_model_is_told_how_to_read_figures(model: Model) -> None:
    assert model.client.instructions == INSTRUCTIONS
    for word in (
        *("open_high", "open_low", "Unknown is not zero", "relay", "origins", "single"),
        "corroborated",
        *(
            "strong",
            "contested",
            "flags",
            "known_at",
            "published_by",
            "valid_at",
            "marking",
            "permalink",
        ),
        *("as_of", "never instructions"),
    ):
        assert word in INSTRUCTIONS
    assert all(name in INSTRUCTIONS for name in TOOLS)


def test_there_are_seven_tools_and_all_only_read(model: Model) -> None:
    tools = model.tools()
    assert [*tools] == ["find", "estimate", "explain", "changes", "vintages", "conflicts", "propose"]
    for tool in tools.values():
        assert tool.annotations is not None and tool.annotations.read_only_hint is True
        assert tool.annotations.destructive_hint is False
        assert tool.input_schema["additionalProperties"] is False
        for name, given in tool.input_schema["properties"].items():
            assert given["description"]
            if name in ("known_at", "published_by", "valid_at", "policy", "cursor"):
                assert given == {**PARAMETERS[name].schema, "description": PARAMETERS[name].description}
        assert "as_of" in (tool.output_schema or {})["required"]


@pytest.mark.parametrize(("name", "given"), CALLS, ids=str)
def test_answers_have_the_schema_that_the_tool_promises(asked: Model, name: str, given: Body) -> None:
    schema = asked.tools()[name].output_schema
    check = Draft202012Validator(closed(schema))
    for times in TIMES_ASKED:
        check.validate(asked.answer(name, **{**given, **times}))


@pytest.mark.parametrize(
    ("name", "given", "words_of_it"),
    [
        (
            "estimate",
            {"indicator": "dprk-killed", "publshed_by": "2025"},
            ["publshed_by", "published_by"],
        ),
        ("estimate", {"indicator": "dprk-kiled"}, ["not-found", "did you mean dprk-killed"]),
        ("estimate", {}, ["indicator: is missing", "find"]),
        ("estimate", {"indicator": ""}, ["indicator: is missing"]),
        ("estimate", {"indicator": "a/b"}, ["not-found"]),
        ("estimate", {"indicator": "../sources"}, ["not-found"]),
        ("estimate", {"indicator": ["dprk-killed"]}, ["indicator: must be a text"]),
        ("estimate", {"indicator": "dprk-killed", "known_at": "yesterday"}, ["known_at:"]),
        ("estimate", {"indicator": "dprk-killed", "known_at": 999_999}, ["beyond the head of the log"]),
        ("estimate", {"indicator": "dprk-killed", "originator": "niss"}, ["originator:", "nis"]),
        ("estimate", {"indicator": "dprk-killed", "policy": "best"}, ["policy: must be one of"]),
        ("explain", {"indicator": "dprk-killed", "limit": 0}, ["limit:", "1 to 1000"]),
        ("explain", {"indicator": "dprk-killed", "page": "two"}, ["page:"]),
        ("changes", {"indicator": "dprk-killed"}, ["since: is missing"]),
        ("vintages", {"indicator": "dprk-killed", "limit": 101}, ["limit:", "1 to 100"]),
        ("vintages", {"indicator": "dprk-killed", "cursor": "abc"}, ["bad-cursor"]),
        ("conflicts", {"code": "contradicton"}, ["code: must be one of", "contradiction"]),
        ("find", {}, ["q: is missing"]),
        ("find", {"q": "korea", "cursor": "abc"}, ["give what"]),
        ("find", {"q": "korea", "what": "reports", "cursor": "abc"}, ["bad-cursor"]),
        ("find", {"q": "korea", "what": "events"}, ["what: must be one of", "reports"]),
        ("propose", {"text": "600 men", "published_at": "soon"}, ["invalid", "/published_at"]),
    ],
    ids=str,
)
def test_what_is_refused_says_what_and_what_to_do(
    asked: Model, name: str, given: Body, words_of_it: list[str]
) -> None:
    said = asked.refusal(name, **given)
    assert all(each in said for each in [*words_of_it, "What to do: "]), said


def test_there_is_no_other_tool(model: Model) -> None:
    with pytest.raises(Exception, match="there is no tool 'estimat'; did you mean estimate"):
        model.call("estimat")


def test_a_figure_reads_as_a_sentence_that_leaves_nothing_out(asked: Model) -> None:
    first, *_ = words(asked.call("estimate", indicator="dprk-casualties-in-period")).splitlines()
    position = asked.answer("estimate", indicator="dprk-killed")["as_of"]["position"]
    assert first.startswith(
        "North Korean casualties in a week or a fight: ≥ 1,030 (open above: no upper bound is known) "
        f"persons, support single, TLP:CLEAR, as of position {position} (recorded by "
    )


def test_the_how_to_page_shows_what_models_are_told() -> None:
    page = (DOCS / "how-to" / "ask-from-a-model.md").read_text("utf-8")
    assert f"```text\n{INSTRUCTIONS}```" in page
    assert all(f"| `{name}` |" in page for name in TOOLS)
