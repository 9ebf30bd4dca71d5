"""Redacting a report: what it said is nowhere any more, and that it was filed and redacted stays."""

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from domain.commands import FileReport
from projections.catalogue import CATALOGUE
from projections.tables.projection import known_digest
from service.cli.app import app
from service.log.open import read_log
from service.service import Service, opened
from service.settings import Settings
from service.tree.checking import check_inclusion
from service.tree.proving import inclusion_proof
from service.views.kept import kept_in
from service.write.decisions import digest_of
from tests.http_spec import (
    FILED,
    SSE,
    Api,
    Ask,
    Server,
    post,
    problem,
    report,
    server_sent,
    source,
)
from tests.service.http.team import bearer, issued
from tests.service.redaction_spec import (
    CANARIES,
    REDACTION,
    SECRET,
    given,
    left_in,
    reader_of,
    redact,
    settled,
    until,
)

AT = 6
"""The position at which the report is filed."""


@pytest.fixture
def api(server: Server, tmp_path: Path) -> Iterator[Api]:
    """A service with the report, everything in its views."""
    with server.over(tmp_path / "log") as api:
        given(api)
        assert api.get("/v1/estimates/troops")["high"] is not None
        yield api


def digests(service: Service) -> dict[str, str | None]:
    """The state digest of each projection."""
    with service.views.reading() as db:
        return {each.name: known_digest(each, db) for each in CATALOGUE}


def test_nothing_of_it_is_left_in_any_file(api: Api, tmp_path: Path) -> None:
    before = {found for _, found in left_in(tmp_path / "log")}
    assert before == set(CANARIES)
    redact(api)
    assert left_in(tmp_path / "log") == []


def test_nothing_of_it_is_left_once_a_reader_of_an_old_state_is_done(api: Api, tmp_path: Path) -> None:
    with closing(reader_of(tmp_path / "log")):
        assert api.send(REDACTION).status_code == 201
        assert api.service.log.undestroyed.is_set()
        assert "log.sqlite-wal" in dict(left_in(tmp_path / "log"))
        assert api.service.log.at([AT])[0].body == b""
    settled(api)
    assert left_in(tmp_path / "log") == []


def test_views_that_were_kept_for_a_roll_back_are_gone_as_well(api: Api, tmp_path: Path) -> None:
    api.service.follower.start_rebuild()
    until(lambda: not (api.service.follower.rebuild and api.service.follower.rebuild.running))
    assert kept_in(tmp_path / "log") is not None
    redact(api)
    assert kept_in(tmp_path / "log") is None and left_in(tmp_path / "log") == []
    assert len(list((tmp_path / "log").glob("views-*.sqlite"))) == 1


def test_who_reads_on_is_told_of_it_and_not_what_it_said(api: Api) -> None:
    after = api.head()
    redact(api)
    wanted = {"after": after, "before": api.head() + 1}
    answer = api.client.get("/v1/events", params=wanted, headers={"Accept": SSE})
    told = [each.event for each in server_sent([answer.content]) if each.event]
    assert told == ["EventRedacted"] * 3 + ["caught-up"]
    assert not [each for each in CANARIES if each in answer.content]


def test_the_log_is_whole_afterwards(api: Api) -> None:
    leaves = [entry.leaf() for entry in api.service.log.tree.entries(0)]
    root = api.service.log.tree.root(len(leaves))
    redact(api)
    assert [entry.leaf() for entry in api.service.log.tree.entries(0, len(leaves))] == leaves
    assert api.service.log.tree.root(len(leaves)) == root
    proof = inclusion_proof(AT - 1, len(leaves), api.service.log.tree.subtree)
    check_inclusion(leaves[AT - 1], AT - 1, len(leaves), proof, root)
    assert list(api.service.log.check()) == [] and api.service.damage is None


def test_a_receipt_of_before_stays_valid_and_that_of_after_is_the_same(api: Api) -> None:
    def receipt() -> tuple[str, list[str]]:
        told = api.client.get(f"/v1/events/{AT}/proof").json()
        lines = told["receipt"].split("\n")
        return told["state"], [line for line in lines if not line.startswith("extra ")]

    state, before = receipt()
    assert state == "whole"
    redact(api)
    state, after = receipt()
    assert state == "redacted" and after == before


