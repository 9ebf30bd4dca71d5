"""The terms of the trade as value types, each with its own rules."""

import math
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache, lru_cache
from operator import not_
from typing import Annotated, Any, Generic, Literal, Self, TypeVar, get_args
from unicodedata import normalize

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

from domain.period import BadPeriod, parse_period
from domain.times import (
    BadTime,
    Written,
    parse_date,
    parse_instant,
    parse_publication,
    parse_until,
    parse_written,
    show_instant,
)

LARGEST = 2**53 - 1
"""The largest number that JSON readers everywhere keep exactly."""

_DATE_PATTERN = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_TIME_PATTERN = r"[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})"

Basis = Literal[
    "direct-observation",
    "own-intelligence",
    "official-record",
    "party-announcement",
    "inference",
    "unnamed-officials",
    "relay",
    "unknown",
]
Kind = Literal["agency", "military", "official", "media", "party", "analyst", "sensor"]
Measure = Literal["stock", "increment", "cumulative", "proposition"]
Marking = Literal["TLP:CLEAR", "TLP:GREEN", "TLP:AMBER", "TLP:AMBER+STRICT", "TLP:RED"]
Reliability = Literal["A", "B", "C", "D", "E", "F"]
Credibility = Annotated[int, Field(ge=1, le=6)]
Qualifier = Literal[
    "exact",
    "about",
    "at-least",
    "more-than",
    "at-most",
    "less-than",
    "up-to",
    "nearly",
    "range",
    "unspecified",
    "unknown",
]
Status = Literal[
    "planned",
    "announced",
    "forecast",
    "in-transit",
    "arrived",
    "present",
    "departed",
    "estimated",
    "acknowledged",
    "reported",
]
ActKind = Literal["record", "publisher"]
Role = Literal["feed", "reader", "reporter", "analyst", "admin"]
"""What whoever asks may do; each may do all that those before it may."""
Confidence = Literal["low", "moderate", "high"]
"""Confidence of ICD 203, set by an analyst on an assessment; never computed, never a likelihood."""
LikelihoodWord = Literal[
    "almost-no-chance",
    "remote",
    "very-unlikely",
    "highly-improbable",
    "unlikely",
    "improbable",
    "roughly-even-chance",
    "roughly-even-odds",
    "likely",
    "probable",
    "very-likely",
    "highly-probable",
    "almost-certain",
    "nearly-certain",
]
"""Likelihoods of ICD 203, both rows of its table; never a confidence."""

ROLES: tuple[Role, ...] = get_args(Role)
MARKINGS: tuple[Marking, ...] = get_args(Marking)
"""TLP 2.0 from the most open to the most restrictive."""


def restriction(marking: Marking) -> int:
    """How restrictive a marking is: 0 for CLEAR to 4 for RED."""
    return MARKINGS.index(marking)


def is_clear(marking: object) -> bool:
    """Whether a marking restricts nobody; one that does not is left out of what is stored."""
    return marking == MARKINGS[0]


def _number(value: Any) -> int | float:
    if type(value) is int and -LARGEST <= value <= LARGEST:  # as most are
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise PydanticCustomError("number", "must be a number, without quotes")
    if isinstance(value, float) and not math.isfinite(value):
        raise PydanticCustomError("number", "must be a finite number")
    if abs(value) > LARGEST:
        raise PydanticCustomError("number", f"must lie between -{LARGEST} and {LARGEST}")
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _time_by(parse: Callable[[str], datetime]) -> Callable[[Any], datetime]:
    def validate(value: Any) -> datetime:
        if isinstance(value, datetime) and value.utcoffset() is not None:
            if value.tzinfo is UTC:
                return value  # parsed before
            value = value.isoformat()
        if not isinstance(value, str):
            raise PydanticCustomError("time", "must be a date or an RFC 3339 time, in quotes")
        try:
            return parse(value)
        except BadTime as bad:
            raise PydanticCustomError("time", "{why}", {"why": str(bad)}) from None

    return validate


def _written_by(parse: Callable[[str], Written], forms: str) -> Callable[[Any], Written]:
    def validate(value: Any) -> Written:
        if isinstance(value, Written):
            return value
        if isinstance(value, datetime) and value.utcoffset() is not None:
            value = value.isoformat()
        if not isinstance(value, str):
            raise PydanticCustomError("time", "must be {forms}, in quotes", {"forms": forms})
        try:
            return parse(value)
        except BadTime as bad:
            raise PydanticCustomError("time", "{why}", {"why": str(bad)}) from None

    return validate


@lru_cache(maxsize=4_096)  # as parse_period, and a known text costs no call of Python
def _period(value: str) -> str:
    try:
        parse_period(value)
    except BadPeriod as bad:
        raise PydanticCustomError("period", "{why}", {"why": str(bad)}) from None
    return value


def _day(value: str) -> str:
    try:
        return parse_date(value).isoformat()
    except BadTime as bad:
        raise PydanticCustomError("day", "{why}", {"why": str(bad)}) from None


def composed(text: str) -> str:
    """A text in NFC, so that what looks the same is the same."""
    return text if text.isascii() else normalize("NFC", text)


