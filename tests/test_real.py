"""Real series through the import, asked as of many moments; the answers of plain SQL are the measure.

The files are not part of the project: where one is missing its tests skip. Each file is loaded once,
into a service of its own. What is asked of it is, but around the two incidents, a seeded sample. Of
the archive of case rates the usual run takes two states and two months (17,805 figures); all of it
(256,484) takes longer than the rest together and comes with INTELLOG_TEST_LONG=1.
"""

import csv
import gzip
import random
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx2
import pytest

from service.service import opened
from service.settings import Settings
from tests.places import DATA, LONG
from tests.real import Line, lines_of, ndjson
from tests.service.api.schema_check import running

EVER = "9999-12-31"
NDJSON = {"Content-Type": "application/x-ndjson"}
CATCH_UP_SECONDS = 300.0
Answer = dict[str, Any]


def sample_of(size: int) -> int:
    """The size of a sample: all of it in the long run, a third in the usual one."""
    return size if LONG else size // 3


@dataclass(frozen=True, slots=True)
class Loaded:
    """A file in a service of its own, and the same file in a table `rows` for plain SQL."""

    client: httpx2.Client
    sql: sqlite3.Connection
    path: Path
    lines: int
    answer: Answer

    def asked(self, query: str, *parameters: object) -> list[Any]:
        """The rows of an SQL query; of one column its values."""
        found = self.sql.execute(query, parameters).fetchall()
        return [row[0] if len(row) == 1 else row for row in found]

    def estimate(self, indicator: str, **query: str) -> Answer:
        """An estimate of the service."""
        return ask(self.client, f"/v1/estimates/{indicator}", **query)

    def series(self, indicator: str, **query: str | int) -> dict[str, Any]:
        """The bests of a series by the last day of their periods."""
        page = ask(self.client, f"/v1/estimates/{indicator}/series", limit=1000, **query)
        assert page["next_cursor"] is None
        return {row["period"].rpartition("/")[2]: row["best"] for row in page["items"]}


def ask(client: httpx2.Client, path: str, **query: str | int) -> Answer:
    """Read an address that is there."""
    answer = client.get(path, params=query)
    assert answer.status_code == 200, answer.text
    body: Answer = answer.json()
    return body


def send(client: httpx2.Client, lines: Iterable[Line]) -> tuple[int, Answer]:
    """Import lines as one stream; how many they were, and the last line of the answer."""
    sent = 0

    def body() -> Iterator[bytes]:
        nonlocal sent
        for line in ndjson(lines):
            sent += 1
            yield line

    said = client.post("/v1/import", content=body(), headers=NDJSON).text.splitlines()
    last: Answer = httpx2.Response(200, content=said[-1]).json()
    assert last["done"], said[-1]
    assert not last["refused"], [line for line in said if "refused" in line][:3]
    return sent, last


def table(path: Path) -> sqlite3.Connection:
    """The rows of a file as text, with `published_at`, if there is one, in seconds as `at`."""
    text = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    names, *rows = csv.reader(text.decode().splitlines(keepends=True))
    db = sqlite3.connect(":memory:")
    columns = ", ".join(f'"{name}" TEXT' for name in names)
    db.execute(f"CREATE TABLE rows ({columns}, at INTEGER)")
    db.executemany(f"INSERT INTO rows VALUES ({', '.join('?' * len(names))}, NULL)", rows)
    if "published_at" in names:
        db.execute("UPDATE rows SET at = strftime('%s', published_at)")
        differ = "SELECT count(*) FROM rows WHERE at <> strftime('%s', published_at_utc) + 0"
        assert db.execute(differ).fetchone() == (0,)
    return db


