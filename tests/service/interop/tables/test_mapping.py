"""Mapping files: what is wrong with one is named by its key, with what may have been meant."""

from pathlib import Path

import pytest

from domain.commands import DefineIndicator, FileReport, RegisterSource
from domain.errors import Refused
from domain.vocabulary import Statement
from service.interop.tables import mapping as mappings
from service.interop.tables.mapping import MOST_BYTES, mapping_of
from tests.real import MAPPINGS
from tests.service.interop.tables.table_spec import CLAIM, NAMES, PLAIN, REPORT, refusal


@pytest.mark.parametrize(
    ("mapping", "said"),
    [
        ("x =", "the mapping is not TOML: Invalid value"),
        ("x = 1", "x: is not a field here"),
        ("a = " + "[" * 10_000, "the mapping is not TOML"),
        ("# " + "x" * MOST_BYTES, "longer than 262,144 bytes"),
        ("", "makes no command"),
        (REPORT, "claim: is missing"),
        (CLAIM, "report: is missing"),
        (
            PLAIN.replace("best =", "bset ="),
            "claim[1].quantity.bset: is not a field here; did you mean best?",
        ),
        (PLAIN.replace('originator = "nis"', ""), "claim[1].originator: is missing"),
        (PLAIN.replace('publisher = "wire"', ""), "report.publisher: is missing"),
        (
            PLAIN.replace("publisher", "publsher"),
            "report.publsher: is not a field here; did you mean publisher?",
        ),
        (
            PLAIN.replace("|slug", "|slog"),
            "report.id: '{release|slog}': 'slog' is no filter; did you mean slug?",
        ),
        (PLAIN.replace("{release}", "{release"), "a brace without a column"),
        (PLAIN.replace("{release}", "{}"), "a brace without a column"),
        (PLAIN.replace("{day}", "{@value}"), "claim[1].period: @value is no column; write @digest"),
        (PLAIN.replace("{day}", "{@row}"), "@row is no column"),
        (f"[table]\nencoding = 'utf8'\n{PLAIN}", "table.encoding: input should be 'utf-8'"),
        (f"[table]\nheader = -1\n{PLAIN}", "table.header: input should be greater"),
        (f"[column.day]\ndate = '%d.%m'\n{PLAIN}", "column.day.date: must be iso, excel, unix or"),
        (
            f"[column.day]\nmap = {{a = 'b'}}\ndefault = 'c'\nunmapped = 'keep'\n{PLAIN}",
            "column.day.unmapped",
        ),
        (f"[column.day]\nunmapped = 'keep'\n{PLAIN}", "column.day.unmapped: needs a map"),
        (f"[source.wire]\nkind = 'press'\n{PLAIN}", "the mapping, source.wire: /kind: input should be"),
        (f"[source.'Wire!']\n{PLAIN}", "source.Wire!: /id: 'Wire!' must match"),
        (
            f"[indicator.killed]\ntitel = 'Killed'\n{PLAIN}",
            "indicator.killed.titel: is not a field here",
        ),
        (f"[indicator.'k{{']\ntitle = 'Killed'\n{PLAIN}", "a brace without a column"),
        (
            PLAIN.replace('id = "{release|slug}"', "") + 'without_number = "take-back"',
            "takes claims back, which needs report.id",
        ),
        (f"[column.day]\ndate = '%d.%d.%Y'\n{PLAIN}", "column.day.date: must be iso"),
        (PLAIN.replace("{killed}", "{kiled}"), "the table has no column 'kiled'; did you mean killed?"),
        (PLAIN.replace("{killed}", "{zzz}"), "no column 'zzz'; it has release, day, killed"),
        (f"{PLAIN}each = ['wound*']", "has no column 'wound*', which claim[1].each names"),
        (f"[table]\nfill_down = ['dya']\n{PLAIN}", "has no column 'dya', which table.fill_down names"),
    ],
)
def test_what_is_wrong_is_named_by_its_key(mapping: str, said: str) -> None:
    detail = refusal(mapping)
    assert said in detail
    assert "\n" not in detail


def test_every_fault_has_a_pointer_into_the_mapping() -> None:
    wrong = PLAIN.replace("best =", "bset =").replace("publisher", "publsher")
    with pytest.raises(Refused) as caught:
        mapping_of(wrong)
    pointers = {fault.pointer for fault in caught.value.faults}
    assert pointers == {"/mapping/claim/0/quantity/bset", "/mapping/report/publsher"}


def test_a_mapping_has_the_fields_that_commands_have() -> None:
    for rule, command, own in (
        (mappings.ClaimRule, Statement, set(mappings.ClaimControl.model_fields)),
        (mappings.ReportRule, FileReport, set[str]()),
        (mappings.SourceRule, RegisterSource, set[str]()),
        (mappings.IndicatorRule, DefineIndicator, set[str]()),
    ):
        fields = set(command.model_fields) - {"claims"}
        assert set(rule.model_fields) - own == fields - (
            {"id"} if rule is not mappings.ReportRule else set()
        )
        assert not own & fields


@pytest.mark.parametrize("path", sorted(MAPPINGS.glob("*.toml")), ids=lambda path: path.name)
def test_the_mappings_of_the_documentation_are_right(path: Path) -> None:
    assert mapping_of(path.read_bytes()).report is not None


def test_a_column_that_comes_twice_cannot_be_named() -> None:
    assert "has 2 columns 'day' (the 2. and the 4.)" in refusal(PLAIN, [[*NAMES, "day"]])
