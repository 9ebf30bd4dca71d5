"""Tables as data: rows in, commands and refused rows out."""

from typing import Any

import pytest

from service.interop.tables import conversion
from tests.service.interop.tables.table_spec import (
    CLAIM,
    NAMES,
    PLAIN,
    REPORT,
    Body,
    claims,
    commands,
)

ROW = ["2025-01-10", "2025-01-09", "300"]


def best(mapping: str, cell: str, column: str = "") -> Any:
    """The figure that a cell becomes, or the code with which its row is refused."""
    made, refused = commands(f"{column}\n{mapping}", [NAMES, [*ROW[:2], cell]])
    if refused:
        [(row, named, value, code)] = refused
        assert (row, named, value) == (2, "killed", cell.strip())
        return code
    found = [each["file_report"]["claims"][0].get("quantity") for each in made]
    return found[0]["best"] if found else None


def test_a_row_becomes_a_report() -> None:
    made, refused = commands(PLAIN, [NAMES, ROW])
    assert refused == []
    claim = {
        "indicator": "killed",
        "originator": "nis",
        "period": "2025-01-09",
        "quantity": {"best": 300},
    }
    filed = {"id": "2025-01-10", "publisher": "wire", "published_at": "2025-01-10", "claims": [claim]}
    assert made == [{"file_report": filed}]


@pytest.mark.parametrize(
    ("cell", "rules", "number"),
    [
        ("300", "", 300),
        (" 300 ", "", 300),
        ("-25", "", -25),
        ("\u221225", "", -25),
        ("+3", "", 3),
        ("2.50", "", 2.5),
        (".5", "", 0.5),
        ("1e3", "", 1000),
        ("1,234", "", "not-a-number"),
        ("1,234", "thousands = ','", 1234),
        ("12,34", "thousands = ','", "not-a-number"),
        ("1,234,567.5", "thousands = ','", 1234567.5),
        ("1234", "thousands = ','", 1234),
        ("1.234,5", "decimal = ','\nthousands = '.'", 1234.5),
        ("1.234", "decimal = ','\nthousands = '.'", 1234),
        ("1.234", "decimal = ','", "not-a-number"),
        ("0,5", "decimal = ','", 0.5),
        ("1\u00a0234", "thousands = ' '", 1234),
        ("1\u202f234 567", "thousands = ' '", "not-a-number"),
        ("1.2", "times = 1000", 1200),
        ("0.1", "times = 3", 0.3),
        ("about", "", "not-a-number"),
        ("nan", "", "not-a-number"),
        ("inf", "", "not-a-number"),
        ("1e999", "", "invalid"),
        ("9007199254740993", "", "invalid"),
        ("1_000", "", "not-a-number"),
        ("\u0663", "", "not-a-number"),
        ("9" * 101, "", "not-a-number"),
        ("", "", None),
        ("-", "missing = ['', '-']", None),
        ("n/a", "missing = 'n/*'", None),
        ("", "default = 0", 0),
        ("none", "map = {none = 0}\nunmapped = 'keep'", 0),
        ("7", "map = {none = 0}\nunmapped = 'keep'", 7),
        ("7", "map = {none = 0}", "unmapped"),
        ("7", "map = {none = 0}\nunmapped = 'skip'", None),
        ("7", "map = {none = 0}\ndefault = 1", 1),
    ],
)
def test_numbers_are_read_by_the_rules_of_their_column(cell: str, rules: str, number: Any) -> None:
    assert best(PLAIN, cell, f"[column.killed]\n{rules}") == number


@pytest.mark.parametrize(
    ("cell", "rules", "day"),
    [
        ("2025-01-09", "", "2025-01-09"),
        ("09.01.2025", "date = '%d.%m.%Y'", "2025-01-09"),
        ("2025-01-09", "date = '%d.%m.%Y'", "2025-01-09"),
        ("9 January 2025", "date = '%d %B %Y'", "2025-01-09"),
        ("45666", "date = 'excel'", "2025-01-09"),
        ("1736380800", "date = 'unix'", None),
        ("09/01/2025", "", None),
        ("31.02.2025", "date = '%d.%m.%Y'", None),
        ("soon", "date = 'iso'", None),
        ("-1", "date = 'excel'", None),
        ("1e30", "date = 'unix'", None),
    ],
)
def test_days_are_read_as_they_are_written(cell: str, rules: str, day: str | None) -> None:
    made, refused = commands(f"[column.day]\n{rules}\n{PLAIN}", [NAMES, ["2025-01-10", cell, "3"]])
    if day is None:
        assert [each[:3] for each in refused] == [(2, "day", cell)]
    else:
        assert made[0]["file_report"]["claims"][0]["period"] == day