@contextmanager
def loaded(name: str, lines: Iterable[Line] | None = None) -> Iterator[Loaded]:
    """A service that took a file, all of it, and the file itself; skips where it is missing.

    Its log goes with it: kept beside those of runs before they would fill a disk.
    """
    path = DATA / "real" / name
    if not path.is_file():
        pytest.skip(f"{name} is not beside the project")
    with ExitStack() as resources:
        folder = resources.enter_context(TemporaryDirectory(prefix="intellog-"))
        service = resources.enter_context(opened(Settings(data=Path(folder))))
        client = resources.enter_context(running(service))
        sent, answer = send(client, lines_of(path) if lines is None else lines)
        assert (answer["accepted"], answer["duplicates"]) == (sent, 0)
        assert service.follower.wait(answer["position"], CATCH_UP_SECONDS)
        sql = resources.enter_context(closing(table(path)))
        yield Loaded(client, sql, path, sent, answer)


def resent(file: Loaded) -> None:
    """Sent again a file accepts nothing."""
    sent, again = send(file.client, lines_of(file.path))
    assert (sent, again["accepted"], again["duplicates"]) == (file.lines, 0, file.lines)
    assert again["position"] == file.answer["position"]


# Vintages: rows that add, change or delete the figure of a field for a date (`key`).

FIGURE_THEN = (
    "SELECT CASE WHEN op <> 'delete' AND new GLOB '*[0-9]' THEN CAST(new AS REAL) END FROM rows "
    "WHERE field = ? AND key = ? AND at <= CAST(strftime('%s', ?) AS INTEGER) "
    "ORDER BY at DESC, CAST(seq AS INTEGER) DESC LIMIT 1"
)
STANDING = (
    "WITH ranked AS (SELECT *, row_number() OVER ("
    "PARTITION BY key ORDER BY at DESC, CAST(seq AS INTEGER) DESC) AS rank "
    "FROM rows WHERE field = ? AND at <= CAST(strftime('%s', ?) AS INTEGER)) "
    "SELECT key, CAST(new AS REAL) AS figure, at FROM ranked WHERE rank = 1 AND op <> 'delete'"
)
NEXT_DAY = "CAST(strftime('%s', key, '+1 day') AS INTEGER)"


def figure_then(file: Loaded, field: str, key: str, moment: str) -> float | None:
    """What stood for a date at a moment, by SQL; None where nothing did."""
    found: list[float | None] = file.asked(FIGURE_THEN, field, key, moment)
    return found[0] if found else None


def moments_around(file: Loaded, first: str, last: str) -> list[str]:
    """Each publication between two dates as it was dated, a second before it and a second after."""
    return file.asked(
        "WITH these AS (SELECT published_at, at FROM rows "
        "WHERE at BETWEEN strftime('%s', ?) + 0 AND strftime('%s', ?) + 0) "
        "SELECT published_at FROM these UNION SELECT strftime('%Y-%m-%dT%H:%M:%SZ', at + shift, "
        "'unixepoch') FROM these, (SELECT -1 AS shift UNION SELECT 1)",
        first,
        last,
    )


PERSONNEL = "ua-personnel"
WRONG_YEAR = ("2024-01-01", "2024-01-02", "2024-01-03")
RIGHT_YEAR = ("2025-01-01", "2025-01-02", "2025-01-03")
AROUND = ("2023-12-31", *WRONG_YEAR, "2024-01-04", "2024-12-31", *RIGHT_YEAR, "2025-01-04")


@pytest.fixture(scope="module")
def ukraine() -> Iterator[Loaded]:
    """Losses by the General Staff of Ukraine, and every publication that changed one."""
    with loaded("ua_personnel_vintages.csv") as file:
        yield file


def test_figures_entered_under_the_wrong_year_stood_until_they_were_put_right(
    ukraine: Loaded,
) -> None:
    moved = (
        "SELECT published_at FROM rows WHERE field = 'personnel' AND op = 'change' AND key = ? "
        "ORDER BY at"
    )
    for wrong, right in zip(WRONG_YEAR, RIGHT_YEAR, strict=True):
        entered, mended = ukraine.asked(moved, wrong)
        [before] = ukraine.asked("SELECT strftime('%Y-%m-%dT%H:%M:%SZ', ?, '-1 second')", entered)
        told = [
            ukraine.estimate(PERSONNEL, period=wrong, published_by=then)["best"]
            for then in (before, entered, mended)
        ]
        true = ukraine.estimate(PERSONNEL, period=right, published_by=mended)["best"]
        assert told[0] == told[2] != told[1] == true
        unheard = ukraine.estimate(PERSONNEL, period=right, published_by=entered)
        assert (unheard["best"], unheard["claims"]) == (None, 0)


