"""Any table under any mapping: a refusal names what is wrong, and nothing else is ever raised."""

import io
from collections.abc import Sequence
from datetime import date
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic_core import to_json

from domain.errors import Refused
from service.interop.import_lines import command_of
from service.interop.tables.mapping import mapping_of
from service.interop.tables.reading import converted
from tests.service.interop.tables.table_spec import commands
from tests.service.interop.tables.workbooks import as_csv, as_ods, as_xlsx

NAMES = ["id", "day", "n", "who"]
WORDS = st.sampled_from(
    [
        *(
            "",
            " ",
            "2025-01-10",
            "2025-01-11",
            "2025-02-30",
            "2024",
            "10.01.2025",
            "3",
            "-7",
            "1.234",
            "1,5",
        ),
        *(
            "nis",
            "Wire",
            "\u00dc",
            "\u041f",
            "about",
            "NA",
            "a\tb",
            '"',
            "'",
            ";",
            "{x}",
            "=1+1",
            "1e400",
        ),
    ]
)
TEXTS = WORDS | st.text(max_size=8)
SLOTS = st.sampled_from(
    [f"{{{name}{cut}}}" for name in NAMES for cut in ("", "|slug", "|month", "|lower")]
)
TEMPLATES = st.lists(
    SLOTS | st.sampled_from(["x-", "2025", "nis", " ", "/"]), min_size=1, max_size=3
).map("".join)
COLUMN = st.fixed_dictionaries(
    {},
    optional={
        "date": st.sampled_from(["iso", "excel", "unix", "%d.%m.%Y"]),
        "decimal": st.sampled_from([".", ","]),
        "thousands": st.sampled_from(["", ".", ",", " "]),
        "missing": st.lists(WORDS, max_size=2),
        "times": st.sampled_from([1, 1000, 0.1]),
        "zone": st.just("+09:00"),
        "default": WORDS,
        "map": st.dictionaries(st.sampled_from(["nis", "N*", "*", "3"]), WORDS, max_size=2),
    },
)
CONDITION = st.dictionaries(
    st.sampled_from(NAMES), st.lists(st.sampled_from(["", "*", "2025*", "nis"]), max_size=2)
)
CLAIM = st.fixed_dictionaries(
    {
        "indicator": TEMPLATES | st.just("killed"),
        "originator": TEMPLATES | st.just("nis"),
        "quantity": st.fixed_dictionaries(
            {}, optional={"best": SLOTS, "low": SLOTS, "qualifier": TEMPLATES}
        ),
    },
    optional={
        "period": TEMPLATES,
        "cohort": TEMPLATES,
        "text": TEMPLATES,
        "derived_from": st.lists(TEMPLATES, max_size=2),
        "skip": st.lists(CONDITION, max_size=1),
        "take_back": st.lists(CONDITION, max_size=1),
        "without_number": st.sampled_from(["skip", "refuse", "take-back"]),
    },
)
MAPPINGS = st.fixed_dictionaries(
    {
        "report": st.fixed_dictionaries(
            {"publisher": TEMPLATES, "published_at": TEMPLATES | st.just("{day}"), "id": TEMPLATES}
        ),
        "claim": st.lists(CLAIM, min_size=1, max_size=2),
    },
    optional={
        "column": st.dictionaries(st.sampled_from(NAMES), COLUMN, max_size=2),
        "rows": st.fixed_dictionaries(
            {}, optional={"sort": st.just(["day", "n"]), "skip": st.lists(CONDITION, max_size=1)}
        ),
        "indicator": st.dictionaries(
            TEMPLATES, st.just({"title": "{who}", "measure": "stock"}), max_size=1
        ),
        "source": st.dictionaries(TEMPLATES, st.just({"name": "{who}"}), max_size=1),
    },
)
TABLES = st.lists(st.lists(TEXTS, min_size=4, max_size=4), max_size=6)


def toml(value: Any) -> str:
    """A value as TOML, tables as inline ones."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{toml(name)} = {toml(each)}" for name, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    if isinstance(value, str):
        return '"' + "".join(f"\\U{ord(letter):08x}" for letter in value) + '"'
    return repr(value)


def mapped(mapping: dict[str, Any]) -> str:
    return "\n".join(f"{name} = {toml(each)}" for name, each in mapping.items())


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(MAPPINGS, TABLES)
def test_each_row_is_a_command_that_can_be_read_or_refused_by_name(
    mapping: dict[str, Any], rows: list[list[str]]
) -> None:
    try:
        made, refused = commands(mapped(mapping), [NAMES, *rows])
    except Refused as refusal:
        assert "\n" not in refusal.detail
        return
    for each in made:
        command_of(to_json(each))
    numbers = [row for row, *_ in refused]
    assert len(numbers) == len(set(numbers)) <= len(rows)
    for row, column, value, _ in refused:
        assert 2 <= row <= len(rows) * 9 + 1
        assert (column is None) == (value is None)
        assert column is None or column in NAMES


CELLS = st.sampled_from([0, 3, -7, 1.5, 1234.25, True, False, date(2024, 2, 29), date(1999, 12, 31)])
PRINTABLE = st.sampled_from(
    ["", "nis", "2025-01-10", "a b", "&<>", "\u00fc\u4e2d", "1,234", "=1", "'x"]
)
SHEETS = st.lists(st.lists(CELLS | PRINTABLE, min_size=4, max_size=4), max_size=5)


def outcome(mapping: str, table: bytes) -> Any:
    try:
        return commands(mapping, table)
    except Refused as refused:
        return refused.detail


@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.too_slow])
@given(MAPPINGS, SHEETS)
def test_the_same_cells_are_the_same_commands_in_every_format(
    mapping: dict[str, Any], rows: Sequence[Sequence[Any]]
) -> None:
    # How numbers are written is a matter of texts alone.
    columns = mapping.get("column", {})
    for rule in columns.values():
        for name in ("decimal", "thousands", "date", "times"):
            rule.pop(name, None)
    text = mapped(mapping)
    xlsx = outcome(text, as_xlsx([NAMES, *rows]))
    assert outcome(text, as_ods([NAMES, *rows])) == xlsx
    assert outcome(text, as_csv([NAMES, *rows])) == xlsx


@settings(deadline=None)
@given(st.binary(max_size=300), st.sampled_from(["utf-8", "utf-16", "latin-1", "shift_jis"]))
def test_any_bytes_are_read_or_refused(content: bytes, encoding: str) -> None:
    mapping = mapping_of(f"table = {{encoding = '{encoding}'}}\nsource = {{'{{a|slug}}' = {{}}}}")
    try:
        with converted(mapping, io.BytesIO(b"a,b\n" + content)) as conversion:
            for _ in conversion.lines():
                pass
    except Refused as refused:
        assert "\n" not in refused.detail


@settings(deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_a_mapping_or_refused(text: str) -> None:
    try:
        mapping_of(text)
    except Refused as refused:
        assert "\n" not in refused.detail
