"""Stored events as records: the fields of their JSON as attributes, absent ones by the format."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from unicodedata import normalize

Event = Any
"""A stored event: what it bears is the data of its type, and `TYPE` is the type's name."""
Definition = Any
"""What an indicator measures, as `IndicatorDefined` and `IndicatorRevised` bear it."""
Statement = Any
"""What a claim says, as `ReportFiled` and `ReportCorrected` bear it."""

VERSIONS = {
    "ReportFiled": 1,
    "ReportCorrected": 1,
    "ReportWithdrawn": 1,
    "ReportHeld": 1,
    "ReportReleased": 1,
    "ReportMarked": 1,
    "ClaimGraded": 1,
    "ClaimLinked": 1,
    "ClaimUnlinked": 1,
    "ClaimDisputed": 1,
    "SourceRegistered": 1,
    "SourceGraded": 1,
    "IndicatorDefined": 2,
    "IndicatorRevised": 2,
    "AssessmentRecorded": 1,
}
"""The types of event that an estimate can depend on, each with the last version that is known here."""
_TIMES = ("published_at", "stated_at")
_LISTS: Mapping[str, Any] = {"derived_from": (), "rests_on": (), "parts": (), "claims": None}
_WORDS = {"basis": "unknown", "status": "reported", "marking": "TLP:CLEAR"}
_PROVENANCE = ("publisher", "url", "title", "published_at", "evidence")


class CannotRecompute(Exception):
    """What would have to be known here to compute a figure again, and is not."""


class Record:
    """The fields of a JSON object as attributes."""

    def __init__(self, fields: Mapping[str, Any]) -> None:
        self.__dict__.update({name: _value(name, value) for name, value in fields.items()})

    def __getattr__(self, name: str) -> Any:
        return _WORDS.get(name, _LISTS.get(name))


def _value(name: str, value: Any) -> Any:
    if isinstance(value, dict):
        return Record(value)
    if isinstance(value, list):
        return tuple(Record(each) if isinstance(each, dict) else each for each in value)
    if name in _TIMES and isinstance(value, str):
        return instant(value)
    return normalize("NFC", value) if isinstance(value, str) else value


def instant(text: str) -> datetime:
    """A stored time, in UTC."""
    return datetime.fromisoformat(text).astimezone(UTC)


def event_of(body: bytes) -> tuple[Event, dict[str, Any]]:
    """A stored event, and its envelope.

    Raises CannotRecompute for a type or a version that is not known here.
    """
    envelope = json.loads(body)
    name, version, data = envelope["type"], envelope["v"], envelope["data"]
    if version > VERSIONS.get(name, -1):
        raise CannotRecompute(f"an event of type {name}, version {version}, is not known here")
    return Record({**_brought_up(name, version, data), "TYPE": name}), envelope


def _brought_up(name: str, version: int, data: dict[str, Any]) -> dict[str, Any]:
    """The data of an event in the last version of its type."""
    if name == "ReportFiled" and version == 0:
        claims = [{"n": n, **claim} for n, claim in enumerate(data["claims"], 1)]
        source = {each: data[each] for each in _PROVENANCE if each in data}
        rest = {each: value for each, value in data.items() if each not in _PROVENANCE}
        return {**rest, "provenance": source, "claims": claims}
    if name.startswith("Indicator") and version == 1:
        definition = {"minimum": 0, **data["definition"]}
        if definition["policy"] == "latest-best-source/1":
            definition["policy"] = "latest-best-source/2"
        return {**data, "definition": definition}
    return data
