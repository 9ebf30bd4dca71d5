"""Real series as lines of an import: who published which figure when, and what was taken back.

A publication is one state of a file as its publisher put it out. Its figures are claims whose
indicator is the column and whose period is the row's date; `stated_at` is left to its default, the
publication. Left out: what is no figure (words such as `about`, which stand in columns of their own,
and empty fields), columns that say something about the row and not about the world, and the files
that hold one state only, without its history.
"""

import csv
import gzip
import json
import math
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, TextIO

Line = dict[str, Any]
Row = dict[str, str]
Claims = dict[int, Line]
"""The claims of a report that its publisher still stands by, by their `n`."""


def lines_of(path: Path) -> Iterator[Line]:
    """The commands that a file of real figures amounts to, in the order of its publications."""
    return FILES[path.name](path)


def ndjson(lines: Iterable[Line]) -> Iterator[bytes]:
    """Lines as the body of an import."""
    for line in lines:
        yield json.dumps(line).encode() + b"\n"


@contextmanager
def opened_text(path: Path) -> Iterator[TextIO]:
    """A text file, compressed or not."""
    opener: Callable[..., TextIO] = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8", newline="") as file:
        yield file


def rows_of(path: Path) -> Iterator[Row]:
    """The rows of a file by their column names."""
    with opened_text(path) as file:
        yield from csv.DictReader(file)


def number(text: str) -> int | float | None:
    """A figure as it was published; None where the text is none."""
    try:
        value = float(text)
    except ValueError:
        return None
    if not math.isfinite(value):
        return None
    return int(value) if value.is_integer() else value


def slug(*words: str) -> str:
    """An id of these words."""
    return re.sub(r"[^a-z0-9.]+", "-", "-".join(words).lower()).strip("-")


def definition(indicator: str, measure: str, words: str) -> Line:
    """Define an indicator."""
    return {
        "define_indicator": {
            "id": indicator,
            "title": words,
            "measure": measure,
            "definition": f"{words}, as published.",
        }
    }


def source(name: str, full_name: str, kind: str) -> Line:
    """Register a source, ungraded."""
    return {"register_source": {"id": name, "name": full_name, "kind": kind}}


def always(measure: str) -> Callable[[str], str]:
    """The same measure for every column."""
    return lambda _field: measure


def by_suffix(field: str) -> str:
    """Totals are named so; what is not is new on that day."""
    return "cumulative" if field.endswith("_cum") else "increment"


@dataclass(frozen=True, slots=True)
class Series:
    """Whose figures a file of vintages holds, where we read them, and what its columns measure."""

    name: str
    publisher: tuple[str, str, str]
    originator: tuple[str, str, str]
    measure: Callable[[str], str]


ASIDES = {"day", "report_period"}
"""Numbers that count the days of the row itself."""

UA_DATASET = ("petroivaniuk-dataset", "2022 Ukraine-Russia war dataset", "analyst")
UA_GENERAL_STAFF = ("ua-general-staff", "General Staff of Ukraine", "military")
PALESTINE_DATASETS = ("techforpalestine-datasets", "Tech for Palestine datasets", "analyst")
GAZA_MOH = ("gaza-moh", "Gaza Ministry of Health, as published", "official")


def vintages(series: Series, path: Path) -> Iterator[Line]:
    """The publications of a file of vintages: a report for each date that one added to or changed.

    So fine, because a publication holds many dates and takes back single ones. From then on every
    report on that date is withdrawn by its publisher, or, where a part of it stands, corrected to
    that part. A figure that turns into something else than a number is taken back as well.
    """
    for voice in dict.fromkeys((series.publisher, series.originator)):
        yield source(*voice)
    defined = set[str]()
    standing: dict[str, dict[str, Claims]] = {}
    for (published_at, commit), publication in groupby(
        rows_of(path), key=itemgetter("published_at", "commit")
    ):
        by_key: dict[str, list[Row]] = {}
        for row in publication:
            by_key.setdefault(row["key"], []).append(row)
        for key, rows in by_key.items():
            on_key = standing.setdefault(key, {})
            figures = {row["field"]: figure for row in rows if (figure := _figure(row)) is not None}
            gone = {row["field"] for row in rows if row["field"] in defined} - figures.keys()
            indicators = {slug(series.name, field) for field in gone}
            yield from _taken_back(on_key, indicators, published_at)
            for field in (f for f in figures if f not in defined):
                defined.add(field)
                words = f"{series.name.replace('-', ' ')}: {field}"
                yield definition(slug(series.name, field), series.measure(field), words)
            if figures:
                report = slug(series.name, commit, key)
                claims = [
                    {
                        "indicator": slug(series.name, field),
                        "originator": series.originator[0],
                        "period": key,
                        "quantity": {"best": figure},
                    }
                    for field, figure in figures.items()
                ]
                on_key[report] = dict(enumerate(claims, start=1))
                yield _report(report, series.publisher[0], published_at, claims)


def _figure(row: Row) -> int | float | None:
    if row["op"] == "delete" or row["field"] in ASIDES:
        return None
    return number(row["new"])


