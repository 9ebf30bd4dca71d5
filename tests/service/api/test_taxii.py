"""The TAXII 2.1 server: its answers, what it refuses, and that a client that pages misses nothing."""

from base64 import b64encode
from typing import Any

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.http_spec import FILED, Api, Ask, Body, Clock, Server, claim, indicator, post, report
from tests.places import LONG
from tests.service.http.team import bearer, issued
from tests.service.interop.stix.stix_spec import STIX, TAXII, objects, taxii

OBJECTS = "log/collections/log/objects/"
MANIFEST = "log/collections/log/manifest/"


def ask(api: Api, path: str, **query: Any) -> httpx2.Response:
    """The answer to a question, the views being up with the log."""
    api.service.follower.wait(api.service.log.head(), 10)
    given = {
        name.replace("match_", "match[") + "]" * name.startswith("match_"): each
        for name, each in query.items()
    }
    return api.client.get(f"/taxii2/{path}", params=given, headers={"Accept": TAXII})


def envelope(api: Api, path: str = OBJECTS, **query: Any) -> Body:
    answer = ask(api, path, **query)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == TAXII
    body: Body = answer.json()
    return body


def pages(api: Api, path: str = OBJECTS, **query: Any) -> list[Body]:
    """All objects, page by page."""
    found, page = list[Body](), envelope(api, path, **query)
    found += page.get("objects", [])
    while page["more"]:
        page = envelope(api, path, **{**query, "next": page["next"]})
        found += page["objects"]
    return found


def refused(answer: httpx2.Response, status: int, code: str) -> None:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == TAXII
    body = answer.json()
    assert (body["error_code"], body["http_status"]) == (code, str(status)) and body["description"]


def test_a_client_finds_its_way_from_discovery_to_the_objects(api: Api) -> None:
    api.given(*FILED)
    root = envelope(api, "")["default"]
    assert envelope(api, root.removeprefix("/taxii2/"))["versions"] == [TAXII]
    [collection] = envelope(api, "log/collections/")["collections"]
    assert (collection["can_read"], collection["can_write"]) == (True, False)
    assert collection["media_types"] == [STIX]
    path = f"log/collections/{collection['id']}/"
    assert envelope(api, path) == collection

    found = {each["id"]: each for each in envelope(api, f"{path}objects/", limit=1000)["objects"]}

    assert found == objects(api)


def test_the_manifest_and_the_headers_say_when_objects_were_added(api: Api) -> None:
    api.given(*FILED)
    answer = ask(api, OBJECTS)
    manifest = envelope(api, MANIFEST)["objects"]

    assert [each["id"] for each in manifest] == [each["id"] for each in answer.json()["objects"]]
    assert answer.headers["x-taxii-date-added-first"] == manifest[0]["date_added"]
    assert answer.headers["x-taxii-date-added-last"] == manifest[-1]["date_added"]
    dates = [each["date_added"] for each in manifest]
    assert dates == sorted(dates)


def test_an_object_has_its_versions(api: Api) -> None:
    api.given(*FILED, post("/v1/reports/r1/hold", reason="Check."), post("/v1/reports/r1/release"))
    [held] = envelope(api, match_type="report")["objects"]
    one = f"{OBJECTS}{held['id']}/"

    versions = envelope(api, f"{one}versions/")["versions"]

    assert len(versions) == 3 and versions == sorted(set(versions)) and versions[-1] == held["modified"]
    assert envelope(api, one)["objects"] == [held]
    every = envelope(api, one, match_version="all")["objects"]
    assert [each["modified"] for each in every] == versions
    assert [each.get("labels") for each in every] == [None, ["held"], None]
    assert envelope(api, one, match_version="first")["objects"] == every[:1]
    assert envelope(api, one, match_version=f"first,{versions[1]}")["objects"] == every[:2]


def test_matches_narrow_what_is_given(api: Api) -> None:
    api.given(*FILED)
    every = pages(api)
    notes = {each["id"] for each in every if each["type"] == "note"}

    assert {each["id"] for each in pages(api, match_type="note,opinion")} == notes
    assert {each["id"] for each in pages(api, match_id=",".join(notes))} == notes
    assert pages(api, match_spec_version="2.0") == []
    assert pages(api, match_spec_version="2.0,2.1") == every
    assert {each["id"] for each in pages(api, MANIFEST, match_type="note")} == notes


@pytest.mark.parametrize(
    "accept", [TAXII, "application/taxii+json", "*/*", f"{TAXII}, text/html;q=0.1"]
)
def test_what_may_be_accepted(api: Api, accept: str) -> None:
    assert api.send(taxii("", Accept=accept)).status_code == 200


@pytest.mark.parametrize(
    "accept", ["text/html", "application/json", "application/taxii+json;version=2.0"]
)
def test_what_is_not_acceptable(api: Api, accept: str) -> None:
    refused(api.send(taxii("", Accept=accept)), 406, "not-acceptable")


@pytest.mark.parametrize(
    ("path", "query", "status", "code"),
    [
        ("log/collections/other/", {}, 404, "not-found"),
        ("log/collections/other/objects/", {}, 404, "not-found"),
        (f"{OBJECTS}note--7/", {}, 404, "not-found"),
        (f"{OBJECTS}note--7/versions/", {}, 404, "not-found"),
        ("other/", {}, 404, "not-found"),
        (OBJECTS, {"limit": 0}, 400, "bad-parameter"),
        (OBJECTS, {"next": "AAAA"}, 400, "bad-cursor"),
        (OBJECTS, {"added_after": "soon"}, 400, "bad-parameter"),
        (OBJECTS, {"match_kind": "note"}, 400, "unknown-parameter"),
    ],
)
def test_what_is_refused(api: Api, path: str, query: dict[str, Any], status: int, code: str) -> None:
    refused(ask(api, path, **query), status, code)


