"""Every operation of the interface is a method of the client, with the same parameters and answers."""

from __future__ import annotations

import inspect
import subprocess
import sys
import typing
from collections.abc import Mapping
from typing import Any

import pytest

from domain.commands import COMMAND_TYPES
from service.api import inspect as inspect_api
from service.api import read
from service.api.write import WRITES
from service.client import (
    AsyncClient,
    Client,
    answers,
    commands,
    desk,
    frames,
    proofs,
    questions,
    transfers,
)
from service.client.exchange import Plan
from service.client.intents import ADDRESSES, Conditions
from service.client.methods import Asked, Iterated
from service.client.operations import DryRuns, Operations
from service.client.plans import Many
from service.http.reads import Read
from tests.http_spec import Api

NAMED = {
    **{command.__name__: command.NAME for command in COMMAND_TYPES},
    "StoreEvidence": "store_evidence",
    "Propose": "propose",
    "CheckProposals": "check_proposals",
    "PreviewTable": "preview_table",
    "Import": "import_",
    "open": "open_matters",
    "_healthz": "health",
    "readyz": "ready",
    "progress": "rebuild_progress",
}
"""Methods that are not named like their operation."""
INNER = {"salts", "cursor", "log", "seen", "dry_run"}
"""Parameters that the client sets itself, or that a page alone has use for."""
BESIDE = {"follow", "heard"}
"""Arguments that are no parameters of a request."""
BODIES = {
    "import_": {"lines", "media_type"},
    "store_evidence": {"file", "media_type"},
    "preview_table": {"table", "mapping"},
    "propose": {"text", "url", "title", "publisher", "published_at"},
    "check_proposals": {"text", "claims"},
    "set_webhook": {"url", "filter", "secret"},
    "redeliver": {"after"},
    "issue_token": {"subject", "role", "clearance", "expires_at", "note"},
}
"""What is sent as a body."""
ELSEWHERE = (
    *("/taxii2/", "/feeds/", "/tile/", "/add-checkpoint"),
    *("/v1/log/entries", "/v1/log/keys", "/v1/log/evidence"),
)
"""Whoever speaks TAXII, reads feeds or tiles or has a log has a client for it, and so has a mirror."""
SPACES = {module.__name__: vars(module) for module in (questions, commands, desk, proofs, transfers)}


def method_of(operation: str) -> str:
    name = operation.rpartition("_")[0]
    return NAMED.get(name, name)


def arguments(name: str) -> set[str]:
    """The keywords of a method, those of its groups among them."""
    found = set[str]()
    function = getattr(Operations, name)
    for each in inspect.signature(function).parameters.values():
        if each.kind is inspect.Parameter.VAR_KEYWORD:
            group = str(each.annotation).removeprefix("Unpack[").removesuffix("]")
            kinds = {**vars(sys.modules["service.client.values"]), "Conditions": Conditions}
            found |= set(kinds[group].__annotations__)
        else:
            found.add(each.name.removesuffix("_"))
    return found


def test_every_operation_is_a_method_with_the_same_parameters(api: Api) -> None:
    paths = api.client.get("/openapi.json").json()["paths"]
    found = set[str]()
    for path, methods in paths.items():
        if path.startswith(ELSEWHERE):
            continue
        for operation in (each for each in methods.values() if "operationId" in each):
            name = method_of(operation["operationId"])
            query = {each["name"] for each in operation["parameters"] if each["in"] == "query"}
            places = {each["name"] for each in operation["parameters"] if each["in"] == "path"}
            found.add(name)
            taken = arguments(name)
            if name in ADDRESSES:
                continue  # held against its command below
            if {"report", "n"} <= places:
                places = places - {"report", "n"} | {"claim"}
            expected = query - INNER | BODIES.get(name, set())
            if name in ("import_", "preview_table"):
                expected.add("dry_run")
            if name != "store_evidence":
                expected |= places
            assert taken - BESIDE == expected, path

    methods_of_client = {
        name for name, each in vars(Operations).items() if isinstance(each, Asked | Iterated)
    }
    assert methods_of_client - {"submit"} == found


@pytest.mark.parametrize("command", COMMAND_TYPES, ids=lambda each: each.NAME)
def test_every_command_is_a_method_with_the_same_fields(command: Any) -> None:
    fields = set(command.model_fields) - ({"marking"} if command.NAME == "unlink_claim" else set())

    assert arguments(command.NAME) - set(Conditions.__annotations__) == fields
    assert command.NAME in vars(DryRuns)
    for name, each in inspect.signature(getattr(commands, command.NAME)).parameters.items():
        if each.default not in (inspect.Parameter.empty, None) and name != "how":
            assert each.default == command.model_fields[name].default, name


def test_a_command_goes_to_its_address() -> None:
    written = {each.command.NAME: (each.method, each.path, each.field) for each in WRITES}

    assert written == ADDRESSES


def returned(name: str) -> tuple[Any, Any]:
    """The kind of a plan, and the type that it comes to."""
    function = getattr(Operations, name)
    names = {**SPACES[function.__module__], "answers": answers, "Plan": Plan, "Many": Many}
    annotation = eval(function.__annotations__["return"], names)
    if typing.get_origin(annotation) is Many:
        return Many, typing.get_args(annotation)[0]
    program = typing.get_args(annotation)[1]  # a plan is a function that makes a program
    return Plan, typing.get_args(program)[2]


@pytest.mark.parametrize("each", [*read.READS, *inspect_api.READS], ids=lambda each: each.path)
def test_an_answer_has_the_type_that_the_server_returns(each: Read) -> None:
    named = each.look.__name__.strip("_")
    kind, answer = returned(NAMED.get(named, named))
    expected = each.rows.row if each.path.endswith("/history") and each.rows else each.shape.type

    assert (kind is Many) == (each.shape.wrap == "page")
    assert answer is expected or expected in answer.__orig_bases__
    if answer is not expected:
        own = set(answer.__annotations__) - set(expected.__annotations__)
        assert own == {"as_of"}


@pytest.mark.parametrize(
    "call",
    [
        lambda client: client.estimate("x", publishd_by="2025-01-01"),
        lambda client: client.reports(limt=3),
        lambda client: client.hold_report("r1", reson="a"),
        lambda client: client.hold_report("r1", if_mach=1),
        lambda client: client.frames.vintages("x", orginator="nis"),
    ],
)
@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_a_misspelt_argument_is_an_error_before_anything_is_sent(kind: Any, call: Any) -> None:
    with pytest.raises(TypeError, match="unexpected keyword argument"):
        call(kind("http://127.0.0.1:1"))


LIGHT = """
import sys
import service.client
heavy = {"fastapi", "starlette", "uvicorn", "eventsourcing", "pandas", "typer", "rich", "jinja2"}
assert not heavy & {name.partition(".")[0] for name in sys.modules}, sorted(sys.modules)
ours = [name for name in sys.modules if name.partition(".")[0] in ("domain", "projections", "service")]
assert all(name == "service" or name.startswith("service.client") for name in ours), ours
"""


def test_importing_the_client_imports_nothing_of_the_server() -> None:
    subprocess.run([sys.executable, "-c", LIGHT], check=True)


def test_frames_take_the_parameters_of_their_lists() -> None:
    lists: Mapping[str, Any] = {
        "vintages": questions.known_vintages,
        "series": questions.series,
        "estimates": questions.estimates,
    }
    for name, plan in lists.items():
        assert inspect.signature(getattr(frames.Frames, name)) == inspect.signature(plan)
