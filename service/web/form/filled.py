"""The text typed into a form: parsed, changed by buttons, filled from a body, converted to one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl

from pydantic_core import to_json

from domain.errors import Fault
from service.http.faults import refused_whole
from service.web.form.field import Field, Layout, claim_and_path, shown

MEDIA_TYPE = "application/x-www-form-urlencoded"
MOST_CLAIMS = 200
"""Maximum number of claims in a form; larger reports belong in an import."""
MOST_FIELDS = 40 * MOST_CLAIMS
"""Maximum number of fields in a submitted form."""
BUTTON = "do"
"""The name of every button; the value is its action."""
VERSION = "version"
"""The name of the hidden field with the version of what the form was filled from."""
NUMBER = "/n"
"""The field with the number of a claim in its report, where a form is filled from a report."""
Body = Mapping[str, Any]
_ABSENT = object()


@dataclass(frozen=True, slots=True)
class Form:
    """The text of the fields by name, and the number of claims."""

    layout: Layout
    typed: Mapping[str, str] = field(default_factory=dict)
    claims: int = 1

    @classmethod
    def of(cls, layout: Layout, body: Body) -> "Form":
        """Return the form filled from a body: of a report, `POST /v1/reports` takes the same one.

        What the body leaves out has its default; what it leaves empty is empty.
        """
        claims = len(body.get("claims") or ()) if layout.claim else 0
        form = cls(layout, {}, claims)
        typed = dict[str, str]()
        for name in layout.names(claims):
            known, value = form.field(name), _value_at(body, name)
            typed[name] = known.default if value is _ABSENT else known.as_typed(shown(value))
        return replace(form, typed=typed)

    def field(self, name: str) -> Field:
        """Return the field with a name, which it has."""
        known = self.layout.field_of(name)
        assert known is not None, "only fields are kept"
        return known

    def body(self, stands: Body | None = None) -> bytes:
        """Return the body of the command from the fields; empty fields are left out.

        A field that shows what `stands`, as the form was filled from it, keeps that value exactly.
        Claims are those that stand under the same number.
        """
        whole: dict[str, Any] = {}
        standing = {each["n"]: each for each in (stands or {}).get("claims") or () if "n" in each}
        if self.layout.claim:
            claims = [standing.get(self.number(n), {}) for n in range(self.claims)]
            stands = {**(stands or {}), "claims": claims}
            whole["claims"] = [self._unshown(each) for each in claims]
        for name, text in self.typed.items():
            value = self._value(name, text, _ABSENT if stands is None else _value_at(stands, name))
            if value is not _ABSENT:
                _put(whole, name, value)
        return to_json(whole)

    def _value(self, name: str, text: str, standing: Any) -> Any:
        known = self.field(name)
        if standing is not _ABSENT and text == known.as_typed(shown(standing)):
            return standing
        if text.strip():
            return known.read(text if known.verbatim else text.strip())
        return None if known.emptied else _ABSENT

    def _unshown(self, claim: Body) -> dict[str, Any]:
        """What a claim says that the form has no fields for."""
        fields = {path.split("/")[1] for path in self.layout.of_claim}
        return {name: value for name, value in claim.items() if name not in fields}

    def number(self, claim: int) -> int | None:
        """The number in its report of the claim that one of the form replaces; None for a new one."""
        text = self.typed.get(f"/claims/{claim}{NUMBER}", "")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None

    def label(self, name: str) -> str:
        """The label of a field with its claim, by its number in the report if it has one there."""
        claim = claim_and_path(name)[0]
        known = self.layout.field_of(name)
        if claim is None or known is None or NUMBER not in self.layout.of_claim:
            return self.layout.label_of(name)
        number = self.number(claim)
        return f"Claim {number}, {known.label}" if number else f"New claim, {known.label}"

    def with_another(self) -> "Form":
        """Return the form with one more claim."""
        return replace(self, claims=self.claims + 1)

    def without(self, claim: int) -> "Form":
        """Return the form without one of its claims."""
        left = [n for n in range(self.claims) if n != claim]
        return Form(self.layout, _renumbered(self.typed, left), len(left))

    def linked(self, claim: int, parent: str) -> "Form":
        """Return the form with a claim marked as derived from another claim."""
        name = f"/claims/{claim}/derived_from"
        before = self.typed.get(name, "").rstrip()
        return replace(self, typed={**self.typed, name: f"{before}\n{parent}".lstrip()})

    def filled(self, given: Mapping[str, str]) -> "Form":
        """Return the form with other texts in some of its fields."""
        typed = {name: self.field(name).as_typed(text) for name, text in given.items()}
        return replace(self, typed={**self.typed, **typed})


@dataclass(frozen=True, slots=True)
class Submission:
    """A submitted form: its fields, the button pressed, the version, faults such as unknown fields."""

    form: Form
    button: str
    version: str
    faults: Sequence[Fault]


def read(layout: Layout, body: bytes) -> Submission:
    """Parse a submitted form; raises `Refused` if the body is not one."""
    typed, faults = dict[str, str](), list[Fault]()
    for name, text in _pairs(body):
        known = layout.field_of(name)
        if name in typed:
            faults.append(Fault(name, "is given twice"))
        elif known:
            typed[name] = known.as_typed(text)
        elif name in (BUTTON, VERSION):
            typed[name] = text
        else:
            faults.append(Fault(name, "is not a field of this form"))
    button, version = typed.pop(BUTTON, ""), typed.pop(VERSION, "")
    return Submission(_form(layout, typed), button, version, faults)


def _form(layout: Layout, typed: Mapping[str, str]) -> Form:
    if not layout.claim:
        return Form(layout, typed, 0)
    numbers = sorted({claim for claim, _ in map(claim_and_path, typed) if claim is not None})
    if len(numbers) > MOST_CLAIMS:
        raise refused_whole(f"has more than {MOST_CLAIMS} claims; import a report of that size", "form")
    return Form(layout, _renumbered(typed, numbers), max(1, len(numbers)))


def _pairs(body: bytes) -> list[tuple[str, str]]:
    try:
        text = body.decode("utf-8")
        return parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except UnicodeDecodeError:
        raise refused_whole("is not UTF-8", "form") from None
    except ValueError:
        raise refused_whole(f"has more than {MOST_FIELDS} fields", "form") from None


def _renumbered(typed: Mapping[str, str], claims: Sequence[int]) -> dict[str, str]:
    """The fields of the whole and of these claims, with the claims renumbered from 0."""
    number = {claim: n for n, claim in enumerate(claims)}
    kept = dict[str, str]()
    for name, text in typed.items():
        claim, path = claim_and_path(name)
        if claim is None:
            kept[name] = text
        elif claim in number:
            kept[f"/claims/{number[claim]}{path}"] = text
    return kept


def _put(whole: Any, pointer: str, value: Any) -> None:
    *steps, last = pointer.split("/")[1:]
    for step in steps:
        whole = whole[int(step)] if isinstance(whole, list) else whole.setdefault(step, {})
    whole[last] = value


def _value_at(body: Any, pointer: str) -> Any:
    """The value at a place in a body; `_ABSENT` where there is none."""
    for step in pointer.split("/")[1:]:
        if isinstance(body, list):
            body = body[int(step)]
        elif isinstance(body, Mapping) and step in body:
            body = body[step]
        else:
            return _ABSENT
    return body
