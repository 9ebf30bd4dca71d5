"""The mapping file: which columns of a table become which fields of commands. TOML in, one value out.

Unknown keys are refused with near names, and each fault names its key in the file.
"""

import re
import tomllib
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, ValidationError
from pydantic_core import PydanticCustomError

from domain.commands import DefineIndicator, FileReport, RegisterSource
from domain.errors import Fault, Refused
from domain.vocabulary import Model, Number, Statement
from service.http.faults import pointer_to, refusal, refused_whole
from service.http.validation import encoded
from service.interop.tables.cells import text_of
from service.interop.tables.fields import templates_of
from service.interop.tables.templates import BadTemplate, Template, column_name, template_of

MOST_BYTES = 262_144
"""Maximum size of a mapping file."""
MOST_CLAIM_RULES = 200
COLUMN, VALUE, DIGEST = "@column", "@value", "@digest"
"""What a template may name beside columns: of a claim with `each`, the column that it is made from and
what is in it; of any, a hash of the row's cells that is another for each repetition of the row."""
BESIDE = (COLUMN, VALUE, DIGEST)
Place = tuple[int | str, ...]


def _texts(value: Any) -> Any:
    """One value, or a list of them, as texts."""
    values = value if isinstance(value, list) else [value]
    simple = all(isinstance(each, str | int | float | bool) for each in values)
    return tuple(text_of(each) for each in values) if simple else value


def _date_pattern(written: str) -> str:
    if written in ("iso", "excel", "unix"):
        return written
    try:
        if "%Y" not in written and "%y" not in written:
            raise ValueError
        datetime.strptime(datetime(2024, 2, 29).strftime(written), written)
    except (ValueError, re.error):
        message = "must be iso, excel, unix or a pattern with a year, such as %d.%m.%Y"
        raise PydanticCustomError("date_pattern", message) from None
    return written


def _template_text(text: str) -> str:
    try:
        template_of(text)
    except BadTemplate as bad:
        raise PydanticCustomError("template", "{why}", {"why": str(bad)}) from None
    return text


def _named(value: Any) -> Any:
    return column_name(value) if isinstance(value, str) else value


Name = Annotated[str, BeforeValidator(_named), Field(min_length=1, max_length=1_000)]
IdTemplate = Annotated[str, AfterValidator(_template_text)]
Patterns = Annotated[tuple[str, ...], BeforeValidator(_texts)]
Conditions = tuple[dict[Name, Patterns], ...]
Encoding = Literal[
    "utf-8",
    "utf-16",
    "utf-16-le",
    "utf-16-be",
    "latin-1",
    "cp1250",
    "cp1251",
    "cp1252",
    "cp1256",
    "iso-8859-2",
    "iso-8859-5",
    "iso-8859-15",
    "koi8-r",
    "koi8-u",
    "shift_jis",
    "euc-kr",
    "gb18030",
    "big5",
]
Decimal = Literal[".", ","]
Thousands = Literal["", ",", ".", " ", "'", "_"]


class TableRules(Model):
    """How the table is written."""

    format: Literal["csv", "xlsx", "ods"] | None = None
    encoding: Encoding = "utf-8"
    delimiter: Literal[",", ";", "\t", "|"] | None = None
    quote: Literal['"', "'"] = '"'
    sheet: str | None = None
    header: Annotated[int, Field(ge=0, le=1_000)] = 1
    names: tuple[Name, ...] = ()
    decimal: Decimal = "."
    thousands: Thousands = ""
    missing: Patterns = ("",)
    fill_down: tuple[Name, ...] = ()


class ColumnRule(Model):
    """How the cells of one column are read; with `from` it is another reading of that column."""

    from_: Name | None = Field(None, alias="from")
    missing: Patterns | None = None
    decimal: Decimal | None = None
    thousands: Thousands | None = None
    times: Number = 1
    date: Annotated[str, Field(max_length=100), AfterValidator(_date_pattern)] | None = None
    zone: Annotated[str, Field(pattern=r"^(Z|[+-][0-9]{2}:[0-9]{2})$")] | None = None
    map: dict[str, Annotated[str, BeforeValidator(text_of)]] = Field(default_factory=dict)
    unmapped: Literal["refuse", "keep", "skip"] | None = None
    default: Annotated[str, BeforeValidator(text_of)] | None = None


class RowRules(Model):
    """Which rows count, and in which order."""

    only: Conditions = ()
    skip: Conditions = ()
    sort: tuple[Name, ...] = ()


class ClaimControl(Model):
    """When a row makes a claim, and when it takes one back instead."""

    each: Patterns = ()
    but: Patterns = ()
    only: Conditions = ()
    skip: Conditions = ()
    take_back: Conditions = ()
    without_number: Literal["refuse", "skip", "take-back"] | None = None


class ClaimRule(ClaimControl, templates_of(Statement)):  # type: ignore[misc]
    """A claim that rows make."""


class ReportRule(templates_of(FileReport, "claims")):  # type: ignore[misc]
    """The report that the claims of a row belong to: rows with the same id make one report."""


class SourceRule(templates_of(RegisterSource, "id")):  # type: ignore[misc]
    """A source to be registered."""


class IndicatorRule(templates_of(DefineIndicator, "id")):  # type: ignore[misc]
    """An indicator to be defined."""


