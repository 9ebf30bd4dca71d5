"""Dry runs: what a write would change, by the same decision and projections; nothing is written."""

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.commands import Command
from domain.errors import Refused
from projections.answers.as_of import AsOf
from projections.catalogue import CATALOGUE
from projections.tables.projection import state_digest
from projections.tables.registry import indicators_at
from service.dry_run import DryRunAnswer, dry_run
from service.query import estimates
from service.query.listed import CountedEstimate, counted
from service.query.standpoint import Standpoint
from service.service import Service, opened
from service.settings import Settings
from service.views.history import position_of
from service.write.decisions import KeyReused, WriteRequest
from tests.effort import examples
from tests.histories import MEASURES, numbers, story
from tests.http_spec import (
    LATER,
    Api,
    Ask,
    Body,
    Clock,
    Server,
    claim,
    expect,
    indicator,
    post,
    problem,
    report,
    source,
)


@pytest.fixture
def api(server: Server, tmp_path: Path) -> Iterator[Api]:
    """A service with a stopped clock, so that a dry run and the real one have the same time."""
    with server.over(tmp_path / "log", Clock(LATER)) as api:
        yield api


def dry(ask: Ask, said: str = "true") -> Ask:
    """The same request as a dry run."""
    joint = "&" if "?" in ask.path else "?"
    return Ask(ask.method, f"{ask.path}{joint}dry_run={said}", ask.body, ask.headers)


def foreseen(api: Api, ask: Ask) -> Body:
    """The dry-run answer to a request, after a check that nothing was written."""
    with untouched(api):
        answer = api.send(dry(ask))
        expect(answer.status_code == 200, answer.text)
    body: Body = answer.json()
    return body


@contextmanager
def untouched(api: Api) -> Iterator[None]:
    """Check that nothing is written in this block: no event, no key, no row of any view."""
    before = everything(api)
    yield
    assert everything(api) == before


