"""Objects that an intellog wrote: the acts in them are the lines of an import, in order of position."""

from collections.abc import Mapping
from typing import Any

from service.interop.import_lines import COMMANDS
from service.interop.stix.extension import EXTENSION, PROJECT, extension_of
from service.interop.stix.inbound.bundle import Bundle, Thing
from service.interop.stix.inbound.outcome import Conversion

_WHOLE = {
    "location": "the source or the indicator that it is the place of",
    "link": "the report that states it",
    "claim": "the report that makes it",
}
_COMPUTED = "an estimate is computed from claims, and is not imported"


def convert_ours(bundle: Bundle, result: Conversion) -> None:
    """Add the acts of objects of an intellog, and say what became of those without any."""
    acts = [
        (act["position"], id, act)
        for id, thing in bundle.things.items()
        for act in _acts(extension_of(thing))
    ]
    for _, id, act in sorted(acts, key=lambda each: each[0]):
        result.take(id, act)
    filed = {
        str(act["file_report"].get("id"))
        for *_, act in acts
        if isinstance(act.get("file_report"), dict)
    }
    for id, thing in bundle.things.items():
        if id not in result.objects:
            _tell(id, thing, filed, result)


def _acts(given: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """The acts of an object that have the form of import lines; what they say the import judges."""
    acts = given.get("acts") if given else None
    return [each for each in acts if _is_act(each)] if isinstance(acts, list) else []


def _is_act(given: object) -> bool:
    if not isinstance(given, dict) or type(given.get("position")) is not int:
        return False
    return set(given) - {"position"} <= set(COMMANDS) and len(given) == 2 and given["position"] >= 1


def _tell(id: str, thing: Thing, filed: set[str], result: Conversion) -> None:
    given = extension_of(thing)
    if id in (PROJECT, EXTENSION):
        result.tell(id, "part", "of the definition of the extension")
    if given is None:
        return
    kind = str(given.get("kind"))
    if kind == "log":
        result.tell(id, "part", "of the export: it stands for the log that this comes from")
    elif kind == "estimate":
        result.tell(id, "part" if filed else "left-out", _COMPUTED)
    elif kind == "claim" and _report(given) not in filed:
        return  # a claim whose report is not here is read as one of others
    elif kind in _WHOLE:
        result.tell(id, "part", f"of {_WHOLE[kind]}")


def _report(given: Mapping[str, Any]) -> str:
    return str(given.get("claim")).rpartition("/")[0]
