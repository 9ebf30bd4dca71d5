"""A log as a STIX bundle, made piece by piece."""

import sqlite3
from collections.abc import Iterable

from pydantic_core import to_json
from typing_extensions import TypedDict

from domain.stream_names import INDICATOR, REPORT, SOURCE
from projections.tables.journal import DISPUTER
from service.interop.stix.origins import ESTIMATE
from service.interop.stix.versions import StixObject
from service.interop.stix.walk import Walk

STIX = "application/stix+json;version=2.1"
STIX_TYPE = STIX.partition(";")[0]
_ABOUT = """
SELECT DISTINCT o.kind, o.id FROM mentions m JOIN mentions o ON o.position = m.position
WHERE m.kind = ? AND m.id = ?
"""


class Bundle(TypedDict):
    """A STIX bundle."""

    type: str
    id: str
    objects: list[StixObject]


def about(db: sqlite3.Connection, kind: str, name: str) -> set[str]:
    """The streams, and the estimate, that a bundle about a report or an indicator holds."""
    found = {(kind, name), *db.execute(_ABOUT, (kind, name)).fetchall()}
    named = {(SOURCE if each == DISPUTER else each, other) for each, other in found}
    wanted = {f"{each}:{other}" for each, other in named if each in (SOURCE, INDICATOR, REPORT)}
    return {*wanted, f"{ESTIMATE}:{name}"} if kind == INDICATOR else wanted


def bundle_begin(walk: Walk, question: str) -> bytes:
    """The beginning of a bundle; what is asked again at the same position has the same id."""
    id = f"bundle--{walk.ids.uuid('bundle', f'{walk.until}?{question}')}"
    return b'{"type":"bundle","id":%b,"objects":[' % to_json(id)


def bundle_part(things: Iterable[StixObject], *, first: bool) -> bytes:
    """Some objects of a bundle."""
    parts = b",\n".join(map(to_json, things))
    return parts if first or not parts else b",\n" + parts


BUNDLE_END = b"]}\n"
