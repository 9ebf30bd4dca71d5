"""What is installed is pinned, with the hashes of all its files, and comes from where pip is told."""

import re
import tomllib
from importlib.metadata import version
from itertools import pairwise

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.places import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
FILES = ("program", "container", "test", "bench")
IN_THE_CONTAINER = ("excel", "mcp", "otel", "postgres")
"""Extras of the program that its image has."""
PIN = re.compile(r"([\w.-]+)==(\S+)(?: ; (.+))?")


def pins(name: str) -> dict[str, tuple[str, str | None, list[str]]]:
    """The pins of a file by distribution: version, marker and hashes."""
    found: dict[str, tuple[str, str | None, list[str]]] = {}
    text = (ROOT / "requirements" / f"{name}.txt").read_text("utf-8").replace("\\\n", " ")
    for line in text.splitlines():
        pin, *hashes = re.split(r"\s+--hash=", line.strip())
        match = PIN.fullmatch(pin.strip())
        assert match, line
        found[canonicalize_name(match[1])] = (match[2], match[3], hashes)
    return found


def wanted(name: str) -> list[Requirement]:
    """What the project asks for in pyproject.toml, to be pinned in a file."""
    extras = PROJECT["project"]["optional-dependencies"]
    named = IN_THE_CONTAINER if name == "container" else (name,)
    extra = [text for each in named for text in extras.get(each, [])]
    texts = [*PROJECT["build-system"]["requires"], *PROJECT["project"]["dependencies"], *extra]
    return [each for text in texts if (each := Requirement(text)).name != PROJECT["project"]["name"]]


@pytest.mark.parametrize("name", FILES)
def test_each_pin_has_hashes_and_names_no_server(name: str) -> None:
    for _, _, hashes in pins(name).values():
        assert hashes and all(re.fullmatch("sha256:[0-9a-f]{64}", each) for each in hashes)
    assert "//" not in (ROOT / "requirements" / f"{name}.txt").read_text("utf-8")


@pytest.mark.parametrize("name", FILES)
def test_whatever_the_project_asks_for_is_pinned_as_it_asks(name: str) -> None:
    pinned = pins(name)
    for requirement in wanted(name):
        assert requirement.specifier.contains(pinned[canonicalize_name(requirement.name)][0]), name


def test_what_is_tested_is_what_is_installed() -> None:
    for inner, outer in pairwise(FILES):
        # What asks for more may need a library on more platforms, so markers differ.
        wider = {name: (pinned, hashes) for name, (pinned, _, hashes) in pins(outer).items()}
        for name, (pinned, _, hashes) in pins(inner).items():
            assert wider[name] == (pinned, hashes), (outer, name)
    for name, (pinned, marker, _) in pins("test").items():
        if marker is None or Marker(marker).evaluate():
            assert version(name) == pinned, name
