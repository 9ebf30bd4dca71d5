"""What lies above a caller's clearance is not there for him, whether he reads or writes."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from domain.vocabulary import Marking
from service.access.principal import Role
from tests.http_spec import (
    Api,
    Ask,
    Body,
    Server,
    claim,
    indicator,
    ndjson,
    post,
    problem,
    report,
    source,
)
from tests.service.http.team import bearer, issued

SECRET: Marking = "TLP:AMBER"
KILLED = indicator("killed", measure="cumulative")


class Desk:
    """A service with people of every clearance."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self._tokens: dict[tuple[Role, Marking], str] = {}

    def by(self, clearance: Marking, ask: Ask, role: Role = "analyst") -> httpx2.Response:
        """The answer to a request of somebody with a clearance."""
        who = role, clearance
        if who not in self._tokens:
            subject = f"{role} {clearance}"
            self._tokens[who] = issued(self.api, role, subject, clearance)
        asked = Ask(ask.method, ask.path, ask.body, {**ask.headers, **bearer(self._tokens[who])})
        return self.api.send(asked)

    def head(self) -> int:
        return self.api.service.log.head()

    def given(self, *asks: Ask, by: Marking = "TLP:RED") -> None:
        for ask in asks:
            answer = self.by(by, ask)
            assert answer.is_success, answer.text

    def read(self, clearance: Marking, path: str, role: Role = "reader", **query: Any) -> Body:
        """What somebody reads, once the views hold everything."""
        given = {"min_position": self.head(), **query}
        address = f"{path}?{httpx2.QueryParams(given)}"
        answer = self.by(clearance, Ask("GET", address), role)
        assert answer.status_code == 200, answer.text
        body: Body = answer.json()
        return body

    def names(self, clearance: Marking, path: str) -> list[str]:
        return [item["id"] for item in self.read(clearance, path)["items"]]


@pytest.fixture
def desk(server: Server, tmp_path: Path) -> Iterator[Desk]:
    with server.over(tmp_path) as api:
        yield Desk(api)


def on(best: int, originator: str, **more: Any) -> Body:
    return claim(best, originator=originator, about="killed", **more)


def test_each_of_a_team_sees_an_estimate_and_an_explanation_of_its_own(desk: Desk) -> None:
    desk.given(
        KILLED,
        report("a", on(300, "nis"), published_at="2025-01-13"),
        report("b", on(1_000, "uk"), published_at="2025-01-14", marking="TLP:GREEN"),
        report("c", on(5_000, "mod"), published_at="2025-01-15", marking=SECRET),
    )
    sees: list[tuple[Marking, int, list[str]]] = [
        ("TLP:CLEAR", 300, ["a/1"]),
        ("TLP:GREEN", 1_000, ["a/1", "b/1"]),
        ("TLP:AMBER", 5_000, ["a/1", "b/1", "c/1"]),
    ]
    for clearance, best, used in sees:
        found = desk.read(clearance, "/v1/estimates/killed")
        told = desk.read(clearance, "/v1/estimates/killed/explanation")
        listed = {each["claim"] for each in (*told["used"], *told["excluded"])}
        assert (found["best"], found["claims"], found["reports"]) == (best, len(used), len(used))
        assert listed == set(used)
        assert desk.names(clearance, "/v1/reports") == sorted(
            (each.split("/")[0] for each in used), reverse=True
        )


def test_only_an_admin_is_told_that_something_is_withheld(desk: Desk) -> None:
    desk.given(KILLED, indicator("open"), report("a", on(300, "nis"), marking="TLP:RED"))
    path = "/v1/estimates/killed"
    assert desk.read("TLP:GREEN", path, "admin")["withheld"] is True
    assert desk.read("TLP:GREEN", f"{path}/explanation", "admin")["withheld"] is True
    assert "withheld" not in desk.read("TLP:GREEN", path, "reader")
    assert "withheld" not in desk.read("TLP:RED", path, "admin")
    assert "withheld" not in desk.read("TLP:GREEN", "/v1/estimates/open", "admin")


