"""The reference among the documents is what the program gives; `make reference` writes it again."""

import os
import re
from dataclasses import fields
from pathlib import Path
from typing import get_args

import pytest

from domain.estimates.flags import FlagCode
from domain.estimates.policies import POLICY_NAMES
from domain.events import EVENT_TYPES
from service import log_lines
from service.cli import bearer
from service.settings import Limits, Settings, from_environment
from service.settings_table import DEFAULTS, MEANINGS
from tests.places import DOCS, ROOT
from tests.reference.pages import PAGES, described


@pytest.fixture(scope="module")
def api() -> object:
    return described()


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_what_the_program_gives(name: str, api: dict[str, object]) -> None:
    made = PAGES[name](api)
    assert (DOCS / name).read_text("utf-8") == made, "`make reference` writes it again"
    assert made.endswith("\n")


def test_nothing_else_is_in_the_reference() -> None:
    assert {f"reference/{each.name}" for each in (DOCS / "reference").iterdir()} <= set(PAGES)


class Asked(dict[str, str]):
    """An environment that remembers which variables it was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.names = set[str]()

    def get(self, name: str, otherwise: object = None) -> object:  # type: ignore[override]
        self.names.add(name)
        return otherwise


def test_every_variable_that_the_program_reads_is_explained() -> None:
    asked = Asked()
    from_environment(Path("log"), asked)
    sources = "\n".join(path.read_text("utf-8") for path in (ROOT / "service" / "cli").rglob("*.py"))
    named = set(re.findall(r'"(INTELLOG_[A-Z_]+)"', sources))
    named |= {f"{each}_FILE" for each in (bearer.TOKEN, bearer.FOLLOW_TOKEN)}
    logs = {log_lines.FORMAT, log_lines.ACCESS}
    assert set(MEANINGS) == asked.names | named | logs


def test_the_defaults_are_those_of_the_program() -> None:
    assert "INTELLOG_DATA" not in os.environ
    plain = from_environment(Path("log"), {})
    for each in fields(Limits):
        assert DEFAULTS[f"INTELLOG_{each.name.upper()}"] == str(getattr(plain.limits, each.name))
    for name in ("actor", "body_limit", "table_limit", "evidence_limit", "session_seconds"):
        assert DEFAULTS[f"INTELLOG_{name.upper()}"] == str(getattr(plain, name))
    assert plain == Settings(data=Path("log"))


@pytest.mark.parametrize(
    ("page", "names"),
    [
        ("events", [each.TYPE for each in EVENT_TYPES]),
        ("policies", POLICY_NAMES),
        ("flags", get_args(FlagCode)),
        ("interface", ["### POST /v1/reports", "### GET /v1/replay", "application/x-ndjson"]),
        ("commands", ["## intellog serve", "## intellog token create", "`--dry-run`"]),
    ],
)
def test_a_page_names_all(page: str, names: list[str]) -> None:
    text = (DOCS / "reference" / f"{page}.md").read_text("utf-8")
    assert [name for name in names if name not in text] == []
