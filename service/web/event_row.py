"""An event as pages show it: what it is about, why it was recorded, and its JSON."""

import json
from collections.abc import Mapping
from typing import Any

from domain.stream_names import split_stream

MOST_CHARACTERS = 20_000
"""Maximum length of an event whose JSON is written out on a page."""


def event_row(event: Mapping[str, Any]) -> dict[str, Any]:
    """Return an event's row; a redacted event has no time, actor or data."""
    family, name = split_stream(event["stream"])
    data = event.get("data", {})
    raw = json.dumps(event, indent=2, ensure_ascii=False)
    return {
        "position": event["position"],
        "type": event["type"],
        "family": family,
        "id": name,
        "n": data.get("n"),
        "recorded_at": event.get("recorded_at", ""),
        "actor": event.get("actor", ""),
        "data": data,
        "note": _words(data),
        "raw": raw if len(raw) <= MOST_CHARACTERS else None,
    }


def _words(data: dict[str, Any]) -> str:
    given = (data.get(name) for name in ("reason", "rationale", "evidence"))
    return next(filter(None, given), None) or _title(data) or ""


def _title(data: dict[str, Any]) -> str | None:
    parts = (data.get("provenance"), data.get("definition"))
    return next((part["title"] for part in parts if part and part.get("title")), data.get("name"))