def test_relays_of_a_hidden_claim_count_once_and_show_no_link(desk: Desk) -> None:
    desk.given(
        KILLED,
        report("root", on(600, "nis"), published_at="2025-01-13", marking="TLP:RED"),
        report("x", on(600, "wire-x", derived_from=["root/1"]), published_at="2025-01-14"),
        report("y", on(600, "wire-y", derived_from=["root/1"]), published_at="2025-01-15"),
    )
    found = desk.read("TLP:GREEN", "/v1/estimates/killed")
    assert (found["best"], found["origins"], found["used"]) == (600, 1, ["x/1"])
    told = desk.read("TLP:GREEN", "/v1/estimates/killed/explanation")
    assert [(each["claim"], each["root"]) for each in told["relays"]] == [("y/1", "x/1")]
    for name in ("x", "y"):
        seen = desk.read("TLP:GREEN", f"/v1/reports/{name}")["claims"][0]
        chain = desk.read("TLP:GREEN", f"/v1/claims/{name}/1")["chain"]
        [event] = desk.read("TLP:GREEN", f"/v1/reports/{name}/history")["items"]
        assert seen["derived_from"] == [] and [each["derived_from"] for each in chain] == [[]]
        assert event["data"]["claims"][0].get("derived_from", []) == []
    assert desk.read("TLP:RED", "/v1/reports/x")["claims"][0]["derived_from"] == ["root/1"]


def test_what_names_a_restricted_source_or_indicator_is_as_restricted(desk: Desk) -> None:
    desk.given(KILLED, indicator("open"), report("a", on(300, "nis"), claim(1, about="open")))
    desk.given(report("b", claim(2, about="open", originator="spy")))
    assert desk.names("TLP:GREEN", "/v1/reports") == ["b", "a"]
    desk.given(source("spy", marking=SECRET))
    assert desk.names("TLP:GREEN", "/v1/reports") == ["a"]
    assert "spy" not in desk.names("TLP:GREEN", "/v1/sources")
    assert desk.read(SECRET, "/v1/estimates/open")["marking"] == SECRET
    desk.given(indicator("killed", measure="cumulative", marking="TLP:RED"))
    assert desk.names("TLP:GREEN", "/v1/reports") == []
    assert desk.names("TLP:GREEN", "/v1/indicators") == ["open"]
    desk.given(source("spy", marking="TLP:CLEAR"))
    assert desk.names("TLP:GREEN", "/v1/reports") == ["b"]


def test_a_description_without_a_marking_keeps_the_one_that_there_is(desk: Desk) -> None:
    desk.given(source("spy", marking=SECRET), source("spy", name="A spy"))
    desk.given(
        indicator("killed", measure="cumulative", marking=SECRET),
        indicator("killed", measure="cumulative", title="The killed"),
    )
    assert desk.names("TLP:GREEN", "/v1/sources") == desk.names("TLP:GREEN", "/v1/indicators") == []


