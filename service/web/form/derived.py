"""The form of a command, derived from the command itself: what is not placed here comes last."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache, partial
from typing import Any, Literal

from domain import commands
from domain.commands import DeskCommand
from domain.estimates.citation_rule import WhenItMoves
from domain.estimates.policies import POLICY_NAMES
from service.acts.acts import ACTS
from service.acts.fields import CommandField, fields_of
from service.query.words import grade
from service.web.form.field import Choices, Field, Group, Layout, boolean, lines, number, shown, words
from service.web.form.kinds import KINDS
from service.web.form.report_fields import CLAIM, NUMBERED, REPORT_LAYOUT

_LABELS: Mapping[str, str] = {
    "by": "Disputed by",
    "derived_from": "Derived from",
    "fresh_days": "Fresh for days",
    "id": "Id",
    "correct_report_kind": "Whose correction",
    "correct_report_published_at": "Correction published at",
    "dispute_claim_published_at": "Dispute published at",
    "parts": "Parts",
    "provenance_evidence_sha256": "Evidence",
    "provenance_evidence_media_type": "Media type of the evidence",
    "provenance_evidence_size": "Size of the evidence",
    "provenance_url": "URL",
    "plans_for": "Plans for",
    "since": "Counts since",
    "speaks_for": "Speaks for",
    "when_it_moves_by_percent": "Moves by more than (percent)",
    "when_it_moves_or_flag": "Or by a new contradiction",
    "when_it_moves_or_support": "Or when its support falls",
    "withdraw_report_kind": "Whose withdrawal",
    "withdraw_report_published_at": "Withdrawal published at",
}
"""Labels that are not the name of the field in words, some with the name of the command before it."""
_ASKED = ("indicator", "period", "cohort", "incident", "originator", "policy")
_GROUPS: Mapping[type[Any], tuple[tuple[str, tuple[str, ...]], ...]] = {
    commands.DefineIndicator: (
        ("What it measures", ("id", "title", "measure", "unit", "definition", "place")),
        ("How its figure is made", ("policy", "parts", "plans_for", "since", "minimum", "fresh_days")),
        ("Where it is found", ("terms", "topics")),
    ),
    commands.CiteFigure: (
        ("Where it is used", ("where", "note")),
        ("The figure", (*_ASKED, "published_by", "valid_at", "position")),
        ("When it moves", tuple(f"when_it_moves_{name}" for name in WhenItMoves.model_fields)),
    ),
    commands.CorrectReport: (
        ("Correction", ("kind", "published_at", "reason")),
        (
            "Report",
            (
                "provenance_publisher",
                "provenance_published_at",
                "provenance_title",
                "provenance_url",
                "provenance_evidence_sha256",
                "provenance_evidence_media_type",
                "provenance_evidence_size",
            ),
        ),
    ),
    commands.WithdrawReport: (("", ("kind", "published_at", "reason")),),
}
"""Legends with the fields under each; the others follow under a last one."""
_SUGGESTIONS: Mapping[str, Literal["indicators", "sources", "links"]] = {
    "by": "sources",
    "derived_from": "links",
    "indicator": "indicators",
    "originator": "sources",
    "plans_for": "indicators",
    "provenance_publisher": "sources",
    "speaks_for": "sources",
}
_LONG = 20_000
"""A text that may be as long as this is typed into several lines."""
_WIDE = 4_000
"""One that may be as long as this is typed into a wide field."""
_GRADES: Mapping[str, Any] = {"reliability": grade, "credibility": partial(grade, None)}


@cache
def layout_of(command: type[DeskCommand], *, new: bool = False) -> Layout:
    """The form of a command: the field that the address gives is not in it, unless it is `new`."""
    if command is commands.FileReport:
        return REPORT_LAYOUT
    in_address = None if new else ACTS[command].field
    found = {each.name: each for each in fields_of(command) if each.name != in_address}
    claims = found.get("claims")
    numbered = claims is not None and claims.kind == "objects"
    if numbered:
        del found["claims"]
    groups = tuple(_groups(command, found))
    return Layout(groups, (*CLAIM, Group("", (NUMBERED,))) if numbered else ())


def _groups(command: type[DeskCommand], found: Mapping[str, CommandField]) -> Iterator[Group]:
    placed = set[str]()
    for legend, names in _GROUPS.get(command, ()):
        yield Group(legend, tuple(_field(command, found[name]) for name in names if name in found))
        placed.update(names)
    rest = _in_order(each for name, each in found.items() if name not in placed)
    if rest:
        yield Group("Further" if placed else "", tuple(_field(command, each) for each in rest))


def _in_order(fields: Iterable[CommandField]) -> list[CommandField]:
    """Fields with those that are required first."""
    return sorted(fields, key=lambda each: not each.required)


def _field(command: type[DeskCommand], given: CommandField) -> Field:
    required = given.required or (command, given.name) == (commands.WithdrawReport, "kind")
    default = given.schema.get("default")
    made: dict[str, Any] = {
        "path": "".join(f"/{step}" for step in given.path),
        "label": _label(command, given),
        "hint": given.help,
        "required": required,
        "suggestions": _SUGGESTIONS.get(given.name, ""),
        "default": "" if default in (None, [], ()) else shown(default),
        "emptied": given.nullable and default is not None,
    }
    if given.kind == "list":
        made["hint"] += " One per line."
        of_ids = "pattern" in given.schema["items"]
        return Field(**made, shape="lines", read=words if of_ids else lines)
    if given.kind == "truth":
        return Field(**made, shape="choice", choices=_TRUTHS, read=boolean)
    chosen = _choices(command, given, required)
    if chosen:
        made["shape"] = "radio" if (command, given.name) in KINDS else "choice"
        return Field(**made, choices=chosen, read=number if given.kind == "number" else str)
    if given.kind == "number":
        return Field(**made, shape="figure", read=number)
    return Field(**made, shape=_text_shape(given))


def _label(command: type[DeskCommand], given: CommandField) -> str:
    known = _LABELS.get(f"{command.NAME}_{given.name}") or _LABELS.get(given.name)
    return known or given.path[-1].replace("_", " ").capitalize()


def _text_shape(given: CommandField) -> Literal["line", "long", "lines"]:
    longest = given.schema.get("maxLength", 0)
    if given.path[-1] in ("title", "place", "where"):
        return "long"
    return "lines" if longest >= _LONG else "long" if longest >= _WIDE else "line"


def _choices(command: type[DeskCommand], given: CommandField, required: bool) -> Choices:
    """What may be chosen, each with its label; nothing where any text may be typed."""
    explained = KINDS.get((command, given.name))
    if explained:
        return explained
    schema, label = given.schema, _GRADES.get(given.name, str)
    if given.name == "policy":
        values: Iterable[Any] = POLICY_NAMES
    elif given.name in _GRADES and "minimum" in schema:
        values = range(schema["minimum"], schema["maximum"] + 1)
    else:
        values = schema.get("enum", ())
    found = tuple((str(value), label(value).removeprefix("-")) for value in values)
    if not found or schema.get("default") is not None:
        return found
    return (("", "choose one" if required else _BLANK.get(given.name, "not given")), *found)


_TRUTHS: Choices = (("true", "yes"), ("false", "no"))
_BLANK: Mapping[str, str] = {"marking": "as it is, or TLP:CLEAR"}
"""What an empty choice means."""