def test_a_redaction_that_was_broken_off_is_completed_at_the_next_start(
    server: Server, tmp_path: Path
) -> None:
    with server.over(tmp_path / "log") as api:
        given(api)
        with closing(reader_of(tmp_path / "log")) as reader:
            api.send(REDACTION)
            # What a process leaves that is killed here: the rows are in the WAL, as they were.
            copied = {path.name: path.read_bytes() for path in (tmp_path / "log").glob("log.sqlite*")}
            reader.execute("ROLLBACK")
    for name, content in copied.items():
        if not name.endswith("-shm"):
            (tmp_path / "log" / name).write_bytes(content)
    (tmp_path / "log" / "log.sqlite-shm").unlink(missing_ok=True)
    assert left_in(tmp_path / "log")
    with server.over(tmp_path / "log") as api:
        settled(api)
        assert left_in(tmp_path / "log") == []


def test_who_could_see_it_is_told_what_became_of_it(api: Api) -> None:
    position = redact(api)
    body = problem(api.client.get("/v1/reports/secret"), 410, "redacted")
    said = body["redaction"]
    at = said.pop("recorded_at")
    assert said == {
        "report": "secret",
        "position": position - 2,
        "actor": "local",
        "reason": "names a person",
        "authority": "court order 12",
        "destroyed": [AT, AT + 1, AT + 2],
    }
    problem(api.client.get("/v1/claims/secret/1"), 410, "redacted")
    problem(api.client.get("/v1/reports/secret", params={"known_at": 3}), 410, "redacted")
    events = api.items("/v1/reports/secret/history")
    assert at == events[3]["recorded_at"]
    assert [each.get("redacted") for each in events] == [True] * 3 + [None] * 3
    assert [each["data"]["position"] for each in events[3:]] == said["destroyed"]
    assert [each["data"]["event"] for each in events[3:]] == [
        "ReportFiled",
        "ClaimGraded",
        "ReportCorrected",
    ]
    place = events[0]
    assert place == {
        "position": AT,
        "type": "ReportFiled",
        "stream": "report:secret",
        "version": 1,
        "redacted": True,
    }
    assert place in api.events()


def test_its_page_says_it_plainly(api: Api) -> None:
    redact(api)
    page = api.client.get("/reports/secret", headers={"Accept": "text/html"})
    assert page.status_code == 410 and "court order 12" in page.text
    for position in range(1, api.head() + 1):
        answer = api.client.get(f"/events/{position}")
        assert answer.status_code == 200 and not [c for c in CANARIES if c.decode() in answer.text]


def test_figures_are_made_without_it_and_say_so(api: Api) -> None:
    before = api.get("/v1/estimates/troops")
    assert before["high"] == 97000931
    redact(api)
    for asked in ({}, {"known_at": 12}, {"published_by": "2025-02-01"}, {"valid_at": "2026-01-01"}):
        after = api.get("/v1/estimates/troops", **asked)
        [flag] = [each for each in after["flags"] if each["code"] == "inputs-redacted"]
        assert "secret" in flag["detail"] and "redacted on 20" in flag["detail"]
        assert after["high"] in (100, 120)
    assert api.items("/v1/conflicts", code="inputs-redacted")


def test_its_relays_still_count_once(api: Api) -> None:
    redact(api)
    after = api.get("/v1/estimates/troops", policy="envelope/1")
    assert sorted(after["used"]) == ["plain/1", "relay-1/1"]
    assert api.get("/v1/claims/relay-2/1")["derived_from"] == ["secret/1"]


def test_it_is_found_nowhere(api: Api) -> None:
    redact(api)
    shown = "".join(
        json.dumps(api.items(path, **query))
        for path, query in (
            ("/v1/reports", {}),
            ("/v1/reports", {"q": "zqtitle"}),
            ("/v1/changes", {}),
            ("/v1/estimates", {}),
            ("/v1/events", {}),
        )
    )
    assert not [each for each in CANARIES if each.decode() in shown]
    assert "secret" not in json.dumps(api.items("/v1/reports"))
    pages = ("/", "/changes", "/conflicts", "/events", "/reports", "/estimates/troops")
    for path in ("/feeds/changes.json", "/feeds/changes.atom", "/v1/briefing", "/v1/stix", *pages):
        text = api.client.get(path).text
        assert not [each for each in CANARIES if each.decode() in text], path


OF_THE_FIGURE = (
    *("vintages", "vintages/known", "explanation", "revisions", "series", "used"),
    "changes?since=1",
)