def _composed_within(most: int) -> BeforeValidator:
    """Normalise a text when it is given, and when a stored one is read; lengths count what results.

    Rare texts grow in NFC: one that would grow past the limit stays as it is, or a log that holds it
    could not be read.
    """

    def normalised(value: Any) -> Any:
        if not isinstance(value, str) or value.isascii():
            return value
        text = composed(value)
        return text if len(text) <= most else value

    return BeforeValidator(normalised)


def _hyphened(value: Any) -> Any:
    return value.strip().lower().replace(" ", "-") if isinstance(value, str) else value


def _printable(value: str) -> str:
    if not value.isprintable() or value != value.strip():
        raise PydanticCustomError(
            "subject", "must be printable characters, with no space at either end"
        )
    return value


OwnMarking = Annotated[Marking, Field(exclude_if=is_clear)]
"""The marking of something that may have none, which is `TLP:CLEAR`."""
Number = Annotated[int | float, BeforeValidator(_number), WithJsonSchema({"type": "number"})]
Minimum = Annotated[
    int | float,
    Field(le=0),
    BeforeValidator(_number),
    WithJsonSchema({"type": "number", "maximum": 0}),
]
Instant = Annotated[
    datetime,
    BeforeValidator(_time_by(parse_instant)),
    PlainSerializer(show_instant, return_type=str),
    WithJsonSchema({"type": "string", "description": "RFC 3339 with any offset, or a date"}),
]
UntilTime = Annotated[
    datetime,
    BeforeValidator(_time_by(parse_until)),
    PlainSerializer(show_instant, return_type=str),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": f"^{_DATE_PATTERN}({_TIME_PATTERN})?$",
            "description": "RFC 3339 with any offset, or a date, which counts as its end",
        }
    ),
]
"""The end of what is asked about."""
WrittenTime = Annotated[
    Written,
    PlainValidator(_written_by(parse_written, "a date or an RFC 3339 time")),
    PlainSerializer(str, return_type=str),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": f"^{_DATE_PATTERN}({_TIME_PATTERN})?$",
            "description": "RFC 3339 with any offset, or a date; its day is that of the offset",
        }
    ),
]
PublicationTime = Annotated[
    Written,
    PlainValidator(_written_by(parse_publication, "a date, a month, a year or an RFC 3339 time")),
    PlainSerializer(str, return_type=str),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": f"^({_DATE_PATTERN}({_TIME_PATTERN})?|[0-9]{{4}}(-(0[1-9]|1[0-2]))?)$",
            "description": "RFC 3339 with any offset, or a date; its day is that of the offset. "
            "A month (2025-11) or a year counts as its end",
        }
    ),
]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{0,127}$")]
ClaimId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{0,127}/[1-9][0-9]{0,5}$")]
PeriodText = Annotated[str, AfterValidator(_period)]
Day = Annotated[str, AfterValidator(_day)]
Likelihood = Annotated[LikelihoodWord, BeforeValidator(_hyphened)]
Line = Annotated[str, StringConstraints(min_length=1, max_length=1_000), _composed_within(1_000)]
Text = Annotated[str, StringConstraints(max_length=20_000), _composed_within(20_000)]
Unit = Annotated[str, StringConstraints(max_length=200), _composed_within(200)]
Url = Annotated[str, StringConstraints(pattern=r"^https?://\S+$", max_length=4_000)]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
VerifierKey = Annotated[str, StringConstraints(pattern=r"^\S+\+[0-9a-f]{8}\+\S+$", max_length=1_000)]
"""A public key as verifiers read it: name, id and key, with `+` between them."""
TokenId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{12}$")]
Subject = Annotated[
    str,
    StringConstraints(min_length=1, max_length=200),
    _composed_within(200),
    AfterValidator(_printable),
]
"""Who acts, as a command gives it: an event keeps a `Line`, because what is printable grows."""


LONGEST_QUOTE = 300
_Around = Annotated[str, StringConstraints(max_length=LONGEST_QUOTE), Field(exclude_if=not_)]
MOST_NAMES = 100
Names = Annotated[tuple[Line, ...], Field(max_length=MOST_NAMES, exclude_if=not_)]
"""Words or names by which something is known beside its id, each once."""


_put_values, _put_names, _put_extra, _put_private = (
    vars(BaseModel)[name].__set__
    for name in (
        *("__dict__", "__pydantic_fields_set__"),
        *("__pydantic_extra__", "__pydantic_private__"),
    )
)
"""Each sets one slot of a value: a frozen one refuses other ways, and these look up no name."""


@cache
def _names_of(kind: type[BaseModel]) -> set[str]:
    """The names of all fields: one set for all values, since copies take one of their own."""
    return set(kind.model_fields)


