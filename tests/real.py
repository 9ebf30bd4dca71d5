"""Real series as lines of an import, by the mappings of the documentation.

A publication is one state of a file as its publisher put it out. Left out: what is no figure (words
such as `about`, which stand in columns of their own, and empty fields), columns that say something
about the row and not about the world, and the files that hold one state only, without its history.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from service.interop.tables.lines import Line as MadeLine
from service.interop.tables.mapping import mapping_of
from service.interop.tables.reading import converted
from tests.places import DOCS

Line = dict[str, Any]
MAPPINGS = DOCS / "mappings"
FILES: Mapping[str, str] = {
    "ua_personnel_vintages.csv": "ukraine-personnel.toml",
    "ua_equipment_vintages.csv": "ukraine-equipment.toml",
    "ua_correction_vintages.csv": "ukraine-corrections.toml",
    "gaza_daily_vintages.csv": "gaza.toml",
    "gaza_incident_2026-06.csv": "gaza.toml",
    "westbank_daily_vintages.csv": "west-bank.toml",
    "rki_hosp_vintages.csv": "rki.toml",
    "epidata_archive_full.csv.gz": "delphi.toml",
    "epidata_archive_ca_ny_2020-12_2021-01.csv": "delphi.toml",
    "ucdp_ged_syria_201601_201911.csv.gz": "ucdp.toml",
    "oryx_events.csv.gz": "oryx.toml",
}
"""The mapping of each file of real figures."""


def lines_of(path: Path) -> Iterator[Line]:
    """The commands that a file of real figures amounts to, in the order of its publications."""
    mapping = mapping_of((MAPPINGS / FILES[path.name]).read_bytes())
    with path.open("rb") as file, converted(mapping, file) as conversion:
        for line in conversion.lines():
            assert isinstance(line, MadeLine), line.body()
            yield line.body()


def ndjson(lines: Iterable[Line]) -> Iterator[bytes]:
    """Lines as the body of an import."""
    for line in lines:
        yield json.dumps(line).encode() + b"\n"