@pytest.mark.parametrize(
    ("ask", "status", "code"),
    [
        (report("new", claim(1, about="hidden")), 422, "unknown-indicator"),
        (report("new", on(1, "nis", derived_from=["secret/1"])), 422, "unknown-claim"),
        (report("new", on(1, "nis", rests_on=["secret/1"])), 422, "unknown-claim"),
        (report("new", on(1, "spy")), 409, "id-taken"),
        (report("secret", on(1, "nis")), 409, "id-taken"),
        (indicator("hidden"), 409, "id-taken"),
        (source("spy"), 409, "id-taken"),
        (post("/v1/sources/spy/grades", reliability="B"), 409, "id-taken"),
        (post("/v1/reports/secret/hold"), 404, "not-found"),
        (post("/v1/reports/secret/marking", marking="TLP:CLEAR"), 404, "not-found"),
        (post("/v1/reports/secret/withdrawal"), 404, "not-found"),
        (post("/v1/claims/secret/1/grades", credibility=2), 404, "not-found"),
        (post("/v1/claims/open/1/links", derived_from="secret/1"), 422, "unknown-claim"),
        (Ask("DELETE", "/v1/claims/open/1/links/secret/1?reason=x"), 404, "not-found"),
        (post("/v1/claims/open/1/disputes", by="spy"), 409, "id-taken"),
        (post("/v1/indicators/hidden/assessments", best=1, confidence="low"), 404, "not-found"),
        (
            post("/v1/indicators/killed/assessments", best=1, confidence="low", claims=["secret/1"]),
            422,
            "unknown-claim",
        ),
        (indicator("whole", measure="cumulative", parts=["hidden"]), 422, "unknown-indicator"),
        (indicator("plan", plans_for="hidden"), 422, "unknown-indicator"),
    ],
)
@pytest.mark.parametrize("dry", [False, True])
def test_a_command_finds_nothing_above_the_clearance(
    desk: Desk, ask: Ask, status: int, code: str, dry: bool
) -> None:
    desk.given(
        KILLED,
        indicator("hidden", marking="TLP:RED"),
        source("spy", marking="TLP:RED"),
        report("open", on(300, "nis")),
        report("secret", on(300, "uk"), marking="TLP:RED", published_at="2025-01-01"),
        post("/v1/claims/open/1/links", derived_from="secret/1"),
    )
    desk.by("TLP:GREEN", Ask("GET", "/v1/me"))  # its token is an event too
    query = f"{'&' if '?' in ask.path else '?'}dry_run=true" if dry else ""
    before = desk.head()
    answer = desk.by("TLP:GREEN", Ask(ask.method, ask.path + query, ask.body))
    told = problem(answer, status, code)
    assert desk.head() == before
    assert "hidden'?" not in told["detail"]


def test_nobody_is_pointed_to_a_hidden_name(desk: Desk) -> None:
    desk.given(indicator("troops-sent", marking="TLP:RED"), source("spymaster", marking="TLP:RED"))
    for path in ("/v1/estimates/troops-sen", "/v1/sources/spymaste", "/v1/events?source=spymaste"):
        told = problem(desk.by("TLP:GREEN", Ask("GET", path)), 404, "not-found")["detail"]
        assert "troops-sent" not in told and "spymaster" not in told
        assert "did you mean" in desk.by("TLP:RED", Ask("GET", path)).json()["detail"]
    told = desk.by("TLP:GREEN", report("r", claim(1, about="troops-sen"))).json()["detail"]
    assert "troops-sent" not in told


def test_who_files_above_the_own_clearance_may_repeat_it(desk: Desk) -> None:
    desk.given(KILLED)
    ask = report("mine", on(300, "nis"), marking="TLP:RED")
    assert desk.by("TLP:GREEN", ask, "reporter").status_code == 201
    assert desk.by("TLP:GREEN", ask, "reporter").status_code == 200
    problem(desk.by("TLP:GREEN", ask, "analyst"), 409, "id-taken")
    problem(desk.by("TLP:GREEN", Ask("GET", "/v1/reports/mine")), 404, "not-found")


def test_who_corrects_or_describes_again_drops_nothing_that_is_hidden(desk: Desk) -> None:
    desk.given(
        KILLED,
        indicator("part", measure="cumulative", marking="TLP:RED"),
        indicator("whole", measure="cumulative", parts=["part"]),
        source("spy", marking="TLP:RED"),
        source("front", speaks_for="spy"),
        report("root", on(300, "nis"), marking="TLP:RED", published_at="2025-01-01"),
        report("x", on(300, "wire-x", derived_from=["root/1"])),
    )
    again = {"kind": "record", "claims": [{"n": 1, **on(310, "wire-x")}]}
    desk.given(
        Ask("POST", "/v1/reports/x/corrections", again),
        indicator("whole", measure="cumulative", title="All of it"),
        source("front", name="Front"),
        by="TLP:GREEN",
    )
    assert desk.read("TLP:RED", "/v1/reports/x")["claims"][0]["derived_from"] == ["root/1"]
    assert desk.read("TLP:RED", "/v1/indicators/whole")["parts"] == ["part"]
    assert desk.read("TLP:RED", "/v1/sources/front")["speaks_for"] == "spy"
    assert desk.read("TLP:GREEN", "/v1/indicators/whole")["parts"] == []
    assert desk.read("TLP:GREEN", "/v1/sources/front")["speaks_for"] is None
    before = desk.head()
    answer = desk.by("TLP:GREEN", Ask("POST", "/v1/reports/x/corrections", again))
    assert (answer.status_code, desk.head()) == (200, before)


