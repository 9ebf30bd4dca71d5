"""The extension of STIX that figures, grades and acts are written in (docs/stix.md)."""

from collections.abc import Mapping, Sequence
from typing import Any

EXTENSION = "extension-definition--43852618-4be8-4b18-ac0f-cd355eabe62d"
PROJECT = "identity--95c3eeb8-ebc5-4f3b-b4fa-04c041bb4b91"
VERSION = "1.0.0"
_CREATED = "2026-11-01T00:00:00.000Z"
_SCHEMA = (
    "Every object has `kind`: log, source, location, report, claim, link, reliability, credibility, "
    "dispute, definition, assessment or estimate. A claim has `claim` (its id, report/number), "
    "`indicator`, `originator`, `quantity` (`low`, `best`, `high`, `qualifier`) or `stance`, `period`"
    " (EDTF), `status`, `basis`, `standing`, `stated_at`, `published_at` and `credibility` (1 to 6). "
    "An estimate has `best`, `low`, `high`, `open_low`, `open_high`, `support`, `origins`, `marking`,"
    " `as_of`. A grade has `reliability` (A to F) or `credibility`. `acts` are the import commands by"
    " which another intellog records the object. The page docs/stix.md of intellog says what each "
    "property means."
)


def fixed_objects() -> list[dict[str, Any]]:
    """The extension definition and who made it."""
    return [
        {
            "type": "identity",
            "spec_version": "2.1",
            "id": PROJECT,
            "created": _CREATED,
            "modified": _CREATED,
            "name": "intellog",
            "description": "The project that defines the extension of STIX for reported figures.",
            "identity_class": "group",
        },
        {
            "type": "extension-definition",
            "spec_version": "2.1",
            "id": EXTENSION,
            "created_by_ref": PROJECT,
            "created": _CREATED,
            "modified": _CREATED,
            "name": "Reported figures",
            "description": "Figures, grades and estimates, with the commands that record them.",
            "schema": _SCHEMA,
            "version": VERSION,
            "extension_types": ["property-extension"],
        },
    ]


def extended(fields: Mapping[str, Any], acts: Sequence[Mapping[str, Any]] = ()) -> dict[str, Any]:
    """The `extensions` of an object: fields that are None or empty are left out."""
    kept = {name: value for name, value in fields.items() if value not in (None, "", [], ())}
    given = {"extension_type": "property-extension", **kept}
    return {EXTENSION: {**given, "acts": list(acts)} if acts else given}


def extension_of(thing: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """What an object says in this extension; None where it does not use it."""
    extensions = thing.get("extensions")
    given = extensions.get(EXTENSION) if isinstance(extensions, dict) else None
    return given if isinstance(given, dict) else None