@pytest.mark.parametrize("method", ["POST", "DELETE", "PUT"])
def test_nothing_is_written(api: Api, method: str) -> None:
    for path in (OBJECTS, f"{OBJECTS}note--7/"):
        refused(
            api.send(Ask(method, f"/taxii2/{path}", {}, {"Accept": TAXII})), 405, "method-not-allowed"
        )


def basic(name: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + b64encode(f"{name}:{password}".encode()).decode()}


def test_a_token_is_a_bearer_or_a_password_and_shows_what_its_holder_may_see(api: Api) -> None:
    token = issued(api, "reader", clearance="TLP:CLEAR")
    admin = bearer(issued(api, "admin"))
    for each in (indicator(), report("r1"), report("r2", claim(7), marking="TLP:RED")):
        assert api.send(each.under(authorization=admin["Authorization"])).is_success
    api.service.follower.wait(api.service.log.head(), 10)

    for shown in (bearer(token), basic("anybody", token), basic("", token)):
        answer = api.send(taxii(OBJECTS + "?match[type]=report", **shown))
        assert [each["external_references"][0]["external_id"] for each in answer.json()["objects"]] == [
            "r1"
        ]
    answer = api.send(taxii(OBJECTS + "?match[type]=report", **admin))
    assert len(answer.json()["objects"]) == 2


def test_without_a_token_one_is_asked_for(api: Api) -> None:
    token = issued(api)
    for shown in ({}, basic("a", "intellog_wrong"), {"Authorization": "Basic !"}, basic("a", "")):
        answer = api.send(taxii("", **shown))
        refused(answer, 401, "unauthenticated")
        assert answer.headers["www-authenticate"].startswith("Basic ")
    # A browser would send a password wherever a link leads.
    assert api.send(Ask("GET", "/v1/me", None, basic("a", token))).status_code == 401


def test_what_was_marked_above_the_reader_is_absent(api: Api) -> None:
    token = basic("a", issued(api, "reader", clearance="TLP:GREEN"))
    admin = bearer(issued(api, "admin"))["Authorization"]

    def told(*asks: Ask) -> list[str]:
        for each in asks:
            assert api.send(each.under(authorization=admin)).is_success
        api.service.follower.wait(api.service.log.head(), 10)
        answer = api.send(taxii(OBJECTS + "?limit=1000", **token))
        return [each["id"] for each in answer.json()["objects"]]

    before = told(indicator(), report("r1"), report("r2", claim(7)))
    hidden = told(post("/v1/reports/r2/marking", marking="TLP:AMBER"))
    after = told(post("/v1/reports/r2/marking", marking="TLP:GREEN"))

    assert set(hidden) < set(before) == set(after)
    gone = set(before) - set(hidden)
    assert set(after[-len(gone) - 1 :]) > gone  # added again as it is seen again, and the estimate


class Mirror:
    """A client that polls: it keeps the last version of each object."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.held: dict[str, Body] = {}
        self.last: str | None = None

    def poll(self, limit: int, between: Any = lambda: None) -> None:
        query: dict[str, Any] = {"limit": limit}
        if self.last is not None:
            query["added_after"] = self.last
        while True:
            answer = ask(self.api, OBJECTS, **query)
            assert answer.status_code == 200, answer.text
            page = answer.json()
            for each in page.get("objects", []):
                self.held[each["id"]] = each
            self.last = answer.headers.get("x-taxii-date-added-last", self.last)
            if not page["more"]:
                return
            query["next"] = page["next"]
            between()


acts = st.sampled_from(["file", "again", "grade", "hold", "release", "correct", "link", "withdraw"])


@given(st.lists(st.tuples(acts, st.integers(0, 2), st.booleans()), max_size=14), st.integers(1, 7))
@settings(
    max_examples=100 if LONG else 12,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_a_client_that_polls_while_the_log_grows_misses_nothing(
    server: Server, tmp_path_factory: pytest.TempPathFactory, steps: list[Any], limit: int
) -> None:
    clock = Clock()
    with server.over(tmp_path_factory.mktemp("log"), clock) as api:
        api.send(indicator())
        mirror, waiting, number = Mirror(api), list(steps), [0]

        def act() -> None:
            if not waiting:
                return
            what, which, ticks = waiting.pop(0)
            if ticks:  # else it has the time of the one before
                clock.now += clock.now.resolution * 400
            number[0] += 1
            api.send(asked(what, f"r{which}", number[0]))

        while waiting:
            act()
            mirror.poll(limit, act)
        clock.now += clock.now.resolution
        mirror.poll(limit)
        assert mirror.held == objects(api)


def asked(what: str, name: str, n: int) -> Ask:
    """An act on a report; where it is not there, or withdrawn, it is refused, as in life."""
    match what:
        case "file":
            return report(name, claim(100), claim(200, "mnd"))
        case "again":
            return report(f"{name}-{n}", claim(100 + n))
        case "grade":
            return post(f"/v1/claims/{name}/1/grades", credibility=1 + n % 6)
        case "correct":
            return post(f"/v1/reports/{name}/corrections", kind="record", claims=[{"n": 1, **claim(n)}])
        case "link":
            return post(f"/v1/claims/{name}/1/links", derived_from="r0/2")
        case "withdraw":
            return post(f"/v1/reports/{name}/withdrawal", reason="Wrong.")
        case _:
            return post(f"/v1/reports/{name}/{what}", reason="Check.")