def test_everything_about_its_figure_is_answered_without_it(api: Api) -> None:
    redact(api)
    paths = [f"/v1/estimates/troops/{each}" for each in OF_THE_FIGURE]
    paths += ["/v1/replay?indicator=troops", "/v1/policies/compare?candidate=envelope/1"]
    paths += ["/v1/sources/nis", "/v1/sources/wire", "/v1/indicators/troops", "/v1/citations"]
    paths += ["/estimates/troops", "/estimates/troops/series", "/estimates/troops/chart.svg"]
    paths += [f"/v1/claims/relay-1/1{each}" for each in ("", "/impact")]
    paths += ["/reports/relay-1", "/sources/nis", "/conflicts", "/taxii2/log/collections/"]
    for path in paths:
        answer = api.client.get(path)
        assert answer.status_code == 200, (path, answer.text[:200])
        assert not [each for each in CANARIES if each in answer.content], path


def test_to_redact_again_yields_nothing_and_other_commands_are_refused(api: Api) -> None:
    position = redact(api)
    again = api.send(post(REDACTION.path, reason="another", authority="another"))
    assert (again.status_code, again.json()["position"]) == (200, position)
    problem(api.send(post("/v1/reports/secret/hold", reason="x")), 409, "report-redacted")
    problem(api.send(SECRET), 409, "report-redacted")
    assert api.head() == position


def test_an_idempotency_key_does_not_bring_it_back(server: Server, tmp_path: Path) -> None:
    with server.over(tmp_path / "log") as api:
        api.given(*FILED[:1], SECRET.under(idempotency_key="k1"))
        redact(api)
        problem(api.send(SECRET.under(idempotency_key="k1")), 409, "report-redacted")
        [(_, _, digest, _)] = [row for row in keys(api) if row[0] == "key:local:k1"]
        assert digest != digest_of(FileReport.model_validate_json(json.dumps(SECRET.body)))


def keys(api: Api) -> list[Any]:
    """The stored keys."""
    with api.service.log.snapshot() as stored:
        return stored.keys()


def test_a_key_of_an_import_does_not_tell_what_was_imported(api: Api) -> None:
    line = json.dumps({"file_report": report("r7").body}, sort_keys=True, separators=(",", ":"))
    api.import_(line.encode())
    guess = hashlib.blake2b(line.encode(), digest_size=16).hexdigest()
    [name] = [row[0] for row in keys(api) if row[0].startswith("import:")]
    assert guess not in name
    assert api.import_(line.encode())[-1]["duplicates"] == 1


def test_a_dry_run_says_which_figures_change(api: Api) -> None:
    answer = api.client.post(REDACTION.path, params={"dry_run": "true"}, json=REDACTION.body).json()
    assert [each["type"] for each in answer["events"]] == ["EventRedacted"] * 3
    [change] = [each for each in answer["estimates"] if each["cohort"] is None]
    assert change["before"]["high"] == 97000931 and change["after"]["high"] == 120
    assert api.client.get("/v1/reports/secret").status_code == 200


def test_views_are_the_same_live_and_made_again_anywhere(
    api: Api, server: Server, tmp_path: Path
) -> None:
    redact(api)
    api.given(report("later"))
    assert api.service.follower.wait(api.service.log.head(), 30)
    live = digests(api.service)
    answer = api.client.post("/v1/projections/estimates/rebuild")
    assert answer.is_success
    until(lambda: not (api.service.follower.rebuild and api.service.follower.rebuild.running))
    job = api.service.follower.rebuild
    assert job is not None and (job.state, job.differs) == ("done", [])
    assert digests(api.service) == live


def test_below_its_marking_nobody_learns_of_it(server: Server, tmp_path: Path) -> None:
    with server.over(tmp_path / "log") as api:
        given(api)
        mark = post("/v1/reports/secret/marking", marking="TLP:AMBER")
        api.given(mark)
        admin, low = issued(api, "admin"), issued(api, "reader", "lou", "TLP:GREEN")
        high = issued(api, "reader", "hal", "TLP:AMBER")
        answer = api.send(Ask(REDACTION.method, REDACTION.path, REDACTION.body, bearer(admin)))
        assert answer.status_code == 201
        settled(api)
        path = "/v1/reports/secret"
        problem(api.client.get(path, headers=bearer(high)), 410, "redacted")
        problem(api.client.get(path, headers=bearer(low)), 404, "not-found")
        seen = api.client.get("/v1/estimates/troops", headers=bearer(low))
        assert "secret" not in seen.text and "redacted" not in seen.text
        assert "inputs-redacted" in api.client.get("/v1/estimates/troops", headers=bearer(high)).text
        events = api.client.get("/v1/events", params={"limit": 1000}, headers=bearer(low)).text
        assert "report:secret" not in events