@pytest.mark.parametrize(
    ("cell", "rules", "published"),
    [
        ("2025-01-10T09:00:00+09:00", "", "2025-01-10T09:00:00+09:00"),
        ("2025-01-10 09:00", "date = 'iso'\nzone = '+09:00'", "2025-01-10T09:00:00+09:00"),
        ("10.01.2025 09:00", "date = '%d.%m.%Y %H:%M'\nzone = 'Z'", "2025-01-10T09:00:00Z"),
        ("10.01.2025 09:00", "date = '%d.%m.%Y %H:%M'", None),
        ("1736499600", "date = 'unix'", "2025-01-10T09:00:00Z"),
        ("2025-01", "", "2025-01"),
    ],
)
def test_times_need_an_offset(cell: str, rules: str, published: str | None) -> None:
    made, refused = commands(f"[column.release]\n{rules}\n{PLAIN}", [NAMES, [cell, "2025-01", "3"]])
    if published is None:
        assert [each[:2] for each in refused] == [(2, "release")]
    else:
        assert made[0]["file_report"]["published_at"] == published


def test_rows_with_one_id_that_follow_each_other_are_one_report() -> None:
    rows = [ROW, [ROW[0], "2025-01-08", "2"], ["2025-01-11", "2025-01-09", "3"], ROW]
    made, _ = commands(PLAIN, [NAMES, *rows])
    assert [len(each["file_report"]["claims"]) for each in made] == [2, 1, 1]


def test_without_an_id_each_row_is_a_report_and_the_log_derives_its_id() -> None:
    made, _ = commands(PLAIN.replace('id = "{release|slug}"', ""), [NAMES, ROW, ROW])
    assert len(made) == 2
    assert all("id" not in each["file_report"] for each in made)


def test_a_report_comes_whole_or_not_at_all() -> None:
    rows = [
        ROW,
        [ROW[0], "2025-01-08", "many"],
        [ROW[0], "2025-01-32", "3"],
        ["2025-01-11", "2025", "1"],
    ]
    made, refused = commands(PLAIN, [NAMES, *rows])
    assert [each["file_report"]["id"] for each in made] == ["2025-01-11"]
    assert refused == [
        (2, None, None, "same-report"),
        (3, "killed", "many", "not-a-number"),
        (4, None, None, "same-report"),
    ]


def test_rows_of_one_report_must_agree_on_its_publication() -> None:
    mapping = PLAIN.replace("{release|slug}", "{release|month}")
    _, refused = commands(mapping, [NAMES, ROW, ["2025-01-11", "2025", "1"]])
    assert refused == [
        (2, None, None, "same-report"),
        (3, "release", "2025-01-11", "differs"),
    ]


def test_a_report_has_a_maximum_of_claims(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversion, "MOST_CLAIMS", 3)
    rows = [[ROW[0], "2025", str(n)] for n in range(10)]
    made, refused = commands(PLAIN, [NAMES, *rows, ["2025-01-11", "2025", "1"]])
    assert [each["file_report"]["id"] for each in made] == ["2025-01-11"]
    assert [each[0] for each in refused] == [*range(2, 12)]
    assert {each[3] for each in refused} == {"too-large-report"}


def test_rows_are_left_out_and_sorted() -> None:
    mapping = f"""
[rows]
only = [{{ killed = ["1", "2*"] }}]
skip = [{{ day = "2024-*", killed = "2" }}]
sort = ["release", "killed"]
{PLAIN}"""
    rows = [
        ["2025-01-12", "2025", "25"],
        ["2025-01-11", "2025", "3"],
        ["2025-01-11", "2024-05", "2"],
        ["2025-01-11", "2025", "21"],
        ["2025-01-11", "2025", "2"],
    ]
    made, _ = commands(mapping, [NAMES, *rows])
    figures = [
        (each["file_report"]["id"], [c["quantity"]["best"] for c in each["file_report"]["claims"]])
        for each in made
    ]
    assert figures == [("2025-01-11", [2, 21]), ("2025-01-12", [25])]


def test_a_wide_table_has_a_claim_for_each_of_its_columns() -> None:
    mapping = f"""
{REPORT}
[indicator."lost-{{@column|slug}}"]
title = "Lost: {{@column}}"
measure = "cumulative"
[[claim]]
each = "lost *"
but = "lost days"
indicator = "lost-{{@column|slug}}"
originator = "nis"
quantity = {{ best = "{{@value}}" }}
"""
    names = ["release", "lost tanks", "lost  APC", "lost days", "note"]
    made, refused = commands(
        mapping, [names, ["2025-01-10", "3", "", "9", "x"], ["2025-01-11", "4", "5", "", ""]]
    )
    assert refused == []
    defined = [each["define_indicator"] for each in made if "define_indicator" in each]
    assert [(each["id"], each["title"]) for each in defined] == [
        ("lost-lost-tanks", "Lost: lost tanks"),
        ("lost-lost-apc", "Lost: lost APC"),
    ]
    figures = [
        [(c["indicator"], c["quantity"]["best"]) for c in each["file_report"]["claims"]]
        for each in made
        if "file_report" in each
    ]
    assert figures == [[("lost-lost-tanks", 3)], [("lost-lost-tanks", 4), ("lost-lost-apc", 5)]]


