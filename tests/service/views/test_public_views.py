"""The views file as other programs open it: `sqlite3`, DuckDB, Datasette and `intellog sql`."""

import json
import re
import sqlite3
import stat
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import httpx2
import pytest
from datasette.app import Datasette
from typer.testing import CliRunner

from projections.public import PUBLIC
from service.cli.app import app
from service.service import Service, opened
from service.settings import Settings
from service.views.current import LINK
from tests import loops
from tests.http_spec import Api
from tests.places import DOCS
from tests.service.api.schema_check import running
from tests.service.views.test_views import digests
from tests.test_seeds import load

PATIENCE = 30
PAGE = (DOCS / "how-to" / "query-with-sql.md").read_text("utf-8")


@pytest.fixture(scope="module")
def seeds(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A running service that holds the seeds, its directory, and a client; tests only read."""
    folder = tmp_path_factory.mktemp("story")
    with opened(Settings(data=folder)) as service, running(service) as client:
        load(client)
        complete(service)
        yield folder, client


def complete(service: Service) -> None:
    """Wait until no figure is pending."""
    assert service.follower.wait(service.log.head(), PATIENCE)
    while outside(service.settings.data, "SELECT pending FROM public_version") != [(0,)]:
        pass


def outside(folder: Path, query: str) -> list[tuple[Any, ...]]:
    """What a program beside the service reads."""
    where = f"{(folder / LINK).absolute().as_uri()}?mode=ro"
    with closing(sqlite3.connect(where, uri=True)) as db:
        return db.execute(query).fetchall()


def test_sqlite_reads_what_the_interface_answers(seeds: tuple[Path, httpx2.Client]) -> None:
    folder, client = seeds
    names = "indicator, best, low, high, open_low, open_high, support, claims, figure_marking, position"
    found = outside(folder, f"SELECT {names} FROM public_estimates ORDER BY indicator")
    answers = [client.get(f"/v1/estimates/{row[0]}").json() for row in found]
    assert found == [
        (
            *(each[name] for name in ("indicator", "best", "low", "high", "open_low", "open_high")),
            *(each["support"]["level"], each["claims"], each["marking"], each["as_of"]["position"]),
        )
        for each in answers
    ]
    assert len(found) == len(client.get("/v1/indicators?limit=1000").json()["items"])
    sources = client.get("/v1/sources?limit=1000").json()["items"]
    assert outside(folder, "SELECT source, name, reliability FROM public_sources ORDER BY source") == [
        (each["id"], each["name"], each["reliability"]) for each in sources
    ]
    query = "SELECT report, publisher, title, status, position, marking FROM public_reports"
    for row in outside(folder, query):
        each = client.get(f"/v1/reports/{row[0]}").json()
        names = "id publisher title status position marking"
        assert row == tuple(each[name] for name in names.split())
        assert len(each["claims"]) > 0
    query = "SELECT claim, best, period, stated_at, originator FROM public_claims WHERE is_current = 1"
    for claim, best, *others in outside(folder, query):
        each = client.get(f"/v1/claims/{claim}").json()
        assert best == (each["quantity"] or {}).get("best")
        assert others == [each["period"], each["stated_at"], each["originator"]]


def test_datasette_serves_them(seeds: tuple[Path, httpx2.Client]) -> None:
    folder, _ = seeds

    async def asked() -> Any:
        served = Datasette(files=[str(folder / LINK)])
        await served.invoke_startup()
        path = "/views/public_estimates.json?indicator=dprk-killed&_shape=array"
        return (await served.client.get(path)).json()

    [row] = loops.run(asked())
    [(best,)] = outside(folder, "SELECT best FROM public_estimates WHERE indicator = 'dprk-killed'")
    assert row["best"] == best is not None


def test_duckdb_reads_them(seeds: tuple[Path, httpx2.Client]) -> None:
    package = pytest.importorskip(
        "duckdb_extension_sqlite_scanner", reason="the extension of DuckDB for SQLite is not installed"
    )
    folder, _ = seeds
    [extension] = Path(package.__file__).parent.rglob("*.duckdb_extension")
    with duckdb.connect(config={"autoinstall_known_extensions": False}) as duck:
        duck.execute(f"LOAD '{extension}'")
        duck.execute(f"ATTACH '{folder / LINK}' AS log (TYPE sqlite, READ_ONLY)")
        for view in PUBLIC:
            [(count,)] = outside(folder, f"SELECT count(*) FROM {view.name}")
            assert len(duck.execute(f"SELECT * FROM log.{view.name}").fetchall()) == count > 0
        killed = "SELECT best::DOUBLE FROM log.public_estimates WHERE indicator = 'dprk-killed'"
        assert duck.execute(killed).fetchall() == [(2000.0,)]


@pytest.mark.parametrize("view", PUBLIC, ids=lambda view: view.name)
def test_duckdb_understands_the_text_of_a_view(view: Any) -> None:
    """Its extension writes that text again, so it must be one that both databases understand."""
    [select] = duckdb.extract_statements(view.statement)
    assert select.type == duckdb.StatementType.CREATE
    # It would be written as a name that SQLite does not know.
    assert "count(*)" not in view.statement and "RECURSIVE" not in view.statement


def test_the_link_leads_to_the_file_in_use_after_a_rebuild(api: Api) -> None:
    folder = api.service.settings.data
    before = (folder / LINK).resolve()
    job = api.client.post("/v1/projections/claims/rebuild").json()
    while job["state"] == "running":
        job = api.client.get("/v1/projections/claims/rebuild").json()
    assert job["state"] == "done"
    after = (folder / LINK).resolve()
    assert after != before and after == api.service.views.file.path.resolve()
    assert outside(folder, "SELECT version FROM public_version") == [(1,)]
    assert stat.S_IMODE(after.stat().st_mode) == 0o600


def test_a_file_that_has_none_gets_them_at_the_start(tmp_path: Path) -> None:
    with opened(Settings(data=tmp_path)) as service, running(service) as client:
        load(client)
        complete(service)
        path = service.views.file.path
        before = digests(service.views.file)
    with closing(sqlite3.connect(path)) as db:
        for view in PUBLIC:
            db.execute(f"DROP VIEW {view.name}")
    (tmp_path / "views.seal").unlink()  # an earlier program sealed the file without them
    (tmp_path / LINK).unlink()
    with opened(Settings(data=tmp_path)) as service:
        assert service.views.file.path == path, "it is not built again"
        assert outside(tmp_path, "SELECT count(*) FROM public_estimates") == [(40,)]
        assert digests(service.views.file) == before
    with opened(Settings(data=tmp_path)) as service:
        assert (service.views.file.path, service.views.file.condemned) == (path, None)


def test_a_reader_outside_holds_nothing_up(api: Api) -> None:
    api.client.put("/v1/sources/nis", json={})
    assert api.service.follower.wait(1, PATIENCE)
    where = f"{(api.service.settings.data / LINK).absolute().as_uri()}?mode=ro"
    with closing(sqlite3.connect(where, uri=True, isolation_level=None)) as db:
        db.execute("BEGIN")
        count = "SELECT count(*) FROM public_sources"
        assert db.execute(count).fetchall() == [(1,)]
        api.client.put("/v1/sources/hur", json={})
        assert api.service.follower.wait(2, PATIENCE)
        assert db.execute(count).fetchall() == [(1,)], "one snapshot while its transaction lasts"
        db.execute("ROLLBACK")
        assert db.execute(count).fetchall() == [(2,)]
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            db.execute("DELETE FROM claims")


def run(*words: str) -> Any:
    return CliRunner().invoke(app, list(words))


def test_the_command_line_queries_them(seeds: tuple[Path, httpx2.Client]) -> None:
    folder, _ = seeds
    where = ("--data", str(folder))
    assert run("sql", *where).stdout == f"{folder / LINK}\n"
    query = "SELECT indicator, best, verdict FROM public_estimates WHERE indicator = 'dprk-killed'"
    lines = run("sql", query, *where).stdout.splitlines()
    assert [line.split() for line in lines] == [
        ["indicator", "best", "verdict"],
        ["dprk-killed", "2000"],
    ]
    one = run("sql", query, *where, "--json")
    assert json.loads(one.stdout) == {"indicator": "dprk-killed", "best": 2000.0, "verdict": None}


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("DELETE FROM claims", "readonly database"),
        ("SELECT * FROM public_nothing", "no such table"),
        ("SELECT 1; SELECT 2", "one statement at a time"),
        ("nonsense", "syntax error"),
    ],
)
def test_what_cannot_be_queried_is_refused_in_one_line(
    seeds: tuple[Path, httpx2.Client], query: str, why: str
) -> None:
    done = run("sql", query, "--data", str(seeds[0]))
    assert done.exit_code == 1 and why in done.stderr and done.stderr.count("\n") == 1


def test_a_directory_without_views_is_refused(tmp_path: Path) -> None:
    done = run("sql", "SELECT 1", "--data", str(tmp_path))
    assert done.exit_code == 2 and "there are no views" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_page_lists_every_column_and_no_other() -> None:
    found = dict[str, list[tuple[str, str]]]()
    for part in re.split(r"^### ", PAGE, flags=re.MULTILINE)[1:]:
        name = part.split("`")[1]
        found[name] = re.findall(r"^\| `(\w+)` \| (\w+) \| .{8,} \|$", part, re.MULTILINE)
    assert found == {
        view.name: [(each.name, each.type.lower()) for each in view.columns] for view in PUBLIC
    }