def test_only_an_admin_may(server: Server, tmp_path: Path) -> None:
    with server.over(tmp_path / "log") as api:
        api.given(*FILED)
        token = issued(api, "analyst")
        ask = post("/v1/reports/r1/redaction", reason="x", authority="y")
        refused = api.send(Ask(ask.method, ask.path, ask.body, bearer(token)))
        problem(refused, 403, "forbidden")


def test_it_is_not_in_an_import_and_left_out_of_an_export(api: Api, tmp_path: Path) -> None:
    redact(api)
    tried = api.import_({"redact_report": {"report": "plain", "reason": "x", "authority": "y"}})
    assert tried[-1]["refused"] == 1
    lines = api.client.get("/v1/events", headers={"Accept": "application/x-ndjson"}).text
    assert not [each for each in CANARIES if each.decode() in lines]
    assert lines.count('"redacted":true') == 3


@pytest.mark.parametrize("form", ["text/csv", "application/cloudevents-batch+json"])
def test_a_list_of_events_has_every_form(api: Api, form: str) -> None:
    redact(api)
    for path in ("/v1/events", "/v1/reports/secret/history"):
        answer = api.client.get(path, params={"limit": 100}, headers={"Accept": form})
        assert answer.status_code == (406 if "history" in path and "cloud" in form else 200)
        assert not [each for each in CANARIES if each.decode() in answer.text]


def test_the_command_line_shows_what_is_left(api: Api, server: Server, tmp_path: Path) -> None:
    redact(api)
    url = f"http://127.0.0.1:{server.address[1]}"
    events = CliRunner().invoke(app, ["events", "--url", url])
    assert events.exit_code == 0 and events.stdout.count("redacted  ") == 3
    exported = CliRunner().invoke(app, ["export", "--url", url])
    assert exported.exit_code == 0 and "secret" in exported.stdout
    for text in (events.stdout, exported.stdout):
        assert not [each for each in CANARIES if each.decode() in text]
    assert '"file_report":{"id":"secret"' not in exported.stdout
    stored = CliRunner().invoke(app, ["export", "--events", "--url", url])
    assert stored.stdout.count('"redacted":true') == 3


def test_a_source_that_it_alone_named_is_for_those_who_could_see_it(
    server: Server, tmp_path: Path
) -> None:
    with server.over(tmp_path / "log") as api:
        api.given(*FILED[:1], source("wire"))
        api.given(report("r9", publisher="whisper", marking="TLP:RED"))
        admin, low = issued(api, "admin"), issued(api, "reader", "lou", "TLP:GREEN")
        ask = post("/v1/reports/r9/redaction", reason="x", authority="y")
        assert api.send(Ask(ask.method, ask.path, ask.body, bearer(admin))).status_code == 201
        settled(api)
        assert api.client.get("/v1/sources/whisper", headers=bearer(low)).status_code == 404
        assert api.client.get("/v1/sources/whisper", headers=bearer(admin)).status_code == 200


def test_a_copy_of_the_directory_gives_the_same_views(api: Api, tmp_path: Path) -> None:
    redact(api)
    expected = digests(api.service)
    with closing(read_log(tmp_path / "log", None)) as log:
        assert all(not each.body for each in log.at([AT]))
    (tmp_path / "other").mkdir()
    with closing(_online_copy(tmp_path / "log" / "log.sqlite", tmp_path / "other")):
        pass
    (tmp_path / "other" / "secret").write_bytes((tmp_path / "log" / "secret").read_bytes())
    (tmp_path / "other" / "secret").chmod(0o600)
    with opened(Settings(data=tmp_path / "other")) as service:
        assert service.follower.wait(service.log.head(), 30)
        assert digests(service) == expected


def _online_copy(file: Path, folder: Path) -> Any:
    target = sqlite3.connect(folder / "log.sqlite")
    with closing(sqlite3.connect(file)) as live:
        live.backup(target)
    (folder / "log.sqlite").chmod(0o600)
    return target
