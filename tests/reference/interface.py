"""The reference of the interface: every address and every type, from `/openapi.json`."""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any

from service.http.problem_kinds import ACCESS, PROBLEMS
from service.web.description import TAGS, Schema, operation_groups, schema_tables
from tests.reference.markdown import code, fields, table

MANY = 8
"""A parameter that means the same to so many operations is explained once."""
ABOUT = """# Interface

Every address for programs, made from `/openapi.json`. JSON in and out; a list is answered with `items`,
`next_cursor` and `as_of`. What is refused is a [problem](../problems.md). The
fields of every type are in [types](types.md). On a running service, `/reference` shows the same.
"""


def interface(api: Schema) -> str:
    """Every operation with its parameters, body, answers and problems."""
    groups = operation_groups(api)
    operations = list(chain.from_iterable(groups.values()))
    shared = _shared(operations)
    anywhere = set.intersection(*(set(_problems(api, each)) for each in operations))
    lines = [ABOUT, "## What many requests take", "", *_parameters(shared.values())]
    lines += [
        "Any request may be refused with: " + _codes(code for code in PROBLEMS if code in anywhere)
    ]
    for tag, found in groups.items():
        lines += ["", f"## {tag.capitalize()}", "", TAGS[tag], ""]
        for each in found:
            lines += _operation(api, each, shared, anywhere)
    return "\n".join(lines).rstrip() + "\n"


def types(api: Schema) -> str:
    """Every type with its fields."""
    tables = schema_tables(api)
    named = {each["name"] for each in tables}
    lines = [
        "# Types",
        "",
        "What bodies of requests and answers contain; [interface](interface.md) names",
    ]
    lines += ["them.", ""]
    for each in tables:
        lines += [f"## {each['name']}", "", *_described(each), *fields(each, named, "")]
    return "\n".join(lines).rstrip() + "\n"


def _operation(
    api: Schema, operation: Schema, shared: dict[str, Schema], anywhere: set[str]
) -> list[str]:
    own = [each for each in operation["parameters"] if shared.get(each["name"]) != _meaning(each)]
    also = [code(each["name"]) for each in operation["parameters"] if each not in own]
    lines = [f"### {operation['method']} {operation['path']}", "", operation["summary"], ""]
    lines += [f"{_described_in(api, operation)}", "", *_parameters(own)]
    lines += [f"Also: {', '.join(also)}.", ""] if also else []
    named = set(api["components"]["schemas"])
    for body in operation["bodies"]:
        optional = "" if body["required"] else ", optional"
        lines += [f"Body, {code(body['name'])}{optional}: {body['description'].strip()}", ""]
        lines += fields(body, named, "types.md")
    answers = [
        each for each in operation["responses"] if not each["status"].startswith(("4", "5", "d"))
    ]
    rows = [(each["status"], each["description"], _bodies(each["types"])) for each in answers]
    lines += table(("answer", "when", "body"), rows)
    beyond = [each for each in _problems(api, operation) if each not in {*anywhere, *ACCESS}]
    return [*lines, f"Problems: {_codes(beyond)}", ""] if beyond else lines


def _described_in(api: Schema, operation: Schema) -> str:
    found = api["paths"][operation["path"]][operation["method"].lower()]
    return str(found.get("description") or "Takes no role.")


def _shared(operations: Iterable[Schema]) -> dict[str, Schema]:
    """The parameters that mean the same to many operations, by name."""
    met = [each for operation in operations for each in operation["parameters"]]
    counted = Counter((each["name"], str(_meaning(each))) for each in met)
    often = {name for (name, _), n in counted.items() if n >= MANY}
    return {
        each["name"]: _meaning(each) for each in met if each["name"] in often and each["in"] != "path"
    }


def _meaning(parameter: Schema) -> Schema:
    return {name: parameter.get(name, "") for name in ("name", "in", "description")}


def _parameters(parameters: Iterable[Schema]) -> list[str]:
    rows = [(code(each["name"]), each["in"], each.get("description", "")) for each in parameters]
    return table(("parameter", "in", "meaning"), rows)


def _described(shape: Schema) -> list[str]:
    return [line.strip() for line in shape["description"].splitlines()] + [""]


def _bodies(types: Sequence[tuple[str, Sequence[tuple[str, str]]]]) -> str:
    """The media types of an answer, each with what it contains."""
    return "; ".join(
        code(media_type) + (": " + " or ".join(f"{before}{_linked(name)}" for before, name in names))
        if names
        else code(media_type)
        for media_type, names in types
    )


def _linked(name: str) -> str:
    return f"[{name}](types.md#{name.lower()})"


def _problems(api: Schema, operation: Schema) -> list[str]:
    found = api["paths"][operation["path"]][operation["method"].lower()]
    return [code for code in PROBLEMS if f"/Problem.{code}'" in str(_refused(found))]


def _refused(operation: Schema) -> Any:
    return [each for status, each in operation["responses"].items() if status[0] in "45"]


def _codes(codes: Iterable[str]) -> str:
    return ", ".join(f"[{each}](../problems.md#problems{each})" for each in codes) + "."