def test_a_version_that_is_seen_may_be_changed_though_more_happened_above(desk: Desk) -> None:
    desk.given(
        KILLED,
        report("root", on(300, "nis"), marking="TLP:RED", published_at="2025-01-01"),
        report("x", on(300, "wire-x")),
        post("/v1/claims/x/1/links", derived_from="root/1"),
    )
    seen = desk.by("TLP:GREEN", Ask("GET", f"/v1/reports/x?min_position={desk.head()}"))
    assert seen.json()["version"] == 1
    hold = post("/v1/reports/x/hold", reason="check").under(if_match=seen.headers["ETag"])
    assert desk.by("TLP:GREEN", hold).status_code == 201
    release = post("/v1/reports/x/release").under(if_match=seen.headers["ETag"])
    problem(desk.by("TLP:GREEN", release), 412, "stale-version")


def test_the_reason_of_a_grade_or_a_link_may_be_restricted(desk: Desk) -> None:
    desk.given(
        KILLED,
        report("a", on(300, "nis"), published_at="2025-01-01"),
        report("b", on(300, "uk")),
        post("/v1/sources/nis/grades", reliability="B", reason="our man there", marking=SECRET),
        post("/v1/claims/b/1/links", derived_from="a/1", reason="he told us", marking=SECRET),
    )
    sees: dict[Marking, tuple[str, str]] = {
        "TLP:GREEN": ("", ""),
        SECRET: ("our man there", "he told us"),
    }
    for clearance, said in sees.items():
        grade = desk.read(clearance, "/v1/sources/nis")["grades"][0]
        linked = desk.read(clearance, "/v1/events", type="ClaimLinked")["items"][0]["data"]
        assert (grade["reason"], linked["reason"]) == said
        assert (grade["reliability"], linked["derived_from"]) == ("B", "a/1")


def test_an_export_has_what_its_reader_sees(desk: Desk) -> None:
    desk.given(KILLED, report("a", on(1, "nis")), report("b", on(2, "nis"), marking="TLP:RED"))
    ask = Ask("GET", "/v1/events", headers={"Accept": "application/x-ndjson"})
    lines = ndjson(desk.by("TLP:GREEN", ask).content)
    assert {line.get("stream") for line in lines} == {"indicator:killed", "source:wire",
        "source:nis", "report:a", None}  # fmt: skip


def test_what_operators_did_is_for_admins(desk: Desk) -> None:
    desk.given(KILLED)
    roles: tuple[Role, ...] = ("reader", "analyst", "admin")
    types = {
        role: {e["type"] for e in desk.read("TLP:RED", "/v1/events", role)["items"]} for role in roles
    }
    assert "TokenIssued" in types["admin"]
    assert types["reader"] == types["analyst"] == {"IndicatorDefined"}


