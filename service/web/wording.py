"""Wording that pages share: the template environment with its filters, and names of sources."""

import re
import sqlite3
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from jinja2 import Environment, FunctionLoader, StrictUndefined, select_autoescape

from domain.estimates.claims import Claim
from domain.estimates.figures import number_text
from domain.estimates.flags import MEANING
from domain.events import EVENT_TYPES
from projections.tables.registry import source_at
from service.query import words
from service.query.evidence import quantity_of
from service.web.acts import places
from service.web.links import page_address
from service.web.rendering import PageContext


class SourceNames(dict[str, str]):
    """Names of sources by id, looked up on first use; an unnamed source has its id as name."""

    def __init__(self, db: sqlite3.Connection, position: int) -> None:
        super().__init__()
        self._db, self._position = db, position

    def __missing__(self, name: str) -> str:
        row = source_at(self._db, name, self._position)
        self[name] = (row.registered.name if row else None) or name
        return self[name]


@cache
def template_environment() -> Environment:
    """The templates with their filters, tests and globals."""
    environment = Environment(
        loader=FunctionLoader(_template),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.context_class = PageContext
    environment.tests["at"] = lambda phase, step: phase.begins <= step < phase.ends
    environment.tests["a_day"] = lambda text: _DAY.fullmatch(text) is not None
    environment.globals["event_types"] = " ".join(each.TYPE for each in EVENT_TYPES)
    environment.globals["flag_meaning"] = MEANING
    environment.globals["address"] = page_address
    environment.globals["offered"] = places
    environment.filters |= {
        "bytes": size_words,
        "counted": counted,
        "event": words.event,
        "figure": lambda body: with_thin_spaces(words.explained_heading(body).text),
        "figure_cited": lambda body: with_thin_spaces(words.heading(body).text),
        "grade": words.grade,
        "moment": words.day_of,
        "number": lambda value: "" if value is None else with_thin_spaces(number_text(value)),
        "progress": lambda row: with_thin_spaces(words.progress(row)),
        "statement": lambda claim: with_thin_spaces(words.says(claim)),
        "thin_spaces": with_thin_spaces,
        "with_names": _with_source_names,
    }
    return environment


def _template(name: str) -> str:
    return files("service.web").joinpath("templates", name).read_text("utf-8")


def with_thin_spaces(text: str) -> str:
    """A text whose thousands are separated by narrow no-break spaces instead of commas."""
    return _THOUSANDS.sub("\u202f", text)


_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3})")


def counted(n: int, noun: str) -> str:
    """A number with its noun, in the plural unless it is 1: `1 claim`, `2 claims`."""
    return f"{n} {noun}{'' if n == 1 else 's'}"


def size_words(size: int) -> str:
    """The size of a file for people: `812 bytes`, `3.4 MiB`."""
    if size < 1_024:
        return counted(size, "byte")
    unit, above = ("MiB", 1_048_576) if size >= 1_048_576 else ("KiB", 1_024)
    return f"{size / above:.1f}".removesuffix(".0") + f" {unit}"


def claim_statement(claim: Claim) -> str:
    """What a claim states, in a few characters: `~ 600`, `≥ 3,000`, `asserts`."""
    if claim.asserts is not None:
        return "asserts" if claim.asserts else "denies"
    return words.quantity(quantity_of(claim))


def _with_source_names(text: str, names: Mapping[str, str]) -> str:
    """A sentence with the names of sources in place of their ids; claims keep their ids."""
    return _SOURCE.sub(lambda found: names[found[0]], text)


_SOURCE = re.compile(r"(?<![\w./-])[a-z0-9][a-z0-9._-]*[a-z0-9](?![\w/-])")