def test_around_the_wrong_year_every_cell_is_what_sql_says_at_every_publication(
    ukraine: Loaded,
) -> None:
    moments = moments_around(ukraine, "2024-12-30", "2025-01-07")
    assert len(moments) >= 24
    for moment in moments:
        for key in AROUND:
            ours = ukraine.estimate(PERSONNEL, period=key, published_by=moment)
            assert ours["best"] == figure_then(ukraine, "personnel", key, moment), (key, moment)


def test_around_the_wrong_year_the_series_is_what_sql_says_at_every_publication(
    ukraine: Loaded,
) -> None:
    for moment in moments_around(ukraine, "2024-12-30", "2025-01-07"):
        for first, last in (("2023-12-25", "2024-01-10"), ("2024-12-25", "2025-01-10")):
            between = f"{STANDING} AND key BETWEEN ? AND ? ORDER BY key"
            rows = ukraine.asked(between, "personnel", moment, first, last)
            ours = ukraine.series(PERSONNEL, period_from=first, period_to=last, published_by=moment)
            assert list(ours.items()) == [(key, figure) for key, figure, _ in rows], moment


def test_the_headline_is_the_figure_of_the_latest_cut_off_at_any_publication(ukraine: Loaded) -> None:
    moments = ukraine.asked("SELECT DISTINCT published_at FROM rows ORDER BY at")
    latest = (
        f"SELECT figure FROM ({STANDING}) ORDER BY min({NEXT_DAY} - 1, at) DESC, at DESC, key DESC "
        "LIMIT 1"
    )
    inside = moments_around(ukraine, "2024-12-30", "2025-01-07")
    for moment in (*inside, *random.Random(1).sample(moments, sample_of(40))):
        ours = ukraine.estimate(PERSONNEL, published_by=moment)
        assert [ours["best"]] == ukraine.asked(latest, "personnel", moment), moment


def test_a_sample_of_all_publications_and_dates_is_what_sql_says(ukraine: Loaded) -> None:
    moments = ukraine.asked("SELECT DISTINCT published_at FROM rows ORDER BY at")
    chance, unknown = random.Random(2), 0
    for field in ("personnel", "POW"):
        keys = ukraine.asked("SELECT DISTINCT key FROM rows WHERE field = ?", field)
        for _ in range(sample_of(150)):
            key, moment = chance.choice(keys), chance.choice(moments)
            ours = ukraine.estimate(f"ua-{field.lower()}", period=key, published_by=moment)
            theirs = figure_then(ukraine, field, key, moment)
            assert ours["best"] == theirs, (field, key, moment)
            unknown += theirs is None
    assert 0.1 < unknown / (2 * sample_of(150)) < 0.9


def test_every_date_whose_figure_was_taken_back_is_what_sql_says_around_that(ukraine: Loaded) -> None:
    deleted = ukraine.asked(
        "SELECT DISTINCT field, key, strftime('%Y-%m-%dT%H:%M:%SZ', at + shift, 'unixepoch') "
        "FROM rows, (SELECT -1 AS shift UNION SELECT 0 UNION SELECT 3600) "
        "WHERE op = 'delete' AND field IN ('personnel', 'POW')"
    )
    assert len(deleted) > 200
    for field, key, moment in deleted:
        ours = ukraine.estimate(f"ua-{field.lower()}", period=key, published_by=moment)
        assert ours["best"] == figure_then(ukraine, field, key, moment), (field, key, moment)