class Mapping(Model):
    """A whole mapping file."""

    table: TableRules = TableRules()
    rows: RowRules = RowRules()
    column: dict[Name, ColumnRule] = Field(default_factory=dict)
    source: dict[IdTemplate, SourceRule] = Field(default_factory=dict)
    indicator: dict[IdTemplate, IndicatorRule] = Field(default_factory=dict)
    report: ReportRule | None = None
    claim: Annotated[tuple[ClaimRule, ...], Field(max_length=MOST_CLAIM_RULES)] = ()


def mapping_of(text: bytes | str) -> Mapping:
    """Read a mapping file; raises `Refused`, whose faults point into it."""
    if len(text) > MOST_BYTES:
        raise refused_whole(f"is longer than {MOST_BYTES:,} bytes", "mapping")
    try:
        toml = tomllib.loads(text.decode() if isinstance(text, bytes) else text)
    except UnicodeDecodeError:
        raise refused_whole("is not UTF-8", "mapping") from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise refused_whole(f"is not TOML: {str(error) or 'nested too deeply'}", "mapping") from None
    try:
        mapping = Mapping.model_validate_json(encoded(toml))
    except ValidationError as error:
        details = error.errors(include_url=False, include_context=True)
        refused = refusal(details, Mapping, whole="mapping")
        raise _refused([(_steps(each.pointer), each.message) for each in refused.faults]) from None
    if faults := [*_faults(mapping)]:
        raise _refused(faults)
    return mapping


def _refused(faults: Sequence[tuple[Place, str]]) -> Refused:
    place, message = faults[0]
    others = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    detail = f"the mapping, {key_of(place)}: {message}{others}" if place else f"the mapping {message}"
    pointed = [Fault(f"/mapping{pointer_to(where)}", why) for where, why in faults]
    return Refused("invalid", detail, pointed)


def key_of(place: Place) -> str:
    """A place as the key in the file: `claim[1].quantity.best`, tables of a list counted from 1."""
    key = ""
    for step in place:
        if isinstance(step, int) or step.isdigit():
            key += f"[{int(step) + 1}]"
        else:
            key += f".{step}" if key else step
    return key


def _steps(pointer: str) -> Place:
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:])


def _faults(mapping: Mapping) -> Iterable[tuple[Place, str]]:
    """What is wrong with a mapping beyond its single keys."""
    yield from _missing_parts(mapping)
    for name, rule in mapping.column.items():
        if rule.default is not None and rule.unmapped is not None:
            yield ("column", name, "unmapped"), "says the same as default: give one of them"
        if rule.unmapped is not None and not rule.map:
            yield ("column", name, "unmapped"), "needs a map"
        if rule.from_ in mapping.column and mapping.column[rule.from_].from_ is not None:
            yield ("column", name, "from"), "names a column that is itself read from another"
    for place, template in templates_in(mapping):
        of = [mapping.claim[int(place[1])]] if place[0] == "claim" else mapping.claim
        beside = BESIDE if any(rule.each for rule in of) and place[0] != "report" else (DIGEST,)
        for column in template.columns:
            if column.startswith("@") and column not in beside:
                known = f"{DIGEST}, or in a claim with `each` {COLUMN} or {VALUE}"
                yield place, f"{column} is no column; write {known}"


def _missing_parts(mapping: Mapping) -> Iterable[tuple[Place, str]]:
    required: list[tuple[Place, Any, tuple[str, ...]]] = [
        *((("claim", n), rule, ("indicator", "originator")) for n, rule in enumerate(mapping.claim)),
        *([(("report",), mapping.report, ("publisher", "published_at"))] if mapping.report else []),
    ]
    for place, rule, names in required:
        for name in names:
            if getattr(rule, name) is None:
                yield (*place, name), "is missing"
    if mapping.claim and mapping.report is None:
        yield ("report",), "is missing: it says whose report the claims of a row are"
    if mapping.report is not None and not mapping.claim:
        yield ("claim",), "is missing: a report makes one claim at least"
    if not (mapping.claim or mapping.source or mapping.indicator):
        yield (), "makes no command: it has neither claim nor source nor indicator"
    for n, rule in enumerate(mapping.claim):
        takes_back = rule.take_back or rule.without_number == "take-back"
        if takes_back and mapping.report is not None and mapping.report.id is None:
            yield ("claim", n), "takes claims back, which needs report.id: give the report an id"


def templates_in(mapping: Mapping) -> Iterable[tuple[Place, Template]]:
    """Every template with its place, those that are names of sources and indicators included."""
    for family in ("source", "indicator"):
        for name, rule in getattr(mapping, family).items():
            yield (family, name), template_of(name)
            yield from _leaves((family, name), rule)
    if mapping.report is not None:
        yield from _leaves(("report",), mapping.report)
    for n, rule in enumerate(mapping.claim):
        yield from _leaves(("claim", n), rule)


def _leaves(place: Place, value: Any) -> Iterable[tuple[Place, Template]]:
    if isinstance(value, Template):
        yield place, value
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _leaves((*place, name), getattr(value, name))
    elif isinstance(value, tuple):
        for n, each in enumerate(value):
            yield from _leaves((*place, n), each)