def everything(api: Api) -> Body:
    """Everything that a service stores."""
    with closing(sqlite3.connect(api.service.settings.data / "log.sqlite")) as db:
        tables = [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        rows = {table: db.execute(f"SELECT * FROM {table}").fetchall() for table in tables}
    projections = [
        (each["name"], each["position"], each["digest"]) for each in api.items("/v1/projections")
    ]
    return {"log": rows, "views": projections, "board": api.items("/v1/estimates")}


_BESIDE = ("as_of", "cohorts", "n_cohorts")
"""What the address of an estimate says beside it."""


def estimate(api: Api, each: Body) -> Body:
    """The estimate that a dry run names, read from its own address."""
    asked = {"cohort": each["cohort"]} if each["cohort"] else {}
    body = api.get(f"/v1/estimates/{each['indicator']}", **asked)
    return {name: value for name, value in body.items() if name not in _BESIDE}


# Every request that writes

KILLED = indicator("killed", measure="cumulative")
LINKED = report("r2", claim(100, "us", derived_from=["r1/1"]))
FIRST = [indicator(), KILLED, report("r1")]

WRITES: dict[str, tuple[list[Ask], Ask]] = {
    "an indicator defined": ([], indicator()),
    "an indicator revised": (FIRST, indicator(policy="envelope/1")),
    "a source registered": ([], source("nis", name="The service")),
    "a source graded": (
        [*FIRST, report("r2", claim(200, "us"))],
        post("/v1/sources/nis/grades", reliability="B"),
    ),
    "a report filed": (FIRST, report("r2", claim(200, "us"), claim(7, cohort="east"))),
    "a report with nobody's id": (FIRST, report(None, claim(200))),
    "a report corrected": (
        FIRST,
        post("/v1/reports/r1/corrections", kind="record", reason="x", claims=[{"n": 1, **claim(9)}]),
    ),
    "a report corrected to be about something else": (
        FIRST,
        post(
            "/v1/reports/r1/corrections",
            kind="record",
            reason="x",
            claims=[{"n": 1, **claim(9, about="killed")}],
        ),
    ),
    "a report withdrawn": (FIRST, post("/v1/reports/r1/withdrawal", kind="record", reason="x")),
    "a report held": (FIRST, post("/v1/reports/r1/hold", reason="x")),
    "a report released": ([*FIRST, post("/v1/reports/r1/hold")], post("/v1/reports/r1/release")),
    "a report marked": (FIRST, post("/v1/reports/r1/marking", marking="TLP:RED", reason="x")),
    "a claim graded": (
        [*FIRST, report("r2", claim(200, "us"))],
        post("/v1/claims/r1/1/grades", credibility=2, reason="x"),
    ),
    "a link found": (
        [*FIRST, report("r2", claim(100, "us"))],
        post("/v1/claims/r2/1/links", derived_from="r1/1", reason="x"),
    ),
    "a link found wrong": ([*FIRST, LINKED], Ask("DELETE", "/v1/claims/r2/1/links/r1/1?reason=x")),
    "a claim disputed": (
        FIRST,
        post("/v1/claims/r1/1/disputes", by="kcna", reason="x", published_at="2025-01-20"),
    ),
    "an assessment": (
        [indicator(policy="assessment/1"), report("r1")],
        post(
            "/v1/indicators/troops/assessments",
            best=110,
            confidence="low",
            rationale="x",
            claims=["r1/1"],
        ),
    ),
    "what changes an assessment's inputs": (
        [
            *FIRST,
            post(
                "/v1/indicators/killed/assessments",
                best=1,
                confidence="low",
                rationale="x",
                claims=["r1/1"],
            ),
        ],
        post("/v1/reports/r1/hold", reason="x"),
    ),
}


@pytest.mark.parametrize("write", WRITES)
def test_a_dry_run_returns_what_the_write_then_does(api: Api, write: str) -> None:
    first, ask = WRITES[write]
    api.given(*first)
    body, head = foreseen(api, ask), api.head()
    # A cohort that nobody has reported on cannot be asked for.
    asked = [each for each in body["estimates"] if not each["cohort"] or each["before"]["claims"]]
    there = [each for each in asked if each["before"]["policy"]]
    before = [estimate(api, each) for each in there]
    answer = api.send(ask)
    assert (body["dry_run"], body["new"]) == (True, True)
    assert (body["id"], body["version"]) == (answer.json()["id"], answer.json()["version"])
    assert body.get("claims") == answer.json().get("claims")
    assert [(e["stream"], e["type"], e["data"]) for e in body["events"]] == api.facts(head)
    assert [each["before"] for each in there] == before
    assert [each["after"] for each in body["estimates"]] == [
        estimate(api, e) for e in body["estimates"]
    ]


@pytest.mark.parametrize("write", WRITES)
def test_a_dry_run_names_every_estimate_that_the_write_changes(api: Api, write: str) -> None:
    first, ask = WRITES[write]
    api.given(*first)
    named = {each["indicator"] for each in foreseen(api, ask)["estimates"] if each["cohort"] is None}
    before = {each["indicator"]: each for each in api.items("/v1/estimates")}
    api.given(ask)
    after = {each["indicator"]: each for each in api.items("/v1/estimates")}
    assert {name for name in after if after[name] != before.get(name)} <= named


def test_differences_are_given_in_data_and_in_words(api: Api) -> None:
    api.given(*FIRST)
    [each] = foreseen(api, report("r2", claim(250), published_at="2025-01-12"))["estimates"]
    assert (each["indicator"], each["cohort"], each["title"]) == ("troops", None, "Troops")
    assert (each["before"]["best"], each["after"]["best"]) == (100, 250)
    changed = {d["field"]: (d["before"], d["after"]) for d in each["differences"]}
    assert changed["best"] == (100, 250) and changed["used"] == (["r1/1"], ["r2/1"])
    assert "best rose from 100 to 250" in each["words"]


def test_an_estimate_that_would_not_change_has_no_differences(api: Api) -> None:
    api.given(*FIRST)
    [each] = foreseen(api, report("r0", claim(90), published_at="2024-12-01"))["estimates"]
    assert (each["differences"], each["words"]) == ([], [])


def test_a_cohort_is_listed_besides_the_whole(api: Api) -> None:
    api.given(*FIRST)
    body = foreseen(api, report("r2", claim(7, cohort="east")))
    assert [(each["indicator"], each["cohort"]) for each in body["estimates"]] == [
        ("troops", None),
        ("troops", "east"),
    ]
    assert [each["after"]["best"] for each in body["estimates"]] == [100, 7]


def test_the_whole_is_listed_when_its_parts_no_longer_add_up(api: Api) -> None:
    api.given(KILLED, indicator("casualties", measure="cumulative", parts=["killed"]))
    api.given(report("r1", claim(300, about="casualties")))
    ask = report("r2", claim(200, about="killed"))
    body = foreseen(api, ask)
    assert [each["indicator"] for each in body["estimates"]] == ["casualties", "killed"]
    [flag] = body["flags"]
    assert (flag["indicator"], flag["code"]) == ("casualties", "parts-mismatch")
    api.given(ask)
    assert estimate(api, body["estimates"][0]) == body["estimates"][0]["after"]


# What is not written


def test_no_source_is_registered(api: Api) -> None:
    api.given(indicator())
    body = foreseen(api, report("r1"))
    assert [event["type"] for event in body["events"]] == ["SourceRegistered"] * 2 + ["ReportFiled"]
    assert api.items("/v1/sources") == []
    problem(api.send(Ask("GET", "/v1/reports/r1")), 404, "not-found")


def test_no_idempotency_key_is_stored(api: Api) -> None:
    api.given(indicator())
    keyed = report("r1").under(idempotency_key="once")
    assert foreseen(api, keyed)["new"]
    other = report("r2").under(idempotency_key="once")
    assert api.send(other).status_code == 201


def test_a_repeated_write_would_change_nothing(api: Api) -> None:
    api.given(*FIRST)
    body = foreseen(api, report("r1"))
    assert (body["new"], body["events"], body["estimates"], body["claims"]) == (False, [], [], ["r1/1"])
    assert (body["flags"], body["questions"]) == ([], [])
    body = foreseen(api, indicator())
    assert (body["new"], body["version"], body["estimates"]) == (False, 1, [])


def test_two_dry_runs_return_the_same(api: Api) -> None:
    api.given(*FIRST)
    ask = report("r2", claim(200, "us"))
    assert foreseen(api, ask) == foreseen(api, ask)


def test_a_dry_run_leaves_no_flags_in_the_memo(api: Api) -> None:
    api.given(*FIRST)
    same = report("r2", claim(100, "us", period="2025-01-10"), published_at="2025-01-12")
    before = api.get("/v1/estimates/troops")
    assert before["flags"] == []
    for _ in range(2):
        assert [flag["code"] for flag in foreseen(api, same)["flags"]] == ["relay-suspected"]
        assert api.get("/v1/estimates/troops") == before
        assert api.items("/v1/conflicts") == []
    # An event at the position that the dry run used.
    api.given(post("/v1/claims/r1/1/grades", credibility=2))
    assert api.get("/v1/estimates/troops")["flags"] == []
    api.given(same)
    [flag] = api.get("/v1/estimates/troops")["flags"]
    assert flag["code"] == "relay-suspected"


# Refusals

REFUSED: dict[str, tuple[list[Ask], Ask, int]] = {
    "an unknown field": ([], report("r1", colour="red"), 422),
    "an unknown indicator": ([], report("r1", claim(about="tropos")), 422),
    "no number": (FIRST, report("r2", claim(quantity={"qualifier": "about"})), 422),
    "a link to nothing": (FIRST, report("r2", claim(derived_from=["r9/1"])), 422),
    "not JSON": ([], Ask("POST", "/v1/reports", b"{"), 422),
    "another media type": ([], Ask("POST", "/v1/reports", {}, {"Content-Type": "text/plain"}), 415),
    "an id that is taken": (FIRST, report("r1", claim(7)), 409),
    "a report that is not there": ([], post("/v1/reports/r1/hold"), 404),
    "a claim that is not there": (FIRST, post("/v1/claims/r1/9/grades", credibility=2), 404),
    "a report that is withdrawn": (
        [*FIRST, post("/v1/reports/r1/withdrawal", kind="record", reason="x")],
        post("/v1/reports/r1/hold"),
        409,
    ),
    "another measure": (FIRST, indicator(measure="cumulative"), 409),
    "a version that is stale": (FIRST, indicator(fresh_days=1).under(if_match='"9"'), 412),
    "a version of nothing": ([], indicator().under(if_match="*"), 412),
    "a version that is none": (FIRST, indicator(fresh_days=1).under(if_match="new"), 422),
    "a body where none is read": (
        [*FIRST, LINKED],
        Ask("DELETE", "/v1/claims/r2/1/links/r1/1?reason=x", {}),
        422,
    ),
    "a link that is not there": (FIRST, Ask("DELETE", "/v1/claims/r1/1/links/r9/1?reason=x"), 404),
}


@pytest.mark.parametrize("refused", REFUSED)
def test_a_refusal_is_the_same_as_that_of_the_write(api: Api, refused: str) -> None:
    first, ask, status = REFUSED[refused]
    api.given(*first)
    with untouched(api):
        tried, real = api.send(dry(ask)), api.send(ask)
    assert (tried.status_code, real.status_code) == (status, status)
    assert tried.json() == real.json()
    assert tried.headers["content-type"] == real.headers["content-type"] == "application/problem+json"


def test_a_matching_version_is_accepted(api: Api) -> None:
    api.given(*FIRST)
    assert foreseen(api, indicator(fresh_days=1).under(if_match='"1"'))["version"] == 2


@pytest.mark.parametrize("said", ["maybe", "", "1", "True"])
@pytest.mark.parametrize("write", ["a report filed", "an indicator defined", "a link found wrong"])
def test_dry_run_takes_only_true_or_false(api: Api, write: str, said: str) -> None:
    first, ask = WRITES[write]
    api.given(*first)
    with untouched(api):
        refusal = problem(api.send(dry(ask, said)), 422, "bad-parameter")
    assert refusal["parameter"] == "dry_run"


def test_dry_run_false_writes(api: Api) -> None:
    api.given(indicator())
    assert api.send(dry(report("r1"), "false")).status_code == 201


def test_reads_have_no_dry_run(api: Api) -> None:
    problem(api.send(dry(Ask("GET", "/v1/estimates"))), 422, "unknown-parameter")


# Questions about links


def asked_back(api: Api, ask: Ask) -> list[tuple[str, str]]:
    """The links that a dry run asks about."""
    questions = foreseen(api, ask)["questions"]
    assert all(each["question"].endswith("link it with derived_from.") for each in questions)
    return [(each["claim"], each["derived_from"]) for each in questions]


@pytest.mark.parametrize(
    ("said", "published", "asked"),
    [
        (claim(100, "us", period="2025-01-10"), "2025-01-12", [("r2/1", "r1/1")]),
        (claim(100, "us", period="2025-01-10"), "2025-01-24", [("r2/1", "r1/1")]),
        (claim(100, "us", period="2025-01-10"), "2025-01-25", []),
        (claim(100, "us", period="2025-01-10", derived_from=["r1/1"]), "2025-01-12", []),
        (claim(100, "nis", period="2025-01-10"), "2025-01-12", []),
        (claim(101, "us", period="2025-01-10"), "2025-01-12", []),
        (claim(100, "us", period="2025-01-11"), "2025-01-12", []),
        (claim(100, "us", period="2025-01-10", cohort="east"), "2025-01-12", []),
        (claim(100, "us"), "2025-01-10", [("r2/1", "r1/1")]),
    ],
    ids=str,
)
def test_it_asks_whether_a_figure_was_taken_from_another(
    api: Api, said: Body, published: str, asked: list[tuple[str, str]]
) -> None:
    api.given(*FIRST)
    assert asked_back(api, report("r2", said, published_at=published)) == asked


def test_it_does_not_ask_again_what_was_asked_before(api: Api) -> None:
    api.given(*FIRST, report("r2", claim(100, "us", period="2025-01-10"), published_at="2025-01-12"))
    body = foreseen(api, report("r3", claim(7, "us"), published_at="2025-02-01"))
    assert (body["flags"], body["questions"]) == ([], [])
    after = body["estimates"][0]["after"]
    assert "relay-suspected" in {flag["code"] for flag in after["flags"]}


def test_other_flags_are_listed_without_a_question(api: Api) -> None:
    api.given(*FIRST)
    body = foreseen(api, report("r2", claim(quantity={"low": 5, "best": 3})))
    assert {flag["code"] for flag in body["flags"]} >= {"bad-interval"}
    assert body["questions"] == []


# Concurrency


def test_dry_runs_between_real_ones(api: Api) -> None:
    api.given(*FIRST)
    one, other = report("r2", claim(200)), report("r2", claim(300))
    first = foreseen(api, one)
    assert foreseen(api, other)["estimates"][0]["after"]["best"] == 300
    api.given(one)
    assert estimate(api, first["estimates"][0]) == first["estimates"][0]["after"]
    with untouched(api):
        problem(api.send(dry(other)), 409, "id-taken")
    assert foreseen(api, one)["new"] is False


def test_dry_runs_at_the_same_time_as_writes(api: Api) -> None:
    """Each returns what would change at some moment, and none leaves a trace."""
    api.given(indicator())
    asks = [report(f"r{n}", claim(100, f"source-{n}")) for n in range(30)]
    with ThreadPoolExecutor(6) as pool:
        trying = pool.map(api.send, [dry(ask) for ask in asks for _ in range(2)])
        writing = pool.map(api.send, asks)
        for answer in (*writing, *trying):
            expect(answer.is_success, answer.text)
            body = answer.json()
            for each in body.get("estimates", ()):
                assert body["claims"][0] not in each["before"]["used"]
                assert each["after"]["claims"] == each["before"]["claims"] + 1
    assert api.get("/v1/estimates/troops")["claims"] == 30
    assert_as_rebuilt(api)


def test_a_dry_run_during_the_same_write_counts_it_once(api: Api) -> None:
    api.given(indicator())
    with ThreadPoolExecutor(3) as pool:
        for ask in (report(f"r{n}", claim(100, f"source-{n}")) for n in range(30)):
            tried, _, again = pool.map(api.send, (dry(ask), ask, dry(ask)))
            for body in (tried.json(), again.json()):
                assert body["new"] is bool(body["estimates"])
                used = [each["before"]["used"] for each in body["estimates"]]
                assert not any(body["claims"][0] in each for each in used)


def assert_as_rebuilt(api: Api) -> None:
    """Check that the views match the log."""
    before = [(each["name"], each["digest"]) for each in api.items("/v1/projections")]
    rebuild(api)
    assert [(each["name"], each["digest"]) for each in api.items("/v1/projections")] == before


def rebuild(api: Api, times: int = 1) -> None:
    """Rebuild the views and wait for the end."""
    for _ in range(times):
        job = api.service.follower.start_rebuild()
        for thread in threading.enumerate():
            if thread.name == "rebuild":
                thread.join()
        expect(job.state == "done", str(job.error))


def test_a_dry_run_during_a_rebuild(api: Api) -> None:
    api.given(*FIRST)
    expected = foreseen(api, report("r2", claim(200)))
    with ThreadPoolExecutor(3) as pool:
        rebuilding = pool.submit(rebuild, api, 25)
        while not rebuilding.done():
            answer = api.send(dry(report("r2", claim(200))))
            assert (answer.status_code, answer.json()) == (200, expected)
        rebuilding.result()
    assert_as_rebuilt(api)


# Over any history


@contextmanager
def desk(commands: Sequence[Command], folder: Path) -> Iterator[Service]:
    """A service that executed these commands, with its views up to date."""
    with opened(Settings(data=folder), Clock(LATER)) as service:
        service.writer.submit([WriteRequest(each, "ana") for each in commands]).result(30)
        assert service.follower.wait(service.log.head(), 30)
        yield service


def board(service: Service) -> dict[str, CountedEstimate]:
    """The estimate of every indicator now, flags included."""
    with service.views.reading() as db:
        here = Standpoint(db, AsOf(position_of(db)), current=True)
        return {
            row.id: counted(estimates.estimate(here, row.id, with_cohorts=False))
            for row in indicators_at(db, here.as_of.position)
        }


def digests(service: Service) -> list[str]:
    with service.views.reading() as db:
        return [state_digest(projection, db) for projection in CATALOGUE]


@given(st.lists(numbers, min_size=8, max_size=30))
@examples(25)
def test_over_any_history_a_dry_run_returns_what_the_write_does(
    tmp_path_factory: pytest.TempPathFactory, made_of: list[int]
) -> None:
    commands = story(made_of)
    tried = max(len(MEASURES), len(commands) - 6)
    with desk(commands[:tried], tmp_path_factory.mktemp("desk")) as service:
        for command in commands[tried:]:
            check(service, WriteRequest(command, "ana"))


def check(service: Service, request: WriteRequest) -> None:
    """Dry-run a request, then execute it: the same refusal, or the same estimates and flags."""
    head, views, before = service.log.head(), digests(service), board(service)
    body, refusal = attempted(service, request)
    assert (service.log.head(), digests(service), board(service)) == (head, views, before)
    [outcome] = service.writer.submit([request]).result(30)
    assert service.follower.wait(service.log.head(), 30)
    if isinstance(outcome, Exception):
        assert (type(outcome), str(outcome)) == (type(refusal), str(refusal))
        return
    assert body is not None, refusal
    assert (body["new"], body["version"]) == (outcome.new, outcome.version)
    assert head + len(body["events"]) == service.log.head()
    after = board(service)
    whole = {each["indicator"]: each for each in body["estimates"] if each["cohort"] is None}
    assert {name for name in after if after[name] != before[name]} <= whole.keys()
    for name, each in whole.items():
        assert (each["before"], each["after"]) == (before[name], after[name])


def attempted(service: Service, request: WriteRequest) -> tuple[DryRunAnswer | None, Exception | None]:
    """The dry-run answer to a request, or its refusal."""
    try:
        return dry_run(service, request), None
    except (Refused, KeyReused) as refusal:
        return None, refusal