def test_the_vintages_of_a_date_are_the_figures_that_stood_for_it(ukraine: Loaded) -> None:
    said = (
        "SELECT strftime('%Y-%m-%dT%H:%M:%SZ', at, 'unixepoch'), CAST(new AS REAL) FROM rows "
        "WHERE field = 'personnel' AND key = ? ORDER BY at"
    )
    path, key = f"/v1/estimates/{PERSONNEL}/vintages", WRONG_YEAR[0]
    rows = ask(ukraine.client, path, axis="publication", period=key)["items"]
    assert [(row["from"], row["best"]) for row in rows] == ukraine.asked(said, key)


def test_the_losses_sent_again_accept_nothing(ukraine: Loaded) -> None:
    resent(ukraine)


INCIDENT = "gaza_incident_2026-06.csv"
INCIDENT_DAYS = ("2026-06-01", "2026-07-31")
EACH_CELL = "SELECT DISTINCT field, key FROM rows ORDER BY field, key"


@pytest.fixture(scope="module")
def gaza() -> Iterator[Loaded]:
    """A total entered as 0, the increment that made of it, and how both were taken back."""
    with loaded(INCIDENT) as file:
        yield file


@pytest.fixture(scope="module")
def gaza_by_text() -> Iterator[Loaded]:
    """The same typed in in another order: reports by the text of their dates, then acts on them."""
    path = DATA / "real" / INCIDENT
    lines = list(lines_of(path)) if path.is_file() else []
    filed = [line for line in lines if "file_report" in line]
    acts = [line for line in lines if "correct_report" in line or "withdraw_report" in line]
    first = [line for line in lines if line not in filed and line not in acts]
    by_text = sorted(filed, key=lambda line: str(line["file_report"]["published_at"]))
    assert by_text != filed or not lines
    with loaded(INCIDENT, [*first, *by_text, *acts]) as file:
        yield file


def gaza_indicator(field: str) -> str:
    """The indicator of a column."""
    return f"gaza-{field.replace('_', '-')}"


def agrees_with_sql(file: Loaded, moments: Sequence[str]) -> list[float | None]:
    """Check every field and date of a file at these moments; answers the figures met."""
    met = list[float | None]()
    for field, key in file.asked(EACH_CELL):
        for moment in moments:
            ours = file.estimate(gaza_indicator(field), period=key, published_by=moment)
            met.append(figure_then(file, field, key, moment))
            assert ours["best"] == met[-1], (field, key, moment)
            assert (ours["claims"] == 0) == (met[-1] is None), (field, key, moment)
    return met


def test_at_and_between_the_publications_of_the_incident_each_figure_is_what_sql_says(
    gaza: Loaded,
) -> None:
    moments = [*moments_around(gaza, *INCIDENT_DAYS), "2026-06-24", "2026-06-28", "2026-12-31"]
    met = agrees_with_sql(gaza, moments)
    assert {0, -73043, 73051, None} <= set(met)


def test_the_incident_is_in_order_of_instants_not_of_texts(gaza: Loaded) -> None:
    by_text = FIGURE_THEN.replace("at <= CAST(strftime('%s', ?) AS INTEGER)", "published_at <= ?")
    by_text = by_text.replace("ORDER BY at DESC,", "ORDER BY published_at DESC,")
    assert by_text.count("published_at") == 2
    dated = gaza.asked("SELECT DISTINCT published_at FROM rows ORDER BY at")
    assert dated != sorted(dated)
    misread = 0
    for field, key in gaza.asked(EACH_CELL):
        ours = gaza.estimate(gaza_indicator(field), period=key)["best"]
        assert ours == figure_then(gaza, field, key, EVER)
        misread += [ours] != gaza.asked(by_text, field, key, EVER)
    assert misread >= 4


def test_typed_in_in_another_order_the_incident_reads_the_same(gaza_by_text: Loaded) -> None:
    agrees_with_sql(gaza_by_text, moments_around(gaza_by_text, *INCIDENT_DAYS))