def test_a_dry_run_shows_what_its_caller_would_see(desk: Desk) -> None:
    desk.given(
        KILLED,
        report("a", on(300, "nis"), published_at="2025-01-13"),
        report("b", on(9_000, "uk"), published_at="2025-01-14", marking=SECRET),
    )
    desk.read("TLP:GREEN", "/v1/estimates/killed")
    ask = report("c", on(400, "nis"), published_at="2025-01-15")
    tried = Ask(ask.method, f"{ask.path}?dry_run=true", ask.body)
    sees: dict[Marking, int] = {"TLP:GREEN": 300, "TLP:RED": 9_000}
    for clearance, before in sees.items():
        answer = desk.by(clearance, tried)
        [changed] = answer.json()["estimates"]
        assert changed["before"]["best"] == before
        assert ("9000" in answer.text) == (clearance == "TLP:RED")
    higher = Ask(ask.method, tried.path, {**ask.body, "marking": "TLP:RED"})
    assert desk.by("TLP:GREEN", higher).json()["estimates"] == []


HIDDEN = 888_888_888
"""So long a figure that no id and no time of an answer has it by chance."""


def test_a_restricted_assessment_is_that_of_its_readers_alone(desk: Desk) -> None:
    desk.given(KILLED, report("a", on(300, "nis")))
    path, asked = "/v1/indicators/killed/assessments", {"best": 700, "confidence": "low"}
    desk.given(
        post(path, **asked, rationale="open"), post(path, **{**asked, "best": HIDDEN}, marking=SECRET)
    )
    for clearance, best in (("TLP:GREEN", 700), ("TLP:RED", HIDDEN)):
        body = desk.read(clearance, "/v1/estimates/killed", policy="assessment/1")  # type: ignore[arg-type]
        assert body["best"] == best
    assert str(HIDDEN) not in str(desk.read("TLP:GREEN", "/v1/events"))
    assert desk.read("TLP:GREEN", "/v1/indicators/killed")["version"] == 2


def test_a_raised_marking_counts_at_once_and_for_every_time_asked(desk: Desk) -> None:
    desk.given(KILLED, report("a", on(300, "nis")), report("b", on(900, "uk")))
    filed = desk.head()
    paths = ("/v1/estimates/killed", "/v1/conflicts", "/v1/events", "/v1/sources/uk")
    for path in paths:  # kept in memory, perhaps
        assert "b" in desk.names("TLP:GREEN", "/v1/reports") and desk.read("TLP:GREEN", path)
    desk.given(post("/v1/reports/b/marking", marking=SECRET))
    assert desk.read("TLP:GREEN", "/v1/estimates/killed")["used"] == ["a/1"]
    assert desk.read("TLP:GREEN", "/v1/estimates/killed", known_at=filed)["used"] == ["a/1"]
    assert "b" not in desk.names("TLP:GREEN", "/v1/reports")
    # Nothing else tells of the source.
    problem(desk.by("TLP:GREEN", Ask("GET", "/v1/sources/uk")), 404, "not-found")
    assert "report:b" not in str(desk.read("TLP:GREEN", "/v1/events", known_at=filed))
    desk.given(post("/v1/reports/b/marking", marking="TLP:GREEN"))
    assert desk.read("TLP:GREEN", "/v1/estimates/killed")["used"] == ["b/1", "a/1"]


def test_a_source_is_known_to_who_sees_something_that_names_it(desk: Desk) -> None:
    desk.given(
        KILLED,
        report("b", on(9, "mole"), marking=SECRET),
        source("asset-front", name="Front", speaks_for="asset", marking=SECRET),
        report("a", on(1, "nis")),
    )
    assert sorted(desk.names("TLP:GREEN", "/v1/sources")) == ["nis", "wire"]
    assert "mole" not in str(desk.read("TLP:GREEN", "/v1/events"))
    assert {"mole", "asset", "asset-front"} < set(desk.names(SECRET, "/v1/sources"))
    desk.given(report("c", on(2, "mole")), by="TLP:GREEN")
    assert "mole" in desk.names("TLP:GREEN", "/v1/sources")
    desk.given(post("/v1/reports/c/marking", marking=SECRET))
    assert "mole" not in desk.names("TLP:GREEN", "/v1/sources")
    desk.given(post("/v1/sources/mole/grades", reliability="B"))
    assert "mole" in desk.names("TLP:GREEN", "/v1/sources")