def _taken_back(standing: dict[str, Claims], gone: set[str], published_at: str) -> Iterator[Line]:
    """Withdraw or correct the reports on a date that bear indicators which no longer hold."""
    for report, claims in list(standing.items()):
        left = {n: claim for n, claim in claims.items() if claim["indicator"] not in gone}
        if len(left) == len(claims):
            continue
        act: Line = {"report": report, "kind": "publisher", "published_at": published_at}
        if left:
            standing[report] = left
            yield {"correct_report": {**act, "claims": [{"n": n, **c} for n, c in left.items()]}}
        else:
            del standing[report]
            yield {"withdraw_report": act}


def _report(name: str, publisher: str, published_at: str, claims: list[Line]) -> Line:
    return {
        "file_report": {
            "id": name,
            "publisher": publisher,
            "published_at": published_at,
            "claims": claims,
        }
    }


RKI_FIELDS = ("fixiert", "aktualisiert")
"""What was first published for a date and is kept so, and what is known of it by now."""


def rki(path: Path) -> Iterator[Line]:
    """Hospitalised within seven days: a level at each date, and beside it its first release."""
    yield source("rki", "Robert Koch-Institut", "agency")
    for field in RKI_FIELDS:
        yield definition(
            f"rki-hosp-7d-{field}", "stock", f"Hospitalised within seven days in Germany ({field})"
        )
    for (published_at, commit), rows in groupby(
        rows_of(path), key=itemgetter("published_at", "commit")
    ):
        claims = [
            {
                "indicator": f"rki-hosp-7d-{field}",
                "originator": "rki",
                "period": row["datum"],
                "quantity": {"best": number(row[field])},
            }
            for row in rows
            for field in RKI_FIELDS
        ]
        yield _report(f"rki-{commit}", "rki", published_at, claims)


DELPHI_FIELDS = {"percent_cli": "delphi", "case_rate_7d_av": "johns-hopkins-csse"}
"""Each column with its originator."""


def delphi(path: Path) -> Iterator[Line]:
    """Rates of one day in one place, each version of the archive a publication."""
    yield source("delphi", "Delphi group, Carnegie Mellon University", "analyst")
    yield source("johns-hopkins-csse", "Johns Hopkins University CSSE", "analyst")
    for field in DELPHI_FIELDS:
        yield definition(slug("delphi", field), "stock", f"Archive of versions: {field}")
    rows = sorted(rows_of(path), key=itemgetter("version"))
    for version, together in groupby(rows, key=itemgetter("version")):
        claims = [
            {
                "indicator": slug("delphi", field),
                "originator": originator,
                "cohort": row["geo_value"],
                "period": row["time_value"],
                "quantity": {"best": figure},
            }
            for row in together
            for field, originator in DELPHI_FIELDS.items()
            if (figure := number(row[field])) is not None
        ]
        yield _report(f"delphi-{version}", "delphi", version, claims)


def ucdp(path: Path) -> Iterator[Line]:
    """Deaths of each incident, with bounds as they were given, also where they contradict the best.

    The file does not say when it was published: the last day that it covers stands for it. One
    publication is too long for one report, so it comes as a report for each month in which incidents
    ended.
    """
    yield source("ucdp", "Uppsala Conflict Data Program", "analyst")
    yield definition("ucdp-deaths-syria", "increment", "Deaths in incidents of the war in Syria")
    rows = sorted(rows_of(path), key=itemgetter("date_end"))
    for month, together in groupby(rows, key=lambda row: row["date_end"][:7]):
        claims = [_incident(row) for row in together]
        yield _report(f"ucdp-{month}", "ucdp", rows[-1]["date_end"], claims)


def _incident(row: Row) -> Line:
    first, last = row["date_start"], row["date_end"]
    return {
        "indicator": "ucdp-deaths-syria",
        "originator": "ucdp",
        "cohort": row["id"],
        "period": first if first == last else f"{first}/{last}",
        "quantity": {name: number(row[name]) for name in ("low", "best", "high")},
    }


_CUMULATIVE = always("cumulative")
FILES: dict[str, Callable[[Path], Iterator[Line]]] = {
    "ua_personnel_vintages.csv": partial(
        vintages, Series("ua", UA_DATASET, UA_GENERAL_STAFF, _CUMULATIVE)
    ),
    "ua_equipment_vintages.csv": partial(
        vintages, Series("ua-equipment", UA_DATASET, UA_GENERAL_STAFF, _CUMULATIVE)
    ),
    "ua_correction_vintages.csv": partial(
        vintages, Series("ua-correction", UA_DATASET, UA_GENERAL_STAFF, always("increment"))
    ),
    "gaza_daily_vintages.csv": partial(
        vintages, Series("gaza", PALESTINE_DATASETS, GAZA_MOH, by_suffix)
    ),
    "gaza_incident_2026-06.csv": partial(
        vintages, Series("gaza", PALESTINE_DATASETS, GAZA_MOH, by_suffix)
    ),
    "westbank_daily_vintages.csv": partial(
        vintages, Series("westbank", PALESTINE_DATASETS, PALESTINE_DATASETS, by_suffix)
    ),
    "rki_hosp_vintages.csv": rki,
    "epidata_archive_full.csv.gz": delphi,
    "epidata_archive_ca_ny_2020-12_2021-01.csv": delphi,
    "ucdp_ged_syria_201601_201911.csv.gz": ucdp,
}