def test_what_was_taken_back_can_still_be_seen_as_of_then(gaza: Loaded) -> None:
    [(field, key, gone)] = gaza.asked(
        "SELECT field, key, published_at FROM rows WHERE op = 'delete' ORDER BY at, seq + 0 LIMIT 1"
    )
    [before] = gaza.asked("SELECT strftime('%Y-%m-%dT%H:%M:%SZ', ?, '-1 second')", gone)
    stood = gaza.estimate(gaza_indicator(field), period=key, published_by=before)
    then = ask(gaza.client, f"/v1/claims/{stood['used'][0]}", published_by=before)
    after = ask(gaza.client, f"/v1/claims/{stood['used'][0]}", published_by=gone)
    assert (then["standing"], after["standing"]) == ("active", "withdrawn")
    assert then["quantity"]["best"] == stood["best"]


def test_the_incident_sent_again_accepts_nothing(gaza: Loaded) -> None:
    resent(gaza)


@pytest.mark.parametrize(
    ("name", "prefix"),
    [
        ("gaza_daily_vintages.csv", "gaza"),
        ("westbank_daily_vintages.csv", "westbank"),
        ("ua_equipment_vintages.csv", "ua-equipment"),
        ("ua_correction_vintages.csv", "ua-correction"),
    ],
)
def test_a_sample_of_the_other_vintages_is_what_sql_says(name: str, prefix: str) -> None:
    """60 cells at any publication, and up to 60 at one that took back their figure."""
    with loaded(name) as file:
        figures = "WHERE new || old GLOB '*[0-9]' AND field NOT IN ('day', 'report_period')"
        plain = file.asked(f"SELECT DISTINCT field, key FROM rows {figures} ORDER BY 1, 2")
        gone = file.asked(
            f"SELECT field, key, published_at FROM rows {figures} AND op = 'delete' ORDER BY seq + 0"
        )
        moments = file.asked("SELECT DISTINCT published_at FROM rows ORDER BY at")
        chance = random.Random(7)
        sample = [(*chance.choice(plain), chance.choice(moments)) for _ in range(sample_of(60))]
        for field, key, moment in (*sample, *chance.sample(gone, min(60, len(gone)))):
            indicator = f"{prefix}-{field.lower().replace(' ', '-').replace('_', '-')}"
            ours = file.estimate(indicator, period=key, published_by=moment)["best"]
            assert ours == figure_then(file, field, key, moment), (field, key, moment)


# Hospitalised: for each date the first release, kept by its publisher, beside the present one.

FIXED, REVISED = "rki-hosp-7d-fixiert", "rki-hosp-7d-aktualisiert"
REVISED_THEN = (
    "WITH ranked AS (SELECT *, row_number() OVER ("
    "PARTITION BY datum ORDER BY at {direction}, CAST(seq AS INTEGER) {direction}) AS rank "
    "FROM rows WHERE at <= CAST(strftime('%s', ?) AS INTEGER)) "
    "SELECT datum, CAST(aktualisiert AS REAL) FROM ranked WHERE rank = 1 ORDER BY datum"
)
FIRST, LATEST = REVISED_THEN.format(direction="ASC"), REVISED_THEN.format(direction="DESC")


@pytest.fixture(scope="module")
def hospitalised() -> Iterator[Loaded]:
    """Hospitalised within seven days in Germany, as published day by day."""
    with loaded("rki_hosp_vintages.csv") as file:
        yield file


def test_the_first_releases_are_those_that_the_publisher_kept(hospitalised: Loaded) -> None:
    """They are for each date that first appears on its own day, as its publisher dates the day.

    A date that first appears later was published before, in a publication that the file does not
    hold; then the first one that it does hold is, as a rule, a revision.
    """
    kept = dict(hospitalised.asked("SELECT DISTINCT datum, CAST(fixiert AS REAL) FROM rows"))
    held = hospitalised.asked(
        "SELECT datum FROM rows a WHERE substr(published_at, 1, 10) = datum "
        "AND at = (SELECT min(at) FROM rows b WHERE b.datum = a.datum)"
    )
    first = hospitalised.series(REVISED, release="first")
    assert first == dict(hospitalised.asked(FIRST, EVER))
    assert 100 < len(held) < len(first) == len(kept)
    assert {date: first[date] for date in held} == {date: kept[date] for date in held}
    assert any(first[date] != kept[date] for date in first.keys() - set(held))


