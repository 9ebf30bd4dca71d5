"""The options of the verbs that write are what the interface takes, no more and no less."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import typer

from domain import commands
from domain.commands import Command
from service.api.write import WRITES
from service.cli.app import app
from tests.http_spec import Api, Body

VERBS: Mapping[str, tuple[type[Command], ...]] = {
    "define": (commands.DefineIndicator,),
    "source": (commands.RegisterSource,),
    "grade": (commands.GradeSource, commands.GradeClaim),
    "correct": (commands.CorrectReport,),
    "withdraw": (commands.WithdrawReport,),
    "redact": (commands.RedactReport,),
    "hold": (commands.HoldReport,),
    "release": (commands.ReleaseReport,),
    "mark": (commands.MarkReport,),
    "link": (commands.LinkClaim,),
    "unlink": (commands.UnlinkClaim,),
    "dispute": (commands.DisputeClaim,),
    "cite": (commands.CiteFigure,),
    "uncite": (commands.CloseCitation,),
    "assess": (commands.RecordAssessment,),
}
NAMED: Mapping[type[Command], set[str]] = {commands.CiteFigure: {"--indicator"}}
"""What a verb takes as its argument although it stands in the body."""
SHARED = {"--data", "--url", "--dry-run", "--if-match", "--json"}


def options_of(verb: str) -> dict[str, str]:
    """The options of a verb with their help, but for those that all have."""
    group: Any = typer.main.get_command(app)
    found = {each.opts[0]: each.help for each in group.commands[verb].params if each.opts[0][0] == "-"}
    assert found.keys() >= SHARED
    return {name: text for name, text in found.items() if name not in SHARED | {"--help"}}


def fields_of(document: Body, schema: Body, prefix: str = "-") -> Iterator[str]:
    """The options for the fields of a body, as the interface describes it."""
    for name, given in schema["properties"].items():
        [inner] = [each for each in given.get("anyOf", [given]) if each.get("type") != "null"]
        if "$ref" in inner:
            inner = document["components"]["schemas"][inner["$ref"].rpartition("/")[2]]
        flag = f"{prefix}-{name.replace('_', '-')}"
        yield from fields_of(document, inner, flag) if "properties" in inner else [flag]


def taken(document: Body, command: type[Command]) -> set[str]:
    """The options for all that the interface takes of a command."""
    [write] = [each for each in WRITES if each.command is command]
    described = document["paths"][write.path][write.method.lower()]
    in_query = {f"--{each['name']}" for each in described["parameters"] if each["in"] == "query"}
    linked = {"--derived-from"} if "{parent}" in write.path else set[str]()
    if "requestBody" not in described:
        return (in_query | linked) - {"--dry_run"}
    schema = described["requestBody"]["content"]["application/json"]["schema"]
    return set(fields_of(document, schema)) - NAMED.get(command, set())


def test_every_write_but_filing_has_a_verb() -> None:
    found = {command for acts in VERBS.values() for command in acts}
    assert found == {write.command for write in WRITES} - {commands.FileReport}


def test_a_verb_has_an_option_for_all_that_the_interface_takes_and_no_other(api: Api) -> None:
    document = api.client.get("/openapi.json").json()
    for verb, acts in VERBS.items():
        expected = {flag for command in acts for flag in taken(document, command)}
        assert set(options_of(verb)) == expected, verb


@pytest.mark.parametrize("verb", VERBS)
def test_every_option_is_explained(verb: str) -> None:
    for flag, text in options_of(verb).items():
        assert text and text[0].isalnum() and not text.startswith("One of"), (verb, flag)