class Model(BaseModel):
    """A value: frozen, with strict types, without unknown fields."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    @classmethod
    def of_valid(cls, values: dict[str, Any]) -> Self:
        """A value of every field, in their order, that were each validated already: none is again.

        It is what validating the same values makes. `values` is kept, and must not be changed.
        """
        made = cls.__new__(cls)
        _put_values(made, values)
        _put_names(made, _names_of(cls))
        _put_extra(made, None)
        _put_private(made, None)
        return made


class Quantity(Model):
    """A figure as its source gave it; a missing bound stays missing.

    `unspecified` may have no number ("several"); `unknown` has none: the originator has no figure, or
    takes its earlier one back. Without a `qualifier` it follows from the given numbers: `exact` for a
    best, `range` for both bounds, `at-least` or `at-most` for one.
    """

    low: Number | None = None
    best: Number | None = None
    high: Number | None = None
    qualifier: Qualifier

    @model_validator(mode="before")
    @classmethod
    def _implied_qualifier(cls, data: Any) -> Any:
        if not isinstance(data, dict) or data.get("qualifier") is not None:
            return data
        given = tuple(name for name in ("low", "best", "high") if data.get(name) is not None)
        implied = {("low",): "at-least", ("high",): "at-most", ("low", "high"): "range"}
        return {**data, "qualifier": implied.get(given, "exact")}

    @model_validator(mode="after")
    def _some_number(self) -> Self:
        if self.qualifier == "unknown" and self.has_figure:
            raise PydanticCustomError(
                "number_of_unknown",
                "has a number, but the qualifier 'unknown' says that there is none; leave one out",
            )
        if self.qualifier not in ("unspecified", "unknown") and not self.has_figure:
            raise PydanticCustomError(
                "no_number",
                "has no number; give low, best or high, or the qualifier 'unspecified' or 'unknown'",
            )
        return self

    @property
    def has_figure(self) -> bool:
        """Whether any number was given."""
        return not self.low is self.best is self.high is None


class Quote(Model):
    """The words that a claim rests on, as a W3C text-quote selector.

    `prefix` and `suffix` are the words around them; `start` and `end` count the characters of the text
    before their first and after their last one. The text itself is not kept.
    """

    exact: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_QUOTE)]
    prefix: _Around = ""
    suffix: _Around = ""
    start: Annotated[int, Field(ge=0)] | None = None
    end: Annotated[int, Field(ge=1)] | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if (self.start is None) is not (self.end is None):
            raise PydanticCustomError("quote_span", "has only one of start and end; give both or none")
        if self.start is not None and self.end is not None and self.start >= self.end:
            raise PydanticCustomError("quote_span", "ends before it starts; end must lie after start")
        return self


class Stance(Model):
    """Whether a source asserts or denies a proposition, with its likelihood where it gave one."""

    asserts: bool
    likelihood: Likelihood | None = None


class Evidence(Model):
    """Evidence that the report read as we recorded it: the hash of a stored copy.

    One that is stored here has a `size`, in bytes; without it, a hash alone was recorded.
    """

    sha256: Sha256 | None = None
    media_type: Line | None = None
    size: Annotated[int, Field(ge=1, le=2**53)] | None = None


class Provenance(Model):
    """Where a report was read: publisher, address, title, publication time, evidence.

    `published_on` is the day, month or year of the publication as it was written, kept only where it
    is not the UTC day of `published_at`; of a month or a year `published_at` is the end.
    """

    publisher: Slug
    url: Url | None = None
    title: Text | None = None
    published_at: Instant
    published_on: PeriodText | None = None
    evidence: Evidence | None = None


class ProvenanceChange(Model):
    """The parts of a provenance that a correction replaces; what is absent stays."""

    publisher: Slug | None = None
    url: Url | None = None
    title: Text | None = None
    published_at: Instant | None = None
    published_on: PeriodText | None = None
    evidence: Evidence | None = None


Time = TypeVar("Time")


class StatementFields(Model, Generic[Time]):
    """What a claim says, its time as written by a caller or as stored, before any default."""

    indicator: Slug
    originator: Slug
    spokesperson: Slug | None = None
    cohort: Line | None = None
    incident: Slug | None = None
    basis: Basis = "unknown"
    stated_at: Time | None = None
    period: PeriodText | None = None
    status: Status = "reported"
    quantity: Quantity | None = None
    stance: Stance | None = None
    derived_from: tuple[ClaimId, ...] = ()
    rests_on: Annotated[tuple[ClaimId, ...], Field(exclude_if=not_)] = ()
    text: Text = ""
    quote: Quote | None = None


class Statement(StatementFields[WrittenTime]):
    """One claim as a report makes it, before any default is filled in."""


class NumberedStatement(StatementFields[Instant]):
    """A claim in a stored report: its id is `<report>/<n>`.

    `stated_on` is the day of `stated_at` as it was written, kept only where its UTC day is another.
    """

    n: Annotated[int, Field(ge=1)]
    stated_on: PeriodText | None = None


class RestatedStatement(Statement):
    """A claim in a correction: `n` names the claim that it replaces; a new claim has none."""

    n: Annotated[int, Field(ge=1)] | None = None


def claim_id(report: str, n: int) -> str:
    """The id of a report's n-th claim."""
    return f"{report}/{n}"


def split_claim_id(claim: str) -> tuple[str, int]:
    """The report and the number in a claim's id."""
    report, _, n = claim.rpartition("/")
    return report, int(n)