def test_what_the_publisher_kept_never_moves(hospitalised: Loaded) -> None:
    kept = dict(hospitalised.asked("SELECT DISTINCT datum, CAST(fixiert AS REAL) FROM rows"))
    assert hospitalised.series(FIXED, release="first") == kept
    assert hospitalised.series(FIXED) == kept
    assert hospitalised.series(FIXED, release=2) == {}


def test_the_latest_releases_are_what_sql_says_at_a_sample_of_publications(
    hospitalised: Loaded,
) -> None:
    moments = hospitalised.asked("SELECT DISTINCT published_at FROM rows ORDER BY at")
    for moment in random.Random(3).sample(moments, sample_of(12)):
        ours = hospitalised.series(REVISED, published_by=moment)
        assert list(ours.items()) == hospitalised.asked(LATEST, moment), moment
    latest = dict(hospitalised.asked(LATEST, EVER))
    assert hospitalised.series(REVISED) == latest
    assert hospitalised.series(REVISED, release="latest") == latest


def test_a_sample_of_dates_as_of_publications_is_what_sql_says(hospitalised: Loaded) -> None:
    moments = hospitalised.asked("SELECT DISTINCT published_at FROM rows ORDER BY at")
    dates = hospitalised.asked("SELECT DISTINCT datum FROM rows")
    then = (
        "SELECT CAST(aktualisiert AS REAL) FROM rows WHERE datum = ? "
        "AND at <= CAST(strftime('%s', ?) AS INTEGER) ORDER BY at DESC LIMIT 1"
    )
    chance = random.Random(4)
    for _ in range(sample_of(150)):
        date, moment = chance.choice(dates), chance.choice(moments)
        ours = hospitalised.estimate(REVISED, period=date, published_by=moment)
        assert [ours["best"]] == (hospitalised.asked(then, date, moment) or [None]), (date, moment)


# The archive: each row one day in one place as one version gave it.

ARCHIVES = ("epidata_archive_ca_ny_2020-12_2021-01.csv", "epidata_archive_full.csv.gz")
VALUES = {"delphi-percent-cli": "percent_cli", "delphi-case-rate-7d-av": "case_rate_7d_av"}


@pytest.fixture(scope="module", params=ARCHIVES)
def archive(request: pytest.FixtureRequest) -> Iterator[Loaded]:
    """Rates in states of the USA, in every version of the archive: of two months, or the whole."""
    if request.param == ARCHIVES[-1] and not LONG:
        pytest.skip("256,484 figures take a minute or more; set INTELLOG_TEST_LONG=1 for them")
    with loaded(request.param) as file:
        file.sql.execute("CREATE INDEX by_cell ON rows (geo_value, time_value, version)")
        yield file


def test_a_sample_of_places_and_days_as_of_versions_is_what_sql_says(archive: Loaded) -> None:
    """200 triples of place, day and version, 100 of them before the first version of that day."""
    cells = archive.asked(
        "SELECT geo_value, time_value, min(version), max(version) FROM rows GROUP BY 1, 2 ORDER BY 1, 2"
    )
    between = "SELECT date(?, '+' || abs(? % (julianday(?) - julianday(?))) || ' days')"
    chance, unknown, asked = random.Random(5), 0, sample_of(200)
    for n in range(asked):
        place, day, first, last = chance.choice(cells)
        start, end = (day, first) if n % 2 else (first, last)
        [version] = archive.asked(between, start, chance.randrange(10_000), end, start)
        for indicator, value in VALUES.items():
            theirs = archive.asked(
                f"SELECT CAST({value} AS REAL) FROM rows WHERE geo_value = ? AND time_value = ? "
                f"AND version <= ? AND {value} <> '' ORDER BY version DESC LIMIT 1",
                *(place, day, version),
            )
            ours = archive.estimate(indicator, cohort=place, period=day, published_by=version)
            assert [ours["best"]] == (theirs or [None]), (place, day, version, value)
            unknown += not theirs
    assert asked <= unknown < 1.25 * asked


