"""The fields of a form: labels and hints, choices, text read as values and shown again.

The name of each field is the JSON pointer (RFC 6901) of its value in the body of its command. So the
pointer of a fault leads to its field without a mapping.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any, Literal, get_args

from domain.reading.numerals import number_said

_PLAIN = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,400})?")
_GAP = "[, \u00a0\u2009\u202f]"
_GROUPED = re.compile(rf"-?[0-9]{{1,3}}({_GAP})[0-9]{{3}}(\1[0-9]{{3}})*(\.[0-9]{{1,20}})?")
_AMBIGUOUS = re.compile(r"-?[1-9][0-9]{0,2}\.[0-9]{2}0")
"""`10.000` is ten thousand in much of Europe and ten elsewhere, so it is not read as a number.

`3.875` is: nobody rounds to it, and decimals of that kind do occur.
"""
_MIDNIGHT = re.compile(r"(?<=\A[0-9]{4}-[0-9]{2}-[0-9]{2})T00:00:00Z\Z")
"""What a date alone means as well."""


def number(text: str) -> int | float | str:
    """Return the number in a text, also `10,000`, `10 000` or `1.2 million`; else the text as it is."""
    plain = re.sub(_GAP, "", text) if _GROUPED.fullmatch(text) else text
    if _AMBIGUOUS.fullmatch(text) or not _PLAIN.fullmatch(plain):
        said = number_said(text)
        return text if said is None else said
    return float(plain) if "." in plain else int(plain)


def number_fault(text: str) -> str:
    """Return what is wrong with a text that is read as no number, and what to write."""
    if not _AMBIGUOUS.fullmatch(text):
        return f"'{text[:60]}' is no number; write it as 10,000, 3.875 or 1.2 million"
    whole, _, rest = text.partition(".")
    decimal = text.rstrip("0").rstrip(".")
    return f"'{text}' may be {decimal} or {whole},{rest}; write the one that is meant"


def words(text: str) -> list[str]:
    """Return the ids in a text, separated by spaces, commas or lines."""
    return [word for word in re.split(r"[\s,]+", text) if word]


def lines(text: str) -> list[str]:
    """Return the lines of a text that hold anything."""
    return [line for each in text.split("\n") if (line := each.strip())]


def boolean(text: str) -> bool | str:
    """Return the truth value that a choice stands for."""
    return {"true": True, "false": False}.get(text, text)


def shown(value: Any) -> str:
    """Return a value as the text of its field, which is read as the same value again."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int() | float():
            return format(Decimal(repr(value)), "f")
        case list():
            return "\n".join(value)
        case _:
            return _MIDNIGHT.sub("", str(value))


Choices = tuple[tuple[str, str], ...]
"""The value and the label of each choice."""


def choices(words: Any, blank: str = "") -> Choices:
    """The words of a vocabulary as choices; `blank` is the label of an additional empty choice."""
    none = (("", blank),) if blank else ()
    return (*none, *((word, word) for word in get_args(words)))


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its path in the body or claim, and how its text is read.

    Where it is `emptied`, an empty text stands for null instead of nothing; where it is `verbatim`,
    spaces at the ends of its text are kept.
    """

    path: str
    label: str
    hint: str = ""
    shape: Literal["line", "long", "figure", "lines", "choice", "radio", "hidden"] = "line"
    required: bool = False
    suggestions: Literal["", "indicators", "sources", "links"] = ""
    """The list of known ids to suggest."""
    choices: Choices = ()
    default: str = ""
    read: Callable[[str], Any] = str
    emptied: bool = False
    verbatim: bool = False

    def misread(self, text: str) -> bool:
        """Whether it takes a number and a text is none."""
        return self.shape == "figure" and bool(text) and isinstance(self.read(text), str)

    def as_typed(self, text: str) -> str:
        """Return a text as a browser sends it back from this field."""
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        return text if self.shape == "lines" else text.replace("\n", "")


@dataclass(frozen=True, slots=True)
class Group:
    """Fields under one legend; a folded group is open only if a field in it is filled or faulty."""

    legend: str
    fields: tuple[Field, ...]
    folded: bool = False


_NUMBERED = re.compile(r"/claims/(0|[1-9][0-9]{0,4})(/.*)", re.DOTALL)


def claim_and_path(name: str) -> tuple[int | None, str]:
    """Split a field name into the number of its claim, from 0, or None, and the rest."""
    match = _NUMBERED.fullmatch(name)
    return (int(match[1]), match[2]) if match else (None, name)


@dataclass(frozen=True)
class Layout:
    """The fields of a form: those of the whole and, where it lists claims, those of each claim."""

    whole: tuple[Group, ...]
    claim: tuple[Group, ...] = ()

    @cached_property
    def of_whole(self) -> Mapping[str, Field]:
        """The fields of the whole by path."""
        return {each.path: each for group in self.whole for each in group.fields}

    @cached_property
    def of_claim(self) -> Mapping[str, Field]:
        """The fields of a claim by path."""
        return {each.path: each for group in self.claim for each in group.fields}

    def field_of(self, name: str) -> Field | None:
        """Return the field with a name, None if there is none."""
        claim, path = claim_and_path(name) if self.claim else (None, name)
        return (self.of_whole if claim is None else self.of_claim).get(path)

    def label_of(self, name: str) -> str:
        """Return the label of a field with its claim, `Claim 2, Best`; for other names, the name."""
        claim, field = claim_and_path(name)[0], self.field_of(name)
        if field is None:
            return name[:60] or "The form"
        return field.label if claim is None else f"Claim {claim + 1}, {field.label}"

    def names(self, claims: int) -> Iterator[str]:
        """Yield the names of all fields with this number of claims, in the order of the page."""
        yield from self.of_whole
        yield from (f"/claims/{n}{path}" for n in range(claims) for path in self.of_claim)

    def field_at(self, pointer: str, claims: int) -> str | None:
        """Return the field of a fault: at its pointer, else one that contains it, else one inside."""
        containing = [name for name in self.names(claims) if f"{pointer}/".startswith(f"{name}/")]
        inside = (name for name in self.names(claims) if pointer and name.startswith(f"{pointer}/"))
        return containing[0] if containing else next(inside, None)