def test_a_claim_has_all_fields_that_a_claim_may_have() -> None:
    mapping = f"""
[column.sure]
map = {{ yes = "true", no = "false" }}
{REPORT}
[[claim]]
indicator = "{{what|slug}}"
originator = "{{who|lower}}"
cohort = "{{unit}}"
incident = "i-{{@digest}}"
basis = "relay"
status = "planned"
stated_at = "{{release}}"
derived_from = ["{{from}}/1"]
quantity = {{ low = "{{low}}", high = "{{high}}", qualifier = "about" }}
text = "{{who}} says {{{{so}}}}"
[[claim]]
only = [{{ sure = "*e" }}]
indicator = "gives"
originator = "nis"
stance = {{ asserts = "{{sure}}" }}
"""
    names = ["release", "what", "who", "unit", "low", "high", "from", "sure"]
    row = ["2025-01-10", "Killed in action", "NIS", "11th", "5", "7", "r1", "no"]
    first, second = claims(mapping, row, names=names)
    digest = first.pop("incident")
    assert first == {
        "indicator": "killed-in-action",
        "originator": "nis",
        "cohort": "11th",
        "basis": "relay",
        "status": "planned",
        "stated_at": "2025-01-10",
        "derived_from": ["r1/1"],
        "quantity": {"low": 5, "high": 7, "qualifier": "about"},
        "text": "NIS says {so}",
    }
    assert len(digest) == 18
    assert second == {"indicator": "gives", "originator": "nis", "stance": {"asserts": False}}


def test_a_row_that_comes_twice_has_a_digest_of_its_own_each_time() -> None:
    mapping = PLAIN + 'incident = "{@digest}"'
    first, second, third, again = (
        each["incident"] for each in claims(mapping, ROW, ROW, [*ROW[:2], "1"], ROW)
    )
    assert second == f"{first}-2" and again == f"{first}-3" and third != first


TAKING = PLAIN + 'take_back = [{ killed = "gone" }]\nwithout_number = "take-back"\n'


def acts(made: list[Body]) -> list[tuple[str, str]]:
    return [
        (name, body.get("id") or body.get("report")) for each in made for name, body in each.items()
    ]


def test_what_is_taken_back_withdraws_or_corrects_the_reports_before() -> None:
    rows = [
        ["2025-01-10", "2025-01-01", "1"],
        ["2025-01-10", "2025-01-02", "2"],
        ["2025-01-11", "2025-01-01", "gone"],
        ["2025-01-12", "2025-01-02", "unclear"],
        ["2025-01-12", "2025-01-03", "3"],
        ["2025-01-13", "2025-01-09", "gone"],
    ]
    made, refused = commands(TAKING, [NAMES, *rows])
    assert refused == []
    assert acts(made) == [
        ("file_report", "2025-01-10"),
        ("correct_report", "2025-01-10"),
        ("withdraw_report", "2025-01-10"),
        ("file_report", "2025-01-12"),
    ]
    corrected = made[1]["correct_report"]
    assert (corrected["kind"], corrected["published_at"]) == ("publisher", "2025-01-11")
    assert [(c["n"], c["quantity"]["best"]) for c in corrected["claims"]] == [(2, 2)]


def test_definitions_alone_make_no_report() -> None:
    mapping = """
[source."{id|slug}"]
name = "{name}"
kind = "{kind}"
"""
    made, refused = commands(
        mapping,
        [["id", "name", "kind"], ["A B", "Alpha", "media"], ["c", "", "nobody"], ["A B", "x", "media"]],
    )
    assert made == [{"register_source": {"id": "a-b", "name": "Alpha", "kind": "media"}}]
    assert refused == [(3, "kind", "nobody", "invalid")]


def test_what_the_mapping_defines_itself_comes_first_even_without_rows() -> None:
    mapping = f"""
[source.wire]
name = 'The wire'
[indicator.killed]
title = 'Killed'
measure = 'stock'
fresh_days = 10
{PLAIN}"""
    made, _ = commands(mapping, [NAMES])
    assert made == [
        {"register_source": {"id": "wire", "name": "The wire"}},
        {"define_indicator": {"id": "killed", "title": "Killed", "measure": "stock", "fresh_days": 10}},
    ]


@pytest.mark.parametrize(
    ("row", "refused"),
    [
        (["", "2025", "1"], (2, "release", "", "missing")),
        (["2025-01-10", "2025/..x", "1"], (2, "day", "2025/..x", "invalid")),
        (
            ["\u041f\u0440\u0438\u0432\u0435\u0442", "2025", "1"],
            (2, "release", "\u041f\u0440\u0438\u0432\u0435\u0442", "invalid"),
        ),
        (["2025-01-10", "a\0b", "1"], (2, "day", "a\0b", "not-text")),
    ],
)
def test_a_refused_row_names_column_and_value(row: list[str], refused: tuple[Any, ...]) -> None:
    assert commands(PLAIN, [NAMES, row]) == ([], [refused])


def test_a_table_grows_and_what_came_before_stays_the_same() -> None:
    rows = [[f"2025-01-{n:02}", f"2025-01-{n - 1:02}", str(n)] for n in range(2, 20)]
    short, _ = commands(PLAIN + CLAIM, [NAMES, *rows[:9]])
    long, _ = commands(PLAIN + CLAIM, [NAMES, *rows])
    assert long[: len(short)] == short