# Incidents: deaths with bounds, kept as they were given.

DEATHS = "ucdp-deaths-syria"
BOUNDS = "CAST(low AS INTEGER), CAST(best AS INTEGER), CAST(high AS INTEGER)"
ODD = "(low + 0 > best + 0 OR best + 0 > high + 0)"


@pytest.fixture(scope="module")
def syria() -> Iterator[Loaded]:
    """Deaths in incidents in Syria, 2016 to 2019."""
    with loaded("ucdp_ged_syria_201601_201911.csv.gz") as file:
        yield file


def test_bounds_that_contradict_the_best_are_kept_as_they_were_given(syria: Loaded) -> None:
    odd = syria.asked(f"SELECT id, {BOUNDS} FROM rows WHERE {ODD}")
    assert sum(low > best for _, low, best, _ in odd) == 30
    assert sum(best > high for _, _, best, high in odd) == 71
    filed = [line["file_report"] for line in lines_of(syria.path) if "file_report" in line]
    claims = {
        claim["cohort"]: f"/v1/claims/{report['id']}/{n}"
        for report in filed
        for n, claim in enumerate(report["claims"], start=1)
    }
    for incident, *bounds in odd:
        claim = ask(syria.client, claims[incident])
        quantity, standing = claim["quantity"], claim["standing"]
        assert [quantity[name] for name in ("low", "best", "high")] == bounds, incident
        assert (standing, claim["cohort"]) == ("active", incident)


def test_a_sample_of_incidents_is_what_sql_says(syria: Loaded) -> None:
    odd = syria.asked(f"SELECT id, {BOUNDS} FROM rows WHERE {ODD}")
    rest = syria.asked(f"SELECT id, {BOUNDS} FROM rows WHERE NOT {ODD}")
    for incident, *bounds in [*odd, *random.Random(6).sample(rest, sample_of(150))]:
        ours = syria.estimate(DEATHS, cohort=incident)
        assert [ours[name] for name in ("low", "best", "high")] == bounds, incident


def test_the_sum_of_all_incidents_is_what_sql_says(syria: Loaded) -> None:
    sums = "sum(low + 0), sum(best + 0), sum(high + 0), count(*)"
    [totals] = syria.asked(f"SELECT {sums} FROM rows")
    ours = syria.estimate(DEATHS)
    assert [ours[name] for name in ("low", "best", "high", "claims")] == list(totals)


# Pictures: each row one item of equipment that was lost, dated by when it was first listed.

LOSS = "SELECT count(*) FROM rows WHERE country = ? AND status = ? AND date_recorded <= ?"


@pytest.fixture(scope="module")
def pictured() -> Iterator[Loaded]:
    """Losses of equipment documented by pictures, item by item."""
    with loaded("oryx_events.csv.gz") as file:
        yield file


def test_the_items_lost_are_as_many_as_sql_counts_at_a_sample_of_days(pictured: Loaded) -> None:
    days = pictured.asked("SELECT DISTINCT date_recorded FROM rows ORDER BY 1")
    kinds = pictured.asked("SELECT DISTINCT country, status FROM rows ORDER BY 1, 2")
    assert len(kinds) == 8
    for day in (*random.Random(8).sample(days, sample_of(12)), EVER):
        for country, status in kinds:
            ours = pictured.estimate(f"oryx-{country.lower()}-{status}", published_by=day)
            [theirs] = pictured.asked(LOSS, country, status, day)
            assert (ours["best"] or 0) == theirs, (country, status, day)


def test_the_pictures_sent_again_accept_nothing(pictured: Loaded) -> None:
    resent(pictured)
