"""The documented mappings: each is there as one command; that for ACLED has an invented table here."""

import re

from tests.places import DOCS
from tests.real import FILES, MAPPINGS
from tests.service.interop.tables.table_spec import commands
from tests.service.interop.tables.workbooks import as_csv

TEXT = (DOCS / "tables.md").read_text("utf-8")
EVENTS = [
    [
        "event_id_cnty",
        "event_date",
        "event_type",
        "country",
        "location",
        "fatalities",
        "notes",
        "timestamp",
    ],
    ["ABC1", "01 March 2025", "Battles", "Alpha Beta", "Here", "3", "Clashes.", "1741651200"],
    ["ABC2", "02 March 2025", "Riots", "Alpha Beta", "There", "0", "", "1741651200"],
    ["ABC1", "01 March 2025", "Battles", "Alpha Beta", "Here", "5", "Clashes.", "1742256000"],
]


def test_every_mapping_is_documented_as_one_command() -> None:
    named = dict(re.findall(r"`intellog import (\S+) --map docs/mappings/(\S+)`", TEXT))
    assert set(named.values()) == {path.name for path in MAPPINGS.glob("*.toml")}
    assert {table: FILES[table] for table in named if table in FILES} == {
        table: mapping for table, mapping in named.items() if table in FILES
    }


def test_an_event_that_a_later_export_has_changed_comes_in_a_later_report() -> None:
    made, refused = commands((MAPPINGS / "acled.toml").read_text("utf-8"), as_csv(EVENTS))
    assert refused == []
    names = [name for each in made for name in each]
    assert names == ["register_source", "define_indicator", "file_report", "file_report"]
    first, second = (each["file_report"] for each in made[2:])
    assert (first["published_at"], second["published_at"]) == (
        "2025-03-11T00:00:00Z",
        "2025-03-18T00:00:00Z",
    )
    assert [(c["incident"], c["period"], c["quantity"]["best"]) for c in first["claims"]] == [
        ("abc1", "2025-03-01", 3),
        ("abc2", "2025-03-02", 0),
    ]
    assert [(c["incident"], c["quantity"]["best"]) for c in second["claims"]] == [("abc1", 5)]
    assert first["claims"][0]["indicator"] == "acled-fatalities-alpha-beta"
