"""The text typed into the form for a report: parsed, changed by buttons, converted to a JSON body."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from pydantic_core import to_json

from domain.errors import Fault
from service.http.faults import refused_whole
from service.web.form.fields import claim_and_path, field_of

MEDIA_TYPE = "application/x-www-form-urlencoded"
MOST_CLAIMS = 200
"""Maximum number of claims in the form; larger reports belong in an import."""
MOST_FIELDS = 40 * MOST_CLAIMS
"""Maximum number of fields in a submitted form."""
BUTTON = "do"
"""The name of every button; the value is its action."""


@dataclass(frozen=True, slots=True)
class Form:
    """The text of the fields by name, and the number of claims."""

    typed: Mapping[str, str] = field(default_factory=dict)
    claims: int = 1

    def body(self) -> bytes:
        """Return the body of `POST /v1/reports` from the fields; empty fields are left out."""
        whole: dict[str, Any] = {"claims": [{} for _ in range(self.claims)]}
        for name, text in self.typed.items():
            known = field_of(name)
            assert known is not None, "only fields are kept"
            if text.strip():
                _put(whole, name, known.read(text.strip()))
        return to_json(whole)

    def with_another(self) -> "Form":
        """Return the form with one more claim."""
        return Form(self.typed, self.claims + 1)

    def without(self, claim: int) -> "Form":
        """Return the form without one of its claims."""
        left = [n for n in range(self.claims) if n != claim]
        return Form(_renumbered(self.typed, left), len(left))

    def linked(self, claim: int, parent: str) -> "Form":
        """Return the form with a claim marked as derived from another claim."""
        name = f"/claims/{claim}/derived_from"
        before = self.typed.get(name, "").rstrip()
        return Form({**self.typed, name: f"{before}\n{parent}".lstrip()}, self.claims)


@dataclass(frozen=True, slots=True)
class Submission:
    """A submitted form: its fields, the button pressed, and faults such as unknown fields."""

    form: Form
    button: str
    faults: Sequence[Fault]


def read(body: bytes) -> Submission:
    """Parse a submitted form; raises `Refused` if the body is not one."""
    typed, faults = dict[str, str](), list[Fault]()
    for name, text in _pairs(body):
        if name in typed:
            faults.append(Fault(name, "is given twice"))
        elif name == BUTTON or field_of(name):
            typed[name] = text.replace("\r\n", "\n")
        else:
            faults.append(Fault(name, "is not a field of this form"))
    button = typed.pop(BUTTON, "")
    numbers = sorted({claim for claim, _ in map(claim_and_path, typed) if claim is not None})
    if len(numbers) > MOST_CLAIMS:
        raise refused_whole(f"has more than {MOST_CLAIMS} claims; import a report of that size", "form")
    return Submission(Form(_renumbered(typed, numbers), max(1, len(numbers))), button, faults)


def _pairs(body: bytes) -> list[tuple[str, str]]:
    try:
        text = body.decode("utf-8")
        return parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except UnicodeDecodeError:
        raise refused_whole("is not UTF-8", "form") from None
    except ValueError:
        raise refused_whole(f"has more than {MOST_FIELDS} fields", "form") from None


def _renumbered(typed: Mapping[str, str], claims: Sequence[int]) -> dict[str, str]:
    """The fields of the report and of these claims, with the claims renumbered from 0."""
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
